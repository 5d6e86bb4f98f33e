#include "tools/sha256.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tailfit::tools {
namespace {

// The examples of FIPS 180-2, appendix B.
TEST(Sha256, AgreesWithTheStandardsExamples) {
  Sha256 none;
  EXPECT_EQ(none.hex_digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  abc.update("abc");
  EXPECT_EQ(abc.hex_digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  const std::string bytes(1000, 'x');
  Sha256 whole;
  whole.update(bytes);
  Sha256 pieces;
  for (const char c : bytes) pieces.update({&c, 1});
  EXPECT_EQ(whole.hex_digest(), pieces.hex_digest());
}

}  // namespace
}  // namespace tailfit::tools
