// More series than fit in memory: value at risk of a million simulated portfolios, 10,000 at a
// time.
//
//     stream           50,000 portfolios
//     stream 1000000   as many as asked for; the memory stays the same
//
// The source fills two buffers in turn. While one is fitted it fills the other.
#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <vector>

namespace {

constexpr std::int64_t length = 250;
constexpr std::int64_t per_piece = 10'000;

// Daily returns whose tails grow heavier from the first portfolio to the last.
class Portfolios {
 public:
  explicit Portfolios(std::int64_t n_series) : n_series_(n_series) {}

  std::optional<tailfit::SeriesView<float>> operator()() {
    if (next_ == n_series_) return std::nullopt;
    const std::int64_t n = std::min(per_piece, n_series_ - next_);
    std::vector<float>& values = buffers_[n_pieces_++ % 2];
    values.resize(static_cast<std::size_t>(n * length));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double share = static_cast<double>(next_) / static_cast<double>(n_series_);
      const double u = static_cast<double>(random_() >> 11) * 0x1p-53 - 0.5;
      values[i] = static_cast<float>(0.01 * u / std::pow(0.501 - std::abs(u), 0.1 + 0.3 * share));
    }
    next_ += n;
    return tailfit::SeriesView<float>::rows(values.data(), n, length);
  }

 private:
  std::int64_t n_series_;
  std::int64_t next_ = 0;
  std::size_t n_pieces_ = 0;
  std::vector<float> buffers_[2];
  std::mt19937_64 random_{1};
};

void run(std::int64_t n_series) {
  const tailfit::Context context;
  double worst = 0.0;
  std::int64_t worst_fit = 0;
  const auto summary = tailfit::fit_stream(
      context, Portfolios(n_series), {.bins = 50}, [&](const tailfit::PieceFits& fits) {
        const std::vector<double> quantiles = tailfit::quantile(context, fits, 0.01);
        const auto lowest = std::min_element(quantiles.begin(), quantiles.end());
        if (*lowest >= worst) return;
        worst = *lowest;
        worst_fit = fits.first_fit() + (lowest - quantiles.begin());
      });
  std::printf("%lld portfolios in %lld pieces; the worst 1 %% day: %.1f %%, of portfolio %lld\n",
              static_cast<long long>(summary.n_fits), static_cast<long long>(summary.n_pieces),
              100.0 * worst, static_cast<long long>(worst_fit));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::atoll(argv[1]) : 50'000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
