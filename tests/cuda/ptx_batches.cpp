#include "tests/cuda/ptx_batches.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "host/fits_storage.hpp"
#include "tests/device/fake_state.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {
namespace {

using kernels::FitBatch;

FitBatch batch_without_pointers(const tailfit_series_view& series, const FitOptions& options,
                                const host::DevicePlan& plan) {
  FitBatch batch;
  std::memset(static_cast<void*>(&batch), 0, sizeof batch);
  batch.series = {nullptr,
                  series.dtype == TAILFIT_F64,
                  plan.n_fits,
                  0,
                  series.n_windows,
                  series.length,
                  series.series_stride,
                  series.window_stride,
                  series.value_stride};
  batch.options = host::tile_options(options.c_options());
  batch.tails.excess_pitch = plan.excess_pitch;
  return batch;
}

// Of a warp, that solve a tail where there are a million such fits.
int lanes_of_many(const tailfit_series_view& series, const tailfit_fit_options& options) {
  tailfit_series_view many = series;
  many.n_series = 1 << 20;
  many.n_windows = 1;
  many.offsets = nullptr;
  many.memory = TAILFIT_MEMORY_DEVICE;
  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  return host::make_device_plan({many,
                                 options,
                                 limits_of_h200(),
                                 {unlimited, unlimited},
                                 many.n_series,
                                 0,
                                 0,
                                 true,
                                 false})
      .solve.lanes;
}

// The lower tail's pointers, or the upper tail's.
struct TailOffsets {
  const char* names[5];
  std::size_t offsets[5];
};

#define TAILFIT_TAIL_OFFSETS(tail)                                                            \
  {                                                                                           \
    {#tail ".threshold", #tail ".shape", #tail ".scale", #tail ".loglik", #tail ".n_exceed"}, \
        {offsetof(FitBatch, out.tail.threshold), offsetof(FitBatch, out.tail.shape),          \
         offsetof(FitBatch, out.tail.scale), offsetof(FitBatch, out.tail.loglik),             \
         offsetof(FitBatch, out.tail.n_exceed)},                                              \
  }

host::ExtractPolicy policy_of(const HowToRun& how, const FitBatch& batch) {
  const bool is_cluster = how.regime == kernels::ExtractRegime::cluster;
  return {how.regime,
          0,
          how.threads,
          is_cluster ? how.blocks : 1,
          is_cluster
              ? kernels::extract_cluster_block_bytes(batch.options, batch.series.is_double,
                                                     batch.series.length, how.blocks, how.threads)
              : 0,
          1};
}

std::int64_t values_of(const tailfit_series_view& series) {
  return series.offsets != nullptr ? series.offsets[series.n_series] - series.offsets[0]
                                   : series.n_series * series.n_windows * series.length;
}

}  // namespace

void ParityCases::begin_case(const std::string& name, const char* kind) {
  json_ << (is_first_case_ ? "" : ",") << "\n{\"name\": \"" << name << "\", \"kind\": \"" << kind
        << "\"";
  is_first_case_ = false;
  is_first_pointer_ = true;
}

void ParityCases::put_launch(const host::ExtractPolicy& how) {
  constexpr const char* regimes[] = {"lanes", "shared_block", "cluster", "global_block"};
  json_ << "\"regime\": \"" << regimes[static_cast<int>(how.regime)]
        << "\", \"lanes\": " << how.lanes << ", \"threads\": " << how.threads
        << ", \"cluster\": " << how.cluster << ", \"series_bytes\": " << how.series_bytes;
}

// Of a ragged case: LengthBins without its pointers, these, and a launch for each class. The range
// of a class, chosen.range, points into class_begin.
void ParityCases::put_bins(const host::LengthClasses& classes, const FitBatch& batch) {
  kernels::LengthBins bins;
  std::memset(static_cast<void*>(&bins), 0, sizeof bins);
  bins.n_classes = classes.n;
  const auto n = static_cast<std::size_t>(batch.series.n_fits);
  json_ << ", \"classes\": [";
  for (int c = 0; c < classes.n; ++c) {
    const host::LengthClass& of = classes.of[static_cast<std::size_t>(c)];
    bins.bound[c] = of.longest;
    json_ << (c == 0 ? "" : ", ") << "{\"length\": " << of.longest << ", ";
    put_launch(of.extract);
    json_ << "}";
  }
  const bool checks = batch.series.offset_limit >= 0;
  json_ << "], \"batch_places\": {\"length\": " << offsetof(FitBatch, series.length)
        << ", \"fits\": " << offsetof(FitBatch, chosen.fits)
        << ", \"range\": " << offsetof(FitBatch, chosen.range)
        << ", \"excess_begin\": " << offsetof(FitBatch, tails.excess_begin)
        << "}, \"checks_offsets\": " << (checks ? "true" : "false") << ", \"bins\": \"";
  put_bytes(&bins, sizeof bins);
  json_ << "\", \"bin_arrays\": [";
  const auto array = [this](const char* name, std::size_t offset, std::size_t bytes) {
    json_ << "{\"name\": \"" << name << "\", \"offset\": " << offset << ", \"bytes\": " << bytes
          << "}";
  };
  array("order", offsetof(kernels::LengthBins, order), n * 8);
  json_ << ", ";
  array("class_begin", offsetof(kernels::LengthBins, class_begin),
        static_cast<std::size_t>(classes.n + 1) * 8);
  json_ << ", ";
  array("excess_begin", offsetof(kernels::LengthBins, excess_begin), n * 8);
  json_ << ", ";
  array("sums", offsetof(kernels::LengthBins, sums),
        static_cast<std::size_t>(kernels::bin_sum_bytes(batch.series.n_fits)));
  if (checks) {
    json_ << ", ";
    array("values_before", offsetof(kernels::LengthBins, values_before), 8);
    json_ << ", ";
    array("values_after", offsetof(kernels::LengthBins, values_after), 8);
  }
  json_ << "]";
}

void ParityCases::put_results(const FitBatch& batch, const tailfit_fits_view& out) {
  const auto n = static_cast<std::uint64_t>(batch.series.n_fits);
  put_expected("n", offsetof(FitBatch, out.n), out.n, n * 8);
  put_expected("n_missing", offsetof(FitBatch, out.n_missing), out.n_missing, n * 8);
  put_expected("status", offsetof(FitBatch, out.status), out.status, n * 4);
  const TailOffsets offsets[2] = {TAILFIT_TAIL_OFFSETS(lower), TAILFIT_TAIL_OFFSETS(upper)};
  for (int i = 0; i < 2; ++i) {
    const tailfit_tail_view& tail = i == 0 ? out.lower : out.upper;
    const void* const arrays[5] = {tail.threshold, tail.shape, tail.scale, tail.loglik,
                                   tail.n_exceed};
    for (int j = 0; j < 5; ++j) {
      put_expected(offsets[i].names[j], offsets[i].offsets[j], arrays[j], n * 8);
    }
  }
  const std::uint64_t count_bytes = batch.options.counts == kernels::CountsKind::u16   ? 2
                                    : batch.options.counts == kernels::CountsKind::u32 ? 4
                                                                                       : 0;
  put_expected("counts", offsetof(FitBatch, out.counts), out.counts,
               n * static_cast<std::uint64_t>(batch.options.bins) * count_bytes);
}

// shift: values that lie before the first series, so that it may be aligned to nothing but a value.
template <class T>
void ParityCases::add_case(const std::string& name, const std::vector<T>& values,
                           std::int64_t shift, const SeriesView<T>& series,
                           const FitOptions& options, const HowToRun& how) {
  const tailfit_series_view view = series.c_view();
  const tailfit_fit_options c_options = options.c_options();
  const host::DeviceLimits limits = limits_of_h200();
  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  const host::DevicePlan plan = host::make_device_plan({view,
                                                        c_options,
                                                        limits,
                                                        {unlimited, unlimited},
                                                        view.n_series * view.n_windows,
                                                        0,
                                                        0,
                                                        false,
                                                        false});
  const auto fits = host::allocate_fits(plan.n_fits, c_options);
  tailfit::fit_into(tailfit::Context({.backend = tailfit::Backend::cpu}), series, options,
                    fits->view);
  FitBatch batch = batch_without_pointers(view, options, plan);
  batch.series.offset_limit = how.offset_limit;
  const host::ExtractPolicy extract = how.blocks > 0 ? policy_of(how, batch) : plan.extract;

  begin_case(name, "fit");
  json_ << ", \"type\": \"" << (batch.series.is_double ? "d" : "f")
        << "\", \"fits\": " << plan.n_fits << ", \"length\": " << view.length
        << ", \"values\": " << values_of(view) << ", ";
  put_launch(extract);
  json_ << ", \"union_bytes\": " << host::union_bytes_of(extract, batch.series)
        << ", \"slot_bytes\": " << kernels::block_slot_bytes
        << ", \"cluster_slot_bytes\": " << kernels::cluster_slot_bytes
        << ", \"blocks\": " << how.blocks << ", \"block_bytes\": "
        << kernels::extract_block_bytes(batch.options, batch.series.is_double, view.length,
                                        extract.threads)
        << ", \"greatest_k\": " << plan.greatest_k << ", \"solve_lanes\": " << plan.solve.lanes
        << ", \"solve_lanes_of_many\": " << lanes_of_many(view, c_options)
        << ", \"intervals\": " << (options.resolution > 0.0 ? "true" : "false")
        << ", \"steps\": {\"extraction\": \"" << how.extraction << "\", \"solving\": \""
        << how.solving << "\"}, \"batch\": \"";
  put_bytes(&batch, sizeof batch);
  json_ << "\"";
  if (view.offsets != nullptr) put_bins(plan.classes, batch);
  json_ << ", \"pointers\": [";

  const std::uint64_t n = static_cast<std::uint64_t>(plan.n_fits);
  put_pointer("values", offsetof(FitBatch, series.values), values.size() * sizeof(T),
              put(values.data(), values.size() * sizeof(T)), -1,
              shift * static_cast<std::int64_t>(sizeof(T)));
  if (view.offsets != nullptr) {
    put_given("offsets", offsetof(FitBatch, series.offsets), view.offsets, (n + 1) * 8);
  }
  put_thresholds("lower thresholds", offsetof(FitBatch, series.lower), c_options.lower, view);
  put_thresholds("upper thresholds", offsetof(FitBatch, series.upper), c_options.upper, view);
  put_results(batch, fits->view);
  const std::uint64_t excess =
      view.offsets == nullptr ? n * static_cast<std::uint64_t>(plan.excess_pitch)
                              : static_cast<std::uint64_t>(kernels::fit_excess_bound(
                                    batch.options, plan.n_fits, plan.chunk_values, view.length));
  put_pointer("excess", offsetof(FitBatch, tails.excess), excess * 8, -1, -1);
  put_pointer("n_to_solve", offsetof(FitBatch, tails.n_to_solve), 2 * n * 8, -1, -1);
  const std::uint64_t none = ~std::uint64_t{0};
  put_pointer("overflow", offsetof(FitBatch, tails.overflow), 8, put(&none, 8), put(&none, 8));
  json_ << "]}";
}

template void ParityCases::add_case(const std::string&, const std::vector<float>&, std::int64_t,
                                    const SeriesView<float>&, const FitOptions&, const HowToRun&);
template void ParityCases::add_case(const std::string&, const std::vector<double>&, std::int64_t,
                                    const SeriesView<double>&, const FitOptions&, const HowToRun&);

// By plain loops, as kernels/cuda/length_bins.hpp says.
void ParityCases::add_bins(const std::string& name, const std::vector<std::int64_t>& offsets,
                           std::int64_t longest, std::int64_t offset_limit) {
  FitBatch batch;
  std::memset(static_cast<void*>(&batch), 0, sizeof batch);
  batch.series.n_fits = static_cast<std::int64_t>(offsets.size()) - 1;
  batch.series.n_windows = 1;
  batch.series.length = longest;
  batch.series.offset_limit = offset_limit;
  batch.options = host::tile_options(FitOptions{}.c_options());
  const host::LengthClasses classes =
      host::length_classes(batch.options, false, longest, limits_of_h200());

  std::vector<std::vector<std::int64_t>> of_class(static_cast<std::size_t>(classes.n));
  std::vector<std::int64_t> excess_begin;
  std::int64_t n_values = 0;
  std::int64_t n_excess = 0;
  for (std::size_t fit = 0; fit + 1 < offsets.size(); ++fit) {
    const std::int64_t begin = offsets[fit];
    const std::int64_t end = offsets[fit + 1];
    const bool leads_out = begin < 0 || end < begin || end > offset_limit || end - begin > longest;
    const bool is_bad = offset_limit >= 0 && leads_out;
    n_values += is_bad ? 0 : end - begin;
    const bool is_good = !is_bad && (offset_limit < 0 || n_values <= offset_limit);
    excess_begin.push_back(is_good ? n_excess : -1);
    if (is_good) n_excess += kernels::fit_excess_pitch(batch.options, end - begin);
    const int c = is_good ? host::class_of(classes, end - begin) : 0;
    of_class[static_cast<std::size_t>(c)].push_back(static_cast<std::int64_t>(fit));
  }
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> class_begin{0};
  for (const std::vector<std::int64_t>& fits : of_class) {
    order.insert(order.end(), fits.begin(), fits.end());
    class_begin.push_back(static_cast<std::int64_t>(order.size()));
  }
  const std::int64_t values_after = std::min(n_values, offset_limit + 1);

  begin_case(name, "bins");
  json_ << ", \"type\": \"any\", \"fits\": " << batch.series.n_fits
        << ", \"length\": " << batch.series.n_fits << ", \"values\": " << batch.series.n_fits
        << ", \"batch\": \"";
  put_bytes(&batch, sizeof batch);
  json_ << "\"";
  put_bins(classes, batch);
  const auto words = [this](const std::vector<std::int64_t>& of) {
    return put(of.data(), of.size() * 8);
  };
  json_ << ", \"expected_bins\": {\"order\": " << words(order)
        << ", \"class_begin\": " << words(class_begin)
        << ", \"excess_begin\": " << words(excess_begin);
  if (offset_limit >= 0) json_ << ", \"values_after\": " << put(&values_after, 8);
  json_ << "}, \"pointers\": [";
  put_given("offsets", offsetof(FitBatch, series.offsets), offsets.data(), offsets.size() * 8);
  json_ << "]}";
}

template <class T>
void ParityCases::add_transposition(const std::string& name, std::int64_t n_series,
                                    std::int64_t length, std::int64_t pitch) {
  const std::vector<T> values = heavy_batch<T>(98, n_series, length);
  // What lies between the rows stays as it is.
  const std::vector<T> first(static_cast<std::size_t>(n_series * pitch), T{-7});
  std::vector<T> rows = first;
  for (std::int64_t i = 0; i < n_series * length; ++i) {
    rows[static_cast<std::size_t>(i % n_series * pitch + i / n_series)] =
        values[static_cast<std::size_t>(i)];
  }
  kernels::ColumnPanel panel;
  std::memset(static_cast<void*>(&panel), 0, sizeof panel);
  panel.is_double = sizeof(T) == 8;
  panel.n_series = n_series;
  panel.length = length;
  panel.series_stride = 1;
  panel.value_stride = n_series;
  panel.pitch = pitch;
  begin_case(name, "columns");
  json_ << ", \"type\": \"" << (panel.is_double ? "d" : "f") << "\", \"fits\": " << n_series
        << ", \"length\": " << length << ", \"values\": " << n_series * length << ", \"batch\": \"";
  put_bytes(&panel, sizeof panel);
  json_ << "\", \"pointers\": [";
  put_given("values", offsetof(kernels::ColumnPanel, values), values.data(),
            values.size() * sizeof(T));
  const std::uint64_t bytes = rows.size() * sizeof(T);
  put_pointer("rows", offsetof(kernels::ColumnPanel, rows), bytes, put(first.data(), bytes),
              put(rows.data(), bytes));
  json_ << "]}";
}

template void ParityCases::add_transposition<float>(const std::string&, std::int64_t, std::int64_t,
                                                    std::int64_t);
template void ParityCases::add_transposition<double>(const std::string&, std::int64_t, std::int64_t,
                                                     std::int64_t);

}  // namespace tailfit::tests
