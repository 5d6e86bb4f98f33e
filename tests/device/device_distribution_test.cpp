// Functions of distributions in a device's memory: the bits of the CPU whatever takes which points,
// less memory than is wanted, and calls that only queue.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "host/device/cuda.hpp"
#include "host/device/evaluate_policy.hpp"
#include "tests/device/architectures.hpp"
#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
namespace kernels = tailfit::kernels;
using namespace tailfit::tests;
using tailfit::DeviceQueue;
using tailfit::DeviceStream;
using tailfit::Distributions;
using tailfit::FitOptions;
using tailfit::FitsSpans;
using tailfit::Function;
using tailfit::Memory;
using tailfit::Points;
using tailfit::SeriesView;

constexpr double infinity = std::numeric_limits<double>::infinity();

// A context on a fake device, a stream of the caller's, and memory of the device.
struct Rig {
  explicit Rig(const host::DeviceLimits& limits = limits_of_h200()) : device(limits) {
    context.backend = TAILFIT_BACKEND_CUDA;
    context.process_id = ::getpid();
    context.devices.push_back(shared(device));
  }
  template <class T>
  T* put(const T* values, std::size_t n) {
    void* const there = stream.allocate(std::max<std::size_t>(n, 1) * sizeof(T));
    std::memcpy(there, values, n * sizeof(T));
    held.push_back({there, std::max<std::size_t>(n, 1) * sizeof(T)});
    return static_cast<T*>(there);
  }
  double* make(std::size_t n) { return put(std::vector<double>(n, -77.0).data(), n); }
  tailfit_device_queue queue(std::uint64_t bytes) {
    workspace = std::make_unique<ExactMemory>(bytes);
    return {sizeof(tailfit_device_queue), reinterpret_cast<tailfit_device_stream*>(&stream),
            workspace->data(), bytes};
  }
  ~Rig() {
    for (const auto& [memory, bytes] : held) stream.release(memory, bytes);
  }

  FakeDevice device;
  FakeQueue stream{device.state};
  tailfit_context context{};
  std::vector<std::pair<void*, std::size_t>> held;
  std::unique_ptr<ExactMemory> workspace;
};

// The same distributions in both memories: fits of random series, or rows of parameters.
class Both {
 public:
  virtual ~Both() = default;
  virtual Distributions here() const = 0;
  virtual Distributions there() const = 0;
};

class BothFits final : public Both {
 public:
  BothFits(Rig& rig, std::int64_t n, std::int64_t bins, tailfit::Counts counts) {
    const std::vector<double> values = mixed_batch(601, n, 150);
    const auto series = SeriesView<double>::rows(values.data(), n, 150);
    const tailfit_fit_options options =
        FitOptions{.bins = bins, .min_exceedances = 3, .counts = counts, .laplace = 0.5}
            .c_options();
    tailfit_fits* fits = nullptr;
    EXPECT_EQ(tailfit_fit_on_device(&rig.context, &series.c_view(), &options, &fits), TAILFIT_OK);
    there_ = std::make_unique<tailfit::SplicedFits>(fits);
    EXPECT_EQ(tailfit_fits_to_host(&rig.context, &there_->view(), &fits), TAILFIT_OK);
    here_ = std::make_unique<tailfit::SplicedFits>(fits);
  }
  Distributions here() const override { return *here_; }
  Distributions there() const override { return *there_; }

 private:
  std::unique_ptr<tailfit::SplicedFits> here_;
  std::unique_ptr<tailfit::SplicedFits> there_;
};

