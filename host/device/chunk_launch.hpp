// The kernels of one chunk.
#pragma once

#include "host/device/device.hpp"
#include "host/device/device_plan.hpp"

namespace tailfit::host {

// Queues extraction and solution of a batch whose series, options and results are set. memory: the
// chunk's on the device, as the plan lays it out.
void launch_chunk(Device& queue, const DevicePlan& plan, char* memory, kernels::FitBatch& batch);

}  // namespace tailfit::host
