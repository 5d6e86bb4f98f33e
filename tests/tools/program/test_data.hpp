// Series for the program's tests, in every form that it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "../npy_bytes.hpp"
#include "../support.hpp"
#include "tools/csv_parser.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools::test {

using Series = std::vector<double>;

// Heavy-tailed, the same on every call.
inline std::vector<Series> some_series(std::size_t n_series, std::size_t length) {
  std::mt19937_64 random(11);
  std::vector<Series> all(n_series, Series(length));
  for (Series& series : all) {
    for (double& x : series) {
      // Sums of uniforms over a uniform: made of integers, so that no library's distribution is in
      // it.
      const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
      x = (uniform() + uniform() + uniform() - 1.5) / (0.05 + uniform());
    }
  }
  return all;
}

inline std::string text_of(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

// Columns "d", "0", "1", ...; the index is "t0", "t1", ...
inline std::string wide_csv(const std::vector<Series>& all) {
  std::string text = "d";
  for (std::size_t s = 0; s < all.size(); ++s) text += ",\"" + std::to_string(s) + '"';
  text += '\n';
  for (std::size_t t = 0; t < all.front().size(); ++t) {
    text += 't';
    text += std::to_string(t);
    for (const Series& series : all) text += ',' + text_of(series[t]);
    text += '\n';
  }
  return text;
}

// Columns "d", "s", "v"; one row of each series in turn.
inline std::string long_csv(const std::vector<Series>& all) {
  std::string text = "d,s,v\n";
  for (std::size_t t = 0;; ++t) {
    bool any = false;
    for (std::size_t s = 0; s < all.size(); ++s) {
      if (t >= all[s].size()) continue;
      any = true;
      text += 't' + std::to_string(t) + ',' + std::to_string(s) + ',' + text_of(all[s][t]) + '\n';
    }
    if (!any) return text;
  }
}

template <class T>
std::string npy(const std::vector<Series>& all, bool fortran_order) {
  const std::size_t n_rows = all.front().size();
  std::vector<T> values(n_rows * all.size());
  for (std::size_t s = 0; s < all.size(); ++s) {
    for (std::size_t t = 0; t < n_rows; ++t) {
      values[fortran_order ? s * n_rows + t : t * all.size() + s] = static_cast<T>(all[s][t]);
    }
  }
  const std::string shape = '(' + std::to_string(n_rows) + ", " + std::to_string(all.size()) + ')';
  return npy_header_bytes(npy_dictionary(sizeof(T) == 4 ? "<f4" : "<f8", shape, fortran_order)) +
         bytes_of(values);
}

using Rows = std::vector<std::vector<std::string>>;

// A CSV text as cells; row 0 is the header.
inline Rows rows_of(const std::string& text) {
  MemorySource source(text);
  CsvParser parser(source, "output");
  Rows rows;
  while (const CsvRecord* record = parser.next()) {
    rows.emplace_back();
    for (const CsvCell& cell : record->cells) rows.back().emplace_back(cell.text);
  }
  return rows;
}

}  // namespace tailfit::tools::test
