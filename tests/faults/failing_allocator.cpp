#include "tests/faults/failing_allocator.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace tailfit::tests {
namespace {

std::atomic<std::int64_t> n_allocated{0};
std::atomic<std::int64_t> n_live{0};
std::atomic<std::int64_t> n_failed{0};
// 0: none fails.
std::atomic<std::int64_t> first_failing{0};
std::atomic<std::int64_t> last_failing{0};
std::atomic<std::int64_t> n_asked{0};

bool must_fail() {
  if (first_failing.load() == 0) return false;
  const std::int64_t k = ++n_asked;
  if (k < first_failing.load() || k > last_failing.load()) return false;
  ++n_failed;
  return true;
}

void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
  if (must_fail()) return nullptr;
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) & ~(alignment - 1);
  // Sizes that no machine has would be reported by the sanitizers.
  if (rounded > std::size_t{1} << 40) return nullptr;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) return nullptr;
  ++n_allocated;
  ++n_live;
  return memory;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment) {
  void* memory = allocate(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) --n_live;
  std::free(memory);
}

}  // namespace

void fail_allocation(std::int64_t k, Failing failing) {
  n_asked = 0;
  n_failed = 0;
  last_failing = failing == Failing::once ? k : INT64_MAX;
  first_failing = k;
}

std::int64_t stop_failing() {
  first_failing = 0;
  return n_failed;
}

std::int64_t n_allocations() { return n_allocated; }
std::int64_t n_live_allocations() { return n_live; }

}  // namespace tailfit::tests

namespace {

using tailfit::tests::allocate;
using tailfit::tests::allocate_or_throw;
using tailfit::tests::release;
constexpr std::size_t usual = alignof(std::max_align_t);
std::size_t number(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, usual); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, usual); }
void* operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, number(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, number(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, number(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, number(a));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p); }
