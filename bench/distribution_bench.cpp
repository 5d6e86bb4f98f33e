// Functions of distributions on the CPU, one thread unless it says otherwise.
//
//   distribution_bench --benchmark_counters_tabular=true
//
//   fits/FUNCTION/M            M points of each of 2^18 fits with 100 bins (u32 counts)
//   parameters/FUNCTION/M      the same of rows of parameters: 100 logits, fp32, edges shared
//   .../threads:2              with so many threads
//
//   fits/read/0                every number of the fits added up, row by row
//
//   scores/FUNCTION/BINS/M     scores of fits with so many bins, fewer of them: M points of each,
//                              gradients where that takes no seconds
//
// Functions of nothing have M = 1. A gradient is with respect to everything, `summed` over the
// points. Counters, by processor time with one thread and wall time with more: ns_per_row, and
// `reads`, the time beside that of reading the row's parameters and points from memory once, at the
// bandwidth that the report's head has; functions that do not
// look at every bin can take less than 1. --without_read leaves that out, for tools that count
// instructions.
#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bench/read_bandwidth.hpp"

namespace {

using tailfit::Context;
using tailfit::Distributions;
using tailfit::Function;
using tailfit::Points;
using tailfit::bench::clock_seconds;

// Of most rows.
constexpr std::int64_t n_rows = std::int64_t{1} << 18;
constexpr std::int64_t bins = 100;

// Fits of some 1000 values, made up: what functions cost does not depend on where they come from.
class MadeUpFits {
 public:
  explicit MadeUpFits(std::int64_t n_fits = n_rows, std::int64_t n_bins = bins)
      : n_fits_(n_fits),
        n_bins_(n_bins),
        n_(rows(), 9 * n_bins + 100),
        status_(rows(), 0),
        counts_(rows() * static_cast<std::size_t>(n_bins), 9) {
    std::mt19937_64 random(1);
    for (Tail* const tail : {&lower_, &upper_}) {
      const double side = tail == &lower_ ? -1.0 : 1.0;
      tail->n_exceed.assign(rows(), 50);
      for (std::size_t i = 0; i < rows(); ++i) {
        tail->threshold.push_back(side * (1.0 + 1e-3 * static_cast<double>(random() % 1000)));
        tail->shape.push_back(1e-3 * static_cast<double>(random() % 600) - 0.2);
        tail->scale.push_back(0.5 + 1e-3 * static_cast<double>(random() % 1000));
      }
    }
  }
  tailfit::FitsSpans spans() {
    tailfit_fits_view view{};
    view.struct_size = sizeof view;
    view.n_fits = n_fits_;
    view.bins = n_bins_;
    view.counts_kind = TAILFIT_COUNTS_U32;
    view.n = n_.data();
    view.n_missing = n_.data();
    view.status = status_.data();
    view.lower = lower_.view();
    view.upper = upper_.view();
    view.counts = counts_.data();
    return tailfit::FitsSpans(view);
  }
  static std::int64_t bytes() {
    return 8 + 4 + 2 * 4 * 8 + bins * static_cast<std::int64_t>(sizeof(std::uint32_t));
  }

 private:
  struct Tail {
    std::vector<double> threshold, shape, scale;
    std::vector<std::int64_t> n_exceed;

    tailfit_tail_view view() {
      return {threshold.data(), shape.data(), scale.data(), scale.data(), n_exceed.data()};
    }
  };
  std::size_t rows() const { return static_cast<std::size_t>(n_fits_); }

  std::int64_t n_fits_;
  std::int64_t n_bins_;
  std::vector<std::int64_t> n_;
  std::vector<std::uint32_t> status_;
  std::vector<std::uint32_t> counts_;
  Tail lower_;
  Tail upper_;
};

// As a network emits them.
class MadeUpParameters {
 public:
  MadeUpParameters() {
    std::mt19937_64 random(2);
    std::normal_distribution<float> normal;
    logits_.resize(static_cast<std::size_t>(n_rows * bins));
    for (float& logit : logits_) logit = normal(random);
    for (std::int64_t b = 0; b <= bins; ++b)
      edges_.push_back(-1.5f + 0.03f * static_cast<float>(b));
    for (std::int64_t i = 0; i < 3 * n_rows; i += 3) {
      tails_.insert(tails_.end(), {0.05f, 1e-3f * static_cast<float>(random() % 600) - 0.2f, 1.0f});
    }
  }
  tailfit_parameters_view view() const {
    auto found = tailfit::parameters_view<float>(n_rows, bins);
    found.weights = logits_.data();
    found.weights_kind = TAILFIT_WEIGHTS_LOGITS;
    found.edges = edges_.data();
    found.lower = {tails_.data(), tails_.data() + 1, tails_.data() + 2, 3};
    found.upper = found.lower;
    return found;
  }
  static std::int64_t bytes() { return 4 * (bins + 3); }

