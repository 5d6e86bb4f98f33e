#include "tools/npy_header.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "npy_bytes.hpp"
#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;
using test::npy_dictionary;
using test::npy_header_bytes;

NpyHeader read(const std::string& bytes) {
  MemorySource source(bytes);
  return read_npy_header(source, "x.npy");
}

std::string dictionary_refusal(const std::string& text) {
  return message_of([&] { parse_npy_dictionary(text, "x.npy"); });
}

TEST(NpyHeader, ReadsAllThreeVersions) {
  for (const int major : {1, 2, 3}) {
    const NpyHeader header = read(npy_header_bytes(npy_dictionary("<f8", "(3, 4)"), major));
    EXPECT_EQ(header.dtype, "<f8");
    EXPECT_FALSE(header.fortran_order);
    EXPECT_EQ(header.shape, (std::vector<std::int64_t>{3, 4}));
  }
}

TEST(NpyHeader, ReadsEveryFormOfAShape) {
  const auto shape = [](const std::string& text) {
    return parse_npy_dictionary(npy_dictionary("<f4", text, true), "x.npy").shape;
  };
  EXPECT_EQ(shape("()"), std::vector<std::int64_t>{});
  EXPECT_EQ(shape("(5,)"), std::vector<std::int64_t>{5});
  EXPECT_EQ(shape("(3L, 4L)"), (std::vector<std::int64_t>{3, 4}));
}

TEST(NpyHeader, TakesKeysInAnyOrderAndEitherQuote) {
  const NpyHeader header =
      parse_npy_dictionary("{\"shape\":(2,),\"fortran_order\":True,\"descr\":\"<f4\"}", "x.npy");
  EXPECT_EQ(header.dtype, "<f4");
  EXPECT_TRUE(header.fortran_order);
  EXPECT_EQ(header.shape, std::vector<std::int64_t>{2});
}

TEST(NpyHeader, RefusesOtherFiles) {
  EXPECT_EQ(message_of([] { read("date,A\n1,2\n"); }),
            "x.npy: not an .npy file: it begins with 'date,A', expected \\x93NUMPY");
  EXPECT_EQ(message_of([] { read(""); }),
            "x.npy: not an .npy file: it begins with '', expected \\x93NUMPY");
}

TEST(NpyHeader, RefusesUnknownVersions) {
  EXPECT_EQ(message_of([] { read(npy_header_bytes("{}", 4)); }),
            "x.npy: .npy format version 4.0, expected 1.0, 2.0 or 3.0");
}

TEST(NpyHeader, RefusesAFileThatEndsInTheHeader) {
  const std::string whole = npy_header_bytes(npy_dictionary("<f8", "(3, 4)"));
  for (const std::size_t size : {std::size_t{7}, std::size_t{9}, std::size_t{40}}) {
    EXPECT_EQ(message_of([&] { read(whole.substr(0, size)); }),
              "x.npy: the file ends inside the .npy header");
  }
}

TEST(NpyHeader, RefusesALengthThatNoHeaderHas) {
  EXPECT_EQ(message_of([] { read(std::string("\x93NUMPY\x02\0\xff\xff\xff\x7f", 12)); }),
            "x.npy: the .npy header has a length of 2147483647, expected at most 1048576");
}

TEST(NpyHeader, NamesWhatIsWrongInTheDictionary) {
  EXPECT_EQ(dictionary_refusal("[]"), "x.npy: the .npy header has '[]', expected a '{'");
  EXPECT_EQ(dictionary_refusal("{'a': 1}"),
            "x.npy: the .npy header has the key 'a', expected descr, fortran_order or shape");
  EXPECT_EQ(dictionary_refusal("{'shape': (1,)}"),
            "x.npy: the .npy header has no key descr, expected one");
  EXPECT_EQ(dictionary_refusal("{'shape': (-1,)}"),
            "x.npy: the .npy header has '-1,)}', expected a whole number >= 0");
  EXPECT_EQ(dictionary_refusal("{'shape': (99999999999999999999,)}"),
            "x.npy: the .npy header has '99999999999999999999', expected a whole number >= 0");
  EXPECT_EQ(dictionary_refusal("{'fortran_order': 1}"),
            "x.npy: the .npy header has '1}', expected True or False");
  EXPECT_EQ(dictionary_refusal("{'descr"),
            "x.npy: the .npy header has 'descr', expected a text in quotes");
  EXPECT_EQ(dictionary_refusal("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)"),
            "x.npy: the .npy header has its end, expected a '}'");
  EXPECT_EQ(dictionary_refusal("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} junk"),
            "x.npy: the .npy header has 'junk' after the '}', expected nothing more");
}

}  // namespace
}  // namespace tailfit::tools
