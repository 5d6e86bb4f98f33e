#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support.hpp"
#include "tools/gzip_encoder.hpp"
#include "tools/gzip_source.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;

std::string compressed(const std::string& bytes) {
  GzipEncoder encoder;
  std::string out(encoder.encode(bytes));
  out += encoder.finish();
  return out;
}

std::string read_all(ByteSource& source) {
  std::string all;
  std::vector<char> buffer(1000);
  while (const std::size_t n = source.read(buffer.data(), buffer.size())) {
    all.append(buffer.data(), n);
  }
  return all;
}

std::string expanded(const std::string& bytes, std::size_t piece = 1 << 20) {
  MemorySource memory(bytes, piece);
  GzipSource source(memory, "x.csv.gz");
  return read_all(source);
}

// Text that does not compress to nothing.
std::string some_digits(int n) {
  std::mt19937_64 random(7);
  std::string text;
  for (int i = 0; i < n; ++i) text += std::to_string(random()) + '\n';
  return text;
}

TEST(Gzip, GivesBackWhatWasEncoded) {
  for (const int n : {0, 1, 100, 50'000}) {
    const std::string text = some_digits(n);
    EXPECT_EQ(expanded(compressed(text)), text);
  }
}

TEST(Gzip, ReadsPiecesOfAnySize) {
  const std::string text = some_digits(100);
  for (const std::size_t piece : {1u, 2u, 7u}) EXPECT_EQ(expanded(compressed(text), piece), text);
}

TEST(Gzip, EncodesTheSameBytesHoweverTheyAreCut) {
  const std::string text = some_digits(1000);
  GzipEncoder encoder;
  std::string pieces;
  for (const char c : text) pieces += encoder.encode({&c, 1});
  pieces += encoder.finish();
  EXPECT_EQ(pieces, compressed(text));
}

TEST(Gzip, WritesNoTimeIntoTheHeader) {
  EXPECT_EQ(compressed("x").substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST(Gzip, ReadsSeveralMembersAsOneText) {
  EXPECT_EQ(expanded(compressed("one\n") + compressed("") + compressed("two\n")), "one\ntwo\n");
}

TEST(Gzip, IgnoresPaddingWithZeroBytes) {
  EXPECT_EQ(expanded(compressed("one\n") + std::string(512, '\0')), "one\n");
}

TEST(Gzip, RefusesATruncatedStream) {
  const std::string whole = compressed(some_digits(100));
  for (const std::size_t size :
       {std::size_t{2}, std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    EXPECT_EQ(message_of([&] { expanded(whole.substr(0, size)); }),
              "x.csv.gz: the gzip data end too early; the file is truncated");
  }
}

TEST(Gzip, RefusesADamagedStream) {
  std::string bytes = compressed(some_digits(100));
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);  // in the check sum
  EXPECT_EQ(message_of([&] { expanded(bytes); }),
            "x.csv.gz: the gzip data are damaged: incorrect data check");
}

TEST(Gzip, RefusesTextAfterTheEnd) {
  EXPECT_EQ(message_of([&] { expanded(compressed("one\n") + "two\n"); }),
            "x.csv.gz: there are bytes after the end of the gzip data");
}

}  // namespace
}  // namespace tailfit::tools
