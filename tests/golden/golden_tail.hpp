// One tail of one series, fitted with a given threshold through the public interface.
#pragma once

#include "golden_table.hpp"

#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tailfit::golden {

enum class Side { lower, upper };

struct TailFit {
  double threshold;
  double shape;
  double scale;
  double loglik;
  std::int64_t n_exceed;
  std::uint32_t flags;  // the tail's own, as the bits of a lower tail
};

// The fit of the values strictly beyond u. The other tail's threshold is put where nothing lies
// beyond it and the two cannot cross.
inline TailFit fit_tail(const Context& context, const std::vector<double>& values, Side side,
                        double u, FitOptions options = {}) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const bool lower = side == Side::lower;
  options.lower = given(lower ? u : std::min(*least, u));
  options.upper = given(lower ? std::max(*greatest, u) : u);
  options.min_exceedances = 1;
  const auto n = static_cast<std::int64_t>(values.size());
  const auto fits = fit(context, SeriesView<double>::rows(values.data(), 1, n), options);
  const auto tail = lower ? fits.lower() : fits.upper();
  const std::uint32_t status = fits.status()[0];
  constexpr std::uint32_t lower_bits = 0x3F00;
  return {tail.threshold[0], tail.shape[0],    tail.scale[0],
          tail.loglik[0],    tail.n_exceed[0], (lower ? status : status >> 8) & lower_bits};
}

// "boundary_higher|irregular" as the bits of a lower tail.
inline std::uint32_t parse_flags(std::string_view words) {
  std::uint32_t flags = 0;
  if (words.empty()) return flags;
  for (const auto word : split(words, '|')) {
    std::int32_t bit = 8;
    while (bit < 16 && status_text(1u << bit) != "lower_" + std::string(word)) ++bit;
    if (bit == 16) throw std::runtime_error("golden file: unknown flag " + std::string(word));
    flags |= 1u << bit;
  }
  return flags;
}

}  // namespace tailfit::golden
