// How functions of distributions are launched: pure functions of shapes and the device's limits.
#pragma once

#include <cstdint>

#include "host/device/device.hpp"

namespace tailfit::host {

struct EvaluateShape {
  std::int64_t n_rows;
  std::int64_t n_points;     // of each
  std::int64_t group_bytes;  // that a group of lanes needs for a row's sums; 0: none
  bool derivatives;
  bool may_divide;  // a row's points, among groups
};

// So many blocks of evaluate_threads are resident on a multiprocessor: their registers allow no
// more (tests/cuda/check_ptxas.cmake). Derivatives have a lane's memory each, which should stay in
// the level-two cache.
constexpr std::int64_t evaluate_blocks_per_multiprocessor = 4;
constexpr std::int64_t gradient_blocks_per_multiprocessor = 1;

// The most that groups of so many bytes are given where nobody says: 256 MiB, or one group's.
std::uint64_t workspace_limit(std::int64_t group_bytes);

// Throws CallError (TAILFIT_BUDGET_TOO_SMALL) where `most` bytes have no room for one group.
void require_room(const char* name, const EvaluateShape& shape, std::uint64_t most);

// Groups of at most `most` bytes together. Without rows there are no groups.
kernels::EvaluateLaunch choose_evaluate(const EvaluateShape& shape, const DeviceLimits& limits,
                                        std::uint64_t most);

}  // namespace tailfit::host
