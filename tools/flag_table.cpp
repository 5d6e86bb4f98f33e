#include "tools/flag_table.hpp"

#include <array>

namespace tailfit::tools {
namespace {

constexpr std::string_view input = "Input";
constexpr std::string_view series = "Series";
constexpr std::string_view model = "Model";
constexpr std::string_view output = "Output";
constexpr std::string_view running = "Running";

constexpr std::array flags{
    Flag{"--layout", "", "wide|long", input,
         "wide: a column per series (default); long: a row per value"},
    Flag{"--index", "", "COLUMN", input,
         "The column that names the rows, such as a date; without it rows are numbered from 0"},
    Flag{"--series-column", "", "COLUMN", input, "Long layout: the column with the series' names"},
    Flag{"--value-column", "", "COLUMN", input, "Long layout: the column with the values"},

    Flag{"--transform", "", "none|diff|log-return", series,
         "Fit the differences or log-returns of each series in place of its values (default none)"},
    Flag{"--window", "", "W", series,
         "Rolling fits: one for each window of W rows; series with fewer rows have none"},
    Flag{"--step", "", "S", series, "Rows from one window's start to the next one's (default 1)"},

    Flag{"--lower-tail", "", "P", model,
         "Share of the values in the lower tail, 0 to 1 (default 0.05); 0 means no such tail"},
    Flag{"--upper-tail", "", "P", model, "The same for the upper tail (default 0.05)"},
    Flag{"--lower-threshold", "", "U", model,
         "The value below which the lower tail begins, in place of --lower-tail"},
    Flag{"--upper-threshold", "", "U", model,
         "The value above which the upper tail begins, in place of --upper-tail"},
    Flag{"--lower-count", "", "K", model,
         "The K smallest values are the lower tail (fewer with ties), in place of --lower-tail"},
    Flag{"--upper-count", "", "K", model, "The K largest values, in place of --upper-tail"},
    Flag{"--histogram-range", "", "LO,HI", model,
         "Thresholds are the quantiles, at the tail shares, of a histogram with --bins bins from "
         "LO to HI (the paper's rule)"},
    Flag{
        "--thresholds", "", "FILE", model,
        "CSV with columns series, lower and upper, or one of the two: a threshold for each series, "
        "in place of that tail's flags"},
    Flag{"--bins", "", "B", model, "Bins of the body's histogram (default 100)"},
    Flag{"--min-exceedances", "", "K", model,
         "A tail with fewer values is not fitted (default 10)"},
    Flag{"--resolution", "", "D", model,
         "The values are rounded to multiples of D: fit with the interval likelihood (default 0, "
         "exact values)"},

    Flag{"--output", "-o", "FILE", output,
         "The table of fits; gzip if it ends in .gz. FILE.json is written beside it. Default: -, "
         "which is "
         "standard output and has no .json"},
    Flag{"--quantiles", "", "P,P,...", output,
         "Add the quantiles of the fitted distributions at these levels, 0 to 1, as columns q<P>"},
    Flag{"--expected-shortfall", "", "P,P,...", output,
         "Add the means beyond the quantiles (below for P < 0.5, else above) as columns es<P>"},
    Flag{"--bins-out", "", "FILE", output, "Write the bin counts of every fit to FILE"},

    Flag{"--device", "", "auto|cpu|cuda", running,
         "Where to fit (default auto: a GPU if there is one)"},
    Flag{"--threads", "", "N", running, "CPU threads (default: every core)"},
    Flag{"--memory-budget", "", "BYTES", running,
         "Scratch memory of the fitting at most, such as 512M or 2G (K, M, G, T: powers of 1024)"},
};

}  // namespace

std::span<const Flag> fit_flags() { return flags; }

}  // namespace tailfit::tools
