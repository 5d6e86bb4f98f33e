#include "tools/long_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/series_runs.hpp"
#include "tools/text_source.hpp"

namespace tailfit::tools {
namespace {

struct TextHash {
  using is_transparent = void;  // find(string_view) without making a string of it
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// Gives the series numbers 0, 1, ... in order of appearance.
class SeriesNumbers {
 public:
  // The number of the series called `name`, a new one if it was never seen.
  std::size_t of(std::string_view name) {
    if (!names_.empty() && name == names_[last_]) return last_;  // rows mostly come in runs
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return last_ = found->second;
    last_ = names_.size();
    names_.emplace_back(name);
    numbers_.emplace(name, last_);
    return last_;
  }

  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> numbers_;
  std::vector<std::string> names_;
  std::size_t last_ = 0;
};

// One after the other, each freed as soon as it was copied.
std::vector<double> concatenate(std::vector<std::vector<double>> series,
                                std::vector<std::int64_t>& offsets) {
  std::size_t n_values = 0;
  for (const std::vector<double>& values : series) {
    n_values += values.size();
    offsets.push_back(static_cast<std::int64_t>(n_values));
  }
  std::vector<double> all;
  all.reserve(n_values);
  for (std::vector<double>& values : series) {
    all.insert(all.end(), values.begin(), values.end());
    values = {};
  }
  return all;
}

void check_distinct_roles(const LongColumns& columns) {
  const auto check = [](const std::string& a, const char* flag_a, const std::string& b,
                        const char* flag_b) {
    if (a != b) return;
    throw BadInput(std::string(flag_a) + " and " + flag_b + " both name column " + in_quotes(a) +
                   ", expected different columns");
  };
  check(columns.series, "--series-column", columns.value, "--value-column");
  if (!columns.index.has_value()) return;
  check(*columns.index, "--index", columns.series, "--series-column");
  check(*columns.index, "--index", columns.value, "--value-column");
}

// Where a table has what.
struct LongTable {
  LongTable(CsvTable& csv, const LongColumns& columns) : table(csv) {
    check_distinct_roles(columns);
    series = table.find(columns.series, "--series-column");
    value = table.find(columns.value, "--value-column");
    has_index = columns.index.has_value();
    index = has_index ? table.find(*columns.index, "--index") : 0;
  }

  // The next row's cells; false at the end.
  bool next() {
    row = table.next_row();
    if (row == nullptr) return false;
    if (name().empty()) table.refuse_cell(series, "the cell is empty, expected a series name");
    return true;
  }
  std::string_view name() const { return row->cells[series].text; }
  double number() const { return table.number(value); }
  std::string_view index_text() const {
    return has_index ? row->cells[index].text : std::string_view();
  }

  CsvTable& table;
  std::size_t series;
  std::size_t value;
  std::size_t index;
  bool has_index;
  const CsvRecord* row = nullptr;
};

// What a row costs beside its index text: the value, and where that text ends.
std::int64_t row_bytes(bool has_index) { return has_index ? 16 : 8; }

// All rows, whatever their order.
class LongStore {
 public:
  void add(const LongTable& row) {
    const std::size_t series = numbers_.of(row.name());
    if (series == values_.size()) {
      values_.emplace_back();
      if (row.has_index) index_texts_.emplace_back();
      n_bytes_ += bytes_per_series;
    }
    values_[series].push_back(row.number());
    if (row.has_index) index_texts_[series].append(row.index_text());
    n_bytes_ += row_bytes(row.has_index) + static_cast<std::int64_t>(row.index_text().size());
  }

  std::int64_t n_bytes() const { return n_bytes_; }

  Panel take_panel() {
    Panel panel;
    panel.names = numbers_.take_names();
    panel.values = concatenate(std::move(values_), panel.offsets);
    if (!index_texts_.empty()) panel.index = SeriesIndex::per_series(std::move(index_texts_));
    return panel;
  }

