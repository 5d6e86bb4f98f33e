// Writes what ptx_distributions.py runs the PTX of the kernels for distributions on: batches as the
// device code lays them out, and what the CPU makes of them.
//
//     ptx_distribution_cases DIRECTORY [--counts]
//
// DIRECTORY/cases.json says of each case which kernel is launched, the bytes of its batch and of
// its launch, and of each pointer where it lies in the batch, how much it points to, and where its
// first contents and the expected ones lie in DIRECTORY/cases.bin (-1: nowhere). --counts: a few
// functions of a hundred bins, for counting instructions; the name of a case is the number of its
// points of a row, what the rows are and the function.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/evaluate_policy.hpp"
#include "host/distribution_batch.hpp"
#include "tests/cuda/ptx_case_files.hpp"
#include "tests/host/series_samples.hpp"

namespace {

namespace host = tailfit::host;
namespace kernels = tailfit::kernels;
using tailfit::FitOptions;
using tailfit::SeriesView;

constexpr std::int64_t n_rows = 4;
constexpr std::int64_t few_bins = 7;
constexpr std::int64_t many_bins = 100;

// Where a pointer lies in a batch, and the bytes it leads to.
struct Array {
  std::size_t offset;
  std::size_t bytes;
  bool is_result;
};

class Output : CaseFiles {
 public:
  explicit Output(const std::string& directory) : CaseFiles(directory) {}
  template <class Batch>
  void add(const std::string& name, const std::string& kernel, const Batch& batch,
           kernels::EvaluateLaunch how, const std::vector<Array>& arrays) {
    json_ << (is_first_ ? "" : ",") << "\n{\"name\": \"" << name << "\", \"kernel\": \"" << kernel
          << "\", \"threads\": " << how.groups * how.lanes
          << ", \"points\": " << n_rows * batch.request.n_points << ", \"batch\": \"";
    is_first_ = false;
    put_bytes(&batch, sizeof batch);
    json_ << "\", \"how\": \"";
    put_bytes(&how, sizeof how);
    json_ << "\", \"memory\": {\"offset\": " << offsetof(kernels::EvaluateLaunch, memory)
          << ", \"bytes\": " << how.groups * how.group_bytes << "}, \"pointers\": [";
    bool is_first = true;
    for (const Array& array : arrays) {
      const void* data = nullptr;
      std::memcpy(&data, reinterpret_cast<const char*>(&batch) + array.offset, sizeof data);
      if (data == nullptr) continue;
      json_ << (is_first ? "" : ", ") << "{\"offset\": " << array.offset
            << ", \"bytes\": " << array.bytes << ", \"at\": " << put(data, array.bytes)
            << ", \"is_result\": " << (array.is_result ? "true" : "false") << "}";
      is_first = false;
    }
    json_ << "]}";
  }
  bool end() {
    json_ << "]}\n";
    return is_written();
  }

