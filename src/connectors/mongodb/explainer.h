#pragma once

#include "connectors/mongodb/queries.h"

namespace dbops::mongodb {

// Plans by the server's own explain. Of a write it is asked how the documents are found: that is a
// read, and may be analyzed as one.
class MongoExplainer final : public Explainer {
 public:
  explicit MongoExplainer(MongoQueries& queries) : queries_(queries) {}
  Result<Plan> explain(const Context& context, const Script& script, const Parameters& parameters,
                       bool analyze, Mode mode) override;

 private:
  MongoQueries& queries_;
};

// The step of that plan that reads a whole collection, as the server calls it; empty: none does.
std::string scan_in_plan(const bson_t& reply);

// The plan within an explain's reply as an indented tree of stages, and what is slow in it.
Explainer::Plan read_plan(const bson_t& reply);

}  // namespace dbops::mongodb
