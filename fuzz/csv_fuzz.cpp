// The fuzz target of the CSV readers: flags, then a text that is read as a wide or a long table,
// plain or compressed, in pieces of any size. It must be read as fuzz/csv_reference.hpp reads it,
// or be refused with the same line in the message.
#include <zlib.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/csv_reference.hpp"
#include "fuzz/memory_source.hpp"
#include "fuzz/require.hpp"
#include "tools/csv_table.hpp"
#include "tools/errors.hpp"
#include "tools/gzip_encoder.hpp"
#include "tools/gzip_source.hpp"
#include "tools/long_reader.hpp"
#include "tools/panel.hpp"
#include "tools/wide_reader.hpp"

namespace {

using namespace tailfit::fuzz;
namespace tools = tailfit::tools;

enum class Packing { plain, compressed_here, compressed_input };

struct CsvCase {
  bool is_long;
  bool has_index;
  Packing packing;
  std::size_t piece;
  std::string bytes;  // what the reader is given
  // The text in it; nothing where the compressed bytes are damaged.
  std::optional<std::string> text;
};

std::string compress(const std::string& text) {
  tools::GzipEncoder encoder;
  std::string bytes(encoder.encode(text));
  return bytes += encoder.finish();
}

// Members one after the other, then perhaps zero bytes.
std::optional<std::string> inflate_all(const std::string& bytes) {
  std::string text;
  std::size_t at = 0;
  do {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) std::abort();
    std::string copy = bytes.substr(at);
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    int code = Z_OK;
    std::vector<char> out(1 << 16);
    while (code == Z_OK) {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      code = inflate(&stream, Z_NO_FLUSH);
      text.append(out.data(), out.size() - stream.avail_out);
    }
    at = bytes.size() - stream.avail_in;
    inflateEnd(&stream);
    if (code != Z_STREAM_END) return std::nullopt;
  } while (at < bytes.size() && bytes[at] == '\x1F');
  if (bytes.find_first_not_of('\0', at) != std::string::npos) return std::nullopt;
  return text;
}

CsvCase decode(const std::uint8_t* data, std::size_t size) {
  const unsigned flags = size > 0 ? data[0] : 0;
  const unsigned more = size > 1 ? data[1] : 0;
  std::string text;
  if (size > 2) text.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
  CsvCase test;
  test.is_long = (flags & 1) != 0;
  test.has_index = (flags & 2) != 0;
  test.packing = static_cast<Packing>(((flags >> 2) & 3) % 3);
  constexpr std::size_t pieces[] = {1, 3, 61, std::size_t{1} << 20};
  test.piece = pieces[(flags >> 4) & 3];
  if (test.packing == Packing::compressed_input) {
    test.bytes = text;
    test.text = inflate_all(text);
    return test;
  }
  // Beyond the parser's first buffer, and seldom, whatever mutates such an input: it takes long.
  if ((flags & 0xC0) == 0xC0 && more == 255 && text.size() == 16) {
    const std::size_t n = 300'000 / text.size();
    std::string repeated;
    for (std::size_t i = 0; i < n; ++i) repeated += text;
    text = repeated;
    test.piece = std::max<std::size_t>(test.piece, 61);
  }
  test.bytes = test.packing == Packing::compressed_here ? compress(text) : text;
  test.text = text;
  return test;
}

// The columns that the call names: the first ones of the header, or some that are not there.
struct Roles {
  std::string index = "no such index";
  std::string series = "no such series";
  std::string value = "no such value";
};

Roles roles_of(const std::vector<std::string>& columns) {
  Roles roles;
  if (columns.size() > 0) roles.index = columns[0];
  if (columns.size() > 1) roles.value = columns[1];
  if (columns.size() > 2) roles.series = columns[2];
  return roles;
}

std::size_t position_of(const std::vector<std::string>& columns, const std::string& name) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == name) return i;
  }
  throw Refused{1};
}

// One series as the reference reads it.
struct ReferenceSeries {
  std::string name;
  std::vector<double> values;
  std::vector<std::string> index;
};

double number_in(const ReferenceCell& cell) {
  const std::optional<double> number = reference_number(cell.text);
  if (!number.has_value()) throw Refused{cell.line};
  return *number;
}

std::vector<ReferenceSeries> reference_wide(const ReferenceTable& table, const CsvCase& test,
                                            const Roles& roles) {
  const std::size_t n_columns = table.columns.size();
  const std::size_t index = test.has_index ? position_of(table.columns, roles.index) : n_columns;
  std::vector<ReferenceSeries> all;
  for (std::size_t c = 0; c < n_columns; ++c) {
    if (c != index) all.push_back({table.columns[c], {}, {}});
  }
  if (all.empty()) throw Refused{1};
  for (const ReferenceRow& row : table.rows) {
    std::size_t s = 0;
    for (std::size_t c = 0; c < n_columns; ++c) {
      if (c == index) continue;
      all[s].values.push_back(number_in(row.cells[c]));
      if (index < n_columns) all[s].index.push_back(row.cells[index].text);
      ++s;
    }
  }
  return all;
}

