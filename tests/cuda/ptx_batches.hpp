// The batches that ptx_parity.py runs, written by ptx_cases: each as the device code lays it out,
// and what the CPU makes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/device_plan.hpp"
#include "host/kernel_views.hpp"
#include "kernels/fit/fit_types.hpp"
#include "tests/cuda/ptx_case_files.hpp"

namespace tailfit::tests {

// The files of ptx_cases.
class ParityCases : CaseFiles {
 public:
  explicit ParityCases(const std::string& directory) : CaseFiles(directory) {}

  template <class T>
  void add_case(const std::string& name, const std::vector<T>& values, std::int64_t shift,
                const SeriesView<T>& series, const FitOptions& options,
                std::int64_t offset_limit = -1);
  template <class T>
  void add_elementary(const char* name, bool last);
  void end_cases() { json_ << "],\n\"elementary\": {"; }
  bool end() {
    json_ << "}}\n";
    return is_written();
  }

 private:
  void put_bins(const host::DevicePlan& plan, const kernels::FitBatch& batch);
  void put_pointer(const char* name, std::size_t offset, std::uint64_t bytes, std::int64_t first,
                   std::int64_t expected, std::int64_t shift = 0) {
    json_ << (is_first_pointer_ ? "" : ",") << "\n  {\"name\": \"" << name
          << "\", \"offset\": " << offset << ", \"bytes\": " << bytes << ", \"first\": " << first
          << ", \"expected\": " << expected << ", \"shift\": " << shift << "}";
    is_first_pointer_ = false;
  }
  void put_expected(const char* name, std::size_t offset, const void* data, std::uint64_t bytes) {
    if (bytes > 0) put_pointer(name, offset, bytes, -1, put(data, bytes));
  }

  void put_given(const char* name, std::size_t offset, const void* data, std::uint64_t bytes) {
    put_pointer(name, offset, bytes, put(data, bytes), -1);
  }
  // A threshold for each fit, where the rule has some.
  void put_thresholds(const char* name, std::size_t offset, const tailfit_threshold_rule& rule,
                      const tailfit_series_view& series) {
    if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
    std::vector<double> thresholds;
    for (std::int64_t fit = 0; fit < series.n_series * series.n_windows; ++fit) {
      thresholds.push_back(host::own_threshold(rule, series, fit));
    }
    put_given(name, offset, thresholds.data(), thresholds.size() * 8);
  }

  bool is_first_case_ = true;
  bool is_first_pointer_ = true;
};

template <class T>
void add_both_rows(ParityCases& cases, const std::string& name, const std::vector<T>& values,
                   std::int64_t n_series, std::int64_t length, const FitOptions& options) {
  cases.add_case<T>(name, values, 0, SeriesView<T>::rows(values.data(), n_series, length), options);
}

inline void add_both(ParityCases& cases, const std::string& name, const std::vector<double>& values,
                     std::int64_t n_series, std::int64_t length, const FitOptions& options) {
  add_both_rows(cases, name + ", fp64", values, n_series, length, options);
  const std::vector<float> floats(values.begin(), values.end());
  add_both_rows(cases, name + ", fp32", floats, n_series, length, options);
}

// All windows of one series.
template <class T>
void add_rolling(ParityCases& cases, const std::string& name, const std::vector<T>& values,
                 std::int64_t length, std::int64_t step) {
  const auto n = static_cast<std::int64_t>(values.size());
  const auto panel = SeriesView<T>::rows(values.data(), 1, n);
  cases.add_case<T>(name, values, 0, SeriesView<T>::rolling(panel, length, step), {});
}

// ptx_test_batches.cpp: everything that the kernels can meet.
void add_tests(ParityCases& cases);
// ptx_count_batches.cpp: plain series of many lengths, for counting instructions.
void add_counts(ParityCases& cases);
void add_selections(ParityCases& cases);

}  // namespace tailfit::tests
