#include "tools/npy_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/npy_header.hpp"
#include "tools/transpose.hpp"

namespace tailfit::tools {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are read as they lie in the file");

constexpr std::size_t block_bytes = std::size_t{4} << 20;

struct Shape {
  std::size_t n_rows;
  std::size_t n_series;
  std::string text;  // "(6084, 400) of '<f8'"
};

std::string shape_text(const NpyHeader& header) {
  std::string text = "(";
  for (const std::int64_t extent : header.shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  if (header.shape.size() == 1) text += ',';
  return text + ')';
}

void check_dtype(const std::string& dtype, const std::string& name) {
  if (dtype == "<f4" || dtype == "<f8") return;
  const bool big_endian = dtype.starts_with('>');
  throw BadInput(name + ": the values are of type " + in_quotes(dtype) +
                 (big_endian ? " (big-endian)" : "") + ", expected '<f4' or '<f8'");
}

Shape check_shape(const NpyHeader& header, const std::string& name) {
  const std::string text = shape_text(header);
  const std::vector<std::int64_t>& shape = header.shape;
  if (shape.empty() || shape.size() > 2) {
    throw BadInput(name + ": an array of shape " + text +
                   ", expected one dimension (time) or two (time, series)");
  }
  const std::int64_t n_rows = shape[0];
  const std::int64_t n_series = shape.size() == 2 ? shape[1] : 1;
  if (n_rows == 0 || n_series == 0) {
    throw BadInput(name + ": an array of shape " + text + ", expected at least one value");
  }
  if (n_rows > std::numeric_limits<std::int64_t>::max() / 16 / n_series) {
    throw BadInput(name + ": an array of shape " + text + ", expected one that fits in memory");
  }
  return {static_cast<std::size_t>(n_rows), static_cast<std::size_t>(n_series),
          text + " of " + in_quotes(header.dtype)};
}

class ValueBytes {
 public:
  // Compares with the file's size at once: a damaged shape must not first cost the memory that it
  // promises.
  ValueBytes(InputFile& file, const Shape& shape, std::size_t value_size)
      : file_(file), shape_(shape), expected_(shape.n_rows * shape.n_series * value_size) {
    const std::optional<std::int64_t> left = file.bytes_left();
    if (left.has_value() && static_cast<std::size_t>(*left) != expected_) {
      refuse(std::to_string(*left));
    }
  }

  void read(void* out, std::size_t size) {
    const std::size_t n = read_fully(file_, static_cast<char*>(out), size);
    n_read_ += n;
    if (n < size) refuse(std::to_string(n_read_));
  }

  void check_end() {
    char extra = 0;
    if (file_.read(&extra, 1) > 0) refuse("more than " + std::to_string(expected_));
  }

 private:
  [[noreturn]] void refuse(const std::string& found) const {
    throw BadInput(file_.name() + ": " + found + " bytes of values, expected " +
                   std::to_string(expected_) + " for shape " + shape_.text);
  }

  InputFile& file_;
  const Shape& shape_;
  std::size_t expected_;
  std::size_t n_read_ = 0;
};

template <class T>
std::vector<T> read_columns(InputFile& file, const Shape& shape, bool series_are_contiguous) {
  ValueBytes bytes(file, shape, sizeof(T));
  std::vector<T> columns(shape.n_rows * shape.n_series);
  if (series_are_contiguous) {
    bytes.read(columns.data(), columns.size() * sizeof(T));
  } else {
    const std::size_t row_bytes = shape.n_series * sizeof(T);
    const std::size_t rows_per_block = std::max<std::size_t>(block_bytes / row_bytes, 16);
    std::vector<T> block(std::min(rows_per_block, shape.n_rows) * shape.n_series);
    for (std::size_t first = 0; first < shape.n_rows; first += rows_per_block) {
      const std::size_t n = std::min(rows_per_block, shape.n_rows - first);
      bytes.read(block.data(), n * row_bytes);
      transpose_into<T>({block.data(), n, shape.n_series, first}, shape.n_rows, columns.data());
    }
  }
  bytes.check_end();
  return columns;
}

}  // namespace

Panel read_npy(InputFile& file) {
  const NpyHeader header = read_npy_header(file, file.name());
  check_dtype(header.dtype, file.name());
  const Shape shape = check_shape(header, file.name());
  const bool series_are_contiguous = header.fortran_order || shape.n_series == 1;

  Panel panel;
  for (std::size_t s = 0; s < shape.n_series; ++s) panel.names.push_back(std::to_string(s));
  panel.offsets = equal_offsets(shape.n_series, static_cast<std::int64_t>(shape.n_rows));
  if (header.dtype == "<f4") {
    panel.values = read_columns<float>(file, shape, series_are_contiguous);
  } else {
    panel.values = read_columns<double>(file, shape, series_are_contiguous);
  }
  return panel;
}

}  // namespace tailfit::tools
