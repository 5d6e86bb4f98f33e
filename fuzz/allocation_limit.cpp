// What a target of small inputs allocates is counted: a reader that believes a damaged size, and
// asks for what that promises, is stopped here instead of by the machine.
#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "fuzz/require.hpp"

namespace {

constexpr std::size_t limit = std::size_t{256} << 20;
std::atomic<std::size_t> live_bytes{0};

void* allocate(std::size_t bytes) {
  // First by what was asked, so that nothing impossible is tried.
  if (bytes > limit || live_bytes.load() + bytes > limit) {
    tailfit::fuzz::violated("at most 256 MiB are allocated for a small input", -1,
                            static_cast<double>(bytes));
  }
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) tailfit::fuzz::violated("the machine has memory", -1);
  live_bytes += malloc_usable_size(memory);
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
