#include <cmath>
#include <cstddef>

#include "tests/cuda/ptx_batches.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {
namespace {

// Series whose thresholds are found by rank, and the same ones told these thresholds: the
// difference is what selection takes.
template <class T>
void add_selection(ParityCases& cases, std::int64_t length, T spike = T{1}) {
  constexpr std::int64_t n_series = 16;
  std::vector<T> values = heavy_batch<T>(92, n_series, length);
  for (std::int64_t s = 0; s < n_series; ++s) values[static_cast<std::size_t>(s * length)] *= spike;
  const auto rows = SeriesView<T>::rows(values.data(), n_series, length);
  const std::string name = std::to_string(length) + (sizeof(T) == 8 ? ", fp64" : ", fp32") +
                           (spike > T{1} ? ", with a spike" : "");
  const auto fits = tailfit::fit(tailfit::Context({.backend = tailfit::Backend::cpu}), rows);
  const auto lower = fits.lower().threshold;
  const auto upper = fits.upper().threshold;
  cases.add_case<T>(name + ", by rank", values, 0, rows, {});
  cases.add_case<T>(name + ", told", values, 0, rows,
                    {.lower = tailfit::per_series(lower), .upper = tailfit::per_series(upper)});
}

}  // namespace

void add_counts(ParityCases& cases) {
  for (const std::int64_t length : {256, 512, 1024, 2048, 4096, 16384}) {
    add_both(cases, std::to_string(length), heavy_batch(92, 4, length), 4, length, {});
  }
  // Series that begin anywhere.
  const std::vector<float> odd = heavy_batch<float>(92, 4, 1026);
  cases.add_case<float>("unaligned, fp32", odd, 1,
                        SeriesView<float>::rows(odd.data() + 1, 4, 1024, 1025), {});
  // Rows on 16 bytes that lie further apart than their length.
  const std::vector<float> apart = heavy_batch<float>(92, 4, 1040);
  cases.add_case<float>("pitch, fp32", apart, 0,
                        SeriesView<float>::rows(apart.data(), 4, 1024, 1040), {});
  // A spike in each, a million times as large as what it was.
  std::vector<float> spiked = heavy_batch<float>(92, 4, 1024);
  for (std::size_t s = 0; s < 4; ++s) spiked[1024 * s + 100 * s] *= 1e6f;
  cases.add_case<float>("spike, fp32", spiked, 0, SeriesView<float>::rows(spiked.data(), 4, 1024),
                        {});
  // Values on a lattice, hundreds of which tie.
  std::vector<double> tied = heavy_batch(92, 4, 1024);
  for (double& x : tied) x = std::round(4.0 * x) / 4.0;
  add_both(cases, "ties", tied, 4, 1024, {});
  // Columns as they lie, which are read so where there is no room for rows.
  const std::vector<double> columns = heavy_batch(92, 4, 1024);
  const std::vector<float> narrow(columns.begin(), columns.end());
  cases.add_case<double>("columns, fp64", columns, 0,
                         SeriesView<double>::columns(columns.data(), 4, 1024), {});
  cases.add_case<float>("columns, fp32", narrow, 0,
                        SeriesView<float>::columns(narrow.data(), 4, 1024), {});
  // 32 windows each, in full blocks; of 1,024 values in fp64 blocks have too little room.
  const std::vector<double> panel = heavy_batch(92, 1, 512 + 31);
  add_rolling(cases, "rolling, fp64", panel, 512, 1);
  add_rolling(cases, "rolling, fp32", std::vector<float>(panel.begin(), panel.end()), 512, 1);
  add_rolling(cases, "rolling, fp32", heavy_batch<float>(92, 1, 1024 + 31), 1024, 1);
}

void add_selections(ParityCases& cases) {
  for (const std::int64_t length : {64, 128, 256, 512, 1024, 2048, 4096, 16384}) {
    add_selection<float>(cases, length);
    add_selection<double>(cases, length);
  }
  add_selection<float>(cases, 1024, 1e6f);
  add_selection<double>(cases, 1024, 1e6);
}

}  // namespace tailfit::tests