template <class T>
class BothRows final : public Both {
 public:
  BothRows(Rig& rig, std::int64_t n, std::int64_t bins, bool are_logits)
      : here_(tailfit::parameters_view<T>(n, bins)) {
    std::mt19937_64 random(602);
    const auto between = [&](double low, double high) {
      return static_cast<T>(std::uniform_real_distribution<double>(low, high)(random));
    };
    for (std::int64_t i = 0; i < n * bins; ++i) weights_.push_back(between(0.0, 3.0));
    for (std::int64_t b = 0; b <= bins; ++b) edges_.push_back(static_cast<T>(b) - T{4});
    for (std::int64_t i = 0; i < 2 * n; ++i) {
      mass_.push_back(between(0.0, 0.3));
      shape_.push_back(i % 5 == 0 ? T{0} : between(-0.6, 1.2));
      scale_.push_back(between(0.1, 2.0));
    }
    if (n > 3) weights_[static_cast<std::size_t>(2 * bins)] = std::numeric_limits<T>::quiet_NaN();
    if (n > 4) scale_[3] = T{-1};
    here_.weights_kind = are_logits ? TAILFIT_WEIGHTS_LOGITS : TAILFIT_WEIGHTS_MASSES;
    point_to(here_, weights_.data(), edges_.data(), mass_.data(), shape_.data(), scale_.data());
    there_ = here_;
    there_.memory = TAILFIT_MEMORY_DEVICE;
    const auto put = [&](const std::vector<T>& of) { return rig.put(of.data(), of.size()); };
    point_to(there_, put(weights_), put(edges_), put(mass_), put(shape_), put(scale_));
  }
  Distributions here() const override { return here_; }
  Distributions there() const override { return there_; }

 private:
  static void point_to(tailfit_parameters_view& view, const T* weights, const T* edges,
                       const T* mass, const T* shape, const T* scale) {
    view.weights = weights;
    view.edges = edges;
    view.edges_stride = 0;
    view.lower = {mass, shape, scale, 1};
    view.upper = {mass + view.n_rows, shape + view.n_rows, scale + view.n_rows, 1};
  }
  tailfit_parameters_view here_;
  tailfit_parameters_view there_{};
  std::vector<T> weights_, edges_, mass_, shape_, scale_;
};

std::vector<std::unique_ptr<Both>> all_kinds(Rig& rig, std::int64_t n, std::int64_t bins) {
  std::vector<std::unique_ptr<Both>> kinds;
  kinds.push_back(std::make_unique<BothFits>(rig, n, bins, tailfit::Counts::u32));
  kinds.push_back(std::make_unique<BothFits>(rig, n, bins, tailfit::Counts::u16));
  kinds.push_back(std::make_unique<BothRows<double>>(rig, n, bins, true));
  kinds.push_back(std::make_unique<BothRows<float>>(rig, n, bins, false));
  return kinds;
}

constexpr std::int32_t functions[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 20, 21,
                                      22, 30, 31, 32, 33, 40, 41, 42, 43, 44, 50};

std::vector<double> points_for(std::int32_t function, std::size_t n) {
  std::mt19937_64 random(603);
  std::vector<double> points;
  const bool are_levels = function == TAILFIT_QUANTILE || function == TAILFIT_ISF ||
                          function == TAILFIT_EXPECTED_SHORTFALL;
  for (std::size_t i = 0; i < n; ++i) {
    const double u = std::uniform_real_distribution<double>(0.0, 1.0)(random);
    if (are_levels) {
      points.push_back(i % 7 == 0 ? 1e-6 * u : u);
    } else {
      points.push_back(function == TAILFIT_RETURN_LEVEL ? 1.0 + 500.0 * u : 12.0 * (u - 0.5));
    }
  }
  return points;
}

const tailfit::Context& cpu() {
  static const tailfit::Context context({.backend = tailfit::Backend::cpu});
  return context;
}

// Points of each row on the device, or the same for all of them.
tailfit_points points_there(Rig& rig, const std::vector<double>& points, std::int64_t n_points,
                            bool are_shared) {
  tailfit_points there{};
  there.struct_size = sizeof there;
  there.values = rig.put(points.data(), points.size());
  there.dtype = TAILFIT_F64;
  there.memory = TAILFIT_MEMORY_DEVICE;
  there.n_points = n_points;
  there.stride = are_shared ? 0 : n_points;
  there.parameter = 0.3;
  there.seed = 5;
  there.first_series = 9;
  return there;
}

