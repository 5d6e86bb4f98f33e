// Prints a hash of everything that whole calls of fit() write, one call a line, computed with the
// instruction set that TAILFIT_INSTRUCTION_SET names; 77 where this machine or build has none of
// that name. compare_sets.cmake compares what different ones print. --few: a fifth of the work.
#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "kernels/cpu/cpu_kernels.hpp"
#include "tests/bits/hash.hpp"

namespace {

using tailfit::Context;
using tailfit::Counts;
using tailfit::FitOptions;
using tailfit::Function;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::TailSpans;
using tailfit::bits::Generator;
using tailfit::bits::Hash;

constexpr int n_kinds = 16;
constexpr std::int64_t n_series = 2 * n_kinds;

// Student-t with two degrees of freedom.
double heavy(Generator& generator) {
  const double u = generator.uniform();
  return (2.0 * u - 1.0) / std::sqrt(2.0 * u * (1.0 - u));
}

// The t-th value of a series of a kind; what is not named here is heavy.
template <class T>
double value_of(int kind, std::int64_t t, Generator& generator) {
  const double x = heavy(generator);
  const double u = generator.uniform();
  switch (kind) {
    case 1:  // ties on a lattice
      return std::round(4.0 * x) / 4.0;
    case 2:  // missing
      return u < 0.1 ? std::nan("") : x;
    case 3:
      return u < 0.02 ? std::copysign(INFINITY, x) : x;
    case 4:
      return 7.25;
    case 5:  // zeros of both signs
      return u < 0.3 ? 0.0 : u < 0.6 ? -0.0 : x;
    case 6:
      return x * static_cast<double>(std::numeric_limits<T>::min());
    case 7:  // ranges that overflow
      return (2.0 * u - 1.0) * static_cast<double>(std::numeric_limits<T>::max());
    case 8:  // two values
      return u < 0.5 ? -1.0 : 2.0;
    case 9:  // short tails
      return u;
    case 10:  // a count
      return std::floor(-2.0 * std::log2(u));
    case 11:  // one far away
      return t == 3 ? 1e30 : x;
    case 12:
      return std::nan("");
    case 13:  // excesses that are nearly the same
      return (u < 0.5 ? 1.0 : -1.0) * (1.0 + 0x1p-20 * std::fabs(x));
    default:
      return x;
  }
}

// Series of every kind, twice, one after the other; kinds 14 and 15 in order.
template <class T>
std::vector<T> values_of(std::int64_t length) {
  Generator generator(static_cast<std::uint64_t>(length));
  std::vector<T> values;
  for (std::int64_t s = 0; s < n_series; ++s) {
    const int kind = static_cast<int>(s % n_kinds);
    for (std::int64_t t = 0; t < length; ++t) {
      values.push_back(static_cast<T>(value_of<T>(kind, t, generator)));
    }
    const auto begin = values.end() - length;
    if (kind >= 14) std::sort(begin, values.end());
    if (kind == 15) std::reverse(begin, values.end());
  }
  return values;
}

void add_tail(Hash& hash, const TailSpans& tail) {
  hash.add(tail.threshold.data(), tail.threshold.size());
  hash.add(tail.n_exceed.data(), tail.n_exceed.size());
  hash.add(tail.shape.data(), tail.shape.size());
  hash.add(tail.scale.data(), tail.scale.size());
  hash.add(tail.loglik.data(), tail.loglik.size());
}

std::uint64_t hash_of(const Context& context, const SplicedFits& fits, Counts counts) {
  Hash hash;
  hash.add(fits.n().data(), fits.n().size());
  hash.add(fits.n_missing().data(), fits.n_missing().size());
  hash.add(fits.status().data(), fits.status().size());
  add_tail(hash, fits.lower());
  add_tail(hash, fits.upper());
  if (counts == Counts::u16) hash.add(fits.counts_u16().data(), fits.counts_u16().size());
  if (counts == Counts::u32) hash.add(fits.counts_u32().data(), fits.counts_u32().size());
  for (const double p : {0.001, 0.3, 0.99}) {
    const std::vector<double> q = tailfit::quantile(context, fits, p);
    hash.add(q.data(), q.size());
    const std::vector<double> es = tailfit::expected_shortfall(context, fits, p);
    hash.add(es.data(), es.size());
  }
  const std::vector<double> x = {-30.0, -1.5, 0.25, 2.0, 1e3};
  for (const Function function :
       {Function::log_pdf, Function::cdf, Function::log_sf, Function::isf, Function::mean_excess,
        Function::entropy, Function::crps, Function::anomaly_score}) {
    const auto values = tailfit::evaluate(context, fits, function, tailfit::Points::shared(x));
    hash.add(values.data(), values.size());
  }
  const std::vector<double> draws = tailfit::sample(context, fits, 3, {.seed = 1});
  hash.add(draws.data(), draws.size());
  return hash.value();
}

struct NamedOptions {
  const char* name;
  FitOptions options;
};

// Every threshold rule and, with them, every other choice.
std::vector<NamedOptions> exact_options(std::int64_t length, std::span<const double> thresholds) {
  using namespace tailfit;
  const std::int64_t k = std::max<std::int64_t>(1, length / 10);
  std::vector<NamedOptions> all{
      {"tail_mass", {}},
      {"large tails",
       {.lower = tail_mass(0.3), .upper = tail_mass(0.4), .bins = 7, .counts = Counts::u16}},
      {"one tail",
       {.lower = tail_mass(0.0),
        .upper = tail_mass(0.1),
        .bins = 1,
        .min_exceedances = 1,
        .take_higher_boundary = true}},
      {"given", {.lower = given(-0.5), .upper = given(0.75), .bins = 1000, .laplace = 0.5}},
      {"per_series",
       {.lower = tail_mass(0.02), .upper = per_series(thresholds), .counts = Counts::none}},
      {"histogram_range",
       {.lower = histogram_range(-3.0, 4.0, 0.1),
        .upper = histogram_range(-2.0, 2.5, 0.2),
        .bins = 33,
        .min_exceedances = 3}}};
  if (length > 1) all.push_back({"count", {.lower = count(k), .upper = count(k), .bins = 64}});
  return all;
}

// These take a hundred times as long.
std::vector<NamedOptions> interval_options() {
  using namespace tailfit;
  return {{"intervals", {.min_exceedances = 4, .resolution = 0.25}},
          {"fine intervals",
           {.lower = given(-1.0),
            .upper = tail_mass(0.1),
            .bins = 20,
            .counts = Counts::u16,
            .take_higher_boundary = true,
            .resolution = 1e-6}}};
}

template <class T>
void print_view(const Context& context, const std::string& name, const SeriesView<T>& view,
                bool has_intervals) {
  const std::int64_t length = view.c_view().length;
  std::vector<double> thresholds(static_cast<std::size_t>(view.n_fits()));
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    thresholds[i] = 0.25 * static_cast<double>(i % 9);
  }
  std::vector<NamedOptions> all = exact_options(length, thresholds);
  if (has_intervals) {
    for (const NamedOptions& one : interval_options()) all.push_back(one);
  }
  for (const auto& [rule, options] : all) {
    const SplicedFits fits = tailfit::fit(context, view, options);
    std::printf("%s, %zu bytes a value, length %" PRId64 ", %s: %016" PRIx64 "\n", name.c_str(),
                sizeof(T), length, rule, hash_of(context, fits, options.counts));
  }
}

