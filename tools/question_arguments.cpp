#include "tools/question_arguments.hpp"

#include <algorithm>

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

}  // namespace

QuantileArguments check_quantile_arguments(const std::string& fits, const GivenFlags& given) {
  const FlagReader flags(given);
  QuantileArguments arguments;
  arguments.fits = checked_fits(fits);
  read_levels(flags, "--quantiles", Function::quantile, "q", probabilities, arguments.asked);
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
