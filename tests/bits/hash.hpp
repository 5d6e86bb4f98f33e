// What the programs that compare bits share: a generator whose numbers are the same everywhere, and
// a hash.
#pragma once

#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace tailfit::bits {
namespace {

// splitmix64 (Steele, Lea and Flood 2014).
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // In (0, 1).
  double uniform() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1p-52; }

 private:
  std::uint64_t state_;
};

class Hash {
 public:
  template <class T>
  void add(const T* data, std::size_t n) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < n * sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * 0x100000001B3u;
  }
  template <class T>
  void add(const T& value) {
    add(&value, 1);
  }
  std::uint64_t value() const { return value_; }
  void print(const char* name) const { std::printf("%-40s %016" PRIx64 "\n", name, value_); }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;  // FNV-1a
};

}  // namespace
}  // namespace tailfit::bits
