// A source made of another, whose first items say what the others are like. The other one was
// opened, and has the `shape` that it said then.
#pragma once

#include <memory>

#include "ops/source.h"

namespace dbops::ops {

// Documents as rows: a column for each member of the first portion's documents, in the order they
// are met; a member that isn't there is NULL. One that comes later is a fault. A column's kind is
// what all of its values are, else Kind::null. REQUIRES: `documents` has documents.
std::unique_ptr<Source> rows_of_documents(std::unique_ptr<Source> documents, const Shape& shape);

// Texts as what they say: a column is boolean, integer, decimal, real, date, timestamp or
// timestamp_tz where all texts of the first portion can be read so, else it stays text. A text that
// later can't is a fault. Columns that aren't text stay what they are.
std::unique_ptr<Source> with_inferred_kinds(std::unique_ptr<Source> rows, const Shape& shape);

// Columns of no known kind get the one that all their cells of the first portion have, if there is
// one. The cells stay what they are.
std::unique_ptr<Source> with_observed_kinds(std::unique_ptr<Source> rows, const Shape& shape);

}  // namespace dbops::ops