void expect_function(Rig& rig, const Both& both, std::int32_t function, std::int64_t n_points,
                     bool are_shared) {
  SCOPED_TRACE(testing::Message() << "function " << function << ", " << n_points << " points");
  const std::int64_t n_rows = both.here().size();
  const bool has_points = function < TAILFIT_MEAN || function > TAILFIT_ENTROPY;
  const auto n = static_cast<std::size_t>(n_rows * (has_points ? n_points : 1));
  const std::vector<double> points =
      points_for(function, static_cast<std::size_t>(n_points * (are_shared ? 1 : n_rows)));
  const tailfit_points there = points_there(rig, points, n_points, are_shared);
  tailfit_points here = there;
  here.values = points.data();
  here.memory = TAILFIT_MEMORY_HOST;
  std::vector<double> expected(n);
  const tailfit_code code =
      both.here().evaluate(cpu().c_handle(), function, &here, expected.data());
  double* const out = rig.make(n);
  double* const queued = rig.make(n);
  ASSERT_EQ(both.there().evaluate(&rig.context, function, &there, out), code);
  // Of three groups, which take rows in turn.
  const tailfit_device_queue queue =
      rig.queue(3 * static_cast<std::uint64_t>(kernels::spliced_row_bytes(both.here().bins())));
  ASSERT_EQ(both.there().evaluate_async(&rig.context, function, &there, queued, queue), code);
  if (code != TAILFIT_OK) return;
  EXPECT_TRUE(same_bits(out, expected.data(), n * sizeof(double)));
  EXPECT_EQ(queued[0], -77.0);
  rig.stream.synchronize();
  EXPECT_TRUE(same_bits(queued, expected.data(), n * sizeof(double)));
}

TEST(DeviceDistributions, EveryFunctionGivesTheBitsOfTheCpu) {
  Rig rig;
  for (const auto& both : all_kinds(rig, 7, 12)) {
    for (const std::int32_t function : functions) {
      expect_function(rig, *both, function, 1, false);
      expect_function(rig, *both, function, 9, true);
    }
  }
}

// Parts of a row, with lanes in any order.
TEST(DeviceDistributions, PartsOfRowsGiveTheBitsOfTheWhole) {
  Rig rig;
  for (const auto& both : all_kinds(rig, 2, 40)) {
    for (const std::int32_t function : {TAILFIT_LOG_PDF, TAILFIT_QUANTILE, TAILFIT_RANDOMIZED_PIT,
                                        TAILFIT_CRPS, TAILFIT_ANOMALY_SCORE}) {
      expect_function(rig, *both, function, 700, false);
    }
  }
}

TEST(DeviceDistributions, RowsOfOneBinAndWithoutCounts) {
  Rig rig;
  rig.device.state.use_lanes = false;
  const BothFits one_bin(rig, 5, 1, tailfit::Counts::u32);
  const BothFits no_counts(rig, 5, 10, tailfit::Counts::none);
  for (const std::int32_t function : functions) {
    expect_function(rig, one_bin, function, 10, true);
    expect_function(rig, no_counts, function, 10, true);
  }
}

TEST(DeviceDistributions, DrawsAreThoseOfTheCpu) {
  Rig rig;
  for (const auto& both : all_kinds(rig, 5, 12)) {
    const std::vector<double> bounds = {-infinity, 0.5, 1.0, -2.0, 0.0};
    tailfit_sampling here{};
    here.struct_size = sizeof here;
    here.seed = 11;
    here.first_series = 4;
    here.first_draw = 3;
    here.n_draws = 301;
    const double at_most = 3.0;
    here.above = bounds.data();
    here.above_stride = 1;
    here.at_most = &at_most;
    tailfit_sampling there = here;
    there.above = rig.put(bounds.data(), bounds.size());
    std::vector<double> expected(5 * 301);
    ASSERT_EQ(both->here().sample(cpu().c_handle(), here, expected.data()), TAILFIT_OK);
    double* const out = rig.make(expected.size());
    double* const queued = rig.make(expected.size());
    ASSERT_EQ(both->there().sample(&rig.context, there, out), TAILFIT_OK) << tailfit_last_error();
    ASSERT_EQ(both->there().sample_async(&rig.context, there, queued, rig.queue(4096)), TAILFIT_OK)
        << tailfit_last_error();
    rig.stream.synchronize();
    EXPECT_TRUE(same_bits(out, expected.data(), expected.size() * sizeof(double)));
    EXPECT_TRUE(same_bits(queued, expected.data(), expected.size() * sizeof(double)));
  }
}

