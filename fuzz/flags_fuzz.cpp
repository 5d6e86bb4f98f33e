// The fuzz target of the program's flags: any of them, with a value that is likely to mean
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

namespace {

using namespace tailfit::fuzz;
namespace tools = tailfit::tools;

constexpr std::array<std::string_view, 24> values{
    "0",    "1",    "0.05",  "-3", "1000", "5e-324", "1e308",        "-1e308,1e308",
    "0,1",  "-1,2", "1,0",   "0,", ",",    "nan",    "inf",          "0,1e-323",
    "wide", "long", "x.csv", "-",  "2G",   "diff",   "1,1.00000001", "0.1,0.9,0.1"};

std::string any_value(ByteReader& bytes) {
  const auto choice = bytes.take<std::uint8_t>();
  if (choice < 240) return std::string(values[choice % values.size()]);
  std::string text;
  for (int n = choice % 16; n > 0; --n) text += static_cast<char>(bytes.take<std::uint8_t>());
  return text;
}

tools::GivenFlags any_flags(ByteReader& bytes) {
  const std::span<const tools::Flag> flags = tools::fit_flags();
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
  bool names_one = message.find("--series-column") != std::string::npos ||
                   message.find("--value-column") != std::string::npos;
  for (const auto& [name, text] : given) {
    names_one = names_one || message.find(name) != std::string::npos;
  }
  require_text(names_one, "a refusal names a flag", message.c_str());
  require_text(message.find('\n') == std::string::npos, "a refusal is one line", message.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader bytes(data, size);
  const std::string input = bytes.take<std::uint8_t>() % 2 == 0 ? "x.csv" : "-";
  const tools::GivenFlags given = any_flags(bytes);
  try {
    check_accepted(tools::check_fit_arguments(input, given));
  } catch (const tools::BadInput& error) {
    check_refused(given, error.what());
  }
  return 0;
}
