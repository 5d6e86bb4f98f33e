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
#include "tools/file_table.hpp"
#include "tools/hash_ahead.hpp"
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
  bool series_are_contiguous;
  std::string text;  // "(6084, 400) of '<f8'"

  std::size_t n_values() const { return n_rows * n_series; }
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
          header.fortran_order || n_series == 1, text + " of " + in_quotes(header.dtype)};
}

// The array's bytes from end to end.
class ValueBytes {
 public:
  // Compares with a regular file's size at once: a damaged shape must not first cost the memory
  // that it promises.
  ValueBytes(InputFile& file, const Shape& shape, std::size_t value_size)
      : file_(file), shape_(shape), expected_(shape.n_values() * value_size) {
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

  // Whether the file is known to hold the values.
  bool is_counted() const { return file_.bytes_left().has_value(); }

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
  const Shape shape_;
  std::size_t expected_;
  std::size_t n_read_ = 0;
};

// All values in the file's order. Of a stream that may end before its shape says so, no more memory
// is taken than a small multiple of what has come.
template <class T>
std::vector<T> read_in_file_order(ValueBytes& bytes, std::size_t n) {
  if (bytes.is_counted()) {
    std::vector<T> values(n);
    bytes.read(values.data(), n * sizeof(T));
    return values;
  }
  std::vector<T> values;
  while (values.size() < n) {
    const std::size_t have = values.size();
    values.resize(have + std::min(n - have, std::max(have, block_bytes / sizeof(T))));
    bytes.read(values.data() + have, (values.size() - have) * sizeof(T));
  }
  return values;
}

// Rows of all series become columns, through a block of rows.
template <class T>
std::vector<T> transpose_in_blocks(ValueBytes& bytes, const Shape& shape) {
  std::vector<T> columns(shape.n_values());
  const std::size_t row_bytes = shape.n_series * sizeof(T);
  const std::size_t rows_per_block = std::max<std::size_t>(block_bytes / row_bytes, 16);
  std::vector<T> block(std::min(rows_per_block, shape.n_rows) * shape.n_series);
  for (std::size_t first = 0; first < shape.n_rows; first += rows_per_block) {
    const std::size_t n = std::min(rows_per_block, shape.n_rows - first);
    bytes.read(block.data(), n * row_bytes);
    transpose_into<T>({block.data(), n, shape.n_series, first, shape.n_series}, shape.n_rows,
                      columns.data());
  }
  return columns;
}

template <class T>
std::vector<T> read_columns(InputFile& file, const Shape& shape) {
  ValueBytes bytes(file, shape, sizeof(T));
  std::vector<T> columns;
  if (!shape.series_are_contiguous && bytes.is_counted()) {
    columns = transpose_in_blocks<T>(bytes, shape);
  } else {
    columns = read_in_file_order<T>(bytes, shape.n_values());
    if (!shape.series_are_contiguous) {
      const std::vector<T> rows = std::exchange(columns, std::vector<T>(columns.size()));
      transpose_into<T>({rows.data(), shape.n_rows, shape.n_series, 0, shape.n_series},
                        shape.n_rows, columns.data());
    }
  }
  bytes.check_end();
  return columns;
}

// Series [first, first + n) of the array, whose values are yet to come.
Panel panel_of(const Shape& shape, std::size_t first, std::size_t n) {
  Panel panel;
  panel.names.reserve(n);
  for (std::size_t s = first; s < first + n; ++s) panel.names.push_back(std::to_string(s));
  panel.offsets = equal_offsets(n, static_cast<std::int64_t>(shape.n_rows));
  return panel;
}

// Consecutive series of an array that is larger than a panel may be.
class NpyPieces : public PanelSource {
 public:
  NpyPieces(const Shape& shape, std::size_t most_series)
      : shape_(shape),
        most_series_(most_series),
        lengths_{
            {static_cast<std::int64_t>(shape.n_rows), static_cast<std::int64_t>(shape.n_series)}} {}

  std::optional<Panel> next() final {
    const std::size_t n = std::min(most_series_, shape_.n_series - next_);
    if (n == 0) {
      finish();
      return std::nullopt;
    }
    Panel panel = panel_of(shape_, next_, n);
    panel.values = read_series(next_, n);
    next_ += n;
    return panel;
  }
  const LengthCounts& lengths() const final { return lengths_; }

 protected:
  const Shape& shape() const { return shape_; }

 private:
  virtual Values read_series(std::size_t first, std::size_t n) = 0;
  virtual void finish() = 0;  // all series have been read

  const Shape shape_;
  const std::size_t most_series_;
  const LengthCounts lengths_;
  std::size_t next_ = 0;
};

// Series lie one behind the other in the file.
template <class T>
class ContiguousPieces final : public NpyPieces {
 public:
  ContiguousPieces(InputFile& file, const Shape& shape, std::size_t most_series)
      : NpyPieces(shape, most_series), bytes_(file, shape, sizeof(T)) {}

 private:
  Values read_series(std::size_t, std::size_t n) override {
    std::vector<T> values(n * shape().n_rows);
    bytes_.read(values.data(), values.size() * sizeof(T));
    return values;
  }
  void finish() override { bytes_.check_end(); }

  ValueBytes bytes_;
};

// Every row has a value of each series.
template <class T>
class GatheredPieces final : public NpyPieces {
 public:
  GatheredPieces(InputFile& file, const Shape& shape, std::size_t most_series, bool needs_digest)
      : NpyPieces(shape, most_series), file_(file), bytes_(file, shape, sizeof(T)) {
    table_ = {file.position(), shape.n_rows, shape.n_series};
    if (needs_digest) hash_.emplace(file);
  }

 private:
  Values read_series(std::size_t first, std::size_t n) override {
    std::vector<T> values(n * shape().n_rows);
    read_file_columns(file_, table_, first, n, values.data());
    return values;
  }

  void finish() override {
    if (!hash_.has_value()) return;
    hash_->finish();
    // What was hashed and what was fitted are the same file only if nobody has written to it.
    const auto n_bytes = static_cast<std::int64_t>(shape().n_values() * sizeof(T));
    if (file_.position() != table_.first_byte + n_bytes) {
      throw Failure::input_changed(file_.name());
    }
  }

  InputFile& file_;
  ValueBytes bytes_;  // has checked the size
  FileTable table_{};
  std::optional<HashAhead> hash_;
};

template <class T>
std::unique_ptr<PanelSource> open_values(InputFile& file, const Shape& shape,
                                         const PieceLimit& limit) {
  const std::size_t most_series = limit.n_series(shape.n_rows, sizeof(T));
  if (most_series >= shape.n_series || !file.can_be_reread()) {
    Values values = read_columns<T>(file, shape);
    Panel panel = panel_of(shape, 0, shape.n_series);
    panel.values = std::move(values);
    return std::make_unique<WholePanel>(std::move(panel));
  }
  if (shape.series_are_contiguous) {
    return std::make_unique<ContiguousPieces<T>>(file, shape, most_series);
  }
  return std::make_unique<GatheredPieces<T>>(file, shape, most_series, limit.needs_digest);
}

}  // namespace

std::unique_ptr<PanelSource> open_npy(InputFile& file, const PieceLimit& limit) {
  const NpyHeader header = read_npy_header(file, file.name());
  check_dtype(header.dtype, file.name());
  const Shape shape = check_shape(header, file.name());
  if (header.dtype == "<f4") return open_values<float>(file, shape, limit);
  return open_values<double>(file, shape, limit);
}

Panel read_npy(InputFile& file) {
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  return *open_npy(file, {.bytes = no_limit})->next();
}

}  // namespace tailfit::tools
