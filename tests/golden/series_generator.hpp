// Series that are defined by a few integers, the same bits in C++ and in Python.
//
// The twin of series_generator.py: a change here is a change there. Only integer operations,
// reinterpretation of bits and the correctly rounded +, -, *, / are used, so that no library
// function can make the two differ. Compile with tailfit_deterministic(): a contracted a+b*c is
// another value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tailfit::golden {

// The output function of splitmix64 (Steele, Lea & Flood 2014).
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// A double in [0, 1): the upper 53 bits of a word, exactly.
constexpr double unit(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

// The words of one series: value i draws from of(i, 0), ..., of(i, 15); own(j) belong to the series
// as a whole.
class Stream {
 public:
  explicit constexpr Stream(std::uint64_t seed) : seed_(seed) {}
  constexpr std::uint64_t of(std::size_t i, std::uint64_t j) const { return word(16 * i + j); }
  constexpr double unit_of(std::size_t i, std::uint64_t j) const { return unit(of(i, j)); }
  constexpr std::uint64_t own(std::uint64_t j) const { return word((std::uint64_t{1} << 63) + j); }

 private:
  constexpr std::uint64_t word(std::uint64_t index) const {
    return mix(seed_ + (index + 1) * 0x9E3779B97F4A7C15u);
  }
  std::uint64_t seed_;
};

// Which series: the columns kind, seed, n and bins of a golden row.
struct SeriesRecipe {
  std::string kind;
  std::uint64_t seed = 0;
  std::size_t n = 0;
  std::uint64_t bins = 1;  // used by the kind "edges" only
};

namespace detail {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The next double up (direction 1), down (-1) or the same (0); +-0 stays.
constexpr double nudge(double value, std::int64_t direction) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::int64_t away = value > 0.0 ? direction : -direction;
  if (value == 0.0 || away == 0) return value;
  return std::bit_cast<double>(away > 0 ? bits + 1 : bits - 1);
}

inline double bell(const Stream& stream, std::size_t i) {
  double total = stream.unit_of(i, 0);
  for (std::uint64_t j = 1; j < 12; ++j) total += stream.unit_of(i, j);
  return total - 6.0;
}

inline double power(const Stream& stream, std::size_t i) {
  double v = stream.unit_of(i, 0) + 0x1p-30;
  v = v * v;
  v = v * v;
  return stream.of(i, 1) % 2 == 1 ? 1.0 / v : -1.0 / v;
}

inline double signed_zeros(const Stream& stream, std::size_t i) {
  const std::uint64_t pick = stream.of(i, 0) % 4;
  if (pick == 1) return -0.0;
  return pick == 2 ? stream.unit_of(i, 1) - 0.5 : 0.0;
}

inline double with_inf(const Stream& stream, std::size_t i) {
  const std::uint64_t pick = stream.of(i, 12) % 20;
  if (pick == 0) return infinity;
  if (pick == 1) return -infinity;
  return pick == 2 ? nan : bell(stream, i);
}

// Values on the edges of `bins` bins between a and b, or one ulp beside; 10 % at either end and 2 %
// beyond either, so that the 5 % and 10 % quantiles are a and b themselves.
inline double edges(const Stream& stream, std::size_t i, std::uint64_t bins) {
  const double a = (unit(stream.own(0)) - 0.5) * 1000.0;
  const double b = a + (unit(stream.own(1)) + 0.001) * 10.0;
  const double step = (b - a) / static_cast<double>(bins);
  const std::uint64_t role = stream.of(i, 0) % 100;
  const double beyond = stream.unit_of(i, 3) * 10.0;
  if (role < 2) return a - beyond;
  if (role < 12) return a;
  if (role < 22) return b;
  if (role < 24) return b + beyond;
  const std::uint64_t j = stream.of(i, 1) % (bins + 1);
  const double on_edge = j == bins ? b : a + static_cast<double>(j) * step;
  return nudge(on_edge, static_cast<std::int64_t>(stream.of(i, 2) % 3) - 1);
}

// One value of the kinds whose values do not depend on each other. `single` only chooses scales
// that fit a float.
inline double independent_value(const SeriesRecipe& recipe, std::size_t i, bool single) {
  const Stream stream(recipe.seed);
  const std::string_view kind = recipe.kind;
  const auto whole = [](std::uint64_t word) { return static_cast<double>(word); };
  if (kind == "uniform") return stream.unit_of(i, 0);
  if (kind == "bell") return bell(stream, i);
  if (kind == "ratio") return (stream.unit_of(i, 0) - 0.5) / (stream.unit_of(i, 1) + 0x1p-20);
  if (kind == "power") return power(stream, i);
  if (kind == "lattice") return whole(stream.of(i, 0) % (2 + stream.own(0) % 20)) - 3.0;
  if (kind == "two_values") return stream.of(i, 0) % 10 == 0 ? -1.5 : 2.25;
  if (kind == "constant") return unit(stream.own(0)) - 0.5;
  if (kind == "spikes") {
    return stream.of(i, 0) % 100 < 70 ? 0.0 : whole(stream.of(i, 1) % 50) * 0.25 + 1.0;
  }
  if (kind == "trending") return whole(i) * 0.0078125 + stream.unit_of(i, 0);
  if (kind == "alternating") {
    const double size = 1.0 + stream.unit_of(i, 0);
    return i % 2 == 1 ? size : -size;
  }
  if (kind == "huge") {
    const bool even = stream.own(0) % 2 == 0;
    const double scale = single ? (even ? 1e30 : 3e38) : (even ? 1e300 : 1.7e308);
    return (stream.unit_of(i, 0) * 2.0 - 1.0) * scale;
  }
  if (kind == "signed_zeros") return signed_zeros(stream, i);
  if (kind == "with_nan") return stream.of(i, 12) % 10 == 0 ? nan : bell(stream, i);
  if (kind == "with_inf") return with_inf(stream, i);
  if (kind == "edges") return edges(stream, i, recipe.bins);
  if (kind == "missing") return nan;
  if (kind == "offset") return 1e9 + stream.unit_of(i, 0) * 1000.0;
  throw std::invalid_argument("series kind is '" + recipe.kind + "', expected one of those in " +
                              "series_generator.py");
}

// A walk on a grid of hundredths.
inline std::vector<double> prices(const SeriesRecipe& recipe) {
  const Stream stream(recipe.seed);
  std::vector<double> values(recipe.n);
  std::int64_t hundredths = 10000;
  for (std::size_t i = 0; i < recipe.n; ++i) {
    hundredths += static_cast<std::int64_t>(stream.of(i, 0) % 41) - 20;
    values[i] = static_cast<double>(hundredths) / 100.0;
  }
  return values;
}

inline std::vector<double> doubles(const SeriesRecipe& recipe, bool single) {
  if (recipe.kind == "prices") return prices(recipe);
  const bool ascending = recipe.kind == "ascending";
  const bool descending = recipe.kind == "descending";
  SeriesRecipe unsorted = recipe;
  if (ascending || descending) unsorted.kind = "uniform";
  std::vector<double> values(recipe.n);
  for (std::size_t i = 0; i < recipe.n; ++i) values[i] = independent_value(unsorted, i, single);
  if (ascending || descending) std::sort(values.begin(), values.end());
  if (descending) std::reverse(values.begin(), values.end());
  return values;
}

// A format's field widths, for the kinds that are drawn as bit patterns.
struct Format {
  unsigned total;     // bits
  unsigned fraction;  // bits
  unsigned denormal;  // widest span of the kind "denormals", in bits
  std::uint64_t two;  // the bits of 2.0
  std::uint64_t least_exponent;
  std::uint64_t exponents;
};

constexpr Format format_of(bool single) {
  return single ? Format{32, 23, 22, 0x40000000u, 127 - 60, 121}
                : Format{64, 52, 51, 0x4000000000000000u, 1023 - 500, 1001};
}

inline bool drawn_as_bits(std::string_view kind) {
  return kind == "bit_patterns" || kind == "denormals" || kind == "consecutive" ||
         kind == "wide_exponents";
}

inline std::uint64_t bits_of_value(const SeriesRecipe& recipe, std::size_t i,
                                   const Format& format) {
  const Stream stream(recipe.seed);
  const std::uint64_t word = stream.of(i, 0);
  if (recipe.kind == "bit_patterns") return word >> (64 - format.total);
  if (recipe.kind == "denormals") {
    const std::uint64_t width = 1 + stream.own(0) % format.denormal;
    return (word >> (64 - width)) | ((stream.of(i, 1) & 1) << (format.total - 1));
  }
  if (recipe.kind == "consecutive") {
    const std::uint64_t spread = 2 + stream.own(0) % 3000;
    return format.two - spread / 2 + word % spread;
  }
  const std::uint64_t exponent = format.least_exponent + stream.of(i, 1) % format.exponents;
  return ((stream.of(i, 2) & 1) << (format.total - 1)) | (exponent << format.fraction) |
         (word >> (64 - format.fraction));
}

}  // namespace detail

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// The series of a recipe, as float or double.
template <class T>
std::vector<T> generate(const SeriesRecipe& recipe) {
  constexpr bool single = sizeof(T) == 4;
  std::vector<T> values(recipe.n);
  if (detail::drawn_as_bits(recipe.kind)) {
    for (std::size_t i = 0; i < recipe.n; ++i) {
      values[i] = std::bit_cast<T>(
          static_cast<BitsOf<T>>(detail::bits_of_value(recipe, i, detail::format_of(single))));
    }
    return values;
  }
  const std::vector<double> doubles = detail::doubles(recipe, single);
  for (std::size_t i = 0; i < recipe.n; ++i) values[i] = static_cast<T>(doubles[i]);
  return values;
}

// 64 bits that depend on every bit of every value and on its place.
template <class T>
std::uint64_t checksum(const std::vector<T>& values) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t bits = std::bit_cast<BitsOf<T>>(values[i]);
    sum += mix(bits ^ mix(i + 1));
  }
  return sum;
}

}  // namespace tailfit::golden
