#include "host/saved/crc32.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace tailfit::host {
namespace {

static_assert(std::endian::native == std::endian::little, "eight bytes are read as one number");

// tables[k][b]: what byte b makes of the sum when k more bytes follow it (Kounavis & Berry 2008,
// "slicing by eight": one step for eight bytes).
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (0xEDB88320u & (0u - (sum & 1u)));
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 255u];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

void Crc32::update(std::string_view bytes) noexcept {
  std::uint32_t sum = state_;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= sum;
    sum = 0;
    for (std::size_t k = 0; k < 8; ++k) sum ^= tables[7 - k][word >> (8 * k) & 255u];
  }
  for (; left > 0; --left, ++at) {
    sum = sum >> 8 ^ tables[0][(sum ^ static_cast<unsigned char>(*at)) & 255u];
  }
  state_ = sum;
}

std::string hexadecimal(std::uint32_t value) {
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 15u];
  return text;
}

}  // namespace tailfit::host
