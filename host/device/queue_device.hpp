// The device that calls which only queue work run on.
#pragma once

#include <tailfit/tailfit.h>

#include <string>

#include "host/context.hpp"
#include "host/device/cuda.hpp"
#include "host/error.hpp"

namespace tailfit::host {

// The context's first; throws CallError where it has none. expected: the call to make instead; no
// string, which would be allocated.
inline DeviceProvider& device_to_queue_on(const tailfit_context& context, const char* expected) {
  if (!context.devices.empty()) return *context.devices.front();
  if (!is_compiled_with_cuda()) {
    throw CallError(TAILFIT_NOT_COMPILED,
                    std::string("this library was not compiled with CUDA, expected ") + expected);
  }
  fail_invalid("context", "on the cpu", "one on a device");
}

}  // namespace tailfit::host
