// One point of each fit has a loop of its own on the CPU: it must answer what a row asked alone
// does, with every instruction set.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {
namespace {

constexpr SplicedFunction functions[] = {SplicedFunction::log_pdf,       SplicedFunction::pdf,
                                         SplicedFunction::cdf,           SplicedFunction::sf,
                                         SplicedFunction::log_sf,        SplicedFunction::log_cdf,
                                         SplicedFunction::mid_pit,       SplicedFunction::log_score,
                                         SplicedFunction::anomaly_score, SplicedFunction::quantile};

constexpr std::int64_t n_rows = 400;
constexpr std::int64_t bins = 11;

// Fits of every kind there is: without tails or their parameters, of one value, without a
// distribution, with counts beyond 2^32.
class OddFits {
 public:
  OddFits() {
    for (std::int64_t row = 0; row < n_rows; ++row) add(row);
  }
  DistributionBatch rows(CountsKind kind, double laplace) const {
    DistributionBatch all{};
    all.n_rows = n_rows;
    all.bins = bins;
    const void* const counts = kind == CountsKind::u32   ? static_cast<const void*>(u32_.data())
                               : kind == CountsKind::u16 ? static_cast<const void*>(u16_.data())
                                                         : nullptr;
    all.fits = {n_.data(), status_.data(), lower_.rows(), upper_.rows(), counts, kind, laplace};
    return all;
  }
  // Values in all parts, at their ends, and none.
  const std::vector<double>& points() const { return points_; }

 private:
  struct Tails {
    std::vector<double> threshold, shape, scale;
    std::vector<std::int64_t> n_exceed;

    FitTailRows rows() const {
      return {threshold.data(), shape.data(), scale.data(), n_exceed.data()};
    }
    void add(double at, bool is_fitted, std::int64_t n, std::mt19937_64& random) {
      constexpr double nan = std::numeric_limits<double>::quiet_NaN();
      const auto unit = [&] { return static_cast<double>(random() % 1000) * 1e-3; };
      threshold.push_back(at);
      shape.push_back(is_fitted ? 2.0 * unit() - 0.7 : nan);
      scale.push_back(is_fitted ? 0.1 + unit() : nan);
      n_exceed.push_back(n);
    }
  };

  void add(std::int64_t row) {
    std::int64_t body = 0;
    for (std::int64_t b = 0; b < bins; ++b) {
      u16_.push_back(static_cast<std::uint16_t>(random_() % 30));
      const std::uint32_t more = row % 50 == 0 ? 0xF0000000u : 0u;
      u32_.push_back(u16_.back() + more);
      body += u32_.back();
    }
    const auto n_exceed = [&] { return static_cast<std::int64_t>(random_() % 3 * 20); };
    const std::int64_t below = n_exceed(), above = n_exceed();
    const double width = row % 7 == 0 ? 0.0 : row % 11 == 0 ? 1e-16 : 4.0;
    lower_.add(1.0, random_() % 4 != 0, below, random_);
    upper_.add(1.0 + width, random_() % 4 != 0, above, random_);
    n_.push_back(row % 13 == 0 ? 0 : body + below + above);
    status_.push_back(row % 17 == 0 ? status_bits::thresholds_crossed : 0);
    const double infinite = std::numeric_limits<double>::infinity();
    const double edges[] = {1.0,       1.0 + width, 1.0 + width * 3.0 / 11.0,
                            -infinite, infinite,    std::numeric_limits<double>::quiet_NaN()};
    points_.push_back(random_() % 3 == 0
                          ? edges[random_() % 6]
                          : 8.0 * static_cast<double>(random_() % 1000) * 1e-3 - 1.0);
  }

  std::mt19937_64 random_{5};
  std::vector<std::int64_t> n_;
  std::vector<std::uint32_t> status_;
  std::vector<std::uint16_t> u16_;
  std::vector<std::uint32_t> u32_;
  std::vector<double> points_;
  Tails lower_, upper_;
};

// With `untouched` before and behind the rows that were asked.
constexpr double untouched = -77.0;

void expect_rows_alone(const CpuKernels& kernels, const EvaluateBatch& batch) {
  constexpr std::int64_t begin = 3, end = n_rows - 5;
  std::vector<double> memory(static_cast<std::size_t>(spliced_row_bytes(bins)) / 8);
  std::vector<double> out(n_rows, untouched);
  EvaluateBatch asked = batch;
  asked.out = out.data();
  kernels.evaluate(asked, begin, end, memory.data());
  for (std::int64_t row = 0; row < n_rows; ++row) {
    double alone = untouched;
    if (row >= begin && row < end) {
      evaluate_fit(fit_of_row(batch.rows, row), request_of_row(batch, row), memory.data(), &alone);
    }
    ASSERT_EQ(bits_of(out[static_cast<std::size_t>(row)]), bits_of(alone))
        << kernels.name << ", function " << static_cast<int>(batch.request.function) << ", row "
        << row;
  }
}

TEST(EvaluateBatch, AnswersASinglePointAsARowAlone) {
  const OddFits fits;
  const std::vector<float> floats(fits.points().begin(), fits.points().end());
  const CpuKernels* tables[3];
  const int n_tables = list_cpu_kernels(tables);
  for (int table = 0; table < n_tables; ++table) {
    for (const SplicedFunction function : functions) {
      for (const CountsKind kind : {CountsKind::none, CountsKind::u16, CountsKind::u32}) {
        EvaluateBatch batch{};
        batch.rows = fits.rows(kind, kind == CountsKind::u16 ? 0.5 : 0.0);
        batch.request.function = function;
        batch.request.n_points = 1;
        batch.request.point = 2.5;  // of all
        expect_rows_alone(*tables[table], batch);
        batch.points_stride = 1;
        batch.request.points = floats.data();
        expect_rows_alone(*tables[table], batch);
        batch.request.points = fits.points().data();
        batch.request.is_double = true;
        expect_rows_alone(*tables[table], batch);
      }
    }
  }
}

}  // namespace
}  // namespace tailfit::kernels
