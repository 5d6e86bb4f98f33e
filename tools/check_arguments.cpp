#include "tools/check_arguments.hpp"

#include <tailfit/fit.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

[[noreturn]] void refuse(std::string_view flag, std::string_view text,
                         const std::string& expected) {
  throw BadInput(std::string(flag) + " is " + in_quotes(text) + ", expected " + expected);
}

// Looks flags up and turns their values into what they should be.
class FlagReader {
 public:
  explicit FlagReader(const GivenFlags& given) : given_(given) {}

  bool has(std::string_view flag) const { return given_.find(flag) != given_.end(); }
  const std::string& text(std::string_view flag) const { return given_.find(flag)->second; }

  // Every reader below leaves `value` alone if the flag was not given.

  void read(std::string_view flag, std::string& value) const {
    if (!has(flag)) return;
    if (text(flag).empty()) refuse(flag, "", "a name");
    value = text(flag);
  }

  void read_whole(std::string_view flag, std::int64_t lowest, std::int64_t highest,
                  std::int64_t& value) const {
    if (!has(flag)) return;
    const std::optional<std::int64_t> number = parse_whole(text(flag));
    if (!number || *number < lowest || *number > highest) {
      const bool bounded = highest < std::numeric_limits<std::int64_t>::max();
      refuse(flag, text(flag),
             "a whole number " +
                 (bounded ? "from " + std::to_string(lowest) + " to " + std::to_string(highest)
                          : ">= " + std::to_string(lowest)));
    }
    value = *number;
  }

  double real(std::string_view flag, double lowest, double highest,
              const std::string& expected) const {
    const std::optional<double> number = parse_finite(text(flag));
    if (!number || *number < lowest || *number > highest) refuse(flag, text(flag), expected);
    return *number;
  }

  template <class Choice, std::size_t N>
  void read_choice(std::string_view flag,
                   const std::array<std::pair<std::string_view, Choice>, N>& choices,
                   Choice& value) const {
    if (!has(flag)) return;
    std::string expected;
    for (std::size_t i = 0; i < N; ++i) {
      if (text(flag) == choices[i].first) {
        value = choices[i].second;
        return;
      }
      expected += (i == 0 ? "" : i + 1 < N ? ", " : " or ") + std::string(choices[i].first);
    }
    refuse(flag, text(flag), expected);
  }

 private:
  const GivenFlags& given_;
};

constexpr double greatest = std::numeric_limits<double>::max();
constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t most_bins = std::int64_t{1} << 20;  // the library's own limits
constexpr std::int64_t most_threads = 65536;
constexpr std::string_view range_flag = "--histogram-range";

void read_input(const FlagReader& flags, InputArguments& input) {
  constexpr std::array<std::pair<std::string_view, Layout>, 2> layouts{
      {{"wide", Layout::wide}, {"long", Layout::long_}}};
  flags.read_choice("--layout", layouts, input.layout);
  if (flags.has("--index")) input.index = flags.text("--index");  // "" is a name that pandas writes
  for (const std::string_view flag : {"--series-column", "--value-column"}) {
    const bool is_long = input.layout == Layout::long_;
    if (is_long && !flags.has(flag)) {
      throw BadInput("--layout long needs " + std::string(flag) + ", which is not given");
    }
    if (!is_long && flags.has(flag)) {
      throw BadInput(std::string(flag) + " is " + in_quotes(flags.text(flag)) +
                     ", expected only with --layout long");
    }
  }
  if (input.layout == Layout::wide) return;
  input.series_column = flags.text("--series-column");
  input.value_column = flags.text("--value-column");
}

void read_series(const FlagReader& flags, FitArguments& arguments) {
  constexpr std::array<std::pair<std::string_view, Transform>, 3> transforms{
      {{"none", Transform::none},
       {"diff", Transform::diff},
       {"log-return", Transform::log_return}}};
  flags.read_choice("--transform", transforms, arguments.transform);
  WindowArguments window{1, 1};
  flags.read_whole("--window", 1, unbounded, window.length);
  flags.read_whole("--step", 1, unbounded, window.step);
  if (flags.has("--window")) {
    arguments.window = window;
  } else if (flags.has("--step")) {
    throw BadInput("--step is " + in_quotes(flags.text("--step")) +
                   ", expected only with --window");
  }
}

