// The kernels of one chunk.
#pragma once

#include "host/device/device.hpp"
#include "host/device/device_plan.hpp"

namespace tailfit::host {

// Queues extraction and solution of a batch whose series, options and results are set. memory: the
// chunk's on the device, as the plan lays it out. counts: of ragged series how many fits each class
// has; where nobody knows, greatest_counts(). Chunks whose offsets are not checked are queued in
// their order, from the first one on.
void launch_chunk(Device& queue, const DevicePlan& plan, char* memory, kernels::FitBatch& batch,
                  const ClassCounts& counts);

}  // namespace tailfit::host
