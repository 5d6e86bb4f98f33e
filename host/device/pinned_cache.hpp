// Keeps pinned memory between calls: pinning takes the system longer than filling it once.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

namespace tailfit::host {

// Thread-safe. What it holds at most is what calls at one time have taken together.
class PinnedCache {
 public:
  // Null where there is no memory.
  using Allocate = void* (*)(std::uint64_t bytes);
  using Release = void (*)(void* memory);

  PinnedCache(Allocate allocate, Release release) : allocate_(allocate), release_(release) {}
  ~PinnedCache() { trim(); }
  PinnedCache(const PinnedCache&) = delete;
  PinnedCache& operator=(const PinnedCache&) = delete;

  // `bytes` > 0. Null where there is no memory, also after giving back what is kept.
  void* take(std::uint64_t bytes);
  void give(void* memory) noexcept;  // what take() returned
  void trim() noexcept;

 private:
  struct Block {
    void* memory;
    std::uint64_t bytes;
    bool is_lent;
  };

  void* take_kept(std::uint64_t bytes);
  void drop_kept_beyond(std::uint64_t bytes) noexcept;

  Allocate allocate_;
  Release release_;
  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::uint64_t lent_ = 0;       // bytes
  std::uint64_t most_lent_ = 0;  // at one time, so far
};

}  // namespace tailfit::host
