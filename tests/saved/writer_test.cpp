// A file appears whole or not at all, and a bad call says what is wrong with it.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/saved/saved_files.hpp"

namespace tailfit::tests {
namespace {

class Writer : public SavedFiles {
 protected:
  std::string refusal(const std::function<void()>& call) const {
    return refusal_of<std::invalid_argument>(folder_, call);
  }
  std::string file_error(const std::function<void()>& call) const {
    return refusal_of<FileError>(folder_, call);
  }
};

TEST_F(Writer, LeavesNothingOfWhatIsNotFinished) {
  write("old");
  {
    FitsWriter writer(path(), {16, 100});
    writer.append(some_fits({}));
    EXPECT_EQ(read(), "old");
    EXPECT_EQ(n_files(), 2u);
  }
  EXPECT_EQ(read(), "old");
  EXPECT_EQ(n_files(), 1u);
}

TEST_F(Writer, ReplacesAFileAndKeepsItsMode) {
  write("old");
  ASSERT_EQ(chmod(path().c_str(), 0600), 0);
  save(some_fits({}), path());
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  EXPECT_EQ(load(path()).size(), 16);
  EXPECT_EQ(n_files(), 1u);
}

TEST_F(Writer, FollowsALinkToTheFile) {
  ASSERT_EQ(mkdir(path("folder").c_str(), 0700), 0);
  write("old", "folder/real.npz");
  ASSERT_EQ(symlink("folder/real.npz", path().c_str()), 0);
  save(some_fits({}), path());
  EXPECT_EQ(load(path("folder/real.npz")).size(), 16);
  struct stat info {};
  ASSERT_EQ(lstat(path().c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
}

TEST_F(Writer, WritesIntoADescriptorOfTheCaller) {
  const SplicedFits fits = some_fits({});
  save(fits, path());
  const int file = open(path("own.npz").c_str(), O_RDWR | O_CREAT, 0600);
  FitsWriter writer(file, {16, 100});
  writer.append(fits);
  writer.finish();
  close(file);
  EXPECT_TRUE(read("own.npz") == read());
  EXPECT_EQ(refusal([] {
              FitsWriter(-1, {1, 1});
            }),
            "tailfit: saving.descriptor is -1, expected a file open for writing, or a path");
}

TEST_F(Writer, SaysWhatTheSystemSays) {
  const SplicedFits fits = some_fits({}, 1);
  EXPECT_EQ(file_error([&] { save(fits, path("none/fits.npz")); }),
            "tailfit: cannot write none/fits.npz: No such file or directory");
  ASSERT_EQ(mkdir(path("folder").c_str(), 0700), 0);
  EXPECT_EQ(file_error([&] { save(fits, path("folder")); }),
            "tailfit: cannot write folder: Is a directory");
  EXPECT_EQ(file_error([&] { save(fits, "/dev/null"); }),
            "tailfit: cannot write /dev/null: it is a pipe or a device, expected a regular file");
}

TEST_F(Writer, LeavesNothingWhereTheDiskIsFull) {
  const SplicedFits fits = some_fits({.bins = 20000});
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{100000, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const std::string message = file_error([&] { save(fits, path()); });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "tailfit: cannot write fits.npz: File too large");
  EXPECT_EQ(n_files(), 0u);
}

TEST_F(Writer, RefusesCountsThatAreNotTheBodys) {
  const SplicedFits fits = some_fits({.bins = 1, .counts = Counts::u16}, 2);
  SplicedFitsView view = fits.view();
  std::vector<std::uint16_t> counts{static_cast<std::uint16_t>(fits.counts_u16()[0]), 0};
  view.counts = counts.data();
  FitsWriter writer(path(), {2, 1, Counts::u16});
  EXPECT_EQ(refusal([&] { writer.append(view); }),
            "tailfit: the sum of fits.counts of fit 1 is 0, expected n - lower.n_exceed - "
            "upper.n_exceed = " +
                std::to_string(fits.counts_u16()[1]));
}

TEST_F(Writer, RefusesFitsThatAreNotTheFiles) {
  const SplicedFits fits = some_fits({});
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {16, 99}).append(fits);
            }),
            "tailfit: fits.bins is 100, expected that of the file, 99");
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {16, 100, Counts::none}).append(fits);
            }),
            "tailfit: fits.counts_kind is 2, expected that of the file, 0");
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {16, 100, Counts::u32, 1.0}).append(fits);
            }),
            "tailfit: fits.laplace is 0, expected that of the file, 1");
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {15, 100}).append(fits);
            }),
            "tailfit: fits.n_fits is 16, expected at most the 15 fits that are left of "
            "saving.n_fits");
  EXPECT_EQ(refusal([&] {
              FitsWriter writer(path(), {17, 100});
              writer.append(fits);
              writer.finish();
            }),
            "tailfit: saving.n_fits is 17, expected the number of fits that were appended, 16");
  EXPECT_EQ(n_files(), 0u);
}

