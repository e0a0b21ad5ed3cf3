#pragma once

namespace dbops {

// A descriptor that becomes readable when another thread, or a signal handler, rings. Thread-safe.
class Bell {
 public:
  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // False: the system had no descriptor to give (errno says why). REQUIRES for the rest: true.
  bool good() const { return fd_ >= 0; }
  // Readable (POLLIN) from a ring() to the next hush().
  int fd() const { return fd_; }
  // Async-signal-safe; keeps errno.
  void ring() const noexcept;
  void hush() const noexcept;

 private:
  int fd_;
};

}  // namespace dbops
