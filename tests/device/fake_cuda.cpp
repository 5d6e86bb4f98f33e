// The fake device as the one that contexts find: linked in place of the library's own search.
#include <memory>
#include <string>

#include "host/device/cuda.hpp"
#include "tests/device/fake_device.hpp"

namespace tailfit::host {
namespace {

// Every queue has a device's state of its own, so that any number of threads may open some.
class FakeProvider final : public DeviceProvider {
 public:
  explicit FakeProvider(std::int32_t ordinal) : ordinal_(ordinal) {}

  std::string name() const override { return "fake device"; }
  std::int32_t ordinal() const override { return ordinal_; }
  DeviceLimits limits() const override { return tests::limits_of_h200(); }
  std::unique_ptr<Device> open() override { return std::make_unique<OwnQueue>(); }
  void use_for_this_thread() override {}
  void with_stream(void*, void (*)(Device&, void*), void*) override {}
  MemoryPlace place_of(const void*) override { return {MemoryKind::pageable, ordinal_}; }
  void* allocate_pinned(std::uint64_t bytes) override { return ::operator new(bytes); }
  void release_pinned(void* memory) noexcept override { ::operator delete(memory); }
  void trim() noexcept override {}
  bool register_memory(const void*, std::uint64_t) noexcept override { return false; }
  void unregister_memory(const void*) noexcept override {}

 private:
  struct OwnState {
    OwnState() { state.use_lanes = false; }
    tests::FakeState state;
  };
  class OwnQueue final : private OwnState, public tests::FakeQueue {
   public:
    OwnQueue() : tests::FakeQueue(OwnState::state) {}
  };
  std::int32_t ordinal_;
};

}  // namespace

bool is_compiled_with_cuda() noexcept { return true; }

DeviceSearch find_cuda_devices(std::span<const std::int32_t> ordinals,
                               const DeviceMemoryResource&) noexcept {
  if (ordinals.empty()) return {{std::make_shared<FakeProvider>(0)}, TAILFIT_OK, ""};
  DeviceSearch search{{}, TAILFIT_OK, ""};
  for (const std::int32_t ordinal : ordinals) {
    search.providers.push_back(std::make_shared<FakeProvider>(ordinal));
  }
  return search;
}

}  // namespace tailfit::host
