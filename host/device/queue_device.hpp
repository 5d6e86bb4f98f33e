// The device that calls which only queue work run on.
#pragma once

#include <tailfit/tailfit.h>

#include <string>

#include "host/context.hpp"
#include "host/device/cuda.hpp"
#include "host/error.hpp"

namespace tailfit::host {

// The context's first; throws CallError where it has none. instead: the call that the CPU answers;
// no string, which would be allocated.
inline DeviceProvider& device_to_queue_on(const tailfit_context& context, const char* instead) {
  if (!context.devices.empty()) return *context.devices.front();
  const std::string or_instead = std::string(", or the call that needs no device, ") + instead;
  if (!is_compiled_with_cuda()) {
    throw CallError(TAILFIT_NOT_COMPILED,
                    "this library was not compiled with CUDA, expected one that was" + or_instead);
  }
  fail_invalid("context", std::string("on the cpu"), "one on a device" + or_instead);
}

}  // namespace tailfit::host