 private:
  bool is_first_ = true;
};

// The arrays of rows; of T where they are given.
template <class Batch>
std::vector<Array> arrays_of_rows(const Batch& batch, std::size_t size) {
  constexpr std::size_t rows = offsetof(Batch, rows);
  const auto bins = static_cast<std::size_t>(batch.rows.bins);
  const auto at = [&](std::size_t offset, std::size_t bytes) {
    return Array{rows + offset, bytes, false};
  };
  using kernels::DistributionBatch;
  const std::size_t n = n_rows * 8;
  if (!batch.rows.are_given) {
    const std::size_t of_counts = batch.rows.fits.counts_kind == kernels::CountsKind::u16 ? 2 : 4;
    return {at(offsetof(DistributionBatch, fits.n), n),
            at(offsetof(DistributionBatch, fits.status), n / 2),
            at(offsetof(DistributionBatch, fits.lower.threshold), n),
            at(offsetof(DistributionBatch, fits.lower.shape), n),
            at(offsetof(DistributionBatch, fits.lower.scale), n),
            at(offsetof(DistributionBatch, fits.lower.n_exceed), n),
            at(offsetof(DistributionBatch, fits.upper.threshold), n),
            at(offsetof(DistributionBatch, fits.upper.shape), n),
            at(offsetof(DistributionBatch, fits.upper.scale), n),
            at(offsetof(DistributionBatch, fits.upper.n_exceed), n),
            at(offsetof(DistributionBatch, fits.counts), n_rows * bins * of_counts)};
  }
  return {at(offsetof(DistributionBatch, given.lower.mass), n_rows * size),
          at(offsetof(DistributionBatch, given.lower.shape), n_rows * size),
          at(offsetof(DistributionBatch, given.lower.scale), n_rows * size),
          at(offsetof(DistributionBatch, given.upper.mass), n_rows * size),
          at(offsetof(DistributionBatch, given.upper.shape), n_rows * size),
          at(offsetof(DistributionBatch, given.upper.scale), n_rows * size),
          at(offsetof(DistributionBatch, given.weights), n_rows * bins * size),
          at(offsetof(DistributionBatch, given.edges), (bins + 1) * size)};
}

// Rows of parameters with their arrays.
template <class T>
struct Rows {
  Rows(std::int32_t weights_kind, std::int64_t bins)
      : weights(static_cast<std::size_t>(n_rows * bins)),
        edges(static_cast<std::size_t>(bins + 1)) {
    std::mt19937_64 random(95);
    const auto between = [&](double low, double high) {
      return static_cast<T>(std::uniform_real_distribution<double>(low, high)(random));
    };
    for (T& weight : weights) weight = between(0.0, 2.0);
    const T width = static_cast<T>(few_bins) / static_cast<T>(bins);
    for (std::size_t b = 0; b < edges.size(); ++b) edges[b] = width * static_cast<T>(b) - T{3};
    for (std::size_t i = 0; i < 2 * n_rows; ++i) {
      mass[i] = i == 2 ? T{0} : between(0.0, 0.3);
      shape[i] = i % 3 == 0 ? T{0} : between(-0.5, 1.0);
      scale[i] = between(0.2, 2.0);
    }
    view = tailfit::parameters_view<T>(n_rows, bins);
    view.weights_kind = weights_kind;
    view.weights = weights.data();
    view.edges = edges.data();
    view.lower = {mass, shape, scale, 1};
    view.upper = {mass + n_rows, shape + n_rows, scale + n_rows, 1};
  }
  std::vector<T> weights;
  std::vector<T> edges;
  T mass[2 * n_rows], shape[2 * n_rows], scale[2 * n_rows];
  tailfit_parameters_view view;
};

std::vector<double> points_for(std::int32_t function, std::int64_t n) {
  std::mt19937_64 random(96);
  std::vector<double> points;
  const bool are_levels = function == TAILFIT_QUANTILE || function == TAILFIT_ISF ||
                          function == TAILFIT_EXPECTED_SHORTFALL;
  for (std::int64_t i = 0; i < n; ++i) {
    const double u = std::uniform_real_distribution<double>(0.0, 1.0)(random);
    const double x = function == TAILFIT_RETURN_LEVEL ? 1.0 + 100.0 * u : 12.0 * (u - 0.5);
    points.push_back(are_levels ? u : x);
  }
  return points;
}

kernels::EvaluateLaunch launch_of(const host::EvaluateShape& shape) {
  // A small device, and memory for two groups, which take rows in turn.
  host::DeviceLimits limits{};
  limits.multiprocessors = 1;
  const auto most = static_cast<std::uint64_t>(2 * shape.group_bytes);
  kernels::EvaluateLaunch how = host::choose_evaluate(shape, limits, most);
  if (how.lanes > 1) how.groups = std::min<std::int64_t>(how.groups, 2);
  return how;
}

void evaluate(const tailfit::Context& cpu, const tailfit_fits_view& rows, std::int32_t function,
              const tailfit_points& points, double* out) {
  tailfit::detail::check(tailfit_evaluate(cpu.c_handle(), &rows, function, &points, out));
}
void evaluate(const tailfit::Context& cpu, const tailfit_parameters_view& rows,
              std::int32_t function, const tailfit_points& points, double* out) {
  tailfit::detail::check(
      tailfit_evaluate_parameters(cpu.c_handle(), &rows, function, &points, out));
}
void draw(const tailfit::Context& cpu, const tailfit_fits_view& rows,
          const tailfit_sampling& sampling, double* out) {
  tailfit::detail::check(tailfit_sample(cpu.c_handle(), &rows, &sampling, out));
}
void draw(const tailfit::Context& cpu, const tailfit_parameters_view& rows,
          const tailfit_sampling& sampling, double* out) {
  tailfit::detail::check(tailfit_sample_parameters(cpu.c_handle(), &rows, &sampling, out));
}
void differentiate(const tailfit::Context& cpu, const tailfit_fits_view& rows,
                   std::int32_t function, const tailfit_points& points,
                   const tailfit_gradients& gradients) {
  tailfit::detail::check(tailfit_gradient(cpu.c_handle(), &rows, function, &points, &gradients));
}
void differentiate(const tailfit::Context& cpu, const tailfit_parameters_view& rows,
                   std::int32_t function, const tailfit_points& points,
                   const tailfit_gradients& gradients) {
  tailfit::detail::check(
      tailfit_gradient_parameters(cpu.c_handle(), &rows, function, &points, &gradients));
}

// Rows of one kind, their name and the size of their numbers.
template <class View>
struct Kind {
  const char* name;
  const View& rows;
  std::size_t size;
};

tailfit_points points_at(const std::vector<double>& values, std::int64_t n_points) {
  tailfit_points points{};
  points.struct_size = sizeof points;
  points.values = values.data();
  points.dtype = TAILFIT_F64;
  points.n_points = n_points;
  points.stride = n_points;
  points.parameter = 0.3;
  points.seed = 3;
  return points;
}

void add_evaluation(Output& output, const std::string& name, const kernels::EvaluateBatch& batch,
                    std::vector<Array> arrays) {
  const bool has_sums = batch.rows.are_given || kernels::wants_sums(batch.request);
  const kernels::EvaluateLaunch how =
      launch_of({n_rows, batch.request.n_points,
                 has_sums ? kernels::spliced_row_bytes(batch.rows.bins) : 0, false, true});
  const auto n = static_cast<std::size_t>(n_rows * batch.request.n_points);
  arrays.push_back({offsetof(kernels::EvaluateBatch, request.points), n * 8, false});
  arrays.push_back({offsetof(kernels::EvaluateBatch, above), n_rows * 8, false});
  arrays.push_back({offsetof(kernels::EvaluateBatch, out), n * 8, true});
  output.add(name,
             how.lanes == 1
                 ? std::string("evaluate_fits")
                 : std::string("evaluate_rowsILb") + (batch.rows.are_given ? "1E" : "0E"),
             batch, how, arrays);
}

template <class View>
void add_function(Output& output, const tailfit::Context& cpu, const Kind<View>& kind,
                  std::int32_t function, std::int64_t n_points, const std::string& label = "") {
  const bool has_points = function < TAILFIT_MEAN || function > TAILFIT_ENTROPY;
  const std::int64_t m = has_points ? n_points : 1;
  const std::vector<double> values = points_for(function, n_rows * m);
  const tailfit_points points = points_at(values, m);
  std::vector<double> out(static_cast<std::size_t>(n_rows * m));
  evaluate(cpu, kind.rows, function, points, out.data());
  const kernels::EvaluateBatch batch =
      host::evaluation_of(kind.rows, function, &points, out.data()).batch;
  const std::string name = std::string(kind.name) + ", function " + std::to_string(function) +
                           " at " + std::to_string(m);
  add_evaluation(output, label.empty() ? name : label, batch, arrays_of_rows(batch, kind.size));
}

template <class View>
void add_draws(Output& output, const tailfit::Context& cpu, const Kind<View>& kind,
               const std::string& label = "") {
  const double above[n_rows] = {-INFINITY, 0.0, 1.0, -2.5};
  const double at_most = 4.0;
  tailfit_sampling sampling{};
  sampling.struct_size = sizeof sampling;
  sampling.seed = 17;
  sampling.first_draw = 5;
  sampling.n_draws = 40;
  sampling.above = above;
  sampling.above_stride = 1;
  sampling.at_most = &at_most;
  std::vector<double> out(n_rows * 40);
  draw(cpu, kind.rows, sampling, out.data());
  const kernels::EvaluateBatch batch = host::draws_of(kind.rows, sampling, out.data()).batch;
  const std::string name = std::string(kind.name) + ", draws";
  add_evaluation(output, label.empty() ? name : label, batch, arrays_of_rows(batch, kind.size));
}

template <class View>
void add_gradients(Output& output, const tailfit::Context& cpu, const Kind<View>& kind,
                   std::int32_t function, bool sums, const std::string& label = "") {
  constexpr std::int64_t m = 3;
  const std::vector<double> values = points_for(function, n_rows * m);
  const std::vector<double> weights = points_for(TAILFIT_QUANTILE, n_rows * m);
  const tailfit_points points = points_at(values, m);
  const std::size_t n_places = static_cast<std::size_t>(n_rows * (sums ? 1 : m));
  std::vector<double> of_points[2], of_tails[4];
  for (std::vector<double>& each : of_points) each.resize(n_rows * m);
  for (std::vector<double>& each : of_tails) each.resize(n_places);
  const auto bins = static_cast<std::size_t>(kind.rows.bins);
  std::vector<double> logits(n_places * bins);
  const tailfit_gradients gradients{sizeof gradients,
                                    weights.data(),
                                    m,
                                    sums ? 1 : 0,
                                    0,
                                    of_points[0].data(),
                                    of_points[1].data(),
                                    logits.data(),
                                    of_tails[0].data(),
                                    of_tails[1].data(),
                                    of_tails[2].data(),
                                    of_tails[3].data()};
  differentiate(cpu, kind.rows, function, points, gradients);
  const kernels::GradientBatch batch =
      host::differentiation_of(kind.rows, function, points, gradients).batch;
  std::vector<Array> arrays = arrays_of_rows(batch, kind.size);
  using kernels::GradientBatch;
  const std::size_t n = n_rows * m * 8;
  arrays.push_back({offsetof(GradientBatch, request.points), n, false});
  arrays.push_back({offsetof(GradientBatch, request.weights), n, false});
  arrays.push_back({offsetof(GradientBatch, request.out.value), n, true});
  arrays.push_back({offsetof(GradientBatch, request.out.x), n, true});
  arrays.push_back({offsetof(GradientBatch, request.out.logits), n_places * bins * 8, true});
  for (const std::size_t offset : {offsetof(GradientBatch, request.out.lower_shape),
                                   offsetof(GradientBatch, request.out.lower_scale),
                                   offsetof(GradientBatch, request.out.upper_shape),
                                   offsetof(GradientBatch, request.out.upper_scale)}) {
    arrays.push_back({offset, n_places * 8, true});
  }
  const kernels::EvaluateLaunch how =
      launch_of({n_rows, m, kernels::spliced_gradient_bytes(kind.rows.bins), true, !sums});
  const std::string name = std::string(kind.name) + ", derivatives of function " +
                           std::to_string(function) + (sums ? ", summed" : "");
  output.add(label.empty() ? name : label,
             std::string("differentiate_rowsILb") + (batch.rows.are_given ? "1E" : "0E"), batch,
             how, arrays);
}

template <class View>
void add_kind(Output& output, const tailfit::Context& cpu, const Kind<View>& kind, bool are_given) {
  for (const std::int32_t function :
       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 21, 22, 30, 31, 32, 33, 40, 41, 42, 43, 44, 50}) {
    if (function == TAILFIT_COMPOSITE_LOG_SCORE && !are_given) continue;
    add_function(output, cpu, kind, function, 2);
  }
  // By warps, in parts.
  add_function(output, cpu, kind, TAILFIT_LOG_PDF, 300);
  add_function(output, cpu, kind, TAILFIT_RANDOMIZED_PIT, 40);
  add_draws(output, cpu, kind);
  add_gradients(output, cpu, kind, TAILFIT_LOG_PDF, false);
  add_gradients(output, cpu, kind, TAILFIT_CRPS, true);
}

