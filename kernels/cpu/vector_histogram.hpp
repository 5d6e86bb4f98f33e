// The body's histogram with vectors: the counts of kernels/fit/extract.hpp by other steps.
//
// To be included after the vectors and the counters of an instruction set.
#pragma once

#include "kernels/cpu/vector_blocks.hpp"
#include "kernels/fit/body.hpp"

namespace tailfit::kernels {
namespace {

constexpr int64_t bit_bins = 128;  // a counter's

// Where a value lies among the bins, in the values' own type and without a comparison with an edge:
//
//   place = (x - origin)*q + (origin - u_L)*q - 1/2, q = 1/step, origin = u_L in that type,
//
// is rounded to the bin's number. With r the rounding unit and M = max(|u_L|, |u_U|), the place of
// a value of the body is off by at most r*(3*bins + 1) + 3*r^2*M*q, and by 2^-50*(M*q + bins) for
// the rounding of the edges themselves. Where it is not nearer to a whole number than 1/2 less
// that, BinFinder has to decide. Values outside the body have places outside 0..bins-1, or are not
// sure.
template <class T>
struct PlaceRule {
  T origin;
  T inverse;
  T shift;
  T sure;  // below this distance from a whole number; -1: nothing is sure
};

template <class T>
inline PlaceRule<T> make_place_rule(const BinFinder& finder) {
  const BodyGrid& grid = finder.grid;
  const double q = finder.inverse;
  const double largest = larger(grid.lower < 0.0 ? -grid.lower : grid.lower,
                                grid.upper < 0.0 ? -grid.upper : grid.upper);
  constexpr double unit = sizeof(T) == 4 ? 0x1p-24 : 0x1p-53;
  const double bins = static_cast<double>(grid.bins);
  const double tolerance =
      6.0 * unit * (bins + 1.0) + 4.0 * unit * unit * largest * q + 0x1p-50 * (largest * q + bins);
  // Where a term could leave the range of fp32, nothing is sure.
  const bool usable =
      !grid.degenerate && q > 0x1p-96 && q < 0x1p96 && largest < 0x1p96 && tolerance < 0.25;
  if (!usable) return {T{0}, T{0}, T{0}, T{-1}};
  const T origin = static_cast<T>(grid.lower);
  return {origin, static_cast<T>(q),
          static_cast<T>((static_cast<double>(origin) - grid.lower) * q - 0.5),
          static_cast<T>(0.5 - tolerance)};
}

inline float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double multiply_add(double a, double b, double c) { return __builtin_fma(a, b, c); }

// Vectors of values at once, and one by the same steps.
template <class T>
class PlaceFinder {
 public:
  using V = ValueVectors<T>;
  using Vector = typename V::Vector;

  explicit PlaceFinder(const PlaceRule<T>& rule)
      : rule_(rule),
        origin_(V::set(rule.origin)),
        inverse_(V::set(rule.inverse)),
        shift_(V::set(rule.shift)),
        first_(V::set(rounding_term(T{}) + T{1})) {}

  // rounding_term + 1 + the bin, which lies in -1..128; the largest distance from a whole number.
  Vector sums(Vector x, Vector& distance) const {
    Vector place = V::multiply_add(V::difference(x, origin_), inverse_, shift_);
    // NaN to -1.
    place = V::smaller_of(V::larger_of(place, V::set(T{-1})), V::set(T{bit_bins}));
    const Vector sum = V::sum(place, first_);
    const Vector rest = V::difference(place, V::difference(sum, first_));
    distance = V::larger_of(distance, V::size(rest));
    return sum;
  }
  bool all_sure(Vector distance) const { return V::at_most(V::set(rule_.sure), distance) == 0; }
  int bin(T x, bool& sure) const {
    T place = multiply_add(x - rule_.origin, rule_.inverse, rule_.shift);
    place = place > T{-1} ? place : T{-1};
    place = place < T{bit_bins} ? place : T{bit_bins};
    const T whole = (place + (rounding_term(T{}) + T{1})) - (rounding_term(T{}) + T{1});
    sure = magnitude(place - whole) < rule_.sure;
    return static_cast<int>(whole);
  }

 private:
  PlaceRule<T> rule_;
  Vector origin_;
  Vector inverse_;
  Vector shift_;
  Vector first_;
};

// Corrects the counts of a block of which not every value's bin was sure.
template <class T>
[[gnu::noinline]] inline void count_unsure(const BinFinder& finder, const PlaceFinder<T>& places,
                                           const T* block, uint64_t* bins) {
  for (int i = 0; i < block_values; ++i) {
    bool sure;
    const int counted = places.bin(block[i], sure);
    if (sure) continue;
    // By going below zero for a while, maybe.
    if (counted >= 0 && counted < bit_bins) --bins[counted];
    const double x = block[i];
    if (x >= finder.grid.lower && x <= finder.grid.upper) ++bins[finder.bin(x)];
  }
}

// Counts the values within [u_L, u_U] in the grid's bins, as count_body() of
// kernels/fit/extract.hpp does. bins: 128 counters, at most as many bins; not degenerate.
template <class T>
inline void count_bins(const BodyGrid& grid, const T* values, int64_t n, uint64_t* bins) {
  using V = ValueVectors<T>;
  constexpr int vectors = block_values / V::lanes;
  for (int64_t b = 0; b < bit_bins; ++b) bins[b] = 0;
  const BinFinder finder = make_bin_finder(grid);
  const PlaceFinder<T> places(make_place_rule<T>(finder));
  BinCounter counter(bins);
  for_each_block(values, n, static_cast<T>(canonical_nan()), [&](const T* block) {
    typename V::Vector sum[vectors];
    auto distance = V::set(T{0});
    for (int i = 0; i < vectors; ++i) sum[i] = places.sums(V::load(block + i * V::lanes), distance);
    counter.add(sum);
    if (!places.all_sure(distance)) count_unsure(finder, places, block, bins);
  });
  counter.finish();
}

}  // namespace
}  // namespace tailfit::kernels
