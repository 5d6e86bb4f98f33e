// tailfit fit --save: the file holds the library's fits, and stands beside or in place of the
// table.
#include <sys/stat.h>

#include <algorithm>

#include "saved_fits.hpp"

namespace tailfit::tools::test {
namespace {

TEST_F(SavedFits, AreTheLibrarysBits) {
  save();
  EXPECT_EQ(directory_.n_files(), 3u);  // the series, the fits and their .json
  const FitsFile file(directory_.file("f.npz"));
  const tailfit::SplicedFits expected = fitted();
  const tailfit::SplicedFits found = file.read(0, file.size());
  ASSERT_EQ(found.size(), n_series);
  const auto same = [](auto a, auto b) { return std::ranges::equal(a, b); };
  EXPECT_TRUE(same(found.n(), expected.n()));
  EXPECT_TRUE(same(found.status(), expected.status()));
  EXPECT_TRUE(same(found.lower().threshold, expected.lower().threshold));
  EXPECT_TRUE(same(found.upper().shape, expected.upper().shape));
  EXPECT_TRUE(same(found.upper().scale, expected.upper().scale));
  EXPECT_TRUE(same(found.counts_u32(), expected.counts_u32()));
  EXPECT_EQ(file.texts("series"), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(file.texts("transform"), std::vector<std::string>{"none"});
  EXPECT_FALSE(file.has_array("series_of_fit"));
}

TEST_F(SavedFits, KeepTheOptions) {
  directory_.write("limits.csv", "series,lower\n0,-1\n1,-2\n2,-1.5\n");
  save({"--thresholds", "limits.csv", "--upper-count", "30", "--min-exceedances", "7",
        "--resolution", "0.25", "--bins", "11", "--transform", "diff"});
  const FitsFile file(directory_.file("f.npz"));
  ASSERT_NE(file.options(), nullptr);
  EXPECT_EQ(file.options()->lower.kind, TAILFIT_THRESHOLD_PER_SERIES);
  EXPECT_EQ(file.options()->upper.kind, TAILFIT_THRESHOLD_COUNT);
  EXPECT_EQ(file.options()->upper.count, 30);
  EXPECT_EQ(file.options()->min_exceedances, 7);
  EXPECT_EQ(file.options()->resolution, 0.25);
  EXPECT_EQ(file.bins(), 11);
  EXPECT_EQ(file.texts("transform"), std::vector<std::string>{"diff"});
}

TEST_F(SavedFits, OfWindowsKeepTheirSeriesAndBounds) {
  save({"--window", "150", "--step", "60", "-o", "y.csv"});
  const FitsFile file(directory_.file("f.npz"));
  const Rows rows = rows_of(directory_.read("y.csv"));
  ASSERT_EQ(file.size() + 1, static_cast<std::int64_t>(rows.size()));
  const std::vector<std::string> names = file.texts("series");
  const std::vector<std::string> starts = file.texts("window_start");
  const std::vector<std::string> ends = file.texts("window_end");
  const std::vector<std::int64_t> series = file.array<std::int64_t>("series_of_fit");
  const tailfit::SplicedFits fits = file.read(0, file.size());
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    EXPECT_EQ(names[static_cast<std::size_t>(series[i])], rows[i + 1][0]);
    EXPECT_EQ(starts[i], rows[i + 1][1]);
    EXPECT_EQ(ends[i], rows[i + 1][2]);
    expect_same_bits(rows[i + 1][6], fits.lower().threshold[i]);
    expect_same_bits(rows[i + 1][13], fits.upper().shape[i]);
  }
}

TEST_F(SavedFits, OfSeriesOfSeveralLengthsKeepTheirOrder) {
  std::vector<Series> ragged = series_;
  ragged[1].resize(200);
  directory_.write("l.csv", long_csv(ragged));
  ran({"fit", "l.csv", "--layout", "long", "--series-column", "s", "--value-column", "v", "--save",
       "f.npz", "-o", "y.csv"});
  const tailfit::SplicedFits fits = load(directory_.file("f.npz"));
  const Rows rows = rows_of(directory_.read("y.csv"));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i + 1][1], std::to_string(fits.n()[i]));
    expect_same_bits(rows[i + 1][4], fits.lower().threshold[i]);
  }
}

TEST_F(SavedFits, StandBesideTheTableWhereBothAreAsked) {
  save({"-o", "y.csv"});
  EXPECT_TRUE(directory_.has("y.csv.json"));
  EXPECT_FALSE(directory_.has("f.npz.json"));
  EXPECT_EQ(directory_.read("y.csv"), ran({"fit", "x.csv", "--index", "d"}));
  EXPECT_EQ(ran({"fit", "x.csv", "--index", "d", "--save", "g.npz", "-o", "-"}),
            directory_.read("y.csv"));
  EXPECT_TRUE(directory_.read("f.npz") == directory_.read("g.npz"));
}

TEST_F(SavedFits, ThatCannotBeWrittenAreRefused) {
  EXPECT_EQ(refusal({"fit", "x.csv", "--index", "d", "--save", "f.csv"}),
            "tailfit: --save is 'f.csv', expected a name that ends in .npz\n");
  EXPECT_EQ(refusal({"fit", "x.csv", "--index", "d", "--save", "f.npz", "--quantiles", "0.1"}),
            "tailfit: --quantiles is '0.1', expected -o as well: with --save alone no table is "
            "written that it would be a column of\n");
  EXPECT_EQ(refusal({"fit", "x.csv", "--index", "d", "--save", "f.npz", "-o", "f.npz"}),
            "tailfit: --output and --save are both 'f.npz', expected different files\n");
  EXPECT_EQ(refusal({"fit", "x.csv", "--index", "d", "--save", "none/f.npz"}, 1),
            "tailfit: cannot write none/f.npz: No such file or directory\n");
  ASSERT_EQ(mkfifo(directory_.file("p.npz").c_str(), 0600), 0);
  EXPECT_EQ(refusal({"fit", "x.csv", "--index", "d", "--save", "p.npz"}, 1),
            "tailfit: cannot write p.npz: it is a pipe or a device, expected a regular file\n");
}

TEST_F(SavedFits, LeaveNothingWhenTheDiskIsFull) {
  const Call call{
      .arguments = {"fit", "x.csv", "--index", "d", "--save", "f.npz", "--bins", "9000"},
      .directory = directory_.path(),
      .file_size_limit = 50'000};
  const Outcome outcome = RunningProgram(call).wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "tailfit: cannot write f.npz: File too large\n");
  EXPECT_EQ(directory_.n_files(), 1u);
}

TEST_F(SavedFits, OfABadInputLeaveNothing) {
  directory_.write("bad.csv", "d,A\na,1\nb,x\n");
  EXPECT_EQ(refusal({"fit", "bad.csv", "--index", "d", "--save", "f.npz"}),
            "tailfit: bad.csv:3: column 'A': 'x' is not a number\n");
}

}  // namespace
}  // namespace tailfit::tools::test
