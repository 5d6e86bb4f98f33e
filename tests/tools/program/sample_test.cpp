// tailfit sample: the draws are the library's.
#include "saved_fits.hpp"

namespace tailfit::tools::test {
namespace {

class Sample : public SavedFits {
 protected:
  Sample() { save(); }

  // The draws of a table, fit by fit.
  std::vector<double> draws_of(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"sample", "f.npz"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Rows rows = rows_of(ran(arguments));
    EXPECT_EQ(rows[0], (std::vector<std::string>{"series", "draw", "value"}));
    std::vector<double> draws;
    for (std::size_t i = 1; i < rows.size(); ++i) draws.push_back(parse_cell(rows[i][2]).value);
    return draws;
  }
};

TEST_F(Sample, GivesTheLibrarysBits) {
  const Rows rows = rows_of(ran({"sample", "f.npz", "--draws", "5", "--seed", "9"}));
  ASSERT_EQ(rows.size(), 1 + 3 * 5u);
  EXPECT_EQ(rows[7][0], "1");
  EXPECT_EQ(rows[7][1], "1");
  EXPECT_TRUE(same_bits(draws_of({"--draws", "5", "--seed", "9"}),
                        sample(context_, fitted(), 5, {.seed = 9})));
}

TEST_F(Sample, GoesOnWhereItIsTold) {
  EXPECT_TRUE(same_bits(draws_of({"--draws", "4", "--first-draw", "3"}),
                        sample(context_, fitted(), 4, {.first_draw = 3})));
  EXPECT_EQ(rows_of(ran({"sample", "f.npz", "--draws", "4", "--first-draw", "3"}))[1][1], "3");
}

TEST_F(Sample, IsCutOffWhereItIsTold) {
  const tailfit::SplicedFits fits = fitted();
  const std::vector<double> upper(fits.upper().threshold.begin(), fits.upper().threshold.end());
  const std::vector<double> lower(fits.lower().threshold.begin(), fits.lower().threshold.end());
  const std::vector<double> two{2.0};
  EXPECT_TRUE(same_bits(draws_of({"--draws", "6", "--above", "threshold"}),
                        sample(context_, fits, 6, {.above = upper})));
  EXPECT_TRUE(same_bits(draws_of({"--draws", "6", "--at-most", "threshold"}),
                        sample(context_, fits, 6, {.at_most = lower})));
  EXPECT_TRUE(same_bits(draws_of({"--draws", "6", "--at-most", "2", "--above", "threshold"}),
                        sample(context_, fits, 6, {.above = upper, .at_most = two})));
}

TEST_F(Sample, WritesAnArrayThatCanBeFitted) {
  EXPECT_EQ(ran({"sample", "f.npz", "--draws", "50", "-o", "s.npy"}), "");
  const std::string bytes = directory_.read("s.npy");
  EXPECT_NE(bytes.find("'fortran_order': True, 'shape': (50, 3)"), std::string::npos);
  EXPECT_TRUE(same_bits(npy_numbers(bytes), sample(context_, fitted(), 50)));
  const Rows rows = rows_of(ran({"fit", "s.npy"}));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1][1], "50");
}

TEST_F(Sample, OfATableCanBeFittedToo) {
  ran({"sample", "f.npz", "--draws", "50", "-o", "s.csv"});
  ran({"sample", "f.npz", "--draws", "50", "-o", "s.npy"});
  EXPECT_EQ(ran({"fit", "s.csv", "--layout", "long", "--series-column", "series", "--value-column",
                 "value"}),
            ran({"fit", "s.npy"}));
}

TEST_F(Sample, RefusesBadCalls) {
  const auto refused = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"sample", "f.npz"});
    return refusal(more);
  };
  EXPECT_EQ(refused({}), "tailfit: --draws is not given, expected how many of each fit\n");
  EXPECT_EQ(refused({"--draws", "0"}),
            "tailfit: --draws is '0', expected a whole number from 1 to 281474976710656\n");
  EXPECT_EQ(refused({"--draws", "1", "--seed", "-1"}),
            "tailfit: --seed is '-1', expected a whole number from 0 to 18446744073709551615\n");
  ran({"sample", "f.npz", "--draws", "1", "--seed", "18446744073709551615"});
  EXPECT_EQ(refused({"--draws", "1", "--above", "high"}),
            "tailfit: --above is 'high', expected a finite number or the word threshold\n");
  EXPECT_EQ(refused({"--draws", "1", "--above", "2", "--at-most", "1"}),
            "tailfit: --above is '2', expected less than --at-most, which is '1'\n");
}

}  // namespace
}  // namespace tailfit::tools::test
