// The output tables, as CSV text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/batch_fit.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// A cell of text; in quotes where RFC 4180 wants them.
void append_text_cell(std::string& out, std::string_view text);

// Which fit a row is about.
struct FitPlace {
  std::size_t series;
  std::int64_t first_row;  // of the window, counted in the series
  std::int64_t length;     // of the window
};

// "series" or "series,window_start,window_end", and these cells of a row.
void append_key_header(std::string& out, bool windows);
void append_key(std::string& out, const Panel& panel, const FitPlace& place, bool windows);

// The header line and the line of fit number `fit` of `group` after its key:
// n,n_missing,status,lower_threshold,lower_n,...,upper_loglik, then q<p> and es<p>.
void append_fits_header(std::string& out, const std::vector<Level>& quantiles,
                        const std::vector<Level>& expected_shortfalls);
void append_fit(std::string& out, const GroupFits& group, std::size_t fit);

// The same for the bin counts: c1,...,cB.
void append_bins_header(std::string& out, std::int64_t bins);
void append_bins(std::string& out, const GroupFits& group, std::size_t fit);

}  // namespace tailfit::tools
