#include "connectors/mongodb/mongoc.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace dbops::mongodb {
namespace {

constexpr const char* kFile = "libmongoc-1.0.so.0";

// libmongoc makes a file in shared memory for its counters. That of a killed process would stay,
// and a later one of the same number warn of it on stderr. Nobody reads it: its name goes at once.
void drop_name_of_counters() { shm_unlink(("/mongoc-" + std::to_string(getpid())).c_str()); }

struct Loaded {
  Mongoc functions;
  std::string problem;  // Empty: it is there.

  Loaded() {
    drop_name_of_counters();
    void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);  // Never closed.
    if (library == nullptr) {
      problem = dlerror();
      return;
    }
    drop_name_of_counters();
#define DBOPS_FIND(name) find(library, "mongoc_" #name, functions.name);
    DBOPS_MONGOC(DBOPS_FIND)
#undef DBOPS_FIND
    // What it writes to stderr is no log of ours.
    if (problem.empty()) functions.log_set_handler(nullptr, nullptr);
  }

  template <class Function>
  void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr && problem.empty()) problem = dlerror();
  }
};

const Loaded& loaded() {
  static const Loaded kLoaded;
  return kLoaded;
}

}  // namespace

Result<void> load_mongoc() {
  if (loaded().problem.empty()) return {};
  return fail(Code::unsupported,
              "MongoDB needs libmongoc, which can't be loaded: " + loaded().problem,
              "install libmongoc 1.23 or later (Debian: libmongoc-1.0-0)");
}

const Mongoc& mongoc() noexcept { return loaded().functions; }

}  // namespace dbops::mongodb
