#include "tools/help_text.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "tools/flag_table.hpp"

namespace tailfit::tools {
namespace {

// CLI11 can write help too, but its versions lay it out differently.

constexpr std::size_t flag_column = 2;   // where flags begin
constexpr std::size_t help_column = 30;  // where their explanations begin
constexpr std::size_t width = 100;

constexpr std::string_view fit_head =
    R"(Usage: tailfit fit FILE [options]

Fits every series of a table, or every window of every series, and writes one row per fit.
)";

constexpr Flag input{"FILE", "", "", "",
                     "The series: a .csv, .csv.gz or .npy file, or - for CSV on standard input. "
                     "Empty cells, NA, N/A, NaN and null are missing values."};
constexpr Flag verbose{"--verbose", "-v", "", "",
                       "After the run, say on standard error how many fits there were, how fast, "
                       "and their status"};
constexpr Flag help{"--help", "-h", "", "", "Print this help and exit"};
constexpr Flag version{"--version", "", "", "", "Print the version and exit"};

constexpr std::string_view fit_tail =
    R"(
Output columns: series[,window_start,window_end],n,n_missing,status,
  lower_threshold,lower_n,lower_shape,lower_scale,lower_loglik,
  upper_threshold,upper_n,upper_shape,upper_scale,upper_loglik, then q<P> and es<P> as asked.

Exit status: 0 everything was written (a series that could not be fitted says so in its status),
  2 bad flags or malformed input, 1 any other failure. An output file appears whole or not at all.

Examples:
  Daily returns, a column per asset, the dates in column "date":
    tailfit fit returns.csv --index date -o fits.csv
  Prices, refitted every 21 days on the last 1000, with value at risk and expected shortfall:
    tailfit fit prices.csv.gz --index date --transform log-return --window 1000 --step 21 \
      --quantiles 0.01,0.05 --expected-shortfall 0.01,0.05 -o fits.csv
  A row per value:
    tailfit fit delays.csv --layout long --series-column node --value-column ms -o fits.csv
  An upper tail beyond a given threshold only, values rounded to 0.1:
    tailfit fit rain.csv --lower-tail 0 --upper-threshold 30 --resolution 0.1
  In a pipe:
    zcat returns.csv.gz | tailfit fit - --index date | gzip > fits.csv.gz
)";

constexpr std::string_view quantile_head =
    R"(Usage: tailfit quantile FITS --quantiles P,P,... [options]

Quantiles, and what is related to them, of saved fits: a table with a row for each fit.
)";

constexpr Flag saved_fits{"FITS", "", "", "", "The fits: a file that tailfit fit --save wrote"};

constexpr std::string_view question_tail =
    R"(
Exit status: 0 everything was written, 2 bad flags or a file that is damaged, 1 any other failure.
  An output file appears whole or not at all.
)";

constexpr std::string_view quantile_example = R"(
Example:
  tailfit fit returns.csv --save fits.npz
  tailfit quantile fits.npz --quantiles 0.01,0.99 --expected-shortfall 0.01 -o risk.csv
)";

constexpr std::string_view score_head =
    R"(Usage: tailfit score FITS FILE [options]

Scores new data under saved fits: each series under the fit of its name, the last one's of several
windows; by position where one of the two has no names (.npy, fits of one).
)";

constexpr std::string_view score_example = R"(
Example: how unlikely was today?
  tailfit fit returns.csv --index date --save fits.npz
  tailfit score fits.npz today.csv --index date --scores anomaly,pit,crps -o scores.csv
)";

constexpr std::string_view sample_head =
    R"(Usage: tailfit sample FITS --draws N [options]

Draws from saved fits: a table with a row for each draw. An .npy has a column for each fit, as
tailfit fit reads it.
)";

constexpr std::string_view sample_example = R"(
Example: losses given that they are extreme
  tailfit fit returns.csv --index date --save fits.npz
  tailfit sample fits.npz --draws 1000 --seed 7 --at-most threshold -o losses.csv
)";

// Adds the words of `text` at help_column, as many lines as it takes.
void append_wrapped(std::string& out, std::string_view text) {
  constexpr std::size_t room = width - help_column;
  while (text.size() > room) {
    const std::size_t end = text.rfind(' ', room);
    out.append(text.substr(0, end)).append("\n").append(help_column, ' ');
    text.remove_prefix(end + 1);
  }
  out.append(text).append("\n");
}

void append_flag(std::string& out, const Flag& flag) {
  std::string line(flag_column, ' ');
  if (!flag.short_.empty()) line.append(flag.short_).append(", ");
  line += flag.name;
  if (!flag.value.empty()) line.append(" ").append(flag.value);
  if (line.size() + 2 > help_column)
    line.append("\n").append(help_column, ' ');
  else
    line.append(help_column - line.size(), ' ');
  append_wrapped(out += line, flag.help);
}

// What stands between a command's first lines and its last.
void append_flags(std::string& out, std::span<const Flag> positionals, std::span<const Flag> flags,
                  bool has_verbose) {
  out += '\n';
  for (const Flag& positional : positionals) append_flag(out, positional);
  std::string_view section;
  for (const Flag& flag : flags) {
    if (flag.section != section) out.append("\n").append(flag.section).append(":\n");
    section = flag.section;
    append_flag(out, flag);
  }
  if (has_verbose) append_flag(out, verbose);
  append_flag(out, help);
  append_flag(out, version);
}

}  // namespace

std::string program_help() {
  std::string out =
      R"(Usage: tailfit fit FILE [options]
       tailfit quantile FITS [options]
       tailfit score FITS FILE [options]
       tailfit sample FITS --draws N [options]

Fits spliced binned-Pareto distributions (a histogram for the body, a generalized Pareto
distribution for each tail) to many independent series, and asks fits that were saved.
tailfit COMMAND --help says more.

)";
  append_flag(out, help);
  append_flag(out, version);
  return out;
}

std::string fit_help() {
  std::string out(fit_head);
  append_flags(out, std::span(&input, 1), fit_flags(), true);
  return out += fit_tail;
}

std::string score_help() {
  std::string out(score_head);
  const std::array positionals{saved_fits, input};
  append_flags(out, positionals, score_flags(), false);
  return out.append(question_tail).append(score_example);
}

std::string sample_help() {
  std::string out(sample_head);
  append_flags(out, std::span(&saved_fits, 1), sample_flags(), false);
  return out.append(question_tail).append(sample_example);
}

std::string quantile_help() {
  std::string out(quantile_head);
  append_flags(out, std::span(&saved_fits, 1), quantile_flags(), false);
  return out.append(question_tail).append(quantile_example);
}

}  // namespace tailfit::tools
