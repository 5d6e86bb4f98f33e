// Archives whose checksums are right and whose content is not.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "tests/saved/saved_files.hpp"

namespace tailfit::tests {
namespace {

class BadArchive : public SavedFiles {
 protected:
  BadArchive() {
    const FitOptions options{.bins = 2};
    save(some_fits(options, 3), path(), &options);
    members_ = members_of(path(), read());
  }

  // Why a file with these members is refused.
  std::string refusal(const Members& members) const {
    write(archive_of(members));
    return refusal_of<BadFile>(folder_, [&] { load(path()); });
  }
  std::string refusal_with(const std::string& name, const std::string& bytes) const {
    Members members = members_;
    for (auto& [found, data] : members) {
      if (found == name) data = bytes;
    }
    return refusal(members);
  }

  Members members_;
};

TEST_F(BadArchive, IsGoodAsItIsMade) {
  const std::string bytes = read();
  EXPECT_TRUE(archive_of(members_) == bytes);
}

TEST_F(BadArchive, WithoutAMemberNamesIt) {
  for (const auto& [name, data] : members_) {
    if (name == "options" || name == "counts") continue;
    Members members;
    for (const auto& member : members_) {
      if (member.first != name) members.push_back(member);
    }
    EXPECT_EQ(refusal(members), "tailfit: fits.npz: there is no member " + name +
                                    ", expected that of a file of fits");
  }
}

TEST_F(BadArchive, WithTwoMembersOfANameNamesIt) {
  Members members = members_;
  members.push_back(members.back());
  EXPECT_EQ(
      refusal(members),
      "tailfit: fits.npz: member counts is a second member of this name, expected one of each "
      "name");
}

TEST_F(BadArchive, OfAnotherVersionNamesBoth) {
  EXPECT_EQ(refusal_with("tailfit_format", npy_of<std::int64_t>("'<i8'", {}, {2})),
            "tailfit: fits.npz: member tailfit_format is version 2, expected 1, which this library "
            "reads");
}

TEST_F(BadArchive, WithAnotherTypeNamesBoth) {
  EXPECT_EQ(refusal_with("n", npy_of<std::int32_t>("'<i4'", {3}, {1, 2, 3})),
            "tailfit: fits.npz: member n is of type '<i4', expected '<i8'");
  EXPECT_EQ(refusal_with("counts", npy_of<std::int64_t>("'<i8'", {3, 2}, {1, 2, 3, 4, 5, 6})),
            "tailfit: fits.npz: member counts is of type '<i8', expected '<u4'");
  EXPECT_EQ(refusal_with("options", npy_of<std::int64_t>("[('a', '<i8')]", {}, {1})).substr(0, 62),
            "tailfit: fits.npz: member options is of type [('a', '<i8')], e");
}

TEST_F(BadArchive, WithShapesThatDoNotAgreeNamesThem) {
  EXPECT_EQ(refusal_with("upper_scale", npy_of<double>("'<f8'", {2}, {1, 2})),
            "tailfit: fits.npz: member upper_scale is of shape (2,), expected (3,)");
  EXPECT_EQ(refusal_with("counts", npy_of<std::uint32_t>("'<u4'", {3}, {1, 2, 3})),
            "tailfit: fits.npz: member counts is of shape (3,), expected (3, 2)");
  EXPECT_EQ(refusal_with("n", npy_of<std::int64_t>("'<i8'", {}, {3})),
            "tailfit: fits.npz: member n is of shape (), expected one dimension: a number of each "
            "fit");
  EXPECT_EQ(refusal_with("bins", npy_of<std::int64_t>("'<i8'", {}, {4})),
            "tailfit: fits.npz: member counts is of shape (3, 2), expected (3, 4)");
}

TEST_F(BadArchive, ThatPromisesMoreThanItHoldsTakesNoMemory) {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_EQ(refusal_with("n", npy_of<std::int64_t>("'<i8'", {huge}, {1, 2, 3})),
            "tailfit: fits.npz: member n is 24 bytes of numbers, expected a shape that memory can "
            "hold");
  EXPECT_EQ(refusal_with("n", npy_of<std::int64_t>("'<i8'", {1000000000000}, {1, 2, 3})),
            "tailfit: fits.npz: member n is 24 bytes of numbers, expected 8000000000000 for shape "
            "(1000000000000,)");
  EXPECT_EQ(refusal_with("bins", npy_of<std::int64_t>("'<i8'", {}, {huge})),
            "tailfit: fits.npz: member bins is 4611686018427387904, expected 1 to 2^20");
  // A damaged directory, too.
  std::vector<host::ZipMember> entries{{"n.npy", 0, huge, 0, 0}};
  const std::string header = host::zip_local_header(entries[0]);
  write(header + host::zip_directory(entries, header.size()));
  EXPECT_EQ(refusal_of<BadFile>(folder_, [&] { load(path()); }),
            "tailfit: fits.npz: member 'n.npy' of 4611686018427387904 bytes, expected a whole .npz "
            "file as tailfit or numpy.savez writes it");
}

TEST_F(BadArchive, WithNumbersThatAreNoneNamesThem) {
  EXPECT_EQ(refusal_with("lower_n_exceed", npy_of<std::int64_t>("'<i8'", {3}, {0, 301, 0})),
            "tailfit: fits.npz: member lower_n_exceed is 301 for fit 1, expected 0 to n");
  EXPECT_EQ(refusal_with("n", npy_of<std::int64_t>("'<i8'", {3}, {300, 300, -1})),
            "tailfit: fits.npz: member n is -1 for fit 2, expected 0 to 2^48");
  EXPECT_EQ(refusal_with("laplace", npy_of<double>("'<f8'", {}, {-0.5})),
            "tailfit: fits.npz: member laplace is -0.5, expected a finite number >= 0");
  EXPECT_EQ(refusal_with("laplace", npy_of<double>("'<f8'", {}, {std::nan("")})),
            "tailfit: fits.npz: member laplace is nan, expected a finite number >= 0");
}

TEST_F(BadArchive, WithCountsThatAreNotTheBodysNamesTheSums) {
  const SplicedFits fits = some_fits({.bins = 2}, 3);
  std::vector<std::uint32_t> counts(fits.counts_u32().begin(), fits.counts_u32().end());
  counts[3] += 1;
  const std::int64_t body = fits.n()[1] - fits.lower().n_exceed[1] - fits.upper().n_exceed[1];
  EXPECT_EQ(
      refusal_with("counts", npy_of<std::uint32_t>("'<u4'", {3, 2}, counts)),
      "tailfit: fits.npz: member counts sums to " + std::to_string(body + 1) +
          " for fit 1, expected n - lower_n_exceed - upper_n_exceed = " + std::to_string(body));
  EXPECT_EQ(refusal_with("upper_n_exceed", npy_of<std::int64_t>("'<i8'", {3}, {290, 15, 15})),
            "tailfit: fits.npz: member upper_n_exceed is 290 for fit 0, expected 0 to n - "
            "lower_n_exceed");
}

TEST_F(BadArchive, WithAnyCountsOfAFitWithoutABodyIsRead) {
  const auto crossed = static_cast<std::uint32_t>(TAILFIT_STATUS_THRESHOLDS_CROSSED);
  Members members = members_;
  for (auto& [name, data] : members) {
    if (name == "status") data = npy_of<std::uint32_t>("'<u4'", {3}, {0, 0, crossed});
    if (name == "counts") data.back() = 1;
  }
  write(archive_of(members));
  EXPECT_EQ(load(path()).counts_u32()[5] >> 24, 1u);
}

TEST_F(BadArchive, WithOptionsThatAreNoneNamesThem) {
  const auto options = std::find_if(members_.begin(), members_.end(),
                                    [](const auto& member) { return member.first == "options"; });
  const std::size_t record = options->second.size() - 13 * 8;
  const auto with = [&](std::size_t field, auto value) {
    std::string bytes = options->second;
    bytes.replace(record + 8 * field, 8, reinterpret_cast<const char*>(&value), 8);
    return refusal_with("options", bytes);
  };
  const std::string start = "tailfit: fits.npz: member options has ";
  EXPECT_EQ(with(0, std::int64_t{5}), start + "a threshold rule of kind 5, expected 0 to 4");
  EXPECT_EQ(with(5, std::int64_t{-1}), start + "a threshold rule of kind -1, expected 0 to 4");
  EXPECT_EQ(with(10, std::int64_t{0}), start + "min_exceedances 0, expected >= 1");
  EXPECT_EQ(with(11, std::int64_t{2}), start + "take_higher_boundary 2, expected 0 or 1");
  EXPECT_EQ(with(12, -1.0), start + "resolution -1, expected a finite number >= 0");
}

TEST_F(BadArchive, WithMembersThatAreNoArraysNamesThem) {
  EXPECT_EQ(
      refusal_with("status", "not an array"),
      "tailfit: fits.npz: member status is no array, expected a header of .npy version 1.0 as "
      "NumPy writes it");
  EXPECT_EQ(
      refusal_with("status", ""),
      "tailfit: fits.npz: member status is no array, expected a header of .npy version 1.0 as "
      "NumPy writes it");
}

TEST_F(BadArchive, WithTextsWhoseEndsAreNoneIsRefused) {
  for (const std::vector<std::int64_t>& ends :
       std::vector<std::vector<std::int64_t>>{{-1, 2}, {2, 1}, {1, 5}}) {
    Members members = members_;
    members.emplace_back("series_bytes", npy_of<char>("'|u1'", {3}, {'a', 'b', 'c'}));
    members.emplace_back("series_ends", npy_of<std::int64_t>("'<i8'", {2}, ends));
    write(archive_of(members));
    EXPECT_THROW(FitsFile(path()).texts("series"), BadFile);
  }
}

}  // namespace
}  // namespace tailfit::tests
