// What a cluster needs beside its load: lifecycles of indices and snapshots, the licence, what a
// next version drops. Servers lack these APIs; each answers then that there is none.
#pragma once

#include "connectors/elasticsearch/diagnose_look.h"

namespace dbops::elasticsearch {

Result<void> look_at_lifecycles(const Context& context, Link& link, Findings& out);
Result<void> look_at_licence(const Context& context, Link& link, Findings& out);
Result<void> look_at_deprecations(const Context& context, Link& link, Findings& out);

}  // namespace dbops::elasticsearch
