#include "host/device/evaluate_policy.hpp"

#include <algorithm>
#include <string>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

// From so many points on the lanes of a warp share a row.
constexpr std::int64_t points_for_a_warp = 8;

// The least points of a part: its group makes the row's sums anew.
std::int64_t least_part(const EvaluateShape& shape, int lanes) {
  return shape.group_bytes == 0 ? lanes : std::int64_t{8} * lanes;
}

std::int64_t ceiling(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::uint64_t workspace_limit(std::int64_t group_bytes) {
  constexpr std::uint64_t enough = std::uint64_t{256} << 20;
  return std::max(enough, static_cast<std::uint64_t>(group_bytes));
}

void require_room(const char* name, const EvaluateShape& shape, std::uint64_t most) {
  if (most >= static_cast<std::uint64_t>(shape.group_bytes)) return;
  throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                  std::string(name) + " is " + std::to_string(most) + " bytes, expected at least " +
                      std::to_string(shape.group_bytes) + " for distributions of so many bins");
}

kernels::EvaluateLaunch choose_evaluate(const EvaluateShape& shape, const DeviceLimits& limits,
                                        std::uint64_t most) {
  // Lanes that make a row's sums together read it together, too.
  const bool by_warps =
      !shape.derivatives && (shape.group_bytes > 0 || shape.n_points >= points_for_a_warp);
  const int lanes = by_warps ? 32 : 1;
  const std::int64_t blocks =
      limits.multiprocessors *
      (shape.derivatives ? gradient_blocks_per_multiprocessor : evaluate_blocks_per_multiprocessor);
  std::int64_t resident = blocks * (kernels::evaluate_threads / lanes);
  if (shape.group_bytes > 0) {
    const auto room = static_cast<std::int64_t>(
        std::min<std::uint64_t>(most / static_cast<std::uint64_t>(shape.group_bytes),
                                static_cast<std::uint64_t>(resident)));
    resident = std::max<std::int64_t>(1, room);
  }
  kernels::EvaluateLaunch how{};
  how.lanes = lanes;
  how.group_bytes = shape.group_bytes;
  how.part_points = std::max<std::int64_t>(1, shape.n_points);
  std::int64_t parts = 1;
  if (shape.may_divide && shape.n_rows > 0 && shape.n_rows < resident) {
    const std::int64_t wanted = ceiling(shape.n_points, ceiling(resident, shape.n_rows));
    how.part_points =
        std::clamp(wanted, std::min(least_part(shape, lanes), how.part_points), how.part_points);
    parts = std::max<std::int64_t>(1, ceiling(shape.n_points, how.part_points));
  }
  const std::int64_t items = std::min(shape.n_rows, resident) * std::min(parts, resident);
  how.groups = std::min(resident, items);
  return how;
}

}  // namespace tailfit::host
