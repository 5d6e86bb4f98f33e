// Functions of distributions on a device: fits that were left there, whole batches and one row of a
// million points, draws, derivatives, and a graph; bits of the CPU.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/cuda/gpu_test.hpp"

namespace {

using namespace tailfit::gpu;
using tailfit::Backend;
using tailfit::Context;
using tailfit::DeviceQueue;
using tailfit::DeviceStream;
using tailfit::Distributions;
using tailfit::Function;
using tailfit::Memory;
using tailfit::Points;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;
using tailfit::tests::same_bits;

std::vector<double> numbers_from(std::uint64_t seed, double low, double high, std::size_t n) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> between(low, high);
  std::vector<double> numbers(n);
  for (double& number : numbers) number = between(random);
  return numbers;
}

class Numbers {
 public:
  explicit Numbers(const std::vector<double>& from)
      : n_(from.size()), memory_(Place::device, from.size() * sizeof(double)) {
    memory_.write(from.data());
  }
  explicit Numbers(std::size_t n) : n_(n), memory_(Place::device, n * sizeof(double)) {
    memory_.fill(0x33);
  }
  double* data() const { return reinterpret_cast<double*>(memory_.data()); }
  std::span<double> span() const { return {data(), n_}; }
  bool are(const std::vector<double>& expected) const {
    std::vector<double> found(n_);
    memory_.read(found.data());
    return found.size() == expected.size() &&
           same_bits(found.data(), expected.data(), n_ * sizeof(double));
  }

 private:
  std::size_t n_;
  PlacedMemory memory_;
};

class GpuDistributions : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (IsSkipped()) return;
    context_ = std::make_unique<Context>(Context::Options{.backend = Backend::cuda});
    const std::vector<float> values = heavy_batch<float>(801, n_fits, 500);
    const auto series = SeriesView<float>::rows(values.data(), n_fits, 500);
    there_ = std::make_unique<tailfit::SplicedFits>(
        fit_on_device(*context_, series, {.min_exceedances = 3, .laplace = 0.5}));
    here_ = std::make_unique<tailfit::SplicedFits>(to_host(*context_, *there_));
  }
  void expect_function(Function function, std::int64_t n_points, double low, double high) {
    const auto n = static_cast<std::size_t>(n_fits * n_points);
    const std::vector<double> x = numbers_from(802, low, high, n);
    const std::vector<double> expected =
        evaluate(cpu_context(), *here_, function, Points::each(x, n_fits), 0.3);
    const Numbers points(x);
    const Numbers out(expected.size());
    evaluate_into(*context_, *there_, function,
                  Points::each(std::span<const double>(points.span()), n_fits).in(Memory::device),
                  out.span(), 0.3);
    EXPECT_TRUE(out.are(expected)) << static_cast<int>(function) << " at " << n_points;
  }

  static constexpr std::int64_t n_fits = 5000;
  std::unique_ptr<Context> context_;
  std::unique_ptr<tailfit::SplicedFits> there_;
  std::unique_ptr<tailfit::SplicedFits> here_;
};

TEST_F(GpuDistributions, EveryFunctionHasTheBitsOfTheCpu) {
  for (const std::int64_t n_points : {1, 20}) {
    for (const Function function :
         {Function::log_pdf, Function::pdf, Function::cdf, Function::sf, Function::log_sf,
          Function::log_cdf, Function::mid_pit, Function::mean_excess, Function::crps,
          Function::log_score, Function::quantile_score, Function::twcrps,
          Function::anomaly_score}) {
      expect_function(function, n_points, -8.0, 8.0);
    }
    for (const Function function :
         {Function::quantile, Function::isf, Function::expected_shortfall}) {
      expect_function(function, n_points, 0.0, 1.0);
    }
    expect_function(Function::return_level, n_points, 1.0, 1e6);
  }
  for (const Function function :
       {Function::mean, Function::variance, Function::mode, Function::entropy}) {
    const std::vector<double> expected = evaluate(cpu_context(), *here_, function, 0.0);
    const Numbers out(expected.size());
    evaluate_into(*context_, *there_, function, 0.0, out.span());
    EXPECT_TRUE(out.are(expected)) << static_cast<int>(function);
  }
}

TEST_F(GpuDistributions, AMillionPointsOfOneRow) {
  const std::int64_t bins = 200;
  std::vector<double> numbers = numbers_from(803, 0.0, 1.0, static_cast<std::size_t>(bins));
  for (std::int64_t b = 0; b <= bins; ++b) numbers.push_back(0.05 * static_cast<double>(b) - 5.0);
  for (const double of_tails : {0.03, 0.2, 1.0, 0.05, -0.1, 2.0}) numbers.push_back(of_tails);
  const Numbers on_device(numbers);
  const auto view_of = [&](const double* from) {
    auto view = tailfit::parameters_view<double>(1, bins);
    view.weights = from;
    view.edges = from + bins;
    const double* const tails = from + 2 * bins + 1;
    view.lower = {tails, tails + 1, tails + 2, 0};
    view.upper = {tails + 3, tails + 4, tails + 5, 0};
    return view;
  };
  const auto here = view_of(numbers.data());
  auto there = view_of(on_device.data());
  there.memory = TAILFIT_MEMORY_DEVICE;
  const std::vector<double> x = numbers_from(804, -20.0, 20.0, 1'000'000);
  const Numbers points(x);
  const Numbers out(x.size());
  evaluate_into(*context_, there, Function::log_pdf,
                Points::shared(std::span<const double>(points.span())).in(Memory::device),
                out.span());
  EXPECT_TRUE(out.are(log_pdf(cpu_context(), here, Points::shared(x))));
}

TEST_F(GpuDistributions, DrawsAndDerivativesOnAStream) {
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  const std::uint64_t bytes = distribution_workspace(*context_, there_->bins());
  PlacedMemory workspace(Place::device, bytes);
  const DeviceQueue queue{DeviceStream(stream), workspace.data(), bytes};
  const std::vector<double> draws = sample(cpu_context(), *here_, 30, {.seed = 7});
  const Numbers drawn(draws.size());
  const std::vector<double> x = numbers_from(805, -4.0, 4.0, n_fits);
  const auto expected =
      gradients(cpu_context(), *here_, Function::crps, Points::each(x, n_fits), {});
  const Numbers points(x);
  const Numbers logits(expected.logits.size());
  const Numbers shapes(expected.upper_shape.size());
  tailfit_gradients out{};
  out.struct_size = sizeof out;
  out.logits = logits.data();
  out.upper_shape = shapes.data();
  const auto work = [&] {
    sample_async(*context_, *there_, 30, drawn.data(), queue, {.seed = 7});
    gradients_async(*context_, *there_, Function::crps,
                    Points::each(std::span<const double>(points.span()), n_fits).in(Memory::device),
                    out, queue);
  };
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "begin of a capture");
  work();
  check_cuda(cudaStreamEndCapture(stream, &graph), "end of a capture");
  check_cuda(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  check_cuda(cudaGraphLaunch(executable, stream), "cudaGraphLaunch");
  check_cuda(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  EXPECT_TRUE(drawn.are(draws));
  EXPECT_TRUE(logits.are(expected.logits));
  EXPECT_TRUE(shapes.are(expected.upper_shape));
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
}

}  // namespace
