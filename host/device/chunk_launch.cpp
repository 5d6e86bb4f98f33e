#include "host/device/chunk_launch.hpp"

#include <algorithm>

#include "host/device/columns.hpp"

namespace tailfit::host {

void launch_chunk(Device& queue, const DevicePlan& plan, char* memory, kernels::FitBatch& batch) {
  const auto at = [memory](std::uint64_t offset) { return memory + offset; };
  const std::int64_t n = batch.series.n_fits;
  make_rows(queue, plan.row_pitch, at(plan.layout.rows), batch.series);
  batch.tails = {reinterpret_cast<double*>(at(plan.layout.excess)), plan.excess_pitch,
                 reinterpret_cast<std::int64_t*>(at(plan.layout.to_solve)),
                 reinterpret_cast<std::uint64_t*>(at(plan.layout.overflow))};
  queue.fill(batch.tails.overflow, 0xFF, sizeof(std::uint64_t));
  queue.extract(batch, extract_launch(plan, n, memory));
  queue.solve(batch, {plan.greatest_k, plan.solve.lanes, plan.solve.long_lanes,
                      std::min(plan.solve.long_resident, 2 * n)});
}

}  // namespace tailfit::host