void add_all(Output& output) {
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  const std::vector<double> values = tailfit::tests::mixed_batch(97, n_rows, 80);
  const auto series = SeriesView<double>::rows(values.data(), n_rows, 80);
  const auto fits_of = [&](tailfit::Counts counts) {
    return tailfit::fit(cpu, series,
                        FitOptions{.bins = few_bins, .min_exceedances = 3, .counts = counts});
  };
  const tailfit::SplicedFits narrow = fits_of(tailfit::Counts::u16);
  const tailfit::SplicedFits wide = fits_of(tailfit::Counts::u32);
  add_kind<tailfit_fits_view>(output, cpu, {"fits of 16-bit counts", narrow.view(), 8}, false);
  add_kind<tailfit_fits_view>(output, cpu, {"fits of 32-bit counts", wide.view(), 8}, false);
  const Rows<double> logits(TAILFIT_WEIGHTS_LOGITS, few_bins);
  const Rows<float> masses(TAILFIT_WEIGHTS_MASSES, few_bins);
  add_kind<tailfit_parameters_view>(output, cpu, {"logits, fp64", logits.view, 8}, true);
  add_kind<tailfit_parameters_view>(output, cpu, {"masses, fp32", masses.view, 4}, true);
  add_gradients<tailfit_parameters_view>(output, cpu, {"logits, fp64", logits.view, 8},
                                         TAILFIT_COMPOSITE_LOG_SCORE, false);
}

