// A folder with series, fits of them that the program saved, and what the library says of the same.
#pragma once

#include <gtest/gtest.h>
#include <tailfit/tailfit.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {

class SavedFits : public testing::Test {
 protected:
  SavedFits() { directory_.write("x.csv", wide_csv(series_)); }

  // What the program writes to standard output.
  std::string ran(const std::vector<std::string>& arguments) const {
    const Outcome outcome = run_program(directory_.path(), arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
  void save(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"fit", "x.csv", "--index", "d", "--save", "f.npz"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(ran(arguments), "");
  }
  std::string refusal(const std::vector<std::string>& arguments, int status = 2) const {
    const std::size_t n_before = directory_.n_files();
    const Outcome outcome = run_program(directory_.path(), arguments);
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(directory_.n_files(), n_before);
    return outcome.err;
  }

  // Fits of each series' first `length` values by the library itself.
  tailfit::SplicedFits fitted(std::int64_t length = n_values) const {
    std::vector<double> values;
    for (const Series& series : series_) {
      values.insert(values.end(), series.begin(), series.begin() + length);
    }
    return tailfit::fit(context_, SeriesView<double>::rows(values.data(), n_series, length));
  }

  static constexpr std::int64_t n_series = 3;
  static constexpr std::int64_t n_values = 400;
  const Context context_{Context::Options{.backend = Backend::cpu}};
  TemporaryDirectory directory_;
  const std::vector<Series> series_ = some_series(n_series, n_values);
};

inline void expect_same_bits(const std::string& cell, double expected) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(parse_cell(cell).value),
            std::bit_cast<std::uint64_t>(expected))
      << cell;
}

// The numbers behind an .npy file's header, as they lie.
inline std::vector<double> npy_numbers(const std::string& bytes) {
  const std::size_t begin = 10 + static_cast<unsigned char>(bytes[8]) +
                            (static_cast<std::size_t>(static_cast<unsigned char>(bytes[9])) << 8);
  std::vector<double> numbers((bytes.size() - begin) / sizeof(double));
  std::memcpy(numbers.data(), bytes.data() + begin, numbers.size() * sizeof(double));
  return numbers;
}

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace tailfit::tools::test
