// The fuzz target of the flags of every command: any of them, with a value that is likely to mean
// something to some flag or is any text. A call is refused in one line that names a flag that was
// given or is missing, or it has tails that the library takes.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <tailfit/tailfit.hpp>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/require.hpp"
#include "tools/batch_fit.hpp"
#include "tools/check_arguments.hpp"
#include "tools/errors.hpp"
#include "tools/flag_table.hpp"
#include "tools/question_arguments.hpp"

namespace {

using namespace tailfit::fuzz;
namespace tools = tailfit::tools;

constexpr std::array<std::string_view, 27> values{"0",          "1",
                                                  "0.05",       "-3",
                                                  "1000",       "5e-324",
                                                  "1e308",      "-1e308,1e308",
                                                  "0,1",        "-1,2",
                                                  "1,0",        "0,",
                                                  ",",          "nan",
                                                  "inf",        "0,1e-323",
                                                  "crps",       "threshold",
                                                  "twcrps:1",   "wide",
                                                  "long",       "x.csv",
                                                  "-",          "2G",
                                                  "diff",       "1,1.00000001",
                                                  "0.1,0.9,0.1"};

std::string any_value(ByteReader& bytes) {
  const auto choice = bytes.take<std::uint8_t>();
  if (choice < 240) return std::string(values[choice % values.size()]);
  std::string text;
  for (int n = choice % 16; n > 0; --n) text += static_cast<char>(bytes.take<std::uint8_t>());
  return text;
}

tools::GivenFlags any_flags(ByteReader& bytes, std::span<const tools::Flag> flags) {
  tools::GivenFlags given;
  for (int n = bytes.take<std::uint8_t>() % 6; n > 0; --n) {
    const tools::Flag& flag = flags[bytes.take<std::uint8_t>() % flags.size()];
    given.emplace(flag.name, any_value(bytes));
  }
  return given;
}

// The library's own checks of the rules, for fits long enough for any count.
void check_accepted(const tools::FitArguments& arguments) {
  const tools::FitRequest request = tools::fit_request(arguments);
  const std::int64_t length = arguments.window.has_value() ? arguments.window->length : 1 << 20;
  const bool is_long = std::max(arguments.lower.count, arguments.upper.count) < length;
  require(is_long || !arguments.window.has_value(), "a count is less than the window", -1);
  const double nothing = 0.0;
  const std::int64_t n_series = is_long && length <= 1 << 20 ? 1 : 0;
  try {
    tailfit::plan_fit(tailfit::SeriesView<double>::rows(&nothing, n_series, 1 << 20),
                      request.options, 1);
  } catch (const std::invalid_argument& error) {
    require_text(false, "the library takes the tails of a good call", error.what());
  }
}

void check_refused(const tools::GivenFlags& given, const std::string& message) {
  bool names_one = false;
  for (const std::string_view wanted :
       {"--series-column", "--value-column", "expected --quantiles", "--draws is not given"}) {
    names_one = names_one || message.find(wanted) != std::string::npos;
  }
  for (const auto& [name, text] : given) {
    names_one = names_one || message.find(name) != std::string::npos;
  }
  require_text(names_one, "a refusal names a flag", message.c_str());
  require_text(message.find('\n') == std::string::npos, "a refusal is one line", message.c_str());
}

// The other commands, whose values are checked as far as they go.
void check_questions(std::uint8_t command, const tools::GivenFlags& given) {
  if (command == 0) {
    const tools::QuantileArguments asked = tools::check_quantile_arguments("f.npz", given);
    require(!asked.asked.empty(), "something is asked", -1);
  } else if (command == 1) {
    const tools::ScoreArguments asked = tools::check_score_arguments("f.npz", "x.csv", given);
    require(!asked.scores.empty(), "there is a score", -1);
  } else {
    const tools::SampleArguments asked = tools::check_sample_arguments("f.npz", given);
    require(asked.n_draws >= 1 && asked.first_draw >= 0, "there are draws", -1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader bytes(data, size);
  const auto choice = bytes.take<std::uint8_t>();
  const std::string input = choice % 2 == 0 ? "x.csv" : "-";
  const std::span<const tools::Flag> flags[] = {tools::quantile_flags(), tools::score_flags(),
                                                tools::sample_flags(), tools::fit_flags()};
  // Most inputs are for fit, which has most flags.
  const std::size_t command = choice < 160 ? 3 : choice % 3;
  const tools::GivenFlags given = any_flags(bytes, flags[command]);
  try {
    if (command < 3) {
      check_questions(static_cast<std::uint8_t>(command), given);
    } else {
      check_accepted(tools::check_fit_arguments(input, given));
    }
  } catch (const tools::BadInput& error) {
    check_refused(given, error.what());
  }
  return 0;
}
