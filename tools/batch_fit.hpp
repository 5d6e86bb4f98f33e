// Fits a batch and looks its results up.
#pragma once

#include <tailfit/tailfit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/batch_plan.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// What is asked of every fit.
struct FitRequest {
  FitOptions options;
  std::optional<WindowArguments> window;
  std::vector<double> quantiles;            // levels
  std::vector<double> expected_shortfalls;  // levels
};

FitRequest fit_request(const FitArguments& arguments);

// The results of one call.
struct GroupFits {
  SplicedFits fits;
  std::vector<std::vector<double>> quantiles;            // [level][fit]
  std::vector<std::vector<double>> expected_shortfalls;  // [level][fit]
};

struct BatchFits {
  std::vector<GroupFits> groups;
  // Where a segment's results are: fits [first_fit, first_fit + n_windows) of groups[group].
  struct Place {
    std::size_t group;
    std::size_t first_fit;
  };
  std::vector<Place> places;  // by position in the batch
};

class BatchFitter {
 public:
  // All three must outlive it.
  BatchFitter(const Context& context, const Panel& panel, const FitRequest& request)
      : context_(context), panel_(panel), request_(request) {}

  // Synchronous. Throws as tailfit::fit does. After each call of the library `n_fitted` is how many
  // fits this fitter has done, for a progress callback to add to.
  BatchFits fit(const Batch& batch, std::int64_t& n_fitted);

  // Spent in tailfit::fit up to now.
  double seconds() const { return seconds_; }

 private:
  template <class T>
  GroupFits fit_view(const SeriesView<T>& view, const FitOptions& options);

  const Context& context_;
  const Panel& panel_;
  const FitRequest& request_;
  double seconds_ = 0.0;
};

}  // namespace tailfit::tools
