#pragma once

namespace dbops::app {

// `dbops version`: ours, and those of the engines' libraries. Answers the exit code.
int print_version(bool json);

}  // namespace dbops::app
