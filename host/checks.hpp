// What is checked of many structures of the C interface.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "host/error.hpp"

namespace tailfit::host {

// Larger sizes than any address space: products of two sizes and an element still fit 64 bits.
constexpr std::int64_t size_limit = std::int64_t{1} << 48;
constexpr std::int64_t bins_limit = std::int64_t{1} << 20;

inline void check_struct_size(const char* name, std::size_t size, std::size_t expected) {
  if (size == expected) return;
  fail_invalid(std::string(name) + ".struct_size", static_cast<std::int64_t>(size),
               "sizeof(" + std::string(name) + ") = " + std::to_string(expected));
}

inline void check_size(const char* name, std::int64_t value) {
  if (value < 0 || value > size_limit) {
    fail_invalid(name, value, "0 to 2^48");
  }
}

inline void check_bins(const char* name, std::int64_t bins) {
  if (bins < 1 || bins > bins_limit) fail_invalid(name, bins, "1 to 2^20");
}

inline void check_memory(const char* name, std::int32_t memory) {
  if (memory != TAILFIT_MEMORY_HOST && memory != TAILFIT_MEMORY_DEVICE) {
    fail_invalid(name, std::int64_t{memory}, "0 (host) or 1 (device)");
  }
}

}  // namespace tailfit::host
