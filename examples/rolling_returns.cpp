// Value at risk and expected shortfall in rolling windows.
//
//     rolling_returns                  three simulated markets
//     rolling_returns closes.csv       prices: a header, then an index and one price per column
//     rolling_returns closes.csv 500   windows of 500 returns in place of 1000
//
// Prices become log-returns, row by row in one panel; the windows are views into it, so nothing is
// copied however many there are.
#include <tailfit/tailfit.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Panel {
  std::vector<std::string> names;            // of the series
  std::vector<std::string> dates;            // of each value
  std::vector<std::vector<double>> columns;  // one series each, dates.size() values
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

double parse_price(const std::string& cell, const std::string& date) {
  double price = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), price);
  if (error != std::errc() || end != cell.data() + cell.size() || !(price > 0.0)) {
    throw std::runtime_error("'" + cell + "' on " + date + ", expected a price above 0");
  }
  return price;
}

Panel read_prices(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("cannot read " + path);
  Panel panel;
  panel.names = split(line);
  if (panel.names.size() < 2) {
    throw std::runtime_error(path + " has the header '" + line + "', expected an index and prices");
  }
  panel.names.erase(panel.names.begin());
  panel.columns.resize(panel.names.size());
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() != panel.names.size() + 1) {
      throw std::runtime_error("line '" + line + "' has " + std::to_string(cells.size()) +
                               " cells, expected " + std::to_string(panel.names.size() + 1));
    }
    panel.dates.push_back(cells[0]);
    for (std::size_t s = 0; s < panel.columns.size(); ++s) {
      panel.columns[s].push_back(parse_price(cells[s + 1], cells[0]));
    }
  }
  return panel;
}

// Prices whose returns have heavy tails and a volatility that comes in bursts: GARCH(1,1) with
// Student's t (Bollerslev, 1987).
Panel simulate_prices() {
  constexpr int n_days = 3001;
  Panel panel;
  panel.names = {"calm", "usual", "wild"};
  for (int day = 0; day < n_days; ++day) panel.dates.push_back("day " + std::to_string(day));
  std::mt19937_64 generator(20240101);
  for (const double degrees : {12.0, 5.0, 3.0}) {
    std::student_t_distribution<double> shock(degrees);
    const double to_unit_variance = std::sqrt((degrees - 2.0) / degrees);
    double variance = 1e-4;
    std::vector<double> prices = {100.0};
    while (prices.size() < n_days) {
      const double change = std::sqrt(variance) * to_unit_variance * shock(generator);
      variance = 2e-6 + 0.08 * change * change + 0.90 * variance;
      prices.push_back(prices.back() * std::exp(change));
    }
    panel.columns.push_back(std::move(prices));
  }
  return panel;
}

// Row-major [series][day], one value fewer than there are prices.
std::vector<double> log_returns(const Panel& panel) {
  std::vector<double> returns;
  for (const std::vector<double>& prices : panel.columns) {
    for (std::size_t day = 1; day < prices.size(); ++day) {
      returns.push_back(std::log(prices[day]) - std::log(prices[day - 1]));
    }
  }
  return returns;
}

void print_fits(const Panel& panel, std::int64_t window, std::int64_t step) {
  const std::vector<double> returns = log_returns(panel);
  const auto n_series = static_cast<std::int64_t>(panel.names.size());
  const auto n_returns = static_cast<std::int64_t>(panel.dates.size()) - 1;

  const tailfit::Context context;
  const auto rows = tailfit::SeriesView<double>::rows(returns.data(), n_series, n_returns);
  const auto windows = tailfit::SeriesView<double>::rolling(rows, window, step);
  const tailfit::SplicedFits fits = tailfit::fit(context, windows);
  const std::vector<double> quantile = tailfit::quantile(context, fits, 0.01);
  const std::vector<double> shortfall = tailfit::expected_shortfall(context, fits, 0.01);

  std::printf("%lld fits on %s\n", static_cast<long long>(fits.size()), context.describe().c_str());
  std::printf("%-10s %-12s %10s %10s %10s   %s\n", "series", "window end", "lower xi", "VaR 99 %",
              "ES 99 %", "status");
  for (std::int64_t fit = 0; fit < fits.size(); ++fit) {
    const auto i = static_cast<std::size_t>(fit);
    const auto series = static_cast<std::size_t>(fit / windows.n_windows());
    const auto last = static_cast<std::size_t>(fit % windows.n_windows() * step + window);
    // Losses are positive here, as risk managers write them.
    std::printf("%-10s %-12s %10.3f %9.2f%% %9.2f%%   %s\n", panel.names[series].c_str(),
                panel.dates[last].c_str(), fits.lower().shape[i], -100.0 * quantile[i],
                -100.0 * shortfall[i], tailfit::status_text(fits.status()[i]).c_str());
  }
}

std::int64_t parse_window(const std::string& text) {
  std::int64_t window = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), window);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("window is '" + text + "', expected a whole number");
  }
  return window;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Panel panel = argc > 1 ? read_prices(argv[1]) : simulate_prices();
    if (panel.dates.size() < 2) throw std::runtime_error("fewer than two prices, so no return");
    print_fits(panel, argc > 2 ? parse_window(argv[2]) : 1000, 250);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rolling_returns: %s\n", error.what());
    return 1;
  }
}
