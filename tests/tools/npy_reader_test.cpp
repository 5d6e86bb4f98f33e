#include "tools/npy_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "npy_bytes.hpp"
#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::bytes_of;
using test::message_of;
using test::npy_dictionary;
using test::npy_header_bytes;
using test::TemporaryDirectory;

Panel read(const std::string& bytes) {
  const TemporaryDirectory directory;
  directory.write("x.npy", bytes);
  InputFile file(directory.file("x.npy"));
  return read_npy(file);
}

// Without the directory's random name.
std::string refusal_of(const std::string& bytes) {
  const std::string message = message_of([&] { read(bytes); });
  return message.substr(message.find("x.npy"));
}

std::string refusal_of_dictionary(const std::string& dictionary) {
  return refusal_of(npy_header_bytes(dictionary));
}

TEST(NpyReader, ReadsRowsOfDoubles) {
  const Panel panel = read(npy_header_bytes(npy_dictionary("<f8", "(3, 2)")) +
                           bytes_of<double>({1, 10, 2, 20, 3, 30}));
  EXPECT_EQ(panel.names, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(panel.offsets, (std::vector<std::int64_t>{0, 3, 6}));
  EXPECT_EQ(std::get<std::vector<double>>(panel.values),
            (std::vector<double>{1, 2, 3, 10, 20, 30}));
}

TEST(NpyReader, ReadsColumnsOfFloatsAsFloats) {
  const Panel panel = read(npy_header_bytes(npy_dictionary("<f4", "(3, 2)", true)) +
                           bytes_of<float>({1, 2, 3, 10, 20, 30}));
  EXPECT_EQ(std::get<std::vector<float>>(panel.values), (std::vector<float>{1, 2, 3, 10, 20, 30}));
}

TEST(NpyReader, ReadsOneDimensionAsOneSeries) {
  for (const bool fortran_order : {false, true}) {
    const Panel panel = read(npy_header_bytes(npy_dictionary("<f8", "(3,)", fortran_order)) +
                             bytes_of<double>({1, 2, 3}));
    EXPECT_EQ(panel.names, std::vector<std::string>{"0"});
    EXPECT_EQ(std::get<std::vector<double>>(panel.values), (std::vector<double>{1, 2, 3}));
  }
}

// More rows than a block holds.
TEST(NpyReader, KeepsTheOrderOfManyRows) {
  constexpr std::size_t n_rows = 2000;
  constexpr std::size_t n_series = 400;
  std::vector<double> rows(n_rows * n_series);
  std::vector<double> columns(rows.size());
  for (std::size_t t = 0; t < n_rows; ++t) {
    for (std::size_t s = 0; s < n_series; ++s) {
      rows[t * n_series + s] = columns[s * n_rows + t] = static_cast<double>(1000 * t + s);
    }
  }
  const Panel panel = read(npy_header_bytes(npy_dictionary("<f8", "(2000, 400)")) + bytes_of(rows));
  EXPECT_TRUE(std::get<std::vector<double>>(panel.values) == columns);
}

TEST(NpyReader, RefusesOtherTypes) {
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<i8", "(3,)")),
            "x.npy: the values are of type '<i8', expected '<f4' or '<f8'");
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary(">f8", "(3,)")),
            "x.npy: the values are of type '>f8' (big-endian), expected '<f4' or '<f8'");
  EXPECT_EQ(
      refusal_of_dictionary("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,)}"),
      "x.npy: the values are of type '[('a', '<f8')]', expected '<f4' or '<f8'");
}

TEST(NpyReader, RefusesOtherShapes) {
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "(2, 3, 4)")),
            "x.npy: an array of shape (2, 3, 4), expected one dimension (time) or two (time, "
            "series)");
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "()")),
            "x.npy: an array of shape (), expected one dimension (time) or two (time, series)");
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "(0, 3)")),
            "x.npy: an array of shape (0, 3), expected at least one value");
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "(4294967296, 4294967296)")),
            "x.npy: an array of shape (4294967296, 4294967296), expected one that fits in memory");
}

TEST(NpyReader, RefusesTooFewAndTooManyValues) {
  const std::string header = npy_header_bytes(npy_dictionary("<f8", "(3,)"));
  EXPECT_EQ(refusal_of(header + bytes_of<double>({1, 2})),
            "x.npy: 16 bytes of values, expected 24 for shape (3,) of '<f8'");
  EXPECT_EQ(refusal_of(header + bytes_of<double>({1, 2, 3}) + "x"),
            "x.npy: 25 bytes of values, expected 24 for shape (3,) of '<f8'");
}

TEST(NpyReader, RefusesADamagedShapeBeforeTakingItsMemory) {
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "(100000000000,)")),
            "x.npy: 0 bytes of values, expected 800000000000 for shape (100000000000,) of '<f8'");
  EXPECT_EQ(refusal_of_dictionary(npy_dictionary("<f8", "(1, 100000000000)")),
            "x.npy: 0 bytes of values, expected 800000000000 for shape (1, 100000000000) of '<f8'");
}

// A pipe with these bytes in it.
class Pipe {
 public:
  explicit Pipe(const std::string& bytes) {
    if (pipe(ends_.data()) != 0) throw std::runtime_error("cannot make a pipe");
    if (write(ends_[1], bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("cannot write to a pipe");
    }
    close(ends_[1]);
  }
  ~Pipe() { close(ends_[0]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(ends_[0]); }

 private:
  std::array<int, 2> ends_{};
};

TEST(NpyReader, ReadsRowsAndColumnsThroughAPipe) {
  for (const bool fortran_order : {false, true}) {
    const Pipe pipe(npy_header_bytes(npy_dictionary("<f8", "(3, 2)", fortran_order)) +
                    (fortran_order ? bytes_of<double>({1, 2, 3, 10, 20, 30})
                                   : bytes_of<double>({1, 10, 2, 20, 3, 30})));
    InputFile file(pipe.path());
    EXPECT_EQ(std::get<std::vector<double>>(read_npy(file).values),
              (std::vector<double>{1, 2, 3, 10, 20, 30}));
  }
}

TEST(NpyReader, TakesNoMoreMemoryForAPipeThanItHolds) {
  for (const std::string shape : {"(1, 100000000000)", "(100000000000, 1)"}) {
    const Pipe pipe(npy_header_bytes(npy_dictionary("<f8", shape)) + bytes_of<double>({1, 2}));
    InputFile file(pipe.path());
    EXPECT_EQ(message_of([&] { read_npy(file); }),
              pipe.path() + ": 16 bytes of values, expected 800000000000 for shape " + shape +
                  " of '<f8'");
  }
}

}  // namespace
}  // namespace tailfit::tools
