// One distribution of functions_golden.csv, a fit put together by hand or a row of parameters, and
// the memory that its view points to.
#pragma once

#include "golden_table.hpp"

#include <tailfit/tailfit.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tailfit::golden {

class GoldenDistribution {
 public:
  explicit GoldenDistribution(const GoldenRow& row)
      : is_fit_(row.text("kind") == "fit"),
        is_single_(row.text("kind") == "f32"),
        edges_(numbers(row.text("edges"), ' ')),
        weights_(numbers(row.text("weights"), ' ')),
        lower_(numbers(row.text("lower"), ':')),
        upper_(numbers(row.text("upper"), ':')) {
    if (is_fit_) {
      make_fit(row);
    } else if (is_single_) {
      make_parameters<float>(row);
    } else {
      make_parameters<double>(row);
    }
  }
  GoldenDistribution(const GoldenDistribution&) = delete;
  GoldenDistribution& operator=(const GoldenDistribution&) = delete;

  Distributions view() const {
    return is_fit_ ? Distributions(spans_) : Distributions(parameters_);
  }
  bool is_fit() const { return is_fit_; }
  // Edges as they were given: of a fit the thresholds.
  const std::vector<double>& edges() const { return edges_; }
  // mass (of a fit: a count), shape, scale
  const std::vector<double>& lower() const { return lower_; }
  const std::vector<double>& upper() const { return upper_; }

 private:
  // The type's own numbers, which a double holds.
  std::vector<double> numbers(std::string_view text, char separator) const {
    std::vector<double> values;
    for (const auto part : split(text, separator)) {
      values.push_back(is_single_ ? static_cast<double>(parse<float>(part)) : parse<double>(part));
    }
    return values;
  }

  void make_fit(const GoldenRow& row) {
    n_ = row.integer("n");
    status_ = static_cast<std::uint32_t>(row.integer("status"));
    n_exceed_ = {static_cast<std::int64_t>(lower_[0]), static_cast<std::int64_t>(upper_[0])};
    for (const double count : weights_) {
      u32_.push_back(static_cast<std::uint32_t>(count));
      u16_.push_back(static_cast<std::uint16_t>(count));
    }
    tailfit_fits_view& view = fits_;
    view.struct_size = sizeof view;
    view.n_fits = 1;
    view.bins = row.integer("bins");
    view.laplace = row.number("laplace");
    view.n = &n_;
    view.n_missing = &n_missing_;
    view.status = &status_;
    view.lower = {&edges_.front(), &lower_[1], &lower_[2], &loglik_, &n_exceed_[0]};
    view.upper = {&edges_.back(), &upper_[1], &upper_[2], &loglik_, &n_exceed_[1]};
    const std::string_view kind = row.text("weights_kind");
    view.counts_kind = kind == "u32"   ? TAILFIT_COUNTS_U32
                       : kind == "u16" ? TAILFIT_COUNTS_U16
                                       : TAILFIT_COUNTS_NONE;
    if (kind == "u32") view.counts = u32_.data();
    if (kind == "u16") view.counts = u16_.data();
    spans_ = FitsSpans(view);
  }

  template <class T>
  void make_parameters(const GoldenRow& row) {
    auto& arrays = [this]() -> Arrays<T>& {
      if constexpr (sizeof(T) == sizeof(float)) {
        return f32_;
      } else {
        return f64_;
      }
    }();
    const auto narrow = [](const std::vector<double>& values) {
      std::vector<T> out;
      for (const double value : values) out.push_back(static_cast<T>(value));
      return out;
    };
    arrays = {narrow(edges_), narrow(weights_), narrow(lower_), narrow(upper_)};
    parameters_ = parameters_view<T>(1, row.integer("bins"));
    parameters_.weights_kind =
        row.text("weights_kind") == "logits" ? TAILFIT_WEIGHTS_LOGITS : TAILFIT_WEIGHTS_MASSES;
    parameters_.weights = arrays.weights.data();
    parameters_.edges = arrays.edges.data();
    parameters_.edges_stride = parameters_.bins + 1;
    parameters_.lower = {&arrays.lower[0], &arrays.lower[1], &arrays.lower[2], 1};
    parameters_.upper = {&arrays.upper[0], &arrays.upper[1], &arrays.upper[2], 1};
  }

  template <class T>
  struct Arrays {
    std::vector<T> edges;
    std::vector<T> weights;
    std::vector<T> lower;
    std::vector<T> upper;
  };

  bool is_fit_;
  bool is_single_;
  std::vector<double> edges_;
  std::vector<double> weights_;
  std::vector<double> lower_;
  std::vector<double> upper_;
  std::int64_t n_ = 0;
  std::int64_t n_missing_ = 0;
  std::uint32_t status_ = 0;
  double loglik_ = std::numeric_limits<double>::quiet_NaN();
  std::array<std::int64_t, 2> n_exceed_{};
  std::vector<std::uint32_t> u32_;
  std::vector<std::uint16_t> u16_;
  Arrays<float> f32_;
  Arrays<double> f64_;
  tailfit_fits_view fits_{};
  FitsSpans spans_{tailfit_fits_view{}};
  tailfit_parameters_view parameters_{};
};

}  // namespace tailfit::golden
