#include "tools/input_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "support.hpp"
#include "tools/text_source.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

TEST(InputFile, HashesAndCountsTheBytesOfTheFile) {
  const TemporaryDirectory directory;
  directory.write("x.csv", "abc");
  InputFile file(directory.file("x.csv"));
  const InputFile::Digest digest = file.digest();
  EXPECT_EQ(digest.bytes, 3);
  EXPECT_EQ(digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(InputFile, GivesFirstBytesOutAgain) {
  const TemporaryDirectory directory;
  directory.write("x.csv", "0123456789");
  InputFile file(directory.file("x.csv"));
  EXPECT_EQ(file.first_bytes(), "01234567");
  EXPECT_EQ(file.bytes_left(), 10);
  std::array<char, 10> bytes{};
  EXPECT_EQ(file.read(bytes.data(), 3), 3u);
  EXPECT_EQ(file.bytes_left(), 7);
  EXPECT_EQ(read_fully(file, bytes.data(), 10), 7u);
  EXPECT_EQ(std::string(bytes.data(), 7), "3456789");
  EXPECT_EQ(file.bytes_left(), 0);
}

TEST(InputFile, SaysWhyAFileCannotBeRead) {
  const TemporaryDirectory directory;
  EXPECT_EQ(message_of<Failure>([&] { InputFile(directory.file("none.csv")); }),
            "cannot read " + directory.file("none.csv") + ": No such file or directory");
  EXPECT_EQ(message_of<Failure>([&] { InputFile(directory.path().string()); }),
            "cannot read " + directory.path().string() + ": Is a directory");
}

TEST(InputFile, TellsStreamsFromFiles) {
  EXPECT_TRUE(InputFile("/dev/null").is_stream());
  EXPECT_FALSE(InputFile("/dev/null").bytes_left().has_value());
}

TEST(TextSource, RefusesAGzNameWithoutGzipData) {
  const TemporaryDirectory directory;
  directory.write("x.csv.gz", "date,A\n");
  InputFile file(directory.file("x.csv.gz"));
  EXPECT_EQ(
      message_of([&] { open_text(file); }),
      directory.file("x.csv.gz") + ": begins with 'da', expected the bytes 1f 8b of gzip data");
}

TEST(TextSource, RefusesUtf16) {
  const TemporaryDirectory directory;
  directory.write("x.csv", std::string("\xFF\xFE"
                                       "a\0",
                                       4));
  InputFile file(directory.file("x.csv"));
  EXPECT_EQ(message_of([&] { open_text(file); }),
            directory.file("x.csv") + ": the text is UTF-16, expected UTF-8");
}

}  // namespace
}  // namespace tailfit::tools
