#pragma once

namespace dbops::app {

// Overwrites, in the memory that process lists show, the passwords of URLs among the arguments.
// They have been copied by then.
void hide_secrets(int argc, char** argv);

}  // namespace dbops::app
