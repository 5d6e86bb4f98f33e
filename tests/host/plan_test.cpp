#include <gtest/gtest.h>

#include <cstdint>

#include <tailfit/tailfit.hpp>

namespace {

using tailfit::SeriesView;

const double value = 0.0;  // plans look at shapes only

TEST(Plan, CoversEveryFitOnceAndStaysWithinTheBudget) {
  for (const std::int64_t n_series : {0, 1, 7, 1000, 1'000'000}) {
    for (const std::int64_t length : {0, 1, 100, 5000}) {
      for (const std::int32_t threads : {1, 2, 64}) {
        const auto view = SeriesView<double>::rows(&value, n_series, length);
        const tailfit::FitPlan plan = tailfit::plan_fit(view, {}, threads);
        EXPECT_EQ(plan.n_fits, n_series);
        EXPECT_GE(plan.chunk_fits * plan.n_chunks, n_series);
        EXPECT_LT(plan.chunk_fits * (plan.n_chunks - 1), std::max<std::int64_t>(n_series, 1));
        EXPECT_LE(plan.workers, threads);
        EXPECT_GE(plan.workers, 1);
        EXPECT_EQ(plan.scratch_bytes,
                  plan.minimum_budget * static_cast<std::uint64_t>(plan.workers));
        const std::uint64_t budget = 3 * plan.minimum_budget / 2;
        const tailfit::FitPlan tight = tailfit::plan_fit(view, {}, threads, budget);
        EXPECT_EQ(tight.workers, 1);
        EXPECT_LE(tight.scratch_bytes, budget);
      }
    }
  }
}

TEST(Plan, ScratchGrowsWithTheLengthAndNotWithTheNumberOfSeries) {
  const auto bytes = [](std::int64_t n_series, std::int64_t length) {
    return tailfit::plan_fit(SeriesView<float>::rows(nullptr, 0, 0), {}, 1).scratch_bytes +
           tailfit::plan_fit(SeriesView<double>::rows(&value, n_series, length), {}, 1)
               .scratch_bytes;
  };
  EXPECT_EQ(bytes(10, 1000), bytes(1'000'000, 1000));
  EXPECT_LT(bytes(10, 1000), bytes(10, 100'000));
  // A value: 8 bytes of staged key, 8 of the lists of both tails and 2 of candidates for a rank, a
  // tenth of 8 of excess; a constant, most of it for tails that are solved together.
  EXPECT_LT(bytes(1, 1'000'000), 18'800'000u + 800'000u);
}

// An excess of theirs takes as long as hundreds of values: chunks as large as those of exact fits
// would keep progress and cancellation waiting for most of a second.
TEST(Plan, HasFewIntervalFitsInAChunk) {
  constexpr std::int64_t n_series = 1'000'000;
  const auto chunk_of = [](std::int64_t length, tailfit::FitOptions options, bool has_resolution) {
    options.resolution = has_resolution ? 0.25 : 0.0;
    const auto view = SeriesView<double>::rows(&value, n_series, length);
    return tailfit::plan_fit(view, options, 2).chunk_fits;
  };
  for (const std::int64_t length : {1, 30, 1000, 10'000, 1'000'000}) {
    for (const double tau : {0.01, 0.05, 0.3, 0.5}) {
      const tailfit::FitOptions by_mass{.lower = tailfit::tail_mass(tau),
                                        .upper = tailfit::tail_mass(tau)};
      const std::int64_t chunk = chunk_of(length, by_mass, true);
      const double n_excesses = 2.0 * tau * static_cast<double>(length * chunk);
      EXPECT_TRUE(chunk == 1 || n_excesses < 1000.0) << length << ' ' << tau << ' ' << chunk;
      EXPECT_LE(chunk, chunk_of(length, by_mass, false));
    }
  }
  const tailfit::FitOptions by_count{.lower = tailfit::count(30), .upper = tailfit::tail_mass(0)};
  EXPECT_LT(chunk_of(1000, by_count, true) * 30, 1000);
  EXPECT_GT(chunk_of(1000, by_count, true) * 30, 100);
  const tailfit::FitOptions unknown{.lower = tailfit::given(0.0), .upper = tailfit::tail_mass(0)};
  EXPECT_EQ(chunk_of(1000, unknown, true), 1);
  const tailfit::FitOptions no_tails{.lower = tailfit::tail_mass(0),
                                     .upper = tailfit::tail_mass(0)};
  EXPECT_EQ(chunk_of(1000, no_tails, true), chunk_of(1000, no_tails, false));
}

TEST(Plan, SizesNeedSixtyFourBits) {
  const auto view = SeriesView<float>::rows(reinterpret_cast<const float*>(&value),
                                            std::int64_t{1} << 33, 1 << 10);
  const tailfit::FitPlan plan = tailfit::plan_fit(view, {}, 2);
  EXPECT_EQ(plan.n_fits, std::int64_t{1} << 33);
  EXPECT_GT(plan.result_bytes, std::uint64_t{1} << 41);
}

TEST(Plan, RejectsABudgetBelowItsMinimumAndNamesIt) {
  const auto view = SeriesView<double>::rows(&value, 10, 1000);
  const std::uint64_t minimum = tailfit::plan_fit(view, {}, 1).minimum_budget;
  try {
    tailfit::plan_fit(view, {}, 4, minimum - 1);
    FAIL() << "no exception";
  } catch (const tailfit::BudgetTooSmall& error) {
    EXPECT_NE(std::string(error.what()).find("expected at least " + std::to_string(minimum)),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
