// The server's messages as they arrive, looked at before the driver has them: libmongoc 1.23 takes
// sizes in them on trust, and ends the program where they are wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace dbops::mongodb {

inline constexpr size_t kFrameHeadBytes = 16;
inline constexpr size_t kFrameBytesMax =
    48'000'000 + (16u << 10);  // the protocol's bound, and room

// How long the message is as a whole, by its head of kFrameHeadBytes. Code::protocol for what is no
// reply to the request of that number.
Result<size_t> frame_bytes(std::string_view head, int32_t request);

// Of a whole message, head included: that it is one document, whole, and nothing besides; all of it
// is BSON but, perhaps, what the field "cursor" holds. Code::protocol.
Result<void> check_frame(std::string_view frame);

}  // namespace dbops::mongodb
