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

// How a case is run where that is not what the plan says, and the rows of counts that it makes.
struct HowToRun {
  std::int64_t offset_limit = -1;  // of a ragged case whose offsets are to be checked
  // By a cluster of so many blocks, or by so many that take turns with their keys in global memory;
  // 0: as the plan says.
  kernels::ExtractRegime regime = kernels::ExtractRegime::lanes;
  int blocks = 0;
  int threads = 0;
  const char* extraction = "extraction";  // the step of its row; empty: none
  const char* solving = "";
};

// The files of ptx_cases.
class ParityCases : CaseFiles {
 public:
  explicit ParityCases(const std::string& directory) : CaseFiles(directory) {}

  template <class T>
  void add_case(const std::string& name, const std::vector<T>& values, std::int64_t shift,
                const SeriesView<T>& series, const FitOptions& options, const HowToRun& how = {});
  // Binning by length alone; of offsets that are checked where there is a limit.
  void add_bins(const std::string& name, const std::vector<std::int64_t>& offsets,
                std::int64_t longest, std::int64_t offset_limit);
  // Columns, time after time, made rows of `pitch` values.
  template <class T>
  void add_transposition(const std::string& name, std::int64_t n_series, std::int64_t length,
                         std::int64_t pitch);
  template <class T>
  void add_elementary(const char* name, bool last);
  void end_cases() { json_ << "],\n\"elementary\": {"; }
  bool end() {
    json_ << "}}\n";
    return is_written();
  }

 private:
  void begin_case(const std::string& name, const char* kind);
  void put_launch(const host::ExtractPolicy& how);
  void put_bins(const host::LengthClasses& classes, const kernels::FitBatch& batch);
  void put_results(const kernels::FitBatch& batch, const tailfit_fits_view& out);
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
                   std::int64_t n_series, std::int64_t length, const FitOptions& options,
                   const HowToRun& how = {}) {
  cases.add_case<T>(name, values, 0, SeriesView<T>::rows(values.data(), n_series, length), options,
                    how);
}

inline void add_both(ParityCases& cases, const std::string& name, const std::vector<double>& values,
                     std::int64_t n_series, std::int64_t length, const FitOptions& options,
                     const HowToRun& how = {}) {
  add_both_rows(cases, name + ", fp64", values, n_series, length, options, how);
  const std::vector<float> floats(values.begin(), values.end());
  add_both_rows(cases, name + ", fp32", floats, n_series, length, options, how);
}

// All windows of one series.
template <class T>
void add_rolling(ParityCases& cases, const std::string& name, const std::vector<T>& values,
                 std::int64_t length, std::int64_t step, const HowToRun& how = {}) {
  const auto n = static_cast<std::int64_t>(values.size());
  const auto panel = SeriesView<T>::rows(values.data(), 1, n);
  cases.add_case<T>(name, values, 0, SeriesView<T>::rolling(panel, length, step), {}, how);
}

// ptx_test_batches.cpp: everything that the kernels can meet.
void add_tests(ParityCases& cases);
// ptx_count_batches.cpp: plain series of many lengths, for counting instructions.
void add_counts(ParityCases& cases);
void add_selections(ParityCases& cases);

}  // namespace tailfit::tests
