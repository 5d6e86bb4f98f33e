// tailfit quantile: the numbers are the library's.
#include <span>
#include <utility>

#include "saved_fits.hpp"

namespace tailfit::tools::test {
namespace {

class Quantile : public SavedFits {
 protected:
  Quantile() { save(); }
};

TEST_F(Quantile, GivesTheLibrarysBits) {
  const Rows rows =
      rows_of(ran({"quantile", "f.npz", "--return-levels", "1,2500", "--quantiles", "0,0.01,0.5",
                   "--isf", "1e-300", "--expected-shortfall", "0.975"}));
  EXPECT_EQ(rows[0], (std::vector<std::string>{"series", "q0", "q0.01", "q0.5", "isf1e-300",
                                               "es0.975", "rl1", "rl2500"}));
  const tailfit::SplicedFits fits = fitted();
  ASSERT_EQ(rows.size(), 1 + series_.size());
  const std::pair<Function, double> asked[] = {{Function::quantile, 0.0},
                                               {Function::quantile, 0.01},
                                               {Function::quantile, 0.5},
                                               {Function::isf, 1e-300},
                                               {Function::expected_shortfall, 0.975},
                                               {Function::return_level, 1.0},
                                               {Function::return_level, 2500.0}};
  for (std::size_t column = 0; column < 7; ++column) {
    const std::vector<double> expected =
        evaluate(context_, fits, asked[column].first, asked[column].second);
    for (std::size_t s = 0; s < 3; ++s) {
      EXPECT_EQ(rows[s + 1][0], std::to_string(s));
      expect_same_bits(rows[s + 1][column + 1], expected[s]);
    }
  }
}

TEST_F(Quantile, IsTheTableOfTheFitItself) {
  const std::vector<std::string> levels{"--quantiles", "0.01,0.99", "--expected-shortfall", "0.01"};
  std::vector<std::string> fit_arguments{"fit",      "x.csv", "--index", "d",
                                         "--window", "150",   "--step",  "60",
                                         "--save",   "w.npz", "-o",      "y.csv"};
  fit_arguments.insert(fit_arguments.end(), levels.begin(), levels.end());
  ran(fit_arguments);
  std::vector<std::string> arguments{"quantile", "w.npz"};
  arguments.insert(arguments.end(), levels.begin(), levels.end());
  const Rows rows = rows_of(ran(arguments));
  Rows expected = rows_of(directory_.read("y.csv"));
  for (std::vector<std::string>& row : expected) row.erase(row.begin() + 3, row.begin() + 16);
  EXPECT_EQ(rows, expected);
}

TEST_F(Quantile, WritesAnArrayOfTheSameNumbers) {
  const std::vector<std::string> asked{"quantile", "f.npz", "--quantiles", "0.01,0.5"};
  std::vector<std::string> to_array = asked;
  to_array.insert(to_array.end(), {"-o", "q.npy"});
  EXPECT_EQ(ran(to_array), "");
  const Rows rows = rows_of(ran(asked));
  const std::string bytes = directory_.read("q.npy");
  EXPECT_NE(bytes.find("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"),
            std::string::npos);
  const std::vector<double> numbers = npy_numbers(bytes);
  ASSERT_EQ(numbers.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) expect_same_bits(rows[1 + i / 2][1 + i % 2], numbers[i]);
}

TEST_F(Quantile, DoesNotDependOnThreadsAndBudget) {
  const std::string whole = ran({"quantile", "f.npz", "--quantiles", "0.3"});
  EXPECT_EQ(ran({"quantile", "f.npz", "--quantiles", "0.3", "--threads", "1"}), whole);
  EXPECT_EQ(ran({"quantile", "f.npz", "--quantiles", "0.3", "--memory-budget", "1M"}), whole);
}

TEST_F(Quantile, TakesFitsOfTheLibraryWithoutNames) {
  tailfit::save(fitted(), directory_.file("g.npz"));
  EXPECT_EQ(ran({"quantile", "g.npz", "--quantiles", "0.3"}),
            ran({"quantile", "f.npz", "--quantiles", "0.3"}));
}

TEST_F(Quantile, RefusesBadCallsAndBadFiles) {
  EXPECT_EQ(refusal({"quantile", "f.npz"}),
            "tailfit: nothing is asked, expected --quantiles, --isf, --expected-shortfall or "
            "--return-levels\n");
  EXPECT_EQ(
      refusal({"quantile", "f.npz", "--return-levels", "0.5"}),
      "tailfit: --return-levels has the level '0.5', expected finite numbers >= 1, with commas "
      "between them\n");
  EXPECT_EQ(refusal({"quantile", "f.npz", "--isf", "1e-300,1e-400"}),
            "tailfit: --isf has the level '1e-400', expected 0 or a number that a double can hold, "
            "of 5e-324 at least\n");
  EXPECT_EQ(refusal({"quantile", "f.npz", "--quantiles", "0.99999999999999999999"}),
            "tailfit: --quantiles has the level '0.99999999999999999999', expected 1 or a number "
            "that a double can tell from 1, of 0.9999999999999999 at most (--isf of tailfit "
            "quantile takes 1 - P)\n");
  EXPECT_EQ(refusal({"quantile", "f.npz", "--return-levels", "1e400"}),
            "tailfit: --return-levels has the level '1e400', expected finite numbers >= 1, with "
            "commas between them\n");
  EXPECT_EQ(refusal({"quantile", "-", "--quantiles", "0.5"}),
            "tailfit: the fits are '-', expected a file that tailfit fit --save wrote\n");
  EXPECT_EQ(refusal({"quantile", "f.npz", "--quantiles", "0.5", "-o", "f.npz"}),
            "tailfit: the fits and --output are both 'f.npz', expected different files\n");
  EXPECT_EQ(refusal({"quantile", "none.npz", "--quantiles", "0.5"}, 1),
            "tailfit: cannot read none.npz: No such file or directory\n");
  EXPECT_EQ(
      refusal({"quantile", "x.csv", "--quantiles", "0.5", "-o", "q.csv"}),
      "tailfit: x.csv: no record of a ZIP archive's end at the end, expected a whole .npz file "
      "as tailfit or numpy.savez writes it\n");
  std::string bytes = directory_.read("f.npz");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  directory_.write("d.npz", bytes);
  EXPECT_NE(
      refusal({"quantile", "d.npz", "--quantiles", "0.5"}).find("is damaged: its checksum is"),
      std::string::npos);
}

TEST_F(Quantile, RefusesNamesThatDoNotGoWithTheFits) {
  const std::vector<std::string> names{"A", "B"};
  const auto& fits = fitted();
  EXPECT_THROW(tailfit::save(fits, directory_.file("g.npz"), nullptr, names),
               std::invalid_argument);
  tailfit::FitsWriter writer(directory_.file("g.npz"),
                             {fits.size(), fits.bins(), fits.counts_kind(), fits.view().laplace},
                             nullptr);
  writer.append(fits);
  writer.attach_texts("series", names);
  writer.finish();
  EXPECT_EQ(refusal({"quantile", "g.npz", "--quantiles", "0.5"}),
            "tailfit: g.npz: 2 names of series, expected one for each of the 3 fits\n");
}

// Three fits, several of them of a series, that another program wrote.
class QuantileOfSeries : public SavedFits {
 protected:
  using Texts = std::vector<std::pair<std::string, std::vector<std::string>>>;
  void write(const std::vector<std::int64_t>& series_of_fit, const Texts& texts) const {
    const tailfit::SplicedFits fits = fitted();
    tailfit::FitsWriter writer(directory_.file("g.npz"), {fits.size(), fits.bins()}, nullptr);
    writer.append(fits);
    writer.attach("series_of_fit", std::span<const std::int64_t>(series_of_fit));
    for (const auto& [name, words] : texts) writer.attach_texts(name, words);
    writer.finish();
  }
  const std::vector<std::string> call_{"quantile", "g.npz", "--quantiles", "0.5"};
};

TEST_F(QuantileOfSeries, NeedsNoWindows) {
  write({1, 0, 1}, {{"series", {"A", "B"}}});
  const Rows rows = rows_of(ran(call_));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"series", "q0.5"}));
  EXPECT_EQ(rows[1][0] + rows[2][0] + rows[3][0], "BAB");
  directory_.write("new.csv", "B\n0.5\n");
  const Rows scores = rows_of(ran({"score", "g.npz", "new.csv"}));
  ASSERT_EQ(scores.size(), 2u);
  expect_same_bits(scores[1][3], score_anomaly(context_, fitted(), 0.5)[2]);
}

