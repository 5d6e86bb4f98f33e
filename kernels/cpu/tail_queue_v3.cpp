// Several tails at once for x86-64-v3. Nothing here may be called on a processor without it.
#include "kernels/cpu/avx2_lanes.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::kernels {
namespace {
constexpr SolveLongTail solve_long_tail = solve_long_tail_v3;
}  // namespace
}  // namespace tailfit::kernels

// After these.
#include "kernels/cpu/lane_queue.hpp"

namespace tailfit::kernels {

TailQueue* make_tail_queue_v3(const TileOptions& options, char* memory) {
  return LaneQueues::make(options, memory);
}

}  // namespace tailfit::kernels
