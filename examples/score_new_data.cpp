// Fits a year of returns of every instrument, then asks the fits about new days: how unlikely each
// was, whether the forecast was calibrated, what to expect beyond a limit, and draws from it.
#include <tailfit/tailfit.hpp>

#include <cstdio>
#include <random>
#include <span>
#include <vector>

int main() {
  constexpr std::int64_t instruments = 200;
  constexpr std::int64_t days = 1000;
  std::mt19937_64 generator(7);
  std::student_t_distribution<double> heavy_tailed(4.0);
  const auto returns = [&](std::int64_t n) {
    std::vector<double> values(static_cast<std::size_t>(n));
    for (double& value : values) value = 0.01 * heavy_tailed(generator);
    return values;
  };
  const std::vector<double> history = returns(instruments * days);
  std::vector<double> today = returns(instruments);
  today[17] = -0.25;  // a crash

  const tailfit::Context context;
  const auto fits =
      tailfit::fit(context, tailfit::SeriesView<double>::rows(history.data(), instruments, days));

  // One point for each distribution: 3 and -3 are days of one in a thousand.
  const auto points = tailfit::Points::each(today, instruments);
  const std::vector<double> scores = tailfit::score_anomaly(context, fits, points);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] < -3.0 || scores[i] > 3.0) {
      std::printf("instrument %zu: a return of %.3f has an anomaly score of %.1f\n", i, today[i],
                  scores[i]);
    }
  }

  // A calibrated forecast has uniform PITs, and the lowest mean CRPS.
  const std::vector<double> pit = tailfit::mid_pit(context, fits, points);
  const std::vector<double> crps = tailfit::crps(context, fits, points);
  double mean_pit = 0.0;
  double mean_crps = 0.0;
  for (std::size_t i = 0; i < pit.size(); ++i) {
    mean_pit += pit[i] / instruments;
    mean_crps += crps[i] / instruments;
  }
  std::printf("mean PIT %.2f, mean CRPS %.5f\n", mean_pit, mean_crps);

  // The level that is passed once in ten years of 250 days, and the mean excess over it.
  const std::vector<double> level = tailfit::return_level(context, fits, 2500.0);
  const std::vector<double> excess =
      tailfit::mean_excess(context, fits, tailfit::Points::each(level, instruments));
  std::printf("instrument 0: once in ten years above %.3f, then by %.3f on average\n", level[0],
              excess[0]);

  // Draws given a loss beyond the lower threshold; the same for every batch and thread.
  const std::vector<double> limits(fits.lower().threshold.begin(), fits.lower().threshold.end());
  const std::vector<double> losses =
      tailfit::sample(context, fits, 4, {.seed = 1, .at_most = limits});
  std::printf("four losses of instrument 0: %.4f %.4f %.4f %.4f\n", losses[0], losses[1], losses[2],
              losses[3]);
}
