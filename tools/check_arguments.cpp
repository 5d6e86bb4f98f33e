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
#include "tools/flag_reader.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

constexpr std::int64_t most_bins = std::int64_t{1} << 20;  // the library's own limits
constexpr std::string_view range_flag = "--histogram-range";

void read_series(const FlagReader& flags, FitArguments& arguments) {
  read_transform(flags, arguments.transform);
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
  if (flags.has(mass)) tail.value = flags.real(mass, probability);
  if (flags.has(threshold)) {
    tail.kind = TailRule::given;
    tail.value = flags.real(threshold, any_number);
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
    arguments.resolution =
        flags.real("--resolution", {0.0, greatest, false, "a finite number >= 0"});
  }
}

void read_output(const FlagReader& flags, FitArguments& arguments) {
  flags.read("--output", *arguments.output);
  if (flags.has("--save")) {
    const std::string& path = flags.text("--save");
    if (!lower_case(path).ends_with(".npz")) refuse("--save", path, "a name that ends in .npz");
    arguments.saved_output = path;
    // Who saves the fits to a file has not asked for a table on the screen.
    if (!flags.has("--output")) arguments.output.reset();
  }
  if (flags.has("--bins-out")) flags.read("--bins-out", arguments.bins_output.emplace());
  if (flags.has("--quantiles")) {
    arguments.quantiles = parse_numbers("--quantiles", flags.text("--quantiles"), quantile_levels);
  }
  if (flags.has("--expected-shortfall")) {
    const std::string& levels = flags.text("--expected-shortfall");
    arguments.expected_shortfalls =
        parse_numbers("--expected-shortfall", levels, inner_probabilities);
  }
  for (const char* const column : {"--quantiles", "--expected-shortfall"}) {
    if (flags.has(column) && !arguments.output.has_value()) {
      refuse(column, flags.text(column),
             "-o as well: with --save alone no table is written that it would be a column of");
    }
  }
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

std::vector<Level> parse_numbers(std::string_view flag, std::string_view text,
                                 const NumberRange& range) {
  std::vector<Level> levels;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string level(trimmed(text.substr(0, comma)));
    const std::optional<double> p = parse_within(level, range);
    if (!p) {
      throw BadInput(std::string(flag) + " has the level " + in_quotes(level) + ", expected " +
                     expected_within(level, range, ", with commas between them"));
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
    for (const std::string_view end : {text.substr(0, comma), text.substr(comma + 1)}) {
      if (rounds_to_zero(end)) refuse(flag, text, expected_within(end, any_number));
    }
  }
  refuse(flag, text, "two finite numbers LO,HI with LO < HI");
}

}  // namespace tailfit::tools