// Arrays of all derivatives, in one block.
struct GradientBlock {
  GradientBlock(std::int64_t n_points, std::int64_t n_places, std::int64_t bins)
      : sizes{n_points, n_points, n_places * bins, n_places, n_places, n_places, n_places} {
    for (const std::int64_t size : sizes) n += static_cast<std::size_t>(size);
  }
  tailfit_gradients in(double* block, const double* weights, std::int64_t stride, bool sums) const {
    tailfit_gradients out{};
    out.struct_size = sizeof out;
    out.weights = weights;
    out.weights_stride = stride;
    out.sum_over_points = sums ? 1 : 0;
    double** const arrays[] = {&out.value,       &out.x,           &out.logits,
                               &out.lower_shape, &out.lower_scale, &out.upper_shape,
                               &out.upper_scale};
    for (int i = 0; i < 7; ++i) {
      *arrays[i] = block;
      block += sizes[i];
    }
    return out;
  }
  std::int64_t sizes[7];
  std::size_t n = 0;
};

TEST(DeviceDistributions, DerivativesAreThoseOfTheCpu) {
  Rig rig;
  for (const auto& both : all_kinds(rig, 6, 12)) {
    for (const std::int32_t function : {TAILFIT_LOG_PDF, TAILFIT_CRPS, TAILFIT_LOG_SCORE}) {
      for (const bool sums : {false, true}) {
        const std::int64_t m = 13;
        const std::vector<double> points = points_for(function, 6 * 13);
        const std::vector<double> weights = points_for(TAILFIT_QUANTILE, 6 * 13);
        const tailfit_points there = points_there(rig, points, m, false);
        tailfit_points here = there;
        here.values = points.data();
        here.memory = TAILFIT_MEMORY_HOST;
        const GradientBlock block(6 * m, sums ? 6 : 6 * m, 12);
        std::vector<double> expected(block.n);
        ASSERT_EQ(both->here().gradient(cpu().c_handle(), function, &here,
                                        block.in(expected.data(), weights.data(), m, sums)),
                  TAILFIT_OK)
            << tailfit_last_error();
        const double* const weights_there = rig.put(weights.data(), weights.size());
        double* const out = rig.make(block.n);
        double* const queued = rig.make(block.n);
        ASSERT_EQ(both->there().gradient(&rig.context, function, &there,
                                         block.in(out, weights_there, m, sums)),
                  TAILFIT_OK)
            << tailfit_last_error();
        ASSERT_EQ(both->there().gradient_async(&rig.context, function, &there,
                                               block.in(queued, weights_there, m, sums),
                                               rig.queue(1 << 16)),
                  TAILFIT_OK);
        rig.stream.synchronize();
        EXPECT_TRUE(same_bits(out, expected.data(), block.n * sizeof(double)));
        EXPECT_TRUE(same_bits(queued, expected.data(), block.n * sizeof(double)));
      }
    }
  }
}

TEST(DeviceDistributions, ASingleLevelComesFromTheHost) {
  Rig rig;
  const BothFits both(rig, 9, 10, tailfit::Counts::u32);
  const std::vector<double> expected = tailfit::quantile(cpu(), both.here(), 0.99);
  double* const out = rig.make(9);
  double level = 0.99;
  tailfit_points points = Points(level).c_points();
  points.values = &level;
  ASSERT_EQ(
      both.there().evaluate_async(&rig.context, TAILFIT_QUANTILE, &points, out, rig.queue(4096)),
      TAILFIT_OK);
  level = 0.5;  // read at the call
  rig.stream.synchronize();
  EXPECT_TRUE(same_bits(out, expected.data(), 9 * sizeof(double)));
}

