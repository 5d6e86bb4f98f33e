// Reads the comma-separated files of this directory: lines of '#' comments, one line of column
// names, then rows without quotes.
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tailfit::golden {

// A file of this directory: in $TAILFIT_GOLDEN_DIR where a program was carried to a machine without
// the sources.
inline std::string golden_file(const char* name) {
  const char* const carried = std::getenv("TAILFIT_GOLDEN_DIR");
  return std::string(carried != nullptr ? carried : TAILFIT_GOLDEN_DIR) + "/" + name;
}

// The text as a number of type T, from_chars' rules; throws std::runtime_error that names the text.
template <class T, class... Format>
T parse(std::string_view text, Format... format) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, format...);
  if (error != std::errc{} || stop != end) {
    throw std::runtime_error("golden file: '" + std::string(text) + "' is not a number");
  }
  return value;
}

// A double written as the hexadecimal digits of its bits.
inline double parse_bits(std::string_view text) {
  return std::bit_cast<double>(parse<std::uint64_t>(text, 16));
}

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Column name -> place, shared by the rows of a file.
using Columns = std::map<std::string, std::size_t, std::less<>>;

class GoldenRow {
 public:
  GoldenRow(std::string line, std::size_t number, std::shared_ptr<const Columns> columns)
      : line_(std::move(line)), number_(number), columns_(std::move(columns)) {}

  std::string_view text(std::string_view column) const {
    const auto place = columns_->find(column);
    if (place == columns_->end()) {
      throw std::runtime_error("golden file: no column '" + std::string(column) + "'");
    }
    const auto cells = split(line_, ',');
    if (cells.size() != columns_->size()) {
      throw std::runtime_error("golden file: line " + std::to_string(number_) + " has " +
                               std::to_string(cells.size()) + " cells, expected " +
                               std::to_string(columns_->size()));
    }
    return cells[place->second];
  }
  double number(std::string_view column) const { return parse<double>(text(column)); }
  double bits(std::string_view column) const { return parse_bits(text(column)); }
  std::int64_t integer(std::string_view column) const { return parse<std::int64_t>(text(column)); }
  std::uint64_t hex(std::string_view column) const {
    return parse<std::uint64_t>(text(column), 16);
  }

  // For messages: the line's number and its first characters.
  std::string describe() const {
    constexpr std::size_t longest = 300;
    return "line " + std::to_string(number_) + ": " + line_.substr(0, longest) +
           (line_.size() > longest ? "..." : "");
  }

 private:
  std::string line_;
  std::size_t number_;
  std::shared_ptr<const Columns> columns_;
};

// All rows of a file. Throws std::runtime_error that names a file that cannot be read.
inline std::vector<GoldenRow> read_golden(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("golden file '" + path + "' cannot be opened");
  std::vector<GoldenRow> rows;
  std::shared_ptr<const Columns> columns;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    if (columns != nullptr) {
      rows.emplace_back(line, number, columns);
      continue;
    }
    Columns names;
    for (const auto name : split(line, ',')) names.emplace(name, names.size());
    columns = std::make_shared<const Columns>(std::move(names));
  }
  if (rows.empty()) throw std::runtime_error("golden file '" + path + "' has no rows");
  return rows;
}

}  // namespace tailfit::golden
