// The bits of whole fits, as one number that every compiler, optimisation level and machine must
// reproduce. A change of it changes every stored result: it has to be meant, and noted in
// CHANGELOG.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/bits/hash.hpp"

namespace {

using tailfit::bits::Generator;
using tailfit::bits::Hash;

// Symmetric with tails of index 2; exactly rounded operations only, so that the input is the same
// everywhere.
double heavy(Generator& generator) {
  const double u = (static_cast<double>(generator.next() >> 11) + 0.5) * 0x1p-53;
  return (generator.next() % 2 == 0 ? 1.0 : -1.0) * (1.0 / std::sqrt(u) - 1.0);
}

template <class Span>
void add(Hash& hash, const Span& span) {
  hash.add(span.data(), span.size());
}

std::uint64_t hash_of(const tailfit::Context& context, const tailfit::SplicedFits& fits) {
  Hash hash;
  add(hash, fits.n());
  add(hash, fits.n_missing());
  add(hash, fits.status());
  add(hash, fits.counts_u32());
  for (const tailfit::TailSpans& tail : {fits.lower(), fits.upper()}) {
    add(hash, tail.threshold);
    add(hash, tail.shape);
    add(hash, tail.scale);
    add(hash, tail.loglik);
    add(hash, tail.n_exceed);
  }
  for (const double p : {0.0, 0.001, 0.3, 0.97, 1.0})
    add(hash, tailfit::quantile(context, fits, p));
  for (const double p : {0.001, 0.3, 0.97})
    add(hash, tailfit::expected_shortfall(context, fits, p));
  return hash.value();
}

std::uint64_t hash_of_fits(std::int64_t n_series, std::int64_t length, double rounding,
                           const tailfit::FitOptions& options) {
  Generator generator(2021);
  std::vector<double> values(static_cast<std::size_t>(n_series * length));
  for (double& x : values) {
    x = heavy(generator);
    if (rounding > 0.0) x = std::floor(x / rounding + 0.5) * rounding;
    if (generator.next() % 97 == 0) x = NAN;
  }
  const tailfit::Context context;
  const auto view = tailfit::SeriesView<double>::rows(values.data(), n_series, length);
  return hash_of(context, tailfit::fit(context, view, options));
}

TEST(FormatBits, OfShortSeries) {
  EXPECT_EQ(hash_of_fits(500, 250, 0.0, {.min_exceedances = 2}), 15722942487106174845u);
}

TEST(FormatBits, OfLongTails) {
  EXPECT_EQ(hash_of_fits(4, 40'000, 0.0, {.upper = tailfit::tail_mass(0.3)}),
            12424830917346354276u);
}

TEST(FormatBits, OfRoundedData) {
  EXPECT_EQ(hash_of_fits(20, 800, 0.25, {.bins = 40, .laplace = 0.5, .resolution = 0.25}),
            11866067828683043152u);
}

}  // namespace
