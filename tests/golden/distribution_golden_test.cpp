// Quantiles and expected shortfalls against closed forms with 50 digits
// (make_distribution_golden.py), for parameters that no fit has to produce: the fits are put
// together by hand.
#include "golden_table.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using tailfit::golden::GoldenRow;

// One fit and the memory that its view points to.
class HandMadeFit {
 public:
  explicit HandMadeFit(const GoldenRow& row)
      : n_(row.integer("n")),
        status_(static_cast<std::uint32_t>(row.integer("status"))),
        lower_(row, "lower_"),
        upper_(row, "upper_") {
    for (const auto count : tailfit::golden::split(row.text("counts"), ' ')) {
      u32_.push_back(tailfit::golden::parse<std::uint32_t>(count));
      u16_.push_back(static_cast<std::uint16_t>(u32_.back()));
    }
    view_.struct_size = sizeof view_;
    view_.n_fits = 1;
    view_.bins = row.integer("bins");
    view_.laplace = row.number("laplace");
    view_.n = &n_;
    view_.n_missing = &n_missing_;
    view_.status = &status_;
    view_.lower = lower_.view();
    view_.upper = upper_.view();
    const std::string_view kind = row.text("counts_kind");
    if (kind == "u32") {
      view_.counts_kind = TAILFIT_COUNTS_U32;
      view_.counts = u32_.data();
    } else if (kind == "u16") {
      view_.counts_kind = TAILFIT_COUNTS_U16;
      view_.counts = u16_.data();
    } else {
      view_.counts_kind = TAILFIT_COUNTS_NONE;
    }
  }
  HandMadeFit(const HandMadeFit&) = delete;
  HandMadeFit& operator=(const HandMadeFit&) = delete;

  const tailfit_fits_view& view() const { return view_; }
  void set_status(std::uint32_t status) { status_ = status; }
  void set_n(std::int64_t n) { n_ = n; }

  // The size of the numbers that an answer is computed from; rounding errors are in proportion.
  double size() const { return std::max(lower_.size(), upper_.size()); }

 private:
  class Tail {
   public:
    Tail(const GoldenRow& row, const std::string& side)
        : threshold_(row.number(side + "threshold")),
          shape_(row.number(side + "shape")),
          scale_(row.number(side + "scale")),
          n_exceed_(row.integer(side + "n")) {}
    tailfit_tail_view view() { return {&threshold_, &shape_, &scale_, &loglik_, &n_exceed_}; }
    double size() const {
      return std::isnan(scale_) ? std::abs(threshold_) : std::max(std::abs(threshold_), scale_);
    }

   private:
    double threshold_;
    double shape_;
    double scale_;
    double loglik_ = std::numeric_limits<double>::quiet_NaN();
    std::int64_t n_exceed_;
  };

  std::int64_t n_;
  std::int64_t n_missing_ = 0;
  std::uint32_t status_;
  Tail lower_;
  Tail upper_;
  std::vector<std::uint32_t> u32_;
  std::vector<std::uint16_t> u16_;
  tailfit_fits_view view_{};
};

// level:quantile:shortfall, the last a dash where the level is 0 or 1.
struct Answer {
  double level;
  double quantile;
  bool has_shortfall;
  double shortfall;
};

Answer parse_answer(std::string_view text) {
  const auto parts = tailfit::golden::split(text, ':');
  if (parts.size() != 3) throw std::runtime_error("golden file: bad answer " + std::string(text));
  const bool has_shortfall = parts[2] != "-";
  return {tailfit::golden::parse<double>(parts[0]), tailfit::golden::parse<double>(parts[1]),
          has_shortfall, has_shortfall ? tailfit::golden::parse<double>(parts[2]) : 0.0};
}

constexpr std::uint64_t published_nan = 0x7FF8000000000000u;

// Equal infinities, the published NaN for a NaN, otherwise close: an answer is a sum of a few terms
// of that size, each with errors of some ulp in its logarithms and powers.
void expect_answer(const char* what, double level, double actual, double expected, double size) {
  if (std::isnan(expected)) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(actual), published_nan)
        << what << '(' << level << ") is " << actual << ", expected nan";
    return;
  }
  if (std::isinf(expected)) {
    EXPECT_EQ(actual, expected) << what << '(' << level << ')';
    return;
  }
  EXPECT_NEAR(actual, expected, 1e-13 * std::max(size, std::abs(expected)))
      << what << '(' << level << ')';
}

class DistributionGolden : public testing::Test {
 protected:
  double quantile(const HandMadeFit& fit, double p) const {
    double out = 0.0;
    EXPECT_EQ(tailfit_quantile(context_.c_handle(), &fit.view(), p, &out), TAILFIT_OK)
        << tailfit_last_error();
    return out;
  }
  double shortfall(const HandMadeFit& fit, double p) const {
    double out = 0.0;
    EXPECT_EQ(tailfit_expected_shortfall(context_.c_handle(), &fit.view(), p, &out), TAILFIT_OK)
        << tailfit_last_error();
    return out;
  }
  template <class Check>
  void on_every_answer(const Check& check) const {
    std::size_t answers = 0;
    for (const GoldenRow& row : rows_) {
      SCOPED_TRACE(row.describe());
      const HandMadeFit fit(row);
      for (const auto text : tailfit::golden::split(row.text("answers"), ' ')) {
        check(fit, parse_answer(text));
        ++answers;
      }
    }
    std::printf("%zu levels of %zu distributions compared\n", answers, rows_.size());
  }

  std::vector<GoldenRow> rows_ =
      tailfit::golden::read_golden(tailfit::golden::golden_file("distribution_golden.csv"));
  tailfit::Context context_{{.threads = 1}};
};

TEST_F(DistributionGolden, QuantilesAgreeWithFiftyDigits) {
  on_every_answer([this](const HandMadeFit& fit, const Answer& answer) {
    expect_answer("Q", answer.level, quantile(fit, answer.level), answer.quantile, fit.size());
  });
}

TEST_F(DistributionGolden, ExpectedShortfallsAgreeWithFiftyDigits) {
  on_every_answer([this](const HandMadeFit& fit, const Answer& answer) {
    if (!answer.has_shortfall) return;
    expect_answer("ES", answer.level, shortfall(fit, answer.level), answer.shortfall, fit.size());
  });
}

TEST_F(DistributionGolden, SeriesWithoutADistributionHaveNoQuantiles) {
  for (const std::uint32_t status :
       {tailfit::status::thresholds_crossed, tailfit::status::not_run, tailfit::status::empty}) {
    HandMadeFit fit(rows_.front());
    fit.set_status(status);
    if (status == tailfit::status::empty) fit.set_n(0);
    for (const double p : {0.01, 0.5, 0.99}) {
      SCOPED_TRACE(tailfit::status_text(status));
      expect_answer("Q", p, quantile(fit, p), std::nan(""), 1.0);
      expect_answer("ES", p, shortfall(fit, p), std::nan(""), 1.0);
    }
  }
}

}  // namespace
