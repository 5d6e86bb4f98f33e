#include "tools/table_writer.hpp"

#include <tailfit/status.hpp>

#include <span>

#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

void append_cell(std::string& out, double value) {
  out += ',';
  append_number(out, value);
}

void append_cell(std::string& out, std::int64_t value) {
  out += ',';
  append_number(out, value);
}

void append_tail(std::string& out, const TailSpans& tail, std::size_t fit) {
  append_cell(out, tail.threshold[fit]);
  append_cell(out, tail.n_exceed[fit]);
  append_cell(out, tail.shape[fit]);
  append_cell(out, tail.scale[fit]);
  append_cell(out, tail.loglik[fit]);
}

}  // namespace

void append_text_cell(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_key_header(std::string& out, bool windows) {
  out += windows ? "series,window_start,window_end" : "series";
}

void append_key(std::string& out, const Panel& panel, const FitPlace& place, bool windows) {
  append_text_cell(out, panel.names[place.series]);
  if (!windows) return;
  out += ',';
  append_text_cell(out, panel.index.text(place.series, place.first_row));
  out += ',';
  append_text_cell(out, panel.index.text(place.series, place.first_row + place.length - 1));
}

void append_fits_header(std::string& out, const std::vector<Level>& quantiles,
                        const std::vector<Level>& expected_shortfalls) {
  out += ",n,n_missing,status";
  for (const char* side : {"lower", "upper"}) {
    for (const char* field : {"threshold", "n", "shape", "scale", "loglik"}) {
      out.append(",").append(side).append("_").append(field);
    }
  }
  for (const Level& level : quantiles) out.append(",q").append(level.text);
  for (const Level& level : expected_shortfalls) out.append(",es").append(level.text);
  out += '\n';
}

void append_fit(std::string& out, const GroupFits& group, std::size_t fit) {
  const SplicedFits& fits = group.fits;
  append_cell(out, fits.n()[fit]);
  append_cell(out, fits.n_missing()[fit]);
  out.append(",").append(status_text(fits.status()[fit]));
  append_tail(out, fits.lower(), fit);
  append_tail(out, fits.upper(), fit);
  for (const std::vector<double>& values : group.quantiles) append_cell(out, values[fit]);
  for (const std::vector<double>& values : group.expected_shortfalls) append_cell(out, values[fit]);
  out += '\n';
}

void append_bins_header(std::string& out, std::int64_t bins) {
  for (std::int64_t bin = 1; bin <= bins; ++bin) {
    out += ",c";
    append_number(out, bin);
  }
  out += '\n';
}

void append_bins(std::string& out, const GroupFits& group, std::size_t fit) {
  const auto bins = static_cast<std::size_t>(group.fits.bins());
  for (const std::uint32_t count : group.fits.counts_u32().subspan(fit * bins, bins)) {
    append_cell(out, static_cast<std::int64_t>(count));
  }
  out += '\n';
}

}  // namespace tailfit::tools