void read_tail(const FlagReader& flags, const std::string& side, TailArguments& tail) {
  const std::string mass = "--" + side + "-tail";
  const std::string threshold = "--" + side + "-threshold";
  const std::string count = "--" + side + "-count";
  for (const std::string& flag : {mass, threshold, count}) {
    if (!flags.has(flag)) continue;
    if (!tail.flag.empty()) {
      throw BadInput(tail.flag + " and " + flag + " are both given, expected one of them");
    }
    tail.flag = flag;
  }
  if (flags.has(mass)) tail.value = flags.real(mass, 0.0, 1.0, "a number from 0 to 1");
  if (flags.has(threshold)) {
    tail.kind = TailRule::given;
    tail.value = flags.real(threshold, -greatest, greatest, "a finite number");
  }
  if (flags.has(count)) {
    tail.kind = TailRule::count;
    flags.read_whole(count, 1, unbounded, tail.count);
  }
}

// A tail mass becomes that of the histogram; 0 still switches the tail off.
void take_range(const FlagReader& flags, const HistogramRange& range, TailArguments& tail) {
  if (tail.kind != TailRule::tail_mass || tail.value == 0.0) return;
  if (tail.value == 1.0) {
    refuse(tail.flag, flags.text(tail.flag),
           "a number from 0 to less than 1 with " + std::string(range_flag));
  }
  tail.kind = TailRule::histogram_range;
  tail.range = range;
}

void read_range(const FlagReader& flags, FitArguments& arguments) {
  if (!flags.has(range_flag)) return;
  const std::string& text = flags.text(range_flag);
  const HistogramRange range = parse_range(range_flag, text);
  TailArguments& lower = arguments.lower;
  TailArguments& upper = arguments.upper;
  take_range(flags, range, lower);
  take_range(flags, range, upper);
  if (!has_range(arguments)) {
    throw BadInput(std::string(range_flag) + ", " + lower.flag + " and " + upper.flag +
                   " are all given, expected a tail that is left to the histogram");
  }
  FitOptions options{.lower = lower.rule(), .upper = upper.rule(), .bins = arguments.bins};
  try {  // only the library knows which edges are distinct
    plan_fit(SeriesView<double>::rows(nullptr, 0, 0), options, 1);
  } catch (const std::invalid_argument&) {
    refuse(range_flag, text,
           "a range that " + counted(arguments.bins, "bin") + " can divide (see --bins)");
  }
}

// Every window is as long as the next.
void check_count(const FitArguments& arguments, const TailArguments& tail) {
  if (tail.kind != TailRule::count || !arguments.window.has_value()) return;
  if (tail.count < arguments.window->length) return;
  refuse(tail.flag, std::to_string(tail.count),
         "less than --window, which is '" + std::to_string(arguments.window->length) + "'");
}

void read_thresholds(const FlagReader& flags, FitArguments& arguments) {
  if (!flags.has("--thresholds")) return;
  flags.read("--thresholds", arguments.thresholds.emplace());
  if (*arguments.thresholds == "-" && arguments.input.path == "-") {
    throw BadInput("the input and --thresholds are both '-', expected different files");
  }
}

void read_model(const FlagReader& flags, FitArguments& arguments) {
  flags.read_whole("--bins", 1, most_bins, arguments.bins);
  read_tail(flags, "lower", arguments.lower);
  read_tail(flags, "upper", arguments.upper);
  read_range(flags, arguments);
  check_count(arguments, arguments.lower);
  check_count(arguments, arguments.upper);
  read_thresholds(flags, arguments);
  flags.read_whole("--min-exceedances", 1, unbounded, arguments.min_exceedances);
  if (flags.has("--resolution")) {
    arguments.resolution = flags.real("--resolution", 0.0, greatest, "a finite number >= 0");
  }
}