TEST_F(Writer, RefusesABadShape) {
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {-1, 100});
            }),
            "tailfit: saving.n_fits is -1, expected 0 to 2^48");
  EXPECT_EQ(refusal([&] {
              FitsWriter(path(), {1, 0});
            }),
            "tailfit: saving.bins is 0, expected 1 to 2^20");
  EXPECT_EQ(refusal([&] {
              FitsWriter("", {1, 1});
            }),
            "tailfit: saving.path is '', expected the path of a file");
  EXPECT_EQ(n_files(), 0u);
}

TEST_F(Writer, RefusesArraysThatCannotBe) {
  const std::vector<double> numbers(3);
  const auto attach = [&](const std::string& name) {
    return refusal([&] {
      FitsWriter writer(path(), {0, 1});
      writer.attach("mine", std::span<const double>(numbers));
      writer.attach(name, std::span<const double>(numbers));
    });
  };
  const std::string expected = "', expected 1 to 64 letters, digits and underscores";
  EXPECT_EQ(attach(""), "tailfit: array.name is '" + expected);
  EXPECT_EQ(attach("../n"), "tailfit: array.name is '../n" + expected);
  EXPECT_EQ(attach(std::string(65, 'a')),
            "tailfit: array.name is '" + std::string(65, 'a') + expected);
  EXPECT_EQ(attach("counts"),
            "tailfit: array.name is 'counts', expected one that is not in the file yet");
  EXPECT_EQ(attach("mine"),
            "tailfit: array.name is 'mine', expected one that is not in the file yet");
  EXPECT_EQ(n_files(), 0u);
}

TEST_F(Writer, RefusesFitsAfterAnArrayAndAnythingAfterTheEnd) {
  FitsWriter writer(path(), {0, 100});
  writer.attach("mine", std::span<const double>());
  EXPECT_EQ(refusal([&] { writer.append(some_fits({}, 0)); }),
            "tailfit: fits is given after an array, expected all fits before the first array");
  writer.finish();
  EXPECT_EQ(refusal([&] { writer.finish(); }),
            "tailfit: writer is finished or failed, expected one that is not");
}

TEST(SerializeCalls, RefuseNullPointers) {
  tailfit_file_facts facts{};
  EXPECT_EQ(tailfit_fits_writer_create(nullptr, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_writer_append(nullptr, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_writer_attach(nullptr, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_writer_finish(nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_file_open(nullptr, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_file_describe(nullptr, &facts), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_file_read(nullptr, 0, 0, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_file_array(nullptr, 0, nullptr), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_fits_file_read_array(nullptr, 0, nullptr), TAILFIT_INVALID_ARGUMENT);
  tailfit_fits_writer_destroy(nullptr);
  tailfit_fits_file_close(nullptr);
}

}  // namespace
}  // namespace tailfit::tests
