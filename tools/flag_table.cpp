#include "tools/flag_table.hpp"

#include <array>

namespace tailfit::tools {
namespace {

constexpr std::string_view input = "Input";
constexpr std::string_view series = "Series";
constexpr std::string_view model = "Model";
constexpr std::string_view output = "Output";
constexpr std::string_view running = "Running";

constexpr Flag layout{"--layout", "", "wide|long", input,
                      "wide: a column per series (default); long: a row per value"};
constexpr Flag row_index{
    "--index", "", "COLUMN", input,
    "The column that names the rows, such as a date; without it rows are numbered from 0"};
constexpr Flag series_column{"--series-column", "", "COLUMN", input,
                             "Long layout: the column with the series' names"};
constexpr Flag value_column{"--value-column", "", "COLUMN", input,
                            "Long layout: the column with the values"};
constexpr Flag threads{"--threads", "", "N", running, "CPU threads (default: every core)"};

constexpr std::array fit{
    layout,
    row_index,
    series_column,
    value_column,

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
    Flag{
        "--save", "", "FILE.npz", output,
        "Keep the fits themselves in FILE.npz, for quantile, score and sample. Without --output no "
        "table is written, and the .json stands beside FILE.npz"},
    Flag{"--quantiles", "", "P,P,...", output,
         "Add the quantiles of the fitted distributions at these levels, 0 to 1, as columns q<P>"},
    Flag{"--expected-shortfall", "", "P,P,...", output,
         "Add the means beyond the quantiles (below for P < 0.5, else above) as columns es<P>"},
    Flag{"--bins-out", "", "FILE", output, "Write the bin counts of every fit to FILE"},

    Flag{"--device", "", "auto|cpu|cuda", running,
         "Where to fit (default auto: a GPU if there is one)"},
    threads,
    Flag{"--memory-budget", "", "BYTES", running,
         "Scratch memory of the fitting at most, such as 512M or 2G (K, M, G, T: powers of 1024)"},
};

constexpr std::string_view asked = "Columns";

constexpr Flag table{
    "--output", "-o", "FILE", output,
    "The table; gzip if it ends in .gz, an array of the numbers alone if it ends in "
    ".npy. Default: -, which is standard output"};

constexpr Flag evaluation_budget{
    "--memory-budget", "", "BYTES", running,
    "Scratch memory of the functions at most, such as 512M or 2G (K, M, G, T: powers of 1024)"};

constexpr std::array quantile{
    Flag{"--quantiles", "", "P,P,...", asked, "Quantiles at these levels, 0 to 1, as columns q<P>"},
    Flag{"--isf", "", "Q,Q,...", asked,
         "The values that are exceeded with these probabilities, as columns isf<Q>: exact for "
         "1e-300"},
    Flag{"--expected-shortfall", "", "P,P,...", asked,
         "The means beyond the quantiles (below for P < 0.5, else above) as columns es<P>"},
    Flag{"--return-levels", "", "T,T,...", asked,
         "The values that are exceeded once in T observations on average, as columns rl<T>"},
    table,
    threads,
    evaluation_budget};

constexpr std::array score{
    layout,
    row_index,
    series_column,
    value_column,
    Flag{
        "--transform", "", "none|diff|log-return", input,
        "What the series were transformed by before they were fitted (default: what the fits' file "
        "says)"},
    Flag{
        "--scores", "", "S,S,...", asked,
        "anomaly (default): log10 of the two-sided tail probability, negative below, its negative "
        "above; pit, randomized-pit, cdf, sf, log-cdf, log-sf, log-score, crps, twcrps:U (from the "
        "value U on), quantile-score:P"},
    Flag{"--per", "", "observation|series", asked,
         "A row for each observation (default) or for each series, with the mean, least and "
         "greatest score of its observations"},
    Flag{"--seed", "", "N", asked, "Of randomized-pit (default 0)"},
    table,
    threads,
    evaluation_budget};

constexpr std::string_view draws = "Draws";

constexpr std::array sample{
    Flag{"--draws", "", "N", draws, "How many of each fit"},
    Flag{"--seed", "", "N", draws,
         "Draws are those of this seed (default 0): the same in any batch, on any machine"},
    Flag{"--first-draw", "", "K", draws, "Begin with draw number K (default 0)"},
    Flag{"--above", "", "U|threshold", draws,
         "Draws given that they exceed U, or the upper threshold of their fit"},
    Flag{"--at-most", "", "U|threshold", draws,
         "Draws given that they do not exceed U, or the lower threshold of their fit"},
    table,
    threads,
    evaluation_budget};

}  // namespace

std::span<const Flag> fit_flags() { return fit; }
std::span<const Flag> quantile_flags() { return quantile; }
std::span<const Flag> score_flags() { return score; }
std::span<const Flag> sample_flags() { return sample; }

}  // namespace tailfit::tools