void read_output(const FlagReader& flags, FitArguments& arguments) {
  flags.read("--output", arguments.output);
  if (flags.has("--bins-out")) flags.read("--bins-out", arguments.bins_output.emplace());
  if (flags.has("--quantiles")) {
    arguments.quantiles = parse_levels("--quantiles", flags.text("--quantiles"), false);
  }
  if (flags.has("--expected-shortfall")) {
    const std::string& levels = flags.text("--expected-shortfall");
    arguments.expected_shortfalls = parse_levels("--expected-shortfall", levels, true);
  }
}

void read_context(const FlagReader& flags, Context::Options& options) {
  constexpr std::array<std::pair<std::string_view, Backend>, 3> devices{
      {{"auto", Backend::automatic}, {"cpu", Backend::cpu}, {"cuda", Backend::cuda}}};
  flags.read_choice("--device", devices, options.backend);
  std::int64_t threads = 0;
  flags.read_whole("--threads", 1, most_threads, threads);
  options.threads = static_cast<std::int32_t>(threads);
  if (flags.has("--memory-budget")) {
    options.memory_budget = parse_bytes("--memory-budget", flags.text("--memory-budget"));
  }
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

FitArguments check_fit_arguments(const std::string& input_path, const GivenFlags& given) {
  if (input_path.empty()) throw BadInput("the input is '', expected a file or -");
  const FlagReader flags(given);
  FitArguments arguments;
  arguments.input.path = input_path;
  read_input(flags, arguments.input);
  read_series(flags, arguments);
  read_model(flags, arguments);
  read_output(flags, arguments);
  read_context(flags, arguments.context);
  return arguments;
}

std::vector<Level> parse_levels(std::string_view flag, std::string_view text, bool open) {
  std::vector<Level> levels;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string level(trimmed(text.substr(0, comma)));
    const std::optional<double> p = parse_finite(level);
    if (!p || *p < 0.0 || *p > 1.0 || (open && (*p == 0.0 || *p == 1.0))) {
      throw BadInput(
          std::string(flag) + " has the level " + in_quotes(level) + ", expected numbers " +
          (open ? "between 0 and 1, both excluded" : "from 0 to 1") + ", with commas between them");
    }
    const auto same_level = [&](const Level& other) { return other.p == *p; };
    if (std::any_of(levels.begin(), levels.end(), same_level)) {
      throw BadInput(std::string(flag) + " has the level " + in_quotes(level) +
                     " twice, expected distinct ones");
    }
    levels.push_back({level, *p});
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return levels;
}

HistogramRange parse_range(std::string_view flag, std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma != std::string_view::npos) {
    const std::optional<double> low = parse_finite(trimmed(text.substr(0, comma)));
    const std::optional<double> high = parse_finite(trimmed(text.substr(comma + 1)));
    if (low && high && *low < *high) {
      if (std::isfinite(*high - *low)) return {*low, *high};
      refuse(flag, text, "a narrower range: HI-LO is not finite");
    }
  }
  refuse(flag, text, "two finite numbers LO,HI with LO < HI");
}

std::uint64_t parse_bytes(std::string_view flag, std::string_view text) {
  constexpr std::string_view suffixes = "kmgt";
  const std::string lower = lower_case(text);
  const std::size_t suffix = lower.empty() ? std::string_view::npos : suffixes.find(lower.back());
  const bool has_suffix = suffix != std::string_view::npos;
  const int shift = has_suffix ? 10 * static_cast<int>(suffix + 1) : 0;
  const std::optional<std::int64_t> number =
      parse_whole(has_suffix ? text.substr(0, text.size() - 1) : text);
  if (!number || *number < 1 || *number > unbounded >> shift) {
    refuse(flag, text, "a whole number of bytes >= 1, or one followed by K, M, G or T");
  }
  return static_cast<std::uint64_t>(*number) << shift;
}

}  // namespace tailfit::tools
