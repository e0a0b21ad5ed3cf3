#include "connectors/mongodb/wire.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "connectors/mongodb/frame.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kStepBytes = 64u << 10;                   // of a message, at first
constexpr int kStreamType = 0x64626f70;                    // none of libmongoc's own
constexpr std::chrono::milliseconds kChoosingMax{10'000};  // where the call has no limit of time
constexpr size_t kGatherMax = 64u << 10;  // bytes that are sent as one instead of part by part

// A connection, with the message of it that the driver has not read to its end.
struct Channel {
  std::unique_ptr<Transport> transport;
  int32_t request = 0;  // The number of the last that was sent.
  std::string frame = {};
  size_t taken = 0;  // bytes of the frame
};

// As libmongoc sees a connection. It frees it by destroy or failed.
struct WireStream {
  mongoc_stream_t base;
  Wire* wire;
  Channel* channel;  // Owned.
};

WireStream& own(mongoc_stream_t* stream) { return *reinterpret_cast<WireStream*>(stream); }

int close_stream(mongoc_stream_t* stream) {
  WireStream& self = own(stream);
  const std::unique_ptr<Channel> end(std::exchange(self.channel, nullptr));
  if (end && self.wire->last == end->transport.get()) self.wire->last = nullptr;
  return 0;
}

// That of the call that runs. While a member is chosen none keeps the others waiting for all of its
// time: each wait is for half of what is left.
Context context_of(const Wire& wire) {
  Context context = *wire.context;
  if (!wire.choosing) return context;
  const auto left = context.deadline.remaining().value_or(kChoosingMax);
  context.deadline = context.deadline.earlier(Deadline::after(left / 2));
  return context;
}

void destroy_stream(mongoc_stream_t* stream) {
  close_stream(stream);
  bson_free(stream);
}

int flush_stream(mongoc_stream_t*) { return 0; }

int set_option(mongoc_stream_t*, int, int, void*, mongoc_socklen_t) { return 0; }

// Nothing can be sent or read where no call runs.
bool usable(const WireStream& self) {
  return self.channel != nullptr && self.channel->transport && self.wire->context != nullptr;
}

ssize_t failed(WireStream& self, Error error) {
  self.wire->fail_with(std::move(error));
  errno = ECONNRESET;
  return -1;
}

Error closed() {
  return Error{.code = Code::disconnected,
               .message = "the server closed the connection",
               .hint = "try again; if it stays so, look into the server's log"};
}

// The number that the reply must name stands behind the message's size.
int32_t request_of(const mongoc_iovec_t* parts, size_t count) {
  std::string start;
  for (size_t i = 0; i < count && start.size() < 2 * sizeof(int32_t); ++i)
    start.append(static_cast<const char*>(parts[i].iov_base),
                 std::min(parts[i].iov_len, 2 * sizeof(int32_t)));
  int32_t number = 0;
  if (start.size() >= 2 * sizeof number)
    std::memcpy(&number, start.data() + sizeof number, sizeof number);
  return number;
}

ssize_t write_stream(mongoc_stream_t* stream, mongoc_iovec_t* parts, size_t count, int32_t) {
  WireStream& self = own(stream);
  if (!usable(self)) return failed(self, closed());
  Channel& channel = *self.channel;
  self.wire->sent = true;
  self.wire->last = channel.transport.get();
  channel.request = request_of(parts, count);
  std::string gathered;
  size_t total = 0;
  const Context context = context_of(*self.wire);
  const auto send = [&](std::string_view bytes) {
    return bytes.empty() ? Result<void>() : channel.transport->write(context, bytes);
  };
  for (size_t i = 0; i < count; ++i) {
    const std::string_view part(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    total += part.size();
    if (gathered.size() + part.size() <= kGatherMax) {
      gathered += part;
      continue;
    }
    if (auto sent = send(gathered); !sent) return failed(self, std::move(sent).error());
    gathered.clear();
    if (auto sent = send(part); !sent) return failed(self, std::move(sent).error());
  }
  if (auto sent = send(gathered); !sent) return failed(self, std::move(sent).error());
  return static_cast<ssize_t>(total);
}

// Makes the frame that long, by what arrives.
Result<void> read_up_to(const Context& context, Channel& channel, size_t size) {
  while (channel.frame.size() < size) {
    const size_t before = channel.frame.size();
    // A size that is claimed costs no more memory than what has come.
    const size_t step = std::min(size - before, std::max(before, kStepBytes));
    channel.frame.resize(before + step);
    auto got = channel.transport->read(context, {channel.frame.data() + before, step});
    if (got && *got == 0) got = fail(closed());
    channel.frame.resize(before + got.value_or(0));
    if (!got) return fail(std::move(got).error());
  }
  return {};
}

Result<void> read_frame(const Context& context, Channel& channel) {
  channel.frame.clear();
  channel.taken = 0;
  DBOPS_TRY(read_up_to(context, channel, kFrameHeadBytes));
  DBOPS_ASSIGN(const size_t size, frame_bytes(channel.frame, channel.request));
  DBOPS_TRY(read_up_to(context, channel, size));
  return check_frame(channel.frame);
}

ssize_t read_stream(mongoc_stream_t* stream, mongoc_iovec_t* parts, size_t count, size_t bytes_min,
                    int32_t) {
  WireStream& self = own(stream);
  if (!usable(self)) return failed(self, closed());
  Channel& channel = *self.channel;
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    std::span<char> left(static_cast<char*>(parts[i].iov_base), parts[i].iov_len);
    while (!left.empty()) {
      if (channel.taken == channel.frame.size()) {
        if (total > 0 && total >= bytes_min) return static_cast<ssize_t>(total);
        if (auto read = read_frame(context_of(*self.wire), channel); !read)
          return failed(self, std::move(read).error());
      }
      const size_t step = std::min(left.size(), channel.frame.size() - channel.taken);
      std::memcpy(left.data(), channel.frame.data() + channel.taken, step);
      left = left.subspan(step);
      channel.taken += step;
      total += step;
    }
  }
  return static_cast<ssize_t>(total);
}

bool check_closed(mongoc_stream_t* stream) { return !usable(own(stream)); }

// Reading and writing wait by themselves.
ssize_t poll_streams(mongoc_stream_poll_t* streams, size_t count, int32_t) {
  for (size_t i = 0; i < count; ++i) streams[i].revents = streams[i].events;
  return static_cast<ssize_t>(count);
}

bool never(mongoc_stream_t*) { return false; }

mongoc_stream_t* make_stream(Wire& wire, std::unique_ptr<Transport> transport) {
  auto* self = static_cast<WireStream*>(bson_malloc0(sizeof(WireStream)));
  self->base.type = kStreamType;
  self->base.destroy = destroy_stream;
  self->base.failed = destroy_stream;
  self->base.close = close_stream;
  self->base.flush = flush_stream;
  self->base.writev = write_stream;
  self->base.readv = read_stream;
  self->base.setsockopt = set_option;
  self->base.check_closed = check_closed;
  self->base.poll = poll_streams;
  self->base.timed_out = never;
  self->base.should_retry = never;
  self->wire = &wire;
  self->channel = std::make_unique<Channel>(Channel{.transport = std::move(transport)}).release();
  return &self->base;
}

Result<std::unique_ptr<Transport>> open_transport(Wire& wire, const mongoc_host_list_t& host) {
  if (wire.context == nullptr ||
      std::find(wire.opened.begin(), wire.opened.end(), host.host_and_port) != wire.opened.end())
    return fail(closed());
  wire.opened.emplace_back(host.host_and_port);
  const Context context = context_of(wire);
  auto plain = host.family == AF_UNIX ? connect_unix(context, host.host)
                                      : connect_tcp(context, host.host, host.port);
  if (!plain || !wire.tls) return plain;
  TlsOptions options = *wire.tls;
  options.host = host.host;
  return start_tls(context, *std::move(plain), options);
}

}  // namespace

void Wire::fail_with(Error error) {
  if (!failure) failure = std::move(error);
}

// Never nullptr: where a member that was heard of just now can't be connected to, the driver would
// lock its list of members a second time, and wait for itself. The stream that it gets instead
// fails by its first write.
mongoc_stream_t* open_stream(const mongoc_uri_t*, const mongoc_host_list_t* host, void* shared,
                             bson_error_t*) {
  Wire& wire = *static_cast<Wire*>(shared);
  auto transport = open_transport(wire, *host);
  if (!transport) {
    wire.fail_with(std::move(transport).error());
    return make_stream(wire, nullptr);
  }
  wire.transport = host->family == AF_UNIX ? "socket" : std::string((*transport)->protocol());
  return make_stream(wire, *std::move(transport));
}

}  // namespace dbops::mongodb
