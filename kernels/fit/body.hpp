// The body: B equal bins over [u_L, u_U], as numpy.histogram counts them.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct BodyGrid {
  double lower;  // u_L
  double upper;  // u_U
  double step;
  int64_t bins;
  bool degenerate;  // one bin (u_L < u_U) or an atom (u_L = u_U): everything is in bin 0
};

// Edge b: numpy.linspace's, two roundings, the last one exactly u_U.
TAILFIT_HD inline double edge(const BodyGrid& grid, int64_t b) {
  if (grid.degenerate) return b == 0 ? grid.lower : grid.upper;
  if (b == grid.bins) return grid.upper;
  return grid.lower + static_cast<double>(b) * grid.step;
}

TAILFIT_HD inline bool edges_are_distinct(const BodyGrid& grid) {
  if (!is_finite(grid.step) || !(grid.step > 0.0)) return false;
  const double size = larger(grid.lower < 0.0 ? -grid.lower : grid.lower,
                             grid.upper < 0.0 ? -grid.upper : grid.upper);
  // Each edge is off its exact place by at most 3*2^-53*size, the last one by as much, the step's
  // own rounding included; so a step this large keeps them apart and the loop can be spared.
  if (grid.step > 0x1p-47 * size && grid.step > 0x1p-960) return true;
  double previous = edge(grid, 0);
  for (int64_t b = 1; b <= grid.bins; ++b) {
    const double next = edge(grid, b);
    if (!(next > previous) || !is_finite(next)) return false;
    previous = next;
  }
  return true;
}

// u_L <= u_U, both finite.
TAILFIT_HD inline BodyGrid make_body_grid(double lower, double upper, int64_t bins) {
  BodyGrid grid{lower, upper, (upper - lower) / static_cast<double>(bins), bins, false};
  grid.degenerate = !edges_are_distinct(grid);
  return grid;
}

// Maps values to bins. The quotient only proposes a bin, comparison with the edges decides.
struct BinFinder {
  BodyGrid grid;
  double inverse;  // 1/step, or 0 where that is not a finite number

  // lower <= x <= upper. Within one of the right bin. By the step itself: bins/width is another
  // number where the step is subnormal, and the way to the right edge would be long.
  TAILFIT_HD int64_t proposed_bin(double x) const {
    const double offset = x - grid.lower;
    const double guess = inverse > 0.0 ? offset * inverse : offset / grid.step;
    const int64_t b = static_cast<int64_t>(guess);
    return b < grid.bins ? b : grid.bins - 1;
  }
  TAILFIT_HD int64_t bin(double x) const {
    if (grid.degenerate) return 0;
    int64_t b = proposed_bin(x);
    while (x < edge(grid, b)) --b;
    while (b + 1 < grid.bins && x >= edge(grid, b + 1)) ++b;
    return b;
  }
};

TAILFIT_HD inline BinFinder make_bin_finder(const BodyGrid& grid) {
  const double inverse = grid.degenerate ? 0.0 : 1.0 / grid.step;
  return {grid, is_finite(inverse) ? inverse : 0.0};
}

// What rounding to a whole number by addition needs: 1.5 * 2^(mantissa bits).
TAILFIT_HD inline float rounding_term(float) { return 0x1.8p23f; }
TAILFIT_HD inline double rounding_term(double) { return 0x1.8p52; }
TAILFIT_HD inline uint32_t rounded_to(float sum) { return bits_of(sum) - bits_of(0x1.8p23f); }
TAILFIT_HD inline uint32_t rounded_to(double sum) { return static_cast<uint32_t>(bits_of(sum)); }

// Finds bins in the values' own type, without a conversion or a comparison with an edge; not where
// x is too near to an edge for that, and BinFinder has to decide.
//
// With r the rounding unit of T, M = max(|u_L|, |u_U|) and q = 1/step, x*q - (u_L*q + 1/2) is the
// bin's number, less than 1/2 off, and wrong by at most r*(M*q) for each of q, the product and
// u_L*q, by r*(bins + 2) for the sums and by 2^-53*(M*q + 3*bins) for the rounding of the edges
// themselves: 8*r*(M*q + bins) bounds it all. So a number beyond 0..bins-1 is never sure either.
template <class T>
struct BinGuess {
  T inverse;
  T shift;
  T sure;  // below this distance from a whole number; -1: never

  // u_L <= x <= u_U. The bin, if it is sure.
  TAILFIT_HD bool find(T x, uint32_t& bin) const {
    const T place = x * inverse + shift;
    const T sum = place + rounding_term(T{});
    bin = rounded_to(sum);
    return magnitude(place - (sum - rounding_term(T{}))) < sure;
  }
};

template <class T>
TAILFIT_HD inline BinGuess<T> make_bin_guess(const BinFinder& finder) {
  const BodyGrid& grid = finder.grid;
  const double largest = larger(grid.lower < 0.0 ? -grid.lower : grid.lower,
                                grid.upper < 0.0 ? -grid.upper : grid.upper);
  constexpr double unit = sizeof(T) == 4 ? 0x1p-24 : 0x1p-53;
  const double tolerance = 8.0 * unit * (largest * finder.inverse + static_cast<double>(grid.bins));
  // Where a term of the product could leave the range of fp32, nothing is proposed.
  const bool usable = !grid.degenerate && finder.inverse > 0x1p-96 && finder.inverse < 0x1p96 &&
                      largest < 0x1p96 && tolerance < 0.25;
  if (!usable) return {T{0}, T{0}, T{-1}};
  return {static_cast<T>(finder.inverse), static_cast<T>(-(grid.lower * finder.inverse) - 0.5),
          static_cast<T>(0.5 - tolerance)};
}

}  // namespace
}  // namespace tailfit::kernels