std::vector<ReferenceSeries> reference_long(const ReferenceTable& table, const CsvCase& test,
                                            const Roles& roles) {
  const std::size_t series = position_of(table.columns, roles.series);
  const std::size_t value = position_of(table.columns, roles.value);
  const std::size_t index = test.has_index ? position_of(table.columns, roles.index) : 0;
  std::vector<ReferenceSeries> all;
  for (const ReferenceRow& row : table.rows) {
    const ReferenceCell& name = row.cells[series];
    if (name.text.empty()) throw Refused{name.line};
    std::size_t s = 0;
    while (s < all.size() && all[s].name != name.text) ++s;
    if (s == all.size()) all.push_back({name.text, {}, {}});
    all[s].values.push_back(number_in(row.cells[value]));
    if (test.has_index) all[s].index.push_back(row.cells[index].text);
  }
  return all;
}

std::vector<ReferenceSeries> reference_read(const CsvCase& test, const ReferenceRows& rows,
                                            const Roles& roles) {
  const ReferenceTable table = reference_table(rows);
  std::vector<ReferenceSeries> all =
      test.is_long ? reference_long(table, test, roles) : reference_wide(table, test, roles);
  if (table.error.has_value()) throw *table.error;
  if (table.rows.empty()) throw Refused{0};
  return all;
}

tools::Panel read_it(const CsvCase& test, const Roles& roles) {
  MemorySource plain(test.bytes, test.piece);
  std::unique_ptr<tools::GzipSource> unpacked;
  if (test.packing != Packing::plain) {
    unpacked = std::make_unique<tools::GzipSource>(plain, "in.csv");
  }
  tools::ByteSource& source =
      unpacked != nullptr ? static_cast<tools::ByteSource&>(*unpacked) : plain;
  tools::CsvTable table(source, "in.csv");
  const std::optional<std::string> index =
      test.has_index ? std::optional(roles.index) : std::nullopt;
  if (!test.is_long) return tools::read_wide(table, index);
  return tools::read_long(table, {roles.series, roles.value, index});
}

void check_panel(const tools::Panel& panel, const std::vector<ReferenceSeries>& all) {
  require(panel.n_series() == all.size(), "the number of series", -1,
          static_cast<double>(panel.n_series()));
  const auto& values = std::get<std::vector<double>>(panel.values);
  require(panel.offsets.size() == all.size() + 1 && panel.offsets[0] == 0 &&
              panel.offsets.back() == static_cast<std::int64_t>(values.size()),
          "the offsets span the values", -1);
  for (std::size_t s = 0; s < all.size(); ++s) {
    const auto number = static_cast<std::int64_t>(s);
    require_text(panel.names[s] == all[s].name, "the name of a series", panel.names[s].c_str());
    require(panel.length(s) == static_cast<std::int64_t>(all[s].values.size()), "the length",
            number, static_cast<double>(panel.length(s)));
    const double* read = values.data() + panel.offsets[s];
    for (std::size_t t = 0; t < all[s].values.size(); ++t) {
      const double expected = all[s].values[t];
      require(std::isnan(expected)
                  ? std::isnan(read[t])
                  : std::bit_cast<std::uint64_t>(read[t]) == std::bit_cast<std::uint64_t>(expected),
              "a value", number, read[t]);
      const std::string index = panel.index.text(s, static_cast<std::int64_t>(t));
      require_text(index == (all[s].index.empty() ? std::to_string(t) : all[s].index[t]),
                   "a row's index", index.c_str());
    }
  }
}

void check_refusal(const std::string& message, std::int64_t line) {
  const std::string start = "in.csv:" + (line == 0 ? std::string() : std::to_string(line) + ':');
  require_text(message.rfind(start + ' ', 0) == 0 && message.size() > start.size() + 10,
               ("refused with '" + start + "' and a reason").c_str(), message.c_str());
  for (const char c : message) {
    require_text(static_cast<unsigned char>(c) >= 0x20, "a message of one line", message.c_str());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const CsvCase test = decode(data, size);
  const ReferenceRows rows = ReferenceParser(test.text.value_or("")).parse();
  Roles roles;
  std::optional<std::vector<ReferenceSeries>> expected;
  std::int64_t line = 0;
  try {
    roles = roles_of(reference_columns(rows));
    expected = reference_read(test, rows, roles);
  } catch (const Refused& refused) {
    line = refused.line;
  }
  try {
    const tools::Panel panel = read_it(test, roles);
    require(test.text.has_value(), "damaged gzip data are refused", -1);
    require(expected.has_value(), "a text that the reference refuses is refused; its line", -1,
            static_cast<double>(line));
    check_panel(panel, *expected);
  } catch (const tools::BadInput& error) {
    if (!test.text.has_value()) return 0;  // what came before the damage may be refused first
    require_text(!expected.has_value(), "a text that the reference reads is read", error.what());
    check_refusal(error.what(), line);
  }
  return 0;
}
