#include "tools/question_arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

#include "tools/check_arguments.hpp"
#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

std::string checked_fits(const std::string& path) {
  if (path.empty() || path == "-") {
    throw BadInput("the fits are " + in_quotes(path) +
                   ", expected a file that tailfit fit --save wrote");
  }
  return path;
}

void read_running(const FlagReader& flags, std::string& output, Context::Options& context) {
  flags.read("--output", output);
  context.backend = Backend::cpu;  // the functions of a fit run there alone
  read_context(flags, context);
}

// Adds what a flag asks for, if it is given.
void read_levels(const FlagReader& flags, std::string_view flag, Function function,
                 const std::string& prefix, const NumberRange& range,
                 std::vector<AskedLevels>& asked) {
  if (!flags.has(flag)) return;
  asked.push_back({function, prefix, parse_numbers(flag, flags.text(flag), range)});
}

// What --scores may name.
struct ScoreWord {
  std::string_view word;
  Function function;
  const NumberRange* parameter;  // null: it takes none
};
constexpr std::string_view randomized_word = "randomized-pit";
constexpr std::array score_words{
    ScoreWord{"anomaly", Function::anomaly_score, nullptr},
    ScoreWord{"pit", Function::mid_pit, nullptr},
    ScoreWord{randomized_word, Function::mid_pit, nullptr},
    ScoreWord{"cdf", Function::cdf, nullptr},
    ScoreWord{"sf", Function::sf, nullptr},
    ScoreWord{"log-cdf", Function::log_cdf, nullptr},
    ScoreWord{"log-sf", Function::log_sf, nullptr},
    ScoreWord{"log-score", Function::log_score, nullptr},
    ScoreWord{"crps", Function::crps, nullptr},
    ScoreWord{"twcrps", Function::twcrps, &any_number},
    ScoreWord{"quantile-score", Function::quantile_score, &probability},
};

[[noreturn]] void refuse_score(std::string_view text, const std::string& expected) {
  throw BadInput("--scores has " + in_quotes(text) + ", expected " + expected);
}

AskedScore parse_score(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  std::string words;
  for (const ScoreWord& known : score_words) {
    if (known.word != word) {
      words.append(words.empty() ? "" : ", ").append(known.word);
      if (known.parameter != nullptr) words += ":NUMBER";
      continue;
    }
    AskedScore score{std::string(text), known.function, 0.0, word == randomized_word};
    const bool has_parameter = colon != std::string_view::npos;
    if (known.parameter == nullptr) {
      if (has_parameter) refuse_score(text, std::string(word) + " alone");
      return score;
    }
    const std::string_view number = has_parameter ? text.substr(colon + 1) : "";
    const std::optional<double> parameter = parse_within(number, *known.parameter);
    if (!parameter) {
      refuse_score(text,
                   std::string(word) + ":NUMBER with " + expected_within(number, *known.parameter));
    }
    score.parameter = *parameter;
    return score;
  }
  refuse_score(text, words);
}

std::vector<AskedScore> parse_scores(std::string_view text) {
  std::vector<AskedScore> scores;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const AskedScore score = parse_score(trimmed(text.substr(0, comma)));
    for (const AskedScore& other : scores) {
      if (other.text == score.text) refuse_score(score.text, "it once");
    }
    scores.push_back(score);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return scores;
}

std::uint64_t read_seed(const FlagReader& flags) {
  std::uint64_t seed = 0;
  if (!flags.has("--seed")) return seed;
  const std::string& text = flags.text("--seed");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error == std::errc{} && end == text.data() + text.size()) return seed;
  throw BadInput("--seed is " + in_quotes(text) +
                 ", expected a whole number from 0 to 18446744073709551615");
}

void read_bound(const FlagReader& flags, std::string_view flag, std::optional<DrawBound>& bound) {
  if (!flags.has(flag)) return;
  const bool is_threshold = flags.text(flag) == "threshold";
  bound = DrawBound{is_threshold ? 0.0
                                 : flags.real(flag, {-greatest, greatest, false,
                                                     "a finite number or the word threshold"}),
                    is_threshold};
}

}  // namespace

SampleArguments check_sample_arguments(const std::string& fits, const GivenFlags& given) {
  constexpr std::int64_t most = std::int64_t{1} << 48;  // the library's own limit
  const FlagReader flags(given);
  SampleArguments arguments;
  arguments.fits = checked_fits(fits);
  if (!flags.has("--draws")) throw BadInput("--draws is not given, expected how many of each fit");
  flags.read_whole("--draws", 1, most, arguments.n_draws);
  flags.read_whole("--first-draw", 0, most - arguments.n_draws, arguments.first_draw);
  arguments.seed = read_seed(flags);
  read_bound(flags, "--above", arguments.above);
  read_bound(flags, "--at-most", arguments.at_most);
  const auto is_number = [](const std::optional<DrawBound>& bound) {
    return bound.has_value() && !bound->is_threshold;
  };
  if (is_number(arguments.above) && is_number(arguments.at_most) &&
      arguments.above->value >= arguments.at_most->value) {
    throw BadInput("--above is " + in_quotes(flags.text("--above")) +
                   ", expected less than --at-most, which is " +
                   in_quotes(flags.text("--at-most")));
  }
  read_running(flags, arguments.output, arguments.context);
  return arguments;
}

ScoreArguments check_score_arguments(const std::string& fits, const std::string& data,
                                     const GivenFlags& given) {
  if (data.empty()) throw BadInput("the data are '', expected a file or -");
  const FlagReader flags(given);
  ScoreArguments arguments;
  arguments.fits = checked_fits(fits);
  arguments.input.path = data;
  read_input(flags, arguments.input);
  Transform transform = Transform::none;
  if (read_transform(flags, transform)) arguments.transform = transform;
  const bool has_scores = flags.has("--scores");
  arguments.scores = parse_scores(has_scores ? flags.text("--scores") : "anomaly");
  constexpr std::array<std::pair<std::string_view, bool>, 2> rows{
      {{"observation", false}, {"series", true}}};
  flags.read_choice("--per", rows, arguments.per_series);
  const bool is_random = std::any_of(arguments.scores.begin(), arguments.scores.end(),
                                     [](const AskedScore& score) { return score.is_randomized; });
  if (flags.has("--seed") && !is_random) {
    throw BadInput("--seed is " + in_quotes(flags.text("--seed")) +
                   ", expected only with --scores " + std::string(randomized_word));
  }
  arguments.seed = read_seed(flags);
  read_running(flags, arguments.output, arguments.context);
  return arguments;
}

QuantileArguments check_quantile_arguments(const std::string& fits, const GivenFlags& given) {
  const FlagReader flags(given);
  QuantileArguments arguments;
  arguments.fits = checked_fits(fits);
  read_levels(flags, "--quantiles", Function::quantile, "q", quantile_levels, arguments.asked);
  read_levels(flags, "--isf", Function::isf, "isf", probabilities, arguments.asked);
  read_levels(flags, "--expected-shortfall", Function::expected_shortfall, "es",
              inner_probabilities, arguments.asked);
  read_levels(flags, "--return-levels", Function::return_level, "rl", periods, arguments.asked);
  if (arguments.asked.empty()) {
    throw BadInput(
        "nothing is asked, expected --quantiles, --isf, --expected-shortfall or --return-levels");
  }
  read_running(flags, arguments.output, arguments.context);
  return arguments;
}

}  // namespace tailfit::tools