 private:
  SeriesNumbers numbers_;
  std::vector<std::vector<double>> values_;
  std::vector<TextColumn> index_texts_;
  std::int64_t n_bytes_ = 0;
};

// What the first pass over a table has found.
struct LongScan {
  std::optional<LongStore> store;  // none if it was larger than asked for
  SeriesRuns runs;
};

// Reads and checks everything, and keeps it if it takes at most `most_bytes` or series are not
// runs. If that shows when the rows before are gone, the rest is left unread.
LongScan scan_long(CsvTable& table, const LongColumns& columns, std::int64_t most_bytes) {
  LongTable rows(table, columns);
  LongScan scan;
  scan.store.emplace();
  bool is_empty = true;
  while (rows.next()) {
    is_empty = false;
    scan.runs.add(rows.name(), rows.index_text().size());
    if (scan.store.has_value()) {
      scan.store->add(rows);
      if (scan.store->n_bytes() > most_bytes && scan.runs.are_series()) scan.store.reset();
    } else {
      if (!scan.runs.are_series()) return scan;
      rows.number();  // checks it
    }
  }
  if (is_empty) throw BadInput(table.name() + ": there is no row after the header");
  return scan;
}

// The second pass over a table whose series are runs.
class LongPieces final : public PanelSource {
 public:
  LongPieces(const InputFile& file, const LongColumns& columns, const SeriesRuns& runs,
             const PieceLimit& limit)
      : name_(file.name()),
        text_(reopen_text(file)),
        table_(*text_, file.name()),
        rows_(table_, columns),
        runs_(runs.runs()),
        limit_(limit) {
    for (const SeriesRuns::Run& run : runs_) ++lengths_[run.n_rows];
  }

  std::optional<Panel> next() override {
    if (next_ == runs_.size()) {
      if (rows_.next()) throw Failure::input_changed(name_);
      return std::nullopt;
    }
    const std::size_t end = end_of_piece();
    std::int64_t n_values = 0;
    for (std::size_t run = next_; run < end; ++run) n_values += runs_[run].n_rows;
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(n_values));
    std::vector<TextColumn> index_texts;
    Panel panel;
    for (; next_ < end; ++next_) {
      panel.names.push_back(read_run(runs_[next_], values, index_texts));
      panel.offsets.push_back(static_cast<std::int64_t>(values.size()));
    }
    panel.values = std::move(values);
    if (rows_.has_index) panel.index = SeriesIndex::per_series(std::move(index_texts));
    return panel;
  }

  const LengthCounts& lengths() const override { return lengths_; }

 private:
  // The first run that the limit has no room for.
  std::size_t end_of_piece() const {
    std::int64_t n_bytes = 0;
    std::size_t end = next_;
    for (; end < runs_.size(); ++end) {
      const SeriesRuns::Run& run = runs_[end];
      const std::int64_t row = row_bytes(rows_.has_index) + limit_.more_bytes_per_value;
      // Texts are collected in memory that doubles.
      n_bytes += run.n_rows * row + 2 * run.n_index_bytes + bytes_per_series;
      if (n_bytes > limit_.bytes && end > next_) break;
    }
    return end;
  }

  std::string read_run(const SeriesRuns::Run& run, std::vector<double>& values,
                       std::vector<TextColumn>& index_texts) {
    std::string name;
    if (rows_.has_index) index_texts.emplace_back();
    for (std::int64_t i = 0; i < run.n_rows; ++i) {
      if (!rows_.next() || (i > 0 && rows_.name() != name)) throw Failure::input_changed(name_);
      if (i == 0) name = rows_.name();
      values.push_back(rows_.number());
      if (rows_.has_index) index_texts.back().append(rows_.index_text());
    }
    return name;
  }

  const std::string name_;
  const std::unique_ptr<ByteSource> text_;
  CsvTable table_;
  LongTable rows_;
  const std::vector<SeriesRuns::Run> runs_;
  const PieceLimit limit_;
  LengthCounts lengths_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<PanelSource> open_long(InputFile& file, const LongColumns& columns,
                                       const PieceLimit& limit) {
  const std::unique_ptr<ByteSource> text = open_text(file);
  CsvTable table(*text, file.name());
  LongScan scan =
      scan_long(table, columns,
                file.can_be_reread() ? limit.bytes : std::numeric_limits<std::int64_t>::max());
  if (scan.store.has_value()) return std::make_unique<WholePanel>(scan.store->take_panel());
  if (scan.runs.are_series()) {
    return std::make_unique<LongPieces>(file, columns, scan.runs, limit);
  }
  const std::unique_ptr<ByteSource> again = reopen_text(file);
  CsvTable table_again(*again, file.name());
  return std::make_unique<WholePanel>(read_long(table_again, columns));
}

Panel read_long(CsvTable& table, const LongColumns& columns) {
  return scan_long(table, columns, std::numeric_limits<std::int64_t>::max()).store->take_panel();
}

}  // namespace tailfit::tools