TEST_F(QuantileOfSeries, NeedsNoNames) {
  write({1, 0, 1}, {});
  const Rows rows = rows_of(ran(call_));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1][0] + rows[2][0] + rows[3][0], "101");
}

TEST_F(QuantileOfSeries, SaysWhatItLacks) {
  write({1, 0, 1}, {{"series", {"A", "B"}}, {"window_start", {"a", "b", "c"}}});
  EXPECT_EQ(refusal(call_),
            "tailfit: g.npz: window_start without window_end, expected the texts of both or of "
            "neither\n");
  write({1, 0, 1}, {{"window_start", {"a", "b"}}, {"window_end", {"a", "b", "c"}}});
  EXPECT_EQ(refusal(call_),
            "tailfit: g.npz: window_start has 2 elements, expected one for each of the 3 fits\n");
  write({1, 0}, {});
  EXPECT_EQ(refusal(call_),
            "tailfit: g.npz: series_of_fit has 2 elements, expected one for each of the 3 fits\n");
  write({1, 0, 1}, {{"series", {"A"}}});
  EXPECT_EQ(refusal(call_), "tailfit: g.npz: series_of_fit is 1 for fit 0, expected 0 to 0\n");
  write({2, 0, 2}, {});
  EXPECT_EQ(refusal(call_), "tailfit: g.npz: series '1' has no fit, expected one at least\n");
  write({0, 9, 0}, {});
  EXPECT_EQ(refusal(call_), "tailfit: g.npz: series_of_fit is 9 for fit 1, expected 0 to 2\n");
}

}  // namespace
}  // namespace tailfit::tools::test
