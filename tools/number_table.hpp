// A table of numbers on its way out: CSV with texts before the numbers, or an .npy array of the
// numbers alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/output_file.hpp"

namespace tailfit::tools {

class NumberTable {
 public:
  // A path that ends in .npy is an array, any other CSV. Throws Failure; BadInput where the output
  // is one of the `inputs` ("the fits", "fits.npz").
  struct Input {
    std::string role;
    std::string path;
  };
  NumberTable(const std::string& path, std::span<const Input> inputs);

  bool is_array() const { return is_array_; }

  // Before the first row. CSV: the header without its line's end; array: the number of rows and of
  // numbers in each, fp64, and whether rows become columns (Fortran order).
  void begin_csv(const std::string& header);
  void begin_array(std::int64_t n_rows, std::int64_t n_numbers, bool fortran_order = false);

  // A row of CSV is its texts, appended to text(), and then its numbers.
  std::string& text() { return file_.buffer(); }
  void end_row(std::span<const double> numbers);

  // Everything is written, durable, and under its name. Throws Failure.
  void publish();

 private:
  bool is_array_;
  OutputFile file_;
};

}  // namespace tailfit::tools
