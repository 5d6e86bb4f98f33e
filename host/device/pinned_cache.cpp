#include "host/device/pinned_cache.hpp"

#include <algorithm>
#include <new>

namespace tailfit::host {

void* PinnedCache::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  void* memory = take_kept(bytes);
  if (memory != nullptr) return memory;
  try {
    blocks_.reserve(blocks_.size() + 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  drop_kept_beyond(most_lent_ > lent_ + bytes ? most_lent_ - lent_ - bytes : 0);
  memory = allocate_(bytes);
  if (memory == nullptr) {
    drop_kept_beyond(0);
    memory = allocate_(bytes);
  }
  if (memory == nullptr) return nullptr;
  blocks_.push_back({memory, bytes, true});
  lent_ += bytes;
  most_lent_ = std::max(most_lent_, lent_);
  return memory;
}

// Of exactly the size: a larger one would not be in the caller's budget. Plans round large sizes,
// so that calls of about the same shape want the same.
void* PinnedCache::take_kept(std::uint64_t bytes) {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(), [bytes](const Block& block) {
    return !block.is_lent && block.bytes == bytes;
  });
  if (found == blocks_.end()) return nullptr;
  found->is_lent = true;
  lent_ += bytes;
  most_lent_ = std::max(most_lent_, lent_);
  return found->memory;
}

void PinnedCache::drop_kept_beyond(std::uint64_t bytes) noexcept {
  std::uint64_t kept = 0;
  for (const Block& block : blocks_) kept += block.is_lent ? 0 : block.bytes;
  std::erase_if(blocks_, [&](const Block& block) {
    if (block.is_lent || kept <= bytes) return false;
    kept -= block.bytes;
    release_(block.memory);
    return true;
  });
}

void PinnedCache::give(void* memory) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [memory](const Block& block) { return block.memory == memory; });
  found->is_lent = false;
  lent_ -= found->bytes;
}

void PinnedCache::trim() noexcept {
  const std::lock_guard lock(mutex_);
  drop_kept_beyond(0);
}

}  // namespace tailfit::host