 private:
  std::vector<float> logits_;
  std::vector<float> edges_;
  std::vector<float> tails_;
};

MadeUpFits& fits() {
  static MadeUpFits all;
  return all;
}
const MadeUpParameters& parameters() {
  static const MadeUpParameters all;
  return all;
}

enum class Argument { value, probability, period, nothing };

Argument argument_of(Function function) {
  switch (function) {
    case Function::quantile:
    case Function::isf:
    case Function::expected_shortfall:
      return Argument::probability;
    case Function::return_level:
      return Argument::period;
    case Function::mean:
    case Function::variance:
    case Function::mode:
    case Function::entropy:
      return Argument::nothing;
    default:
      return Argument::value;
  }
}

// Values are draws, so that one in ten lies in a tail; another for each row and point.
std::vector<double> points(const Context& context, const Distributions& of, Argument argument,
                           std::int64_t m, std::int64_t rows) {
  if (argument == Argument::value) return sample(context, of, m, {.seed = 5});
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(1e-6, 1.0 - 1e-6);
  std::vector<double> found(static_cast<std::size_t>(rows * m));
  for (double& p : found) p = argument == Argument::period ? 1.0 / unit(random) : unit(random);
  return found;
}

struct Work {
  std::int64_t bytes;  // of a row's parameters
  std::int64_t m;
  int threads;
  std::int64_t rows = n_rows;
  std::int64_t row_bins = bins;
};

template <class Body>
void measure(benchmark::State& state, const Work& work, const Body& body) {
  body();  // touches what is written
  const double start = clock_seconds(work.threads);
  for (auto _ : state) body();
  const double seconds = (clock_seconds(work.threads) - start) /
                         static_cast<double>(state.iterations()) / static_cast<double>(work.rows);
  const double rate = tailfit::bench::read_rates().of(work.threads);
  state.counters["ns_per_row"] = 1e9 * seconds;
  state.counters["reads"] = seconds * rate / static_cast<double>(work.bytes + 8 * work.m);
}

void evaluate(benchmark::State& state, const Distributions& of, Function function,
              const Work& work) {
  const Context context({.backend = tailfit::Backend::cpu, .threads = work.threads});
  const std::vector<double> x = points(context, of, argument_of(function), work.m, work.rows);
  const Points at = Points::each(x, work.rows);
  std::vector<double> out(x.size());
  measure(state, work, [&] { evaluate_into(context, of, function, at, out, 0.3); });
}

void draw(benchmark::State& state, const Distributions& of, const Work& work) {
  const Context context({.backend = tailfit::Backend::cpu, .threads = work.threads});
  measure(state, work,
          [&] { benchmark::DoNotOptimize(sample(context, of, work.m, {.seed = 1}).data()); });
}

void differentiate(benchmark::State& state, const Distributions& of, Function function,
                   const Work& work) {
  const Context context({.backend = tailfit::Backend::cpu, .threads = work.threads});
  const std::vector<double> x = points(context, of, Argument::value, work.m, work.rows);
  const tailfit_points at = Points::each(x, work.rows).c_points();
  std::vector<double> of_points(2 * x.size()),
      logits(static_cast<std::size_t>(work.rows * work.row_bins)),
      tails(static_cast<std::size_t>(4 * work.rows));
  tailfit_gradients out{};
  out.struct_size = sizeof out;
  out.sum_over_points = 1;
  out.value = of_points.data();
  out.x = of_points.data() + x.size();
  out.logits = logits.data();
  out.lower_shape = tails.data();
  out.lower_scale = tails.data() + work.rows;
  out.upper_shape = tails.data() + 2 * work.rows;
  out.upper_scale = tails.data() + 3 * work.rows;
  measure(state, work, [&] {
    tailfit::detail::check(
        of.gradient(context.c_handle(), static_cast<std::int32_t>(function), &at, out));
  });
}

// The rows' arrays, side by side, each number once: what any function of all of them has to do.
void read_fits(benchmark::State& state, const tailfit::FitsSpans& of, const Work& work) {
  const tailfit_fits_view& view = of.view();
  const auto* const counts = static_cast<const std::uint32_t*>(view.counts);
  measure(state, work, [&] {
    double sum = 0.0;
    for (std::int64_t i = 0; i < n_rows; ++i) {
      for (const tailfit_tail_view& tail : {view.lower, view.upper}) {
        sum += tail.threshold[i] + tail.shape[i] + tail.scale[i] +
               static_cast<double>(tail.n_exceed[i]);
      }
      std::uint32_t body = 0;
      for (std::int64_t b = 0; b < bins; ++b) body += counts[i * bins + b];
      sum += static_cast<double>(view.n[i] + view.status[i] + body);
    }
    benchmark::DoNotOptimize(sum);
  });
}

struct Named {
  const char* name;
  Function function;
};

constexpr Named all_functions[] = {{"log_pdf", Function::log_pdf},
                                   {"pdf", Function::pdf},
                                   {"cdf", Function::cdf},
                                   {"sf", Function::sf},
                                   {"log_sf", Function::log_sf},
                                   {"log_cdf", Function::log_cdf},
                                   {"mid_pit", Function::mid_pit},
                                   {"quantile", Function::quantile},
                                   {"isf", Function::isf},
                                   {"expected_shortfall", Function::expected_shortfall},
                                   {"mean_excess", Function::mean_excess},
                                   {"return_level", Function::return_level},
                                   {"mean", Function::mean},
                                   {"variance", Function::variance},
                                   {"mode", Function::mode},
                                   {"entropy", Function::entropy},
                                   {"crps", Function::crps},
                                   {"log_score", Function::log_score},
                                   {"quantile_score", Function::quantile_score},
                                   {"twcrps", Function::twcrps},
                                   {"score_anomaly", Function::anomaly_score}};

template <class Run>
void add(const std::string& of, const std::string& name, const Work& work, const Run& run) {
  std::string all = of + "/" + name + "/" + std::to_string(work.m);
  if (work.threads > 1) all += "/threads:" + std::to_string(work.threads);
  benchmark::RegisterBenchmark(all.c_str(), run)->Unit(benchmark::kMillisecond)->UseRealTime();
}

// make_rows(): made where a row is run, so that a filter spares the others.
template <class MakeRows>
void add_all(const std::string& of, const Work& work, const MakeRows& make_rows) {
  for (const Named& named : all_functions) {
    if (argument_of(named.function) == Argument::nothing && work.m > 1) continue;
    add(of, named.name, work, [=](benchmark::State& state) {
      evaluate(state, Distributions(make_rows()), named.function, work);
    });
  }
  add(of, "sample", work,
      [=](benchmark::State& state) { draw(state, Distributions(make_rows()), work); });
  for (const Named& named :
       {Named{"log_pdf_gradient", Function::log_pdf}, Named{"crps_gradient", Function::crps}}) {
    add(of, named.name, work, [=](benchmark::State& state) {
      differentiate(state, Distributions(make_rows()), named.function, work);
    });
  }
}

// M points of each of a few fits with so many bins.
void add_scores(std::int64_t n_bins, std::int64_t m) {
  const Work work{68 + 4 * n_bins, m, 1, std::max<std::int64_t>(4, (1 << 20) / (n_bins * m)),
                  n_bins};
  const auto add_one = [&](const char* name, Function function, auto run) {
    add("scores", name + ("/" + std::to_string(n_bins)), work, [=](benchmark::State& state) {
      MadeUpFits fits(work.rows, work.row_bins);
      run(state, Distributions(fits.spans()), function, work);
    });
  };
  add_one("crps", Function::crps, evaluate);
  add_one("twcrps", Function::twcrps, evaluate);
  if (n_bins * m <= (1 << 17)) add_one("crps_gradient", Function::crps, differentiate);
}

}  // namespace

