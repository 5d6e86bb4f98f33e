// Prints what the CUDA device of this machine is, and what tailfit makes of it.
//
//   gpu_info [--json FILE]
//
// Exit status: 0; 1 where there is a device that tailfit cannot use; 77 without a device.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/gpu_program.hpp"

namespace {

using tailfit::gpu::json_string;
using tailfit::gpu::JsonList;

struct NamedAttribute {
  const char* name;
  cudaDeviceAttr attribute;
};

const std::vector<NamedAttribute> attributes = {
    {"multiprocessors", cudaDevAttrMultiProcessorCount},
    {"threads_per_multiprocessor", cudaDevAttrMaxThreadsPerMultiProcessor},
    {"registers_per_multiprocessor", cudaDevAttrMaxRegistersPerMultiprocessor},
    {"shared_per_block_optin", cudaDevAttrMaxSharedMemoryPerBlockOptin},
    {"shared_per_multiprocessor", cudaDevAttrMaxSharedMemoryPerMultiprocessor},
    {"shared_reserved_per_block", cudaDevAttrReservedSharedMemoryPerBlock},
    {"l2_bytes", cudaDevAttrL2CacheSize},
    {"clock_khz", cudaDevAttrClockRate},
    {"memory_clock_khz", cudaDevAttrMemoryClockRate},
    {"memory_bus_bits", cudaDevAttrGlobalMemoryBusWidth},
    {"ecc", cudaDevAttrEccEnabled},
    {"memory_pools", cudaDevAttrMemoryPoolsSupported},
    {"managed_memory", cudaDevAttrManagedMemory},
    {"pageable_memory_access", cudaDevAttrPageableMemoryAccess},
    {"copy_engines", cudaDevAttrAsyncEngineCount}};

// null where this driver does not know it.
std::string attribute_text(cudaDeviceAttr attribute, int device) {
  int value = 0;
  if (cudaDeviceGetAttribute(&value, attribute, device) == cudaSuccess) {
    return std::to_string(value);
  }
  cudaGetLastError();
  return "null";
}

// 12040 is 12.4.
std::string version_text(cudaError_t (*ask)(int*)) {
  int version = 0;
  if (ask(&version) != cudaSuccess) return "null";
  return json_string(std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10));
}

std::string device_json() {
  int device = 0;
  cudaGetDevice(&device);
  cudaDeviceProp properties{};
  JsonList members;
  if (cudaGetDeviceProperties(&properties, device) == cudaSuccess) {
    members.add("name", json_string(properties.name));
    members.add("compute_capability", json_string(std::to_string(properties.major) + "." +
                                                  std::to_string(properties.minor)));
    members.add("memory_bytes", std::to_string(properties.totalGlobalMem));
  }
  std::size_t free = 0;
  std::size_t total = 0;
  const bool known = cudaMemGetInfo(&free, &total) == cudaSuccess;
  members.add("memory_free_bytes", known ? std::to_string(free) : "null");
  for (const NamedAttribute& each : attributes) {
    members.add(each.name, attribute_text(each.attribute, device));
  }
  members.add("driver_version", version_text(cudaDriverGetVersion));
  members.add("runtime_version", version_text(cudaRuntimeGetVersion));
  return members.object();
}

}  // namespace

int main(int argc, char** argv) {
  const tailfit::gpu::Arguments arguments(argc, argv, {"json"});
  const std::string path = arguments.text("json");
  const std::string reason = tailfit::gpu::no_device_reason();
  if (!reason.empty()) return tailfit::gpu::report_no_device(path, reason);

  JsonList tailfit_members;
  tailfit_members.add("version", json_string(tailfit_version()));
  JsonList members;
  members.add("device", device_json());
  std::string failure;
  try {
    const tailfit::Context context({.backend = tailfit::Backend::cuda});
    tailfit_members.add("describe", json_string(context.describe()));
  } catch (const std::exception& error) {
    failure = error.what();
    tailfit_members.add("describe", "null");
  }
  members.add("tailfit", tailfit_members.object());
  if (!failure.empty()) members.add("reason", json_string(failure));
  std::printf("%s\n", members.object().c_str());
  const bool written = tailfit::gpu::write_json(path, members.object());
  return written && failure.empty() ? 0 : 1;
}
