// What is read is what was saved, bit for bit.
#include <cmath>
#include <limits>

#include "host/saved/fits_reader.hpp"
#include "host/saved/fits_writer.hpp"
#include "tests/saved/saved_files.hpp"

namespace tailfit::tests {
namespace {

class RoundTrip : public SavedFiles {};

TEST_F(RoundTrip, KeepsEveryBitOfEveryArray) {
  for (const Counts counts : {Counts::none, Counts::u16, Counts::u32}) {
    const SplicedFits fits = some_fits({.bins = 7, .counts = counts, .laplace = 0.5});
    save(fits, path());
    expect_same_fits(load(path()).view(), fits.view());
  }
}

TEST_F(RoundTrip, KeepsNoFitsToo) {
  const SplicedFits fits = some_fits({}, 0);
  save(fits, path());
  EXPECT_EQ(load(path()).size(), 0);
  EXPECT_EQ(FitsFile(path()).read(0, 0).size(), 0);
}

TEST_F(RoundTrip, GivesTheSameAnswers) {
  const SplicedFits fits = some_fits({});
  save(fits, path());
  const SplicedFits loaded = load(path());
  for (const double p : {0.0, 1e-9, 0.01, 0.5, 0.999, 1.0}) {
    const std::vector<double> a = quantile(context_, fits, p);
    const std::vector<double> b = quantile(context_, loaded, p);
    EXPECT_TRUE(same_bits(a.data(), b.data(), 8 * a.size())) << p;
  }
}

TEST_F(RoundTrip, ReadsAnyRange) {
  const SplicedFits fits = some_fits({.bins = 7});
  save(fits, path());
  const FitsFile file(path());
  for (std::int64_t first = 0; first < 16; first += 5) {
    for (std::int64_t n = 0; n <= 16 - first; n += 3) {
      SplicedFitsView part = fits.view();
      const auto move = [&](auto*& pointer) { pointer += first; };
      part.n_fits = n;
      move(part.n);
      move(part.n_missing);
      move(part.status);
      for (tailfit_tail_view* tail : {&part.lower, &part.upper}) {
        move(tail->threshold);
        move(tail->shape);
        move(tail->scale);
        move(tail->loglik);
        move(tail->n_exceed);
      }
      part.counts = static_cast<std::uint32_t*>(part.counts) + first * 7;
      expect_same_fits(file.read(first, n).view(), part);
    }
  }
  EXPECT_THROW(file.read(10, 7), std::invalid_argument);
  EXPECT_THROW(file.read(-1, 1), std::invalid_argument);
  EXPECT_THROW(file.read(17, 0), std::invalid_argument);
}

TEST_F(RoundTrip, DoesNotDependOnThePieces) {
  const SplicedFits fits = some_fits({.bins = 3000}, 16);  // counts of several blocks
  save(fits, path("whole.npz"));
  const SplicedFits first = some_fits({.bins = 3000}, 0);
  FitsWriter writer(path(), {16, 3000});
  const FitsFile whole(path("whole.npz"));
  writer.append(first);
  for (std::int64_t i = 0; i < 16; i += 3) {
    writer.append(whole.read(i, std::min<std::int64_t>(3, 16 - i)));
  }
  writer.finish();
  EXPECT_TRUE(read() == read("whole.npz"));
}

TEST_F(RoundTrip, KeepsTheOptions) {
  FitOptions options{.lower = count(12),
                     .upper = histogram_range(-3.0, 3.0, 0.02),
                     .bins = 9,
                     .min_exceedances = 4,
                     .take_higher_boundary = true,
                     .laplace = 0.25,
                     .resolution = 0.125};
  save(some_fits(options), path(), &options);
  const FitsFile file(path());
  ASSERT_NE(file.options(), nullptr);
  const tailfit_fit_options& read = *file.options();
  EXPECT_EQ(read.lower.kind, TAILFIT_THRESHOLD_COUNT);
  EXPECT_EQ(read.lower.count, 12);
  EXPECT_EQ(read.upper.kind, TAILFIT_THRESHOLD_HISTOGRAM_RANGE);
  EXPECT_EQ(read.upper.value, 0.02);
  EXPECT_EQ(read.upper.low, -3.0);
  EXPECT_EQ(read.upper.high, 3.0);
  EXPECT_EQ(read.bins, 9);
  EXPECT_EQ(read.min_exceedances, 4);
  EXPECT_EQ(read.take_higher_boundary, 1);
  EXPECT_EQ(read.laplace, 0.25);
  EXPECT_EQ(read.resolution, 0.125);
  EXPECT_EQ(read.counts, TAILFIT_COUNTS_U32);
  EXPECT_EQ(file.library_version(), tailfit_version());
  save(some_fits(options), path("without.npz"));
  EXPECT_EQ(FitsFile(path("without.npz")).options(), nullptr);
}

TEST_F(RoundTrip, KeepsArraysAndTextsOfTheCaller) {
  const SplicedFits fits = some_fits({}, 3);
  const std::vector<std::string> names{"A", "", "a \"b\",\n\xc3\xa9"};
  const std::vector<double> numbers{1.0, std::numeric_limits<double>::quiet_NaN(), -0.0};
  const std::vector<float> floats{0.5f};
  {
    FitsWriter writer(path(), {3, 100});
    writer.append(fits);
    writer.attach_texts("series", names);
    writer.attach("numbers", std::span<const double>(numbers));
    writer.attach("floats", std::span<const float>(floats));
    writer.attach("nothing", std::span<const std::int64_t>());
    writer.finish();
  }
  const FitsFile file(path());
  EXPECT_EQ(file.texts("series"), names);
  EXPECT_TRUE(same_bits(file.array<double>("numbers").data(), numbers.data(), 24));
  EXPECT_EQ(file.array<float>("floats"), floats);
  EXPECT_TRUE(file.array<std::int64_t>("nothing").empty());
  EXPECT_FALSE(file.has_array("n"));
  EXPECT_FALSE(file.has_texts("numbers"));
  EXPECT_THROW(file.array<float>("numbers"), std::invalid_argument);
  EXPECT_THROW(file.array<double>("none"), std::invalid_argument);
}

TEST_F(RoundTrip, ReadsSizesBeyondFourGigabytesWhereTheyStandInZip64Fields) {
  const SplicedFits fits = some_fits({.bins = 5});
  for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{150}, std::uint64_t{2000}}) {
    tailfit_saving saving{
        sizeof(tailfit_saving), nullptr, -1, TAILFIT_COUNTS_U32, 16, 5, 0.0, nullptr};
    const std::string name = path();
    saving.path = name.c_str();
    tailfit_fits_writer writer(saving, from);
    writer.append(fits.view());
    const std::vector<char> bytes(3000);
    writer.attach({"more", bytes.data(), TAILFIT_U8, 2, 30, 100});
    writer.finish();
    const FitsFile file(path());
    expect_same_fits(file.read(0, 16).view(), fits.view());
    EXPECT_EQ(file.array<char>("more").size(), 3000u);
  }
}

TEST_F(RoundTrip, AnswersOfAFileThatWasWrittenToMeanwhileAreRefused) {
  save(some_fits({}), path());
  const FitsFile file(path());
  std::string bytes = read();
  write(bytes + "x");
  EXPECT_EQ(refusal_of<FileError>(folder_, [&] { file.read(0, 1); }),
            "tailfit: fits.npz: the file was changed since it was opened, expected the same bytes");
  write(bytes.substr(0, 100));
  EXPECT_EQ(refusal_of<FileError>(folder_, [&] { file.read(0, 1); }),
            "tailfit: fits.npz: the file became shorter while it was read");
}

TEST(Crc32, IsThatOfTheStandardAndOfAnyPieces) {
  EXPECT_EQ(host::crc32_of(""), 0u);
  EXPECT_EQ(host::crc32_of("123456789"), 0xCBF43926u);  // the check value of CRC-32/ISO-HDLC
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i * 37);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    host::Crc32 crc;
    crc.update(std::string_view(text).substr(0, cut));
    crc.update(std::string_view(text).substr(cut));
    EXPECT_EQ(crc.value(), host::crc32_of(text));
  }
}

}  // namespace
}  // namespace tailfit::tests
