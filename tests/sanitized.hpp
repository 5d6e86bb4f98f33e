// What sanitizers cost, for tests that try many cases of one kind.
#pragma once

namespace tailfit {

#if defined(TAILFIT_SANITIZED)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

// How many cases to try where `all` are tried without sanitizers: they make a test five to fifteen
// times as slow, and look for what a few cases of each kind would show.
constexpr int few_if_sanitized(int all) { return is_sanitized ? (all + 3) / 4 : all; }

}  // namespace tailfit
