#pragma once

#include "fakes/fake_connector.h"

namespace dbops::fakes {

// The catalogue of a session; a name is found by any part of it, case and all.
class FakeCatalog final : public Catalog {
 public:
  explicit FakeCatalog(const Server& server) : server_(server) {}
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  std::vector<Item> items_in(const std::vector<std::string>& path, const Search& search) const;
  const Server& server_;
};

std::unique_ptr<Session> make_session(Server& server);

}  // namespace dbops::fakes
