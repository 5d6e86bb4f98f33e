// Where the library's large memory comes from.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace tailfit::host {

// The caller's callbacks, or the C++ allocator where there are none. Copied into what was
// allocated, so that it can be given back when the context is gone.
struct MemoryResource {
  tailfit_allocate_fn allocate = nullptr;
  tailfit_release_fn release = nullptr;
  void* user = nullptr;
};

// There was no memory of this size. It holds no text: making one would ask for memory.
class OutOfHostMemory : public std::bad_alloc {
 public:
  explicit OutOfHostMemory(std::uint64_t bytes) noexcept : bytes_(bytes) {}
  std::uint64_t bytes() const noexcept { return bytes_; }
  const char* what() const noexcept override { return "tailfit: out of host memory"; }

 private:
  std::uint64_t bytes_;
};

// Memory aligned to a cache line; throws OutOfHostMemory.
class AlignedBlock {
 public:
  AlignedBlock() = default;
  AlignedBlock(std::uint64_t bytes, const MemoryResource& resource);
  ~AlignedBlock();
  AlignedBlock(AlignedBlock&& other) noexcept;
  AlignedBlock& operator=(AlignedBlock&& other) noexcept;
  std::byte* data() const noexcept { return data_; }

 private:
  MemoryResource resource_;
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace tailfit::host
