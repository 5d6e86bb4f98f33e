#include "host/device/device_block.hpp"

#include <utility>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

void* allocate(DeviceProvider& provider, std::uint64_t bytes) {
  const std::unique_ptr<Device> queue = provider.open();
  void* const memory = queue->allocate(bytes);
  try {
    queue->synchronize();  // other queues may use it from now on
  } catch (...) {
    queue->release(memory, bytes);
    throw;
  }
  return memory;
}

}  // namespace

DeviceBlock::DeviceBlock(std::shared_ptr<DeviceProvider> provider, std::uint64_t bytes)
    : provider_(std::move(provider)), bytes_(bytes) {
  if (bytes == 0) return;
  try {
    memory_ = allocate(*provider_, bytes);
  } catch (const CallError& error) {
    if (error.code() != TAILFIT_OUT_OF_MEMORY) throw;
    provider_->trim();
    memory_ = allocate(*provider_, bytes);
  }
}

DeviceBlock::~DeviceBlock() {
  if (memory_ == nullptr || !provider_->is_of_this_process()) return;
  try {
    provider_->open()->release(memory_, bytes_);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
    // The device is lost: there is nothing to give back.
  }
}

DeviceBlock::DeviceBlock(DeviceBlock&& other) noexcept
    : provider_(std::move(other.provider_)),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_) {}

DeviceBlock& DeviceBlock::operator=(DeviceBlock&& other) noexcept {
  std::swap(provider_, other.provider_);
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace tailfit::host
