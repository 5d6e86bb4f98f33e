// Random fits on the device against the CPU's, byte by byte, until the time is up.
//
//   gpu_fit_parity [--seconds N] [--seed S] [--case K] [--json FILE]
//
// Seed and number of a case are all that it takes to run it again: --case K runs that one alone.
// Exit status: 0 the same bytes, 1 a difference or an error, 77 no device.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/gpu_fit.hpp"
#include "tests/cuda/gpu_program.hpp"
#include "tests/cuda/random_fit_values.hpp"

namespace {

using namespace tailfit::gpu;

constexpr std::size_t most_examples = 10;

struct PreparedCase {
  FitCase shape;
  std::variant<std::vector<float>, std::vector<double>> values;
};

PreparedCase prepare(std::uint64_t seed, std::uint64_t number) {
  const FitCase shape = make_fit_case(seed, number);
  if (shape.view.dtype == TAILFIT_F64) return {shape, values_of<double>(shape)};
  return {shape, values_of<float>(shape)};
}

struct Tally {
  std::int64_t n_cases = 0;
  std::int64_t n_fits = 0;
  std::int64_t n_tails = 0;
  std::int64_t n_mismatches = 0;  // cases
};

void add_members(JsonList& members, const Tally& tally) {
  members.add("cases", std::to_string(tally.n_cases));
  members.add("fits", std::to_string(tally.n_fits));
  members.add("tails", std::to_string(tally.n_tails));
  members.add("mismatches", std::to_string(tally.n_mismatches));
}

class Parity {
 public:
  explicit Parity(std::uint64_t seed) : seed_(seed) {}

  void run_case(const PreparedCase& prepared) {
    const FitCase& c = prepared.shape;
    const FitComparison found = std::visit(
        [&]<class T>(const std::vector<T>& values) {
          return compare(FitCall<T>{values, c.origin, c.view_of(nullptr), c.whole_options(),
                                    c.input, c.output},
                         c.budget);
        },
        prepared.values);
    for (Tally* tally : {&all_, &families_[family_names[static_cast<std::size_t>(c.family)]]}) {
      ++tally->n_cases;
      tally->n_fits += found.n_fits;
      tally->n_tails += found.n_tails;
      tally->n_mismatches += found.difference.empty() ? 0 : 1;
    }
    if (!found.difference.empty()) keep_example(c, found.difference);
    lost_ = found.gpu_code == TAILFIT_DEVICE_LOST;
  }

  bool device_is_lost() const { return lost_; }
  const Tally& all() const { return all_; }

  std::string json(double seconds, const std::string& failure) const {
    JsonList members;
    members.add("seed", std::to_string(seed_));
    add_members(members, all_);
    members.add("budgets_too_small", std::to_string(n_too_small_));
    JsonList families;
    for (const auto& [name, tally] : families_) {
      JsonList one;
      add_members(one, tally);
      families.add(name, one.object());
    }
    members.add("families", families.object());
    members.add("examples", examples_.array());
    members.add("seconds", json_number(seconds));
    const bool different = all_.n_mismatches > 0;
    members.add("result", json_string(!failure.empty() ? "failed"
                                      : different      ? "different"
                                                       : "equal"));
    if (!failure.empty()) {
      members.add("reason", json_string(failure));
    } else if (different) {
      members.add("reason", json_string(std::to_string(all_.n_mismatches) + " cases differ"));
    }
    return members.object();
  }

 private:
  template <class T>
  FitComparison compare(const FitCall<T>& call, std::uint64_t budget) {
    if (budget == 0) return compare_fit(cuda_, cpu_, call);
    const tailfit::Context bounded(
        {.backend = tailfit::Backend::cuda, .threads = 0, .memory_budget = budget});
    const FitComparison found = compare_fit(bounded, cpu_, call);
    // Too small for one fit, which the CPU's context, without a budget, is never told.
    if (found.gpu_code != TAILFIT_BUDGET_TOO_SMALL) return found;
    ++n_too_small_;
    return compare_fit(cuda_, cpu_, call);
  }

  void keep_example(const FitCase& c, const std::string& difference) {
    std::printf("seed %llu, case %llu: %s\n  %s\n", static_cast<unsigned long long>(c.seed),
                static_cast<unsigned long long>(c.number), describe(c).c_str(), difference.c_str());
    std::fflush(stdout);
    if (n_examples_++ >= most_examples) return;
    JsonList example;
    example.add("seed", std::to_string(c.seed));
    example.add("case", std::to_string(c.number));
    example.add("call", json_string(describe(c)));
    example.add("difference", json_string(difference));
    examples_.add(example.object());
  }

  std::uint64_t seed_;
  tailfit::Context cuda_{{.backend = tailfit::Backend::cuda}};
  tailfit::Context cpu_{{.backend = tailfit::Backend::cpu}};
  Tally all_;
  std::map<std::string, Tally> families_;
  std::int64_t n_too_small_ = 0;
  std::size_t n_examples_ = 0;
  JsonList examples_;
  bool lost_ = false;
};

// The next case's values are made while a case runs.
void run_until(Parity& parity, const Stopwatch& clock, double seconds, std::uint64_t seed) {
  std::uint64_t number = 0;
  double said = 0.0;
  auto next = std::async(std::launch::async, prepare, seed, number);
  do {
    const PreparedCase now = next.get();
    next = std::async(std::launch::async, prepare, seed, ++number);
    parity.run_case(now);
    if (clock.seconds() < said + 5.0) continue;
    said = clock.seconds();
    std::printf("%.0f s: %lld cases, %lld fits, %lld tails, %lld mismatches\n", said,
                static_cast<long long>(parity.all().n_cases),
                static_cast<long long>(parity.all().n_fits),
                static_cast<long long>(parity.all().n_tails),
                static_cast<long long>(parity.all().n_mismatches));
    std::fflush(stdout);
  } while (clock.seconds() < seconds && !parity.device_is_lost());
}

int run(const Arguments& arguments) {
  const auto seed = static_cast<std::uint64_t>(arguments.number("seed", 1));
  const auto seconds = static_cast<double>(arguments.number("seconds", 60));
  const Stopwatch clock;
  std::string json;
  bool ok = false;
  try {
    Parity parity(seed);
    std::string failure;
    try {
      if (arguments.has("case")) {
        const PreparedCase one =
            prepare(seed, static_cast<std::uint64_t>(arguments.number("case", 0)));
        std::printf("%s\n", describe(one.shape).c_str());
        parity.run_case(one);
      } else {
        run_until(parity, clock, seconds, seed);
      }
    } catch (const std::exception& error) {
      failure = "case " + std::to_string(parity.all().n_cases) + ": " + error.what();
      std::printf("%s\n", failure.c_str());
    }
    json = parity.json(clock.seconds(), failure);
    ok = failure.empty() && parity.all().n_mismatches == 0;
    std::printf("%lld cases, %lld fits, %lld tails, %lld mismatches\n",
                static_cast<long long>(parity.all().n_cases),
                static_cast<long long>(parity.all().n_fits),
                static_cast<long long>(parity.all().n_tails),
                static_cast<long long>(parity.all().n_mismatches));
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    json = "{\"result\": \"failed\", \"reason\": " + json_string(error.what()) + "}";
  }
  return write_json(arguments.text("json"), json) && ok ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"seconds", "seed", "case", "json"});
  const std::string reason = no_device_reason();
  if (!reason.empty()) return report_no_device(arguments.text("json"), reason);
  return run(arguments);
}