// A replay reads what the arrays hold then.
TEST(DeviceDistributions, AReplaySeesNewPoints) {
  Rig rig;
  const BothFits both(rig, 6, 10, tailfit::Counts::u32);
  const std::vector<double> first = points_for(TAILFIT_CDF, 6);
  const std::vector<double> second = {1.0, -1.0, 0.0, 2.0, 30.0, -30.0};
  const tailfit_points points = points_there(rig, first, 1, false);
  double* const out = rig.make(6);
  ASSERT_EQ(both.there().evaluate_async(&rig.context, TAILFIT_CDF, &points, out, rig.queue(1)),
            TAILFIT_OK)
      << "needs no workspace";
  const auto graph = rig.stream.capture();
  for (const std::vector<double>& values : {first, second}) {
    std::memcpy(const_cast<void*>(points.values), values.data(), 6 * sizeof(double));
    graph();
    const std::vector<double> expected = tailfit::cdf(cpu(), both.here(), Points::each(values, 6));
    EXPECT_TRUE(same_bits(out, expected.data(), 6 * sizeof(double)));
  }
}

TEST(DeviceDistributions, FailuresLeakNothingAndPass) {
  Rig rig;
  rig.device.state.use_lanes = false;
  const BothRows<double> both(rig, 8, 12, true);
  const tailfit_points points = points_there(rig, points_for(TAILFIT_CRPS, 8), 1, false);
  double* const out = rig.make(8);
  const std::uint64_t held = rig.device.state.bytes_held;
  // An allocation that fails is tried again with less memory; what comes then fails the call.
  int k = 1;
  for (;; ++k) {
    rig.device.fail_at(k);
    const tailfit_code code = both.there().evaluate(&rig.context, TAILFIT_CRPS, &points, out);
    EXPECT_EQ(rig.device.state.bytes_held, held);
    if (rig.device.state.calls_left > 0) break;
    EXPECT_EQ(code, k == 1 ? TAILFIT_OK : TAILFIT_DEVICE_ERROR);
  }
  EXPECT_GE(k, 4);  // allocation, launch and wait can fail
  rig.device.forget_failure();
}

TEST(DeviceDistributions, LittleMemoryIsEnough) {
  Rig rig;
  rig.device.state.use_lanes = false;
  const BothRows<double> both(rig, 40, 12, false);
  const tailfit_points points = points_there(rig, points_for(TAILFIT_CRPS, 40), 1, false);
  double* const out = rig.make(40);
  const std::vector<double> expected =
      tailfit::crps(cpu(), both.here(), Points::each(points_for(TAILFIT_CRPS, 40), 40));
  const auto row = static_cast<std::uint64_t>(kernels::spliced_row_bytes(12));
  for (const std::uint64_t room : {row, 5 * row, 23 * row}) {
    rig.device.state.memory = rig.device.state.bytes_held + room;
    ASSERT_EQ(both.there().evaluate(&rig.context, TAILFIT_CRPS, &points, out), TAILFIT_OK)
        << tailfit_last_error();
    EXPECT_TRUE(same_bits(out, expected.data(), 40 * sizeof(double)));
    std::fill_n(out, 40, 0.0);
  }
  rig.device.state.memory = rig.device.state.bytes_held + row - 1;
  EXPECT_EQ(both.there().evaluate(&rig.context, TAILFIT_CRPS, &points, out), TAILFIT_OUT_OF_MEMORY);
}

std::string message_of(tailfit_code code) {
  EXPECT_NE(code, TAILFIT_OK);
  return tailfit_last_error();
}

