// The checksum of ZIP archives (ISO 3309): polynomial 0x04C11DB7, reflected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tailfit::host {

class Crc32 {
 public:
  // Any number of pieces give what all of them in one give.
  void update(std::string_view bytes) noexcept;
  std::uint32_t value() const noexcept { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFFu;
};

inline std::uint32_t crc32_of(std::string_view bytes) noexcept {
  Crc32 crc;
  crc.update(bytes);
  return crc.value();
}

// Eight digits.
std::string hexadecimal(std::uint32_t value);

}  // namespace tailfit::host
