// Bytes in memory for the program's readers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "tools/input_file.hpp"

namespace tailfit::fuzz {

// Gives them out at most `piece` at a time, >= 1.
class MemorySource final : public tools::ByteSource {
 public:
  MemorySource(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}

  std::size_t read(char* out, std::size_t size) override {
    const std::size_t n = std::min({size, piece_, bytes_.size() - position_});
    std::memcpy(out, bytes_.data() + position_, n);
    position_ += n;
    return n;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

}  // namespace tailfit::fuzz
