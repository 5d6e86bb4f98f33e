// operator new and delete of the whole process, which count, and fail when they are told to.
#pragma once

#include <cstdint>

namespace tailfit::tests {

enum class Failing { once, from_then_on };

// The k-th allocation from now on fails, k >= 1, or that one and all after it; on every thread.
void fail_allocation(std::int64_t k, Failing failing);

// No allocation fails any more. Returns how many have failed since fail_allocation().
std::int64_t stop_failing();

// Allocations so far, and those of them that are not released yet.
std::int64_t n_allocations();
std::int64_t n_live_allocations();

}  // namespace tailfit::tests
