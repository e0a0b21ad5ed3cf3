// Which sanitizer this build has, if any: GCC and clang say it in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define DBOPS_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define DBOPS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DBOPS_ASAN 1
#elif __has_feature(thread_sanitizer)
#define DBOPS_TSAN 1
#endif
#endif

namespace dbops {

// It is slower then, and keeps what is freed.
#if defined(DBOPS_ASAN) || defined(DBOPS_TSAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace dbops
