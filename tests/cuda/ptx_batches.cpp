#include "tests/cuda/ptx_batches.hpp"

#include <cstring>
#include <limits>

#include "host/fits_storage.hpp"
#include "tests/device/fake_state.hpp"

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

}  // namespace

// Of a ragged case: LengthBins without its pointers, these, and a launch for each class. The range
// of a class, chosen.range, points into class_begin.
void ParityCases::put_bins(const host::DevicePlan& plan, const FitBatch& batch) {
  kernels::LengthBins bins;
  std::memset(static_cast<void*>(&bins), 0, sizeof bins);
  bins.n_classes = plan.classes.n;
  const auto n = static_cast<std::size_t>(plan.n_fits);
  json_ << ", \"classes\": [";
  for (int c = 0; c < plan.classes.n; ++c) {
    const host::LengthClass& of = plan.classes.of[static_cast<std::size_t>(c)];
    bins.bound[c] = of.longest;
    json_ << (c == 0 ? "" : ", ") << "{\"length\": " << of.longest
          << ", \"lanes\": " << of.extract.lanes << ", \"threads\": " << of.extract.threads
          << ", \"series_bytes\": " << of.extract.series_bytes << "}";
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
        static_cast<std::size_t>(plan.classes.n + 1) * 8);
  json_ << ", ";
  array("excess_begin", offsetof(kernels::LengthBins, excess_begin), n * 8);
  json_ << ", ";
  array("sums", offsetof(kernels::LengthBins, sums),
        static_cast<std::size_t>(kernels::bin_sum_bytes(plan.n_fits)));
  if (checks) {
    json_ << ", ";
    array("values_before", offsetof(kernels::LengthBins, values_before), 8);
    json_ << ", ";
    array("values_after", offsetof(kernels::LengthBins, values_after), 8);
  }
  json_ << "]";
}

// shift: values that lie before the first series, so that it may be aligned to nothing but a value.
// offset_limit: of a ragged case whose offsets are to be checked.
template <class T>
void ParityCases::add_case(const std::string& name, const std::vector<T>& values,
                           std::int64_t shift, const SeriesView<T>& series,
                           const FitOptions& options, std::int64_t offset_limit) {
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
  batch.series.offset_limit = offset_limit;

  json_ << (is_first_case_ ? "" : ",") << "\n{\"name\": \"" << name << "\", \"type\": \""
        << (batch.series.is_double ? "d" : "f") << "\", \"fits\": " << plan.n_fits
        << ", \"length\": " << view.length << ", \"lanes\": " << plan.extract.lanes
        << ", \"threads\": " << plan.extract.threads
        << ", \"series_bytes\": " << plan.extract.series_bytes
        << ", \"union_bytes\": " << host::union_bytes_of(plan.extract, batch.series)
        << ", \"slot_bytes\": " << kernels::block_slot_bytes
        << ", \"greatest_k\": " << plan.greatest_k << ", \"solve_lanes\": " << plan.solve.lanes
        << ", \"solve_lanes_of_many\": " << lanes_of_many(view, c_options)
        << ", \"intervals\": " << (options.resolution > 0.0 ? "true" : "false")
        << ", \"batch\": \"";
  is_first_case_ = false;
  put_bytes(&batch, sizeof batch);
  json_ << "\"";
  if (view.offsets != nullptr) put_bins(plan, batch);
  json_ << ", \"pointers\": [";
  is_first_pointer_ = true;

  const std::uint64_t n = static_cast<std::uint64_t>(plan.n_fits);
  put_pointer("values", offsetof(FitBatch, series.values), values.size() * sizeof(T),
              put(values.data(), values.size() * sizeof(T)), -1,
              shift * static_cast<std::int64_t>(sizeof(T)));
  if (view.offsets != nullptr) {
    put_given("offsets", offsetof(FitBatch, series.offsets), view.offsets, (n + 1) * 8);
  }
  put_thresholds("lower thresholds", offsetof(FitBatch, series.lower), c_options.lower, view);
  put_thresholds("upper thresholds", offsetof(FitBatch, series.upper), c_options.upper, view);
  const tailfit_fits_view& out = fits->view;
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
  const std::uint64_t count_bytes = options.counts == tailfit::Counts::u16   ? 2
                                    : options.counts == tailfit::Counts::u32 ? 4
                                                                             : 0;
  put_expected("counts", offsetof(FitBatch, out.counts), out.counts,
               n * static_cast<std::uint64_t>(options.bins) * count_bytes);
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
                                    const SeriesView<float>&, const FitOptions&, std::int64_t);
template void ParityCases::add_case(const std::string&, const std::vector<double>&, std::int64_t,
                                    const SeriesView<double>&, const FitOptions&, std::int64_t);

}  // namespace tailfit::tests
