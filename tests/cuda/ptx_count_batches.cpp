#include <cmath>
#include <cstddef>

#include "tests/cuda/ptx_batches.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {
namespace {

// Series whose thresholds are found by rank, and the same ones told these thresholds: the
// difference is what selection takes.
template <class T>
void add_selection(ParityCases& cases, std::int64_t length, T spike = T{1},
                   std::int64_t n_series = 16, const HowToRun& how = {}) {
  std::vector<T> values = heavy_batch<T>(92, n_series, length);
  for (std::int64_t s = 0; s < n_series; ++s) values[static_cast<std::size_t>(s * length)] *= spike;
  const auto rows = SeriesView<T>::rows(values.data(), n_series, length);
  const std::string name = std::to_string(length) + (sizeof(T) == 8 ? ", fp64" : ", fp32") +
                           (spike > T{1} ? ", with a spike" : "");
  const auto fits = tailfit::fit(tailfit::Context({.backend = tailfit::Backend::cpu}), rows);
  const auto lower = fits.lower().threshold;
  const auto upper = fits.upper().threshold;
  cases.add_case<T>(name + ", by rank", values, 0, rows, {}, how);
  cases.add_case<T>(name + ", told", values, 0, rows,
                    {.lower = tailfit::per_series(lower), .upper = tailfit::per_series(upper)},
                    how);
}

void add_layouts(ParityCases& cases) {
  // Series that begin anywhere.
  const std::vector<float> odd = heavy_batch<float>(92, 4, 1026);
  cases.add_case<float>("unaligned, fp32", odd, 1,
                        SeriesView<float>::rows(odd.data() + 1, 4, 1024, 1025), {},
                        {.extraction = "unaligned"});
  // Rows on 16 bytes that lie further apart than their length.
  const std::vector<float> apart = heavy_batch<float>(92, 4, 1040);
  cases.add_case<float>("pitch, fp32", apart, 0,
                        SeriesView<float>::rows(apart.data(), 4, 1024, 1040), {},
                        {.extraction = "pitch"});
  // Columns as they lie, which are read so where there is no room for rows.
  const std::vector<double> columns = heavy_batch(92, 4, 1024);
  const std::vector<float> narrow(columns.begin(), columns.end());
  cases.add_case<double>("columns, fp64", columns, 0,
                         SeriesView<double>::columns(columns.data(), 4, 1024), {},
                         {.extraction = "columns"});
  cases.add_case<float>("columns, fp32", narrow, 0,
                        SeriesView<float>::columns(narrow.data(), 4, 1024), {},
                        {.extraction = "columns"});
  cases.add_transposition<float>("transposition, fp32", 64, 64, 64);
  cases.add_transposition<double>("transposition, fp64", 64, 64, 64);
  // 32 windows each, in full blocks; of 1,024 values in fp64 blocks have too little room.
  const HowToRun rolling{.extraction = "rolling"};
  const std::vector<double> panel = heavy_batch(92, 1, 512 + 31);
  add_rolling(cases, "rolling, fp64", panel, 512, 1, rolling);
  add_rolling(cases, "rolling, fp32", std::vector<float>(panel.begin(), panel.end()), 512, 1,
              rolling);
  add_rolling(cases, "rolling, fp32", heavy_batch<float>(92, 1, 1024 + 31), 1024, 1, rolling);
  // A series of each class.
  const std::vector<std::int64_t> offsets = {0, 400, 1400, 3400, 7500};
  const std::vector<double> ragged = heavy_batch(92, 1, 7500);
  const std::vector<float> ragged_floats(ragged.begin(), ragged.end());
  cases.add_case<double>("ragged, fp64", ragged, 0,
                         SeriesView<double>::ragged(ragged.data(), offsets), {},
                         {.extraction = "ragged"});
  cases.add_case<float>("ragged, fp32", ragged_floats, 0,
                        SeriesView<float>::ragged(ragged_floats.data(), offsets), {},
                        {.extraction = "ragged"});
  std::vector<std::int64_t> many{0};
  while (many.size() <= 2048) {
    many.push_back(many.back() + 300 + static_cast<std::int64_t>(many.size() * many.size() % 5000));
  }
  cases.add_bins("binning", many, 5300, -1);
  cases.add_bins("binning of offsets that are checked", many, 5300, many.back());
}

void add_values_and_rules(ParityCases& cases) {
  // A spike in each, a million times as large as what it was.
  std::vector<float> spiked = heavy_batch<float>(92, 4, 1024);
  for (std::size_t s = 0; s < 4; ++s) spiked[1024 * s + 100 * s] *= 1e6f;
  cases.add_case<float>("spike, fp32", spiked, 0, SeriesView<float>::rows(spiked.data(), 4, 1024),
                        {}, {.extraction = "spike"});
  // Values on a lattice, hundreds of which tie.
  std::vector<double> tied = heavy_batch(92, 4, 1024);
  for (double& x : tied) x = std::round(4.0 * x) / 4.0;
  add_both(cases, "ties", tied, 4, 1024, {}, {.extraction = "ties"});
  // The same, said to be rounded.
  const std::vector<float> rounded(tied.begin(), tied.begin() + 2 * 512);
  add_both_rows(cases, "rounded, fp32", rounded, 2, 512, {.resolution = 0.25},
                {.extraction = "rounded", .solving = "intervals"});
  const std::vector<double> values = heavy_batch(92, 4, 1024);
  const std::vector<double> own = {1.5, 1.6, 1.7, 1.8};
  add_both(cases, "given", values, 4, 1024,
           {.lower = tailfit::given(-2.0), .upper = tailfit::given(2.0)}, {.extraction = "given"});
  add_both(cases, "own", values, 4, 1024,
           {.lower = tailfit::given(-2.0), .upper = tailfit::per_series(own)},
           {.extraction = "own"});
  add_both(cases, "count", values, 4, 1024,
           {.lower = tailfit::count(51), .upper = tailfit::count(51)}, {.extraction = "count"});
  add_both(cases, "range", values, 4, 1024,
           {.lower = tailfit::histogram_range(-8.0, 8.0, 0.05),
            .upper = tailfit::histogram_range(-8.0, 8.0, 0.05)},
           {.extraction = "range"});
}

const HowToRun pair{.regime = kernels::ExtractRegime::cluster,
                    .blocks = 2,
                    .threads = 128,
                    .extraction = "cluster"};
const HowToRun eight{.regime = kernels::ExtractRegime::cluster,
                     .blocks = 8,
                     .threads = 32,
                     .extraction = "cluster-of-8"};
const HowToRun global{.regime = kernels::ExtractRegime::global_block,
                      .blocks = 1,
                      .threads = 256,
                      .extraction = "global"};

// By clusters, in global memory, by blocks that take turns; a tail of more than a warp's.
void add_long(ParityCases& cases) {
  add_both(cases, "a cluster of 2", heavy_batch(92, 1, 16384), 1, 16384, {}, pair);
  add_both(cases, "a cluster of 8", heavy_batch(92, 1, 16384), 1, 16384, {}, eight);
  add_both(cases, "global memory", heavy_batch(92, 2, 8192), 2, 8192, {}, global);
  add_both_rows(cases, "a tail of 8,193", heavy_batch<float>(96, 1, 16'400), 1, 16'400,
                {.lower = tailfit::count(8193), .upper = tailfit::tail_mass(0.0)},
                {.extraction = "", .solving = "solving"});
}

}  // namespace

void add_counts(ParityCases& cases) {
  for (const std::int64_t length : {256, 512, 1024, 2048, 4096, 16384}) {
    add_both(cases, std::to_string(length), heavy_batch(92, 4, length), 4, length, {},
             {.solving = "solving"});
  }
  add_layouts(cases);
  add_values_and_rules(cases);
  add_long(cases);
}

void add_selections(ParityCases& cases) {
  for (const std::int64_t length : {64, 128, 256, 512, 1024, 2048, 4096, 16384}) {
    add_selection<float>(cases, length);
    add_selection<double>(cases, length);
  }
  add_selection<float>(cases, 1024, 1e6f);
  add_selection<double>(cases, 1024, 1e6);
  for (const HowToRun& how : {pair, eight, global}) {
    add_selection<float>(cases, 16384, 1.0f, 2, how);
    add_selection<double>(cases, 16384, 1.0, 2, how);
  }
}

}  // namespace tailfit::tests
