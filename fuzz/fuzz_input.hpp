// A fit from any bytes: the first ones choose types, sizes, options and the manner of the values,
// the rest are the values themselves or the seed of structured ones.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <tailfit/tailfit.hpp>

namespace tailfit::fuzz {

// Reads bytes; zeros once they are used up.
class ByteReader {
 public:
  ByteReader(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  template <class T>
  T take() {
    T value{};
    const std::size_t n = std::min(sizeof value, size_ - at_);
    if (n > 0) std::memcpy(&value, data_ + at_, n);
    at_ += n;
    return value;
  }
  bool at_end() const { return at_ == size_; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

struct FuzzCase {
  bool single_precision = false;
  std::int64_t n_series = 1;
  std::int64_t length = 0;
  FitOptions options;
  bool plain = false;          // tail masses on both sides, exact values
  std::vector<double> values;  // row-major, n_series x length
};

inline double any_double(ByteReader& bytes) {
  return std::bit_cast<double>(bytes.take<std::uint64_t>());
}

// Tail masses in and around [0, 1], given thresholds, both with any bits now and then; counts and
// histograms.
inline ThresholdRule threshold_rule(ByteReader& bytes, bool& is_mass) {
  const auto kind = bytes.take<std::uint8_t>();
  is_mass = kind < 224;
  if (kind < 192) return tail_mass(static_cast<double>(bytes.take<std::uint16_t>()) / 65'535.0);
  if (kind < 208) return tail_mass(0.05);
  if (kind < 224) return tail_mass(any_double(bytes));
  if (kind < 240) return given(static_cast<double>(bytes.take<std::int16_t>()) / 256.0);
  if (kind < 244) return count(bytes.take<std::uint8_t>());
  if (kind < 252) {
    const double low = static_cast<double>(bytes.take<std::int16_t>()) / 256.0;
    const double width = static_cast<double>(bytes.take<std::uint16_t>()) / 256.0;
    return histogram_range(low, low + width, static_cast<double>(bytes.take<std::uint8_t>()) / 255);
  }
  return given(any_double(bytes));
}

inline FitOptions fit_options(ByteReader& bytes, bool& plain) {
  FitOptions options;
  bool lower_is_mass = false;
  bool upper_is_mass = false;
  options.lower = threshold_rule(bytes, lower_is_mass);
  options.upper = threshold_rule(bytes, upper_is_mass);
  const auto bins = bytes.take<std::uint8_t>();
  options.bins = bins == 255 ? bytes.take<std::int64_t>() : bins;
  const auto least = bytes.take<std::uint8_t>();
  options.min_exceedances = least == 255 ? bytes.take<std::int64_t>() : least / 8;
  const auto flags = bytes.take<std::uint8_t>();
  options.counts = static_cast<Counts>(flags % 4);
  options.take_higher_boundary = (flags & 4) != 0;
  if ((flags & 8) != 0) options.laplace = static_cast<double>(bytes.take<std::uint8_t>()) / 16.0;
  if ((flags & 0x30) == 0x30) options.laplace = any_double(bytes);
  if ((flags & 0xC0) == 0x40) options.resolution = std::ldexp(1.0, bytes.take<std::int8_t>() / 8);
  if ((flags & 0xC0) == 0x80) options.resolution = any_double(bytes);
  plain = lower_is_mass && upper_is_mass && options.resolution == 0.0;
  return options;
}

// What structured values are made of.
class ValueMaker {
 public:
  explicit ValueMaker(ByteReader& bytes)
      : manner_(bytes.take<std::uint8_t>()),
        exponent_(bytes.take<std::int16_t>() % 1060),
        state_(bytes.take<std::uint64_t>()) {}

  double make() {
    double x = (uniform() < 0.5 ? -1.0 : 1.0) * (1.0 / std::sqrt(uniform()) - 1.0);
    switch (manner_ % 8) {
      case 1:  // a lattice
        x = std::floor(4.0 * x) / 4.0;
        break;
      case 2:  // nearly identical
        x = 1.0 + x * 0x1p-50;
        break;
      case 3:  // mostly zeros
        x = uniform() < 0.7 ? 0.0 : x;
        break;
      case 4:  // many decades
        x = std::copysign(std::exp(200.0 * (uniform() - 0.5)), x);
        break;
      case 5:  // an outlier now and then
        x = uniform() < 0.01 ? x * 0x1p90 : x;
        break;
      case 6:  // a few values only
        x = std::floor(3.0 * uniform());
        break;
      default:
        break;
    }
    if ((manner_ & 8) != 0 && uniform() < 0.1) return std::numeric_limits<double>::quiet_NaN();
    if ((manner_ & 16) != 0 && uniform() < 0.03) return std::copysign(HUGE_VAL, x);
    return (manner_ & 32) != 0 ? std::ldexp(x, exponent_) : x;
  }

 private:
  double uniform() {  // splitmix64 (Steele, Lea and Flood 2014)
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (static_cast<double>((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52;
  }

  std::uint8_t manner_;
  int exponent_;
  std::uint64_t state_;
};

// Beyond the range of float is infinite: C++ leaves the conversion undefined.
inline float to_single(double x) {
  return std::abs(x) > 0x1.fffffefp127
             ? std::copysign(HUGE_VALF, static_cast<float>(std::signbit(x) ? -1 : 1))
             : static_cast<float>(x);
}

inline FuzzCase decode(const std::uint8_t* data, std::size_t size) {
  ByteReader bytes(data, size);
  FuzzCase test;
  const auto shape = bytes.take<std::uint8_t>();
  test.single_precision = (shape & 1) != 0;
  test.n_series = 1 + (shape >> 1) % 3;
  const bool structured = (shape & 8) != 0;
  test.options = fit_options(bytes, test.plain);
  if (structured) {
    test.length = bytes.take<std::uint16_t>() % 1200;
    ValueMaker maker(bytes);
    test.values.resize(static_cast<std::size_t>(test.n_series * test.length));
    // What bytes are left replace the first values.
    for (double& x : test.values) x = bytes.at_end() ? maker.make() : any_double(bytes);
  } else {
    while (!bytes.at_end() && test.values.size() < 3000) {
      // fp64 as it stands, or small integers, which tie.
      test.values.push_back((shape & 16) != 0 ? static_cast<double>(bytes.take<std::int8_t>())
                                              : any_double(bytes));
    }
    test.length = static_cast<std::int64_t>(test.values.size()) / test.n_series;
    test.values.resize(static_cast<std::size_t>(test.n_series * test.length));
  }
  return test;
}

}  // namespace tailfit::fuzz