template <class T>
void print_length(const Context& context, std::int64_t length) {
  const std::vector<T> rows = values_of<T>(length);
  std::vector<T> columns(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto l = static_cast<std::size_t>(length);
    columns[i % l * static_cast<std::size_t>(n_series) + i / l] = rows[i];
  }
  // Every length up to this one, at any alignment.
  std::vector<std::int64_t> offsets{std::min<std::int64_t>(length, 3)};
  for (std::int64_t s = 0; s < n_series; ++s) {
    const std::int64_t of_series = length - s * length / (2 * n_series);
    if (offsets.back() + of_series > static_cast<std::int64_t>(rows.size())) break;
    offsets.push_back(offsets.back() + of_series);
  }
  const auto in_rows = SeriesView<T>::rows(rows.data(), n_series, length);
  print_view(context, "rows", in_rows, length <= 200 || length == 1001);
  print_view(context, "columns", SeriesView<T>::columns(columns.data(), n_series, length), false);
  print_view(context, "ragged", SeriesView<T>::ragged(rows.data(), offsets), length % 16 == 0);
  const std::int64_t window = std::max<std::int64_t>(1, 2 * length / 3);
  print_view(context, "rolling",
             SeriesView<T>::rolling(in_rows, window, std::max<std::int64_t>(1, length / 7)), false);
}

}  // namespace

int main(int n_arguments, char** arguments) {
  const bool few = n_arguments > 1 && std::strcmp(arguments[1], "--few") == 0;
  const char* const wanted = std::getenv("TAILFIT_INSTRUCTION_SET");
  if (wanted != nullptr && std::strcmp(wanted, tailfit::kernels::cpu_kernels().name) != 0) {
    std::fprintf(stderr, "there is no instruction set %s here\n", wanted);
    return 77;
  }
  const Context context({.backend = tailfit::Backend::cpu, .threads = 2});
  std::vector<std::int64_t> lengths{40,  63,  64,  65,  100,  127,  128,  129,  200, 255,
                                    256, 257, 500, 511, 1001, 1024, 2049, 4096, 5000};
  for (std::int64_t length = 1; length <= 34; ++length) lengths.push_back(length);
  for (const std::int64_t length : lengths) {
    if (few && length != 64 && length != 129 && length != 1001 && length % 5 != 0) continue;
    if (few && length > 1001) continue;
    print_length<float>(context, length);
    print_length<double>(context, length);
  }
  return 0;
}
