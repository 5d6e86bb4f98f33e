// The fake device as the one that contexts find: linked in place of the library's own search.
#include <memory>
#include <string>

#include "host/device/cuda.hpp"
#include "tests/device/fake_device.hpp"

namespace tailfit::host {
namespace {

class FakeProvider final : public DeviceProvider {
 public:
  std::string name() const override { return "fake device"; }
  std::unique_ptr<Device> open() override {
    auto device = std::make_unique<tests::FakeDevice>();
    device->use_lanes = false;
    return device;
  }
  MemoryKind kind_of(const void*) override { return MemoryKind::host; }
};

}  // namespace

DeviceSearch find_cuda_device() noexcept {
  return {std::make_shared<FakeProvider>(), TAILFIT_OK, ""};
}

}  // namespace tailfit::host
