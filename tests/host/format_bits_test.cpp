// The bits of whole fits, as one number that every compiler, optimisation level and machine must
// reproduce. A change of it changes every stored result: it has to be meant, and noted in
// CHANGELOG.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <tailfit/tailfit.hpp>

namespace {

// Integers and exactly rounded operations only, so that the input is the same everywhere.
class Generator {
 public:
  std::uint64_t next() {  // splitmix64 (Steele, Lea and Flood 2014)
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }
  // Symmetric with tails of index 2.
  double heavy() {
    const double u = uniform();
    return (next() % 2 == 0 ? 1.0 : -1.0) * (1.0 / std::sqrt(u) - 1.0);
  }

 private:
  std::uint64_t state_ = 2021;
};

class Hash {
 public:
  template <class T>
  void add(const T* data, std::size_t n) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < n * sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * 0x100000001B3u;
  }
  template <class Span>
  void add(const Span& span) {
    add(span.data(), span.size());
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;  // FNV-1a
};

std::uint64_t hash_of(const tailfit::Context& context, const tailfit::SplicedFits& fits) {
  Hash hash;
  hash.add(fits.n());
  hash.add(fits.n_missing());
  hash.add(fits.status());
  hash.add(fits.counts_u32());
  for (const tailfit::TailSpans& tail : {fits.lower(), fits.upper()}) {
    hash.add(tail.threshold);
    hash.add(tail.shape);
    hash.add(tail.scale);
    hash.add(tail.loglik);
    hash.add(tail.n_exceed);
  }
  for (const double p : {0.0, 0.001, 0.3, 0.97, 1.0}) hash.add(tailfit::quantile(context, fits, p));
  for (const double p : {0.001, 0.3, 0.97}) hash.add(tailfit::expected_shortfall(context, fits, p));
  return hash.value();
}

std::uint64_t hash_of_fits(std::int64_t n_series, std::int64_t length, double rounding,
                           const tailfit::FitOptions& options) {
  Generator generator;
  std::vector<double> values(static_cast<std::size_t>(n_series * length));
  for (double& x : values) {
    x = generator.heavy();
    if (rounding > 0.0) x = std::floor(x / rounding + 0.5) * rounding;
    if (generator.next() % 97 == 0) x = NAN;
  }
  const tailfit::Context context;
  const auto view = tailfit::SeriesView<double>::rows(values.data(), n_series, length);
  return hash_of(context, tailfit::fit(context, view, options));
}

TEST(FormatBits, OfShortSeries) {
  EXPECT_EQ(hash_of_fits(500, 250, 0.0, {.min_exceedances = 2}), 14333893741522130476u);
}

TEST(FormatBits, OfLongTails) {
  EXPECT_EQ(hash_of_fits(4, 40'000, 0.0, {.upper = tailfit::tail_mass(0.3)}), 3104054449690805366u);
}

TEST(FormatBits, OfRoundedData) {
  EXPECT_EQ(hash_of_fits(20, 800, 0.25, {.bins = 40, .laplace = 0.5, .resolution = 0.25}),
            10302145768858386687u);
}

}  // namespace
