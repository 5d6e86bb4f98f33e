// Several short tails at once for x86-64-v4. Nothing here may be called on a processor without it.
#include "kernels/cpu/avx512_lanes.hpp"
// After the lanes.
#include "kernels/cpu/lane_queue.hpp"

namespace tailfit::kernels {

TailQueue* make_tail_queue_v4(const TileOptions& options, char* memory) {
  return LaneQueue::make(options, memory);
}

}  // namespace tailfit::kernels