int main(int argc, char** argv) {
  const bool measures_read = tailfit::bench::take_measures_read(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto make_fits = []() -> const tailfit::FitsSpans& {
    static const tailfit::FitsSpans spans = fits().spans();
    return spans;
  };
  const auto make_parameters = []() -> const tailfit_parameters_view& {
    static const tailfit_parameters_view view = parameters().view();
    return view;
  };
  for (const std::int64_t m : {1, 16}) {
    for (const int threads : {1, 2}) {
      if (m > 1 && threads > 1) continue;
      add_all("fits", {MadeUpFits::bytes(), m, threads}, make_fits);
      add_all("parameters", {MadeUpParameters::bytes(), m, threads}, make_parameters);
    }
  }
  for (const std::int64_t n_bins : {std::int64_t{64}, std::int64_t{1} << 16}) {
    for (const std::int64_t m : {1, 2, 16, 1000}) add_scores(n_bins, m);
  }
  const Work read_work{MadeUpFits::bytes(), 0, 1};
  add("fits", "read", read_work,
      [=](benchmark::State& state) { read_fits(state, make_fits(), read_work); });
  const auto add_composite = [&](const char* name, auto run) {
    const Work work{MadeUpParameters::bytes(), 1, 1};
    add("parameters", name, work, [=](benchmark::State& state) {
      run(state, Distributions(make_parameters()), Function::composite_log_score, work);
    });
  };
  add_composite("composite_log_score", evaluate);
  add_composite("composite_gradient", differentiate);
  if (measures_read) tailfit::bench::read_rates().measure(std::set<int>{1, 2});
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
