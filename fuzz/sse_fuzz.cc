// Events do not depend on how the bytes were cut, and come back when they are written again.
#include <vector>

#include "fuzz/check.h"
#include "wire/sse.h"

using namespace dbops;

namespace {

bool same(const SseEvent& a, const SseEvent& b) {
  return a.id == b.id && a.event == b.event && a.data == b.data && a.retry == b.retry;
}

std::vector<SseEvent> decoded(std::string_view text, size_t piece) {
  SseDecoder decoder;
  std::vector<SseEvent> events;
  while (!text.empty()) {
    decoder.feed(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
    for (;;) {
      auto event = decoder.next();
      if (!event) return events;
      if (!*event) break;
      events.push_back(std::move(**event));
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const auto events = decoded(text, SIZE_MAX);
  for (const size_t piece : {size_t{1}, size_t{7}}) {
    const auto pieces = decoded(text, piece);
    check(pieces.size() == events.size());
    for (size_t i = 0; i < events.size(); ++i) check(same(pieces[i], events[i]));
  }
  for (const SseEvent& event : events) {
    std::string written;
    // Only a NUL in a name is read and can't be written.
    if (!append_event(written, event)) {
      check(event.event.find('\0') != std::string::npos);
      continue;
    }
    const auto again = decoded(written, SIZE_MAX);
    check(again.size() == 1 && same(again[0], event));
  }
  return 0;
}