// Functions of one or two points of fits are a thread's, all others a warp's.
template <class View>
void count_kind(Output& output, const tailfit::Context& cpu, const Kind<View>& kind) {
  const std::string of = std::string(" ") + kind.name + " ";
  add_function(output, cpu, kind, TAILFIT_LOG_PDF, 2, "2" + of + "log_pdf");
  add_function(output, cpu, kind, TAILFIT_QUANTILE, 2, "2" + of + "quantile");
  add_function(output, cpu, kind, TAILFIT_CRPS, 2, "2" + of + "crps");
  add_function(output, cpu, kind, TAILFIT_MEAN, 1, "1" + of + "mean");
  add_function(output, cpu, kind, TAILFIT_LOG_PDF, 320, "320" + of + "log_pdf");
  add_function(output, cpu, kind, TAILFIT_QUANTILE, 320, "320" + of + "quantile");
  add_draws(output, cpu, kind, "40" + of + "draws");
  add_gradients(output, cpu, kind, TAILFIT_LOG_PDF, false, "3" + of + "log_pdf-derivatives");
  add_gradients(output, cpu, kind, TAILFIT_CRPS, true, "3" + of + "crps-derivatives-summed");
}

void add_counts(Output& output) {
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  const std::vector<double> values = tailfit::tests::heavy_batch(92, n_rows, 1024);
  const tailfit::SplicedFits fits =
      tailfit::fit(cpu, SeriesView<double>::rows(values.data(), n_rows, 1024),
                   FitOptions{.bins = many_bins, .counts = tailfit::Counts::u16});
  count_kind<tailfit_fits_view>(output, cpu, {"fits", fits.view(), 8});
  const Rows<float> logits(TAILFIT_WEIGHTS_LOGITS, many_bins);
  count_kind<tailfit_parameters_view>(output, cpu, {"logits", logits.view, 4});
}

}  // namespace

int main(int argc, char** argv) {
  const bool counts = argc == 3 && std::strcmp(argv[2], "--counts") == 0;
  if (argc != (counts ? 3 : 2)) {
    std::fprintf(stderr, "usage: ptx_distribution_cases DIRECTORY [--counts]\n");
    return 2;
  }
  Output output(argv[1]);
  if (counts) {
    add_counts(output);
  } else {
    add_all(output);
  }
  return output.end() ? 0 : 1;
}
