#include "tools/batch_fit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace tailfit::tools {
namespace {

// A group's segments as rows of one length: where they lie, if they are evenly spaced there, else
// in a copy. The copy is no larger than the input, and only series of different lengths need it.
template <class T>
class GroupRows {
 public:
  GroupRows(const Panel& panel, const std::vector<T>& values, const Batch& batch,
            const SegmentGroup& group) {
    length_ = batch[group.front()].length;
    n_ = static_cast<std::int64_t>(group.size());
    const auto begin = [&](std::size_t position) {
      return panel.offsets[batch[position].series] + batch[position].first_value;
    };
    stride_ = group.size() > 1 ? begin(group[1]) - begin(group[0]) : length_;
    for (std::size_t i = 1; i < group.size(); ++i) {
      if (begin(group[i]) - begin(group[i - 1]) != stride_) {
        copy(values, group, begin);
        return;
      }
    }
    first_ = values.data() + begin(group.front());
  }

  SeriesView<T> view(const std::optional<WindowArguments>& window) const {
    const auto rows = SeriesView<T>::rows(first_, n_, length_, stride_);
    if (!window.has_value()) return rows;
    return SeriesView<T>::rolling(rows, window->length, window->step);
  }

 private:
  template <class Begin>
  void copy(const std::vector<T>& values, const SegmentGroup& group, const Begin& begin) {
    copies_.reserve(group.size() * static_cast<std::size_t>(length_));
    for (const std::size_t position : group) {
      const T* first = values.data() + begin(position);
      copies_.insert(copies_.end(), first, first + length_);
    }
    first_ = copies_.data();
    stride_ = length_;
  }

  std::int64_t length_;
  std::int64_t n_;
  std::int64_t stride_;
  const T* first_;
  std::vector<T> copies_;
};

// Where the tails of a group's series begin on one side.
class GroupThresholds {
 public:
  // `of_panel`: of each series of the panel, or nothing.
  GroupThresholds(const std::vector<double>& of_panel, const Batch& batch,
                  const SegmentGroup& group) {
    if (of_panel.empty()) return;
    for (const std::size_t position : group) own_.push_back(of_panel[batch[position].series]);
  }

  // The rule for fits of this length. `asked` is meant for all of the input.
  ThresholdRule rule(const ThresholdRule& asked, std::int64_t length) const {
    if (!own_.empty()) return per_series(own_);
    // In a series of no more than K values a count takes the outermost one on the other side, but
    // the library refuses a call that has no other series. This is the same value.
    const tailfit_threshold_rule& c_rule = asked.c_rule();
    const bool is_short = c_rule.kind == TAILFIT_THRESHOLD_COUNT && c_rule.count >= length;
    return is_short ? tail_mass(1.0) : asked;
  }

 private:
  std::vector<double> own_;
};

}  // namespace

FitRequest fit_request(const FitArguments& arguments) {
  FitRequest request;
  request.options.lower = arguments.lower.rule();
  request.options.upper = arguments.upper.rule();
  request.options.bins = arguments.bins;
  request.options.min_exceedances = arguments.min_exceedances;
  request.options.resolution = arguments.resolution;
  request.window = arguments.window;
  for (const Level& level : arguments.quantiles) request.quantiles.push_back(level.p);
  for (const Level& level : arguments.expected_shortfalls) {
    request.expected_shortfalls.push_back(level.p);
  }
  const bool body_is_asked = arguments.bins_output.has_value() ||
                             arguments.saved_output.has_value() || !request.quantiles.empty() ||
                             !request.expected_shortfalls.empty();
  request.options.counts = body_is_asked ? Counts::u32 : Counts::none;
  return request;
}

template <class T>
GroupFits BatchFitter::fit_view(const SeriesView<T>& view, const FitOptions& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  GroupFits result{tailfit::fit(context_, view, options), {}, {}};
  seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  for (const double p : request_.quantiles) {
    result.quantiles.push_back(quantile(context_, result.fits, p));
  }
  for (const double p : request_.expected_shortfalls) {
    result.expected_shortfalls.push_back(expected_shortfall(context_, result.fits, p));
  }
  return result;
}

BatchFits BatchFitter::fit(const Batch& batch, std::int64_t& n_fitted) {
  BatchFits result;
  result.places.resize(batch.size());
  for (const SegmentGroup& group : group_by_length(batch)) {
    std::size_t n_in_group = 0;
    for (const std::size_t position : group) {
      result.places[position] = {result.groups.size(), n_in_group};
      n_in_group += static_cast<std::size_t>(batch[position].n_windows);
    }
    const GroupThresholds lower(panel_.lower_thresholds, batch, group);
    const GroupThresholds upper(panel_.upper_thresholds, batch, group);
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          const GroupRows<T> rows(panel_, values, batch, group);
          const SeriesView<T> view = rows.view(request_.window);
          FitOptions options = request_.options;
          options.lower = lower.rule(options.lower, view.length());
          options.upper = upper.rule(options.upper, view.length());
          result.groups.push_back(fit_view(view, options));
        },
        panel_.values);
    n_fitted += static_cast<std::int64_t>(n_in_group);
  }
  return result;
}

}  // namespace tailfit::tools
