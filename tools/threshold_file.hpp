// Thresholds of each series, from a table of their own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/csv_table.hpp"
#include "tools/input_file.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

class ThresholdFile {
 public:
  // Reads all of it: CSV, plain or compressed, with a column `series` and columns `lower`, `upper`
  // or one of these. Throws BadInput for another column, a series given twice and
  // a threshold that is not a finite number; Failure if reading fails.
  explicit ThresholdFile(const std::string& path);

  bool has_lower() const { return has_[0]; }
  bool has_upper() const { return has_[1]; }
  const InputFile::Digest& digest() const { return digest_; }

  // Gives the panel's series their thresholds, up to the first that has none, and says how many
  // those are.
  std::size_t give(Panel& panel) const;

  // That a series of the input is not here.
  [[noreturn]] void refuse_missing(std::string_view series, const std::string& input_name) const;

 private:
  using Sides = std::array<double, 2>;  // lower, upper
  struct Entry {
    Sides thresholds;
    std::int64_t line;
  };

  InputFile::Digest read_all(InputFile& file);
  void read(const CsvTable& table, const CsvRecord& row, std::size_t series_column,
            const std::array<std::size_t, 2>& columns);

  std::string name_;
  std::array<bool, 2> has_{};
  std::unordered_map<std::string, Entry> entries_;
  InputFile::Digest digest_;
};

}  // namespace tailfit::tools
