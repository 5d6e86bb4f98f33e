#include "tools/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "support.hpp"
#include "tools/gzip_source.hpp"

namespace tailfit::tools {
namespace {

namespace fs = std::filesystem;
using test::MemorySource;
using test::message_of;
using test::TemporaryDirectory;

void write_file(const std::string& path, const std::string& text) {
  OutputFile file(path);
  file.buffer() = text;
  file.finish();
  file.publish();
}

TEST(OutputFile, AppearsOnlyWhenPublished) {
  const TemporaryDirectory directory;
  {
    OutputFile file(directory.file("x.csv"));
    file.buffer() = "text";
    file.finish();
    EXPECT_FALSE(directory.has("x.csv"));
    file.publish();
    EXPECT_EQ(directory.read("x.csv"), "text");
  }
  EXPECT_EQ(directory.n_files(), 1u);
}

TEST(OutputFile, LeavesTheOldFileAloneUntilPublished) {
  const TemporaryDirectory directory;
  directory.write("x.csv", "old");
  {
    OutputFile file(directory.file("x.csv"));
    file.buffer() = "new";
    file.finish();
    EXPECT_EQ(directory.read("x.csv"), "old");
  }  // not published
  EXPECT_EQ(directory.read("x.csv"), "old");
  EXPECT_EQ(directory.n_files(), 1u);
}

TEST(OutputFile, RemovesWhatItWroteWhenItIsGivenUp) {
  const TemporaryDirectory directory;
  {
    OutputFile file(directory.file("x.csv"));
    file.buffer() = std::string(1 << 20, 'x');
    file.flush_if_full();
    EXPECT_EQ(directory.n_files(), 1u);
  }
  EXPECT_EQ(directory.n_files(), 0u);
}

TEST(OutputFile, WritesMoreThanItsBuffer) {
  const TemporaryDirectory directory;
  std::string expected;
  OutputFile file(directory.file("x.csv"));
  for (int i = 0; i < 200'000; ++i) {
    const std::string line = std::to_string(i) + '\n';
    file.buffer() += line;
    file.flush_if_full();
    expected += line;
  }
  file.finish();
  file.publish();
  EXPECT_TRUE(directory.read("x.csv") == expected);
}

TEST(OutputFile, CompressesForNamesInGz) {
  const TemporaryDirectory directory;
  write_file(directory.file("x.csv.gz"), "text\n");
  MemorySource memory(directory.read("x.csv.gz"));
  GzipSource source(memory, "x");
  std::string text(10, '\0');
  text.resize(read_fully(source, text.data(), text.size()));
  EXPECT_EQ(text, "text\n");
}

TEST(OutputFile, HasThePermissionsThatAnyNewFileHas) {
  const TemporaryDirectory directory;
  const mode_t old_mask = umask(027);
  write_file(directory.file("x.csv"), "x");
  umask(old_mask);
  EXPECT_EQ(fs::status(directory.file("x.csv")).permissions(), fs::perms{0640});
}

TEST(OutputFile, KeepsThePermissionsOfTheFileItReplaces) {
  const TemporaryDirectory directory;
  directory.write("x.csv", "old");
  fs::permissions(directory.file("x.csv"), fs::perms{0604});
  write_file(directory.file("x.csv"), "new");
  EXPECT_EQ(fs::status(directory.file("x.csv")).permissions(), fs::perms{0604});
}

TEST(OutputFile, ReplacesWhatASymbolicLinkPointsTo) {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "d");
  directory.write("d/real.csv", "old");
  fs::create_symlink("d/real.csv", directory.path() / "link.csv");
  write_file(directory.file("link.csv"), "new");
  EXPECT_TRUE(fs::is_symlink(directory.path() / "link.csv"));
  EXPECT_EQ(directory.read("d/real.csv"), "new");
}

TEST(OutputFile, SaysWhyItCannotBeOpened) {
  const TemporaryDirectory directory;
  const std::string nowhere = directory.file("none/x.csv");
  EXPECT_EQ(message_of<Failure>([&] { OutputFile{nowhere}; }),
            "cannot write " + nowhere + ": No such file or directory");
  EXPECT_EQ(message_of<Failure>([&] { OutputFile{directory.path().string()}; }),
            "cannot write " + directory.path().string() + ": Is a directory");
  fs::create_symlink("nothing", directory.path() / "dangling");
  EXPECT_EQ(message_of<Failure>([&] { OutputFile{directory.file("dangling")}; }),
            "cannot write " + directory.file("dangling") + ": No such file or directory");
}

TEST(OutputFile, WritesADeviceWithoutReplacingIt) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(OutputFile, ReportsAFullDevice) {
  OutputFile file("/dev/full");
  file.buffer() = "x";
  EXPECT_EQ(message_of<Failure>([&] { file.finish(); }),
            "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace tailfit::tools
