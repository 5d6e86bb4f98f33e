#include "host/memory.hpp"

#include <algorithm>
#include <utility>

namespace tailfit::host {
namespace {

constexpr std::uint64_t line = 64;

}  // namespace

AlignedBlock::AlignedBlock(std::uint64_t bytes, const MemoryResource& resource)
    : resource_(resource), bytes_(std::max(bytes, line)) {
  void* memory = resource.allocate != nullptr
                     ? resource.allocate(resource.user, bytes_, line)
                     : ::operator new (bytes_, std::align_val_t{line}, std::nothrow);
  if (memory == nullptr) throw OutOfHostMemory(bytes_);
  data_ = static_cast<std::byte*>(memory);
}

AlignedBlock::~AlignedBlock() {
  if (data_ == nullptr) return;
  if (resource_.release != nullptr) {
    resource_.release(resource_.user, data_, bytes_, line);
  } else {
    ::operator delete (data_, std::align_val_t{line});
  }
}

AlignedBlock::AlignedBlock(AlignedBlock&& other) noexcept
    : resource_(other.resource_),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_) {}

AlignedBlock& AlignedBlock::operator=(AlignedBlock&& other) noexcept {
  std::swap(resource_, other.resource_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace tailfit::host