TEST(DeviceDistributions, BadCallsSayWhatIsWrong) {
  Rig rig;
  const BothFits both(rig, 4, 10, tailfit::Counts::u32);
  const Distributions there = both.there();
  const std::vector<double> values = {0.0, 1.0, 2.0, 3.0};
  const tailfit_points points = points_there(rig, values, 1, false);
  tailfit_points on_host = points;
  on_host.memory = TAILFIT_MEMORY_HOST;
  on_host.values = values.data();
  double* const out = rig.make(4);
  EXPECT_EQ(
      message_of(there.evaluate(&rig.context, TAILFIT_CDF, &on_host, out)),
      "tailfit: points.memory is 0 (host), expected 1 (device), as that of the distributions");
  std::vector<double> host_out(4);
  EXPECT_EQ(message_of(there.evaluate(&rig.context, TAILFIT_CDF, &points, host_out.data())),
            "tailfit: out is in host memory, expected memory of the device that the distributions "
            "are in");
  EXPECT_EQ(message_of(there.evaluate(cpu().c_handle(), TAILFIT_CDF, &points, out)),
            "tailfit: fits.memory is 1 (device), expected 0 (host): this context runs on the cpu");
  const tailfit_device_queue small = rig.queue(64);
  EXPECT_EQ(message_of(there.evaluate_async(&rig.context, TAILFIT_ISF, &points, out, small)),
            "tailfit: queue.workspace_bytes is 64 bytes, expected at least 576 for distributions "
            "of so many bins");
  EXPECT_EQ(message_of(both.here().evaluate_async(&rig.context, TAILFIT_CDF, &on_host, out, small)),
            "tailfit: fits.memory is 0 (host), expected 1 (device): nothing is copied");
  tailfit_device_queue odd = rig.queue(1024);
  odd.workspace = static_cast<char*>(odd.workspace) + 8;
  EXPECT_EQ(there.evaluate_async(&rig.context, TAILFIT_ISF, &points, out, odd),
            TAILFIT_INVALID_ARGUMENT);
  odd.struct_size = 3;
  EXPECT_EQ(there.evaluate_async(&rig.context, TAILFIT_CDF, &points, out, odd),
            TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(there.evaluate_async(cpu().c_handle(), TAILFIT_CDF, &points, out, rig.queue(1024)),
            host::is_compiled_with_cuda() ? TAILFIT_INVALID_ARGUMENT : TAILFIT_NOT_COMPILED);
  EXPECT_THROW(tailfit::evaluate(cpu(), there, Function::cdf, 0.5), std::invalid_argument);
  std::uint64_t bytes = 0;
  EXPECT_EQ(tailfit_distribution_workspace(&rig.context, 0, &bytes), TAILFIT_INVALID_ARGUMENT);
}

TEST(DeviceDistributions, TheWorkspaceIsEnoughForAll) {
  Rig rig;
  for (const std::int64_t bins : {std::int64_t{1}, std::int64_t{100}, std::int64_t{1} << 20}) {
    std::uint64_t bytes = 0;
    ASSERT_EQ(tailfit_distribution_workspace(&rig.context, bins, &bytes), TAILFIT_OK);
    EXPECT_GE(bytes, static_cast<std::uint64_t>(kernels::spliced_gradient_bytes(bins)));
    EXPECT_LE(bytes, std::uint64_t{256} << 20);
  }
}

// Every point is taken once, and no more groups than there is work or memory for.
TEST(EvaluatePolicy, HoldsOnEveryArchitecture) {
  for (const Architecture& architecture : architectures) {
    for (const std::int64_t rows : {1, 7, 5000, 3'000'000}) {
      for (const std::int64_t points : {0, 1, 8, 1000, 2'000'000}) {
        for (const std::int64_t bytes : {0, 3264, 40'000'000}) {
          for (const bool derivatives : {false, true}) {
            for (const bool may_divide : {false, true}) {
              const host::EvaluateShape shape{rows, points, bytes, derivatives, may_divide};
              const std::uint64_t most = host::workspace_limit(bytes);
              const auto how = host::choose_evaluate(shape, architecture.limits, most);
              EXPECT_GE(how.part_points, 1);
              EXPECT_TRUE(may_divide || how.part_points >= points);
              const std::int64_t parts =
                  points == 0 ? 1 : (points + how.part_points - 1) / how.part_points;
              EXPECT_GE(how.groups, 1);
              EXPECT_LE(how.groups, rows * parts);
              EXPECT_LE(static_cast<std::uint64_t>(how.groups * how.group_bytes), most);
              EXPECT_LE(how.groups * how.lanes, architecture.limits.multiprocessors *
                                                    architecture.limits.threads_per_multiprocessor);
              if (derivatives) EXPECT_EQ(how.lanes, 1);
            }
          }
        }
      }
    }
  }
}

}  // namespace
