// An input that somebody else writes to while it is read: a failure, never half of a result.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "program/test_data.hpp"
#include "support.hpp"
#include "tools/gzip_encoder.hpp"
#include "tools/open_panels.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

const std::string changed =
    ": the file was changed while it was read, expected the same bytes in every pass over it";

struct Input {
  std::string name;
  std::string bytes;
  InputArguments arguments{};
};

std::string long_text() {
  std::string text = "s,v\n";
  for (int row = 0; row < 200; ++row) text += 's' + std::to_string(row / 10) + ",0.123\n";
  return text;
}

std::string compressed(const std::string& text) {
  GzipEncoder encoder;
  std::string bytes(encoder.encode(text));
  return bytes += encoder.finish();
}

Input long_input(const std::string& name, const std::string& bytes) {
  Input input{name, bytes};
  input.arguments.layout = Layout::long_;
  input.arguments.series_column = "s";
  input.arguments.value_column = "v";
  return input;
}

// One of each way to read a file.
std::vector<Input> all_inputs() {
  const std::vector<test::Series> series = test::some_series(9, 30);
  Input wide{"wide.csv", test::wide_csv(series)};
  Input packed{"wide.csv.gz", compressed(test::wide_csv(series))};
  wide.arguments.index = packed.arguments.index = "d";
  return {wide,
          packed,
          long_input("long.csv", long_text()),
          long_input("long.csv.gz", compressed(long_text())),
          {"rows.npy", test::npy<double>(series, false)},
          {"columns.npy", test::npy<float>(series, true)}};
}

class ChangedFile : public testing::Test {
 protected:
  // Written long ago: the clock of file times may stand still for some milliseconds.
  std::string write(const std::string& name, const std::string& bytes) const {
    directory_.write(name, bytes);
    const std::string path = directory_.file(name);
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    return path;
  }

  // The failure of a run over all panels to whose file this is done after `n_panels` of them.
  std::string failure_of(const Input& input, std::int64_t piece_bytes, int n_panels,
                         const std::function<void(const std::string&)>& change) const {
    InputFile file(write(input.name, input.bytes));
    if (n_panels == 0) change(file.path());
    const std::string message = message_of<Failure>([&] {
      const std::unique_ptr<PanelSource> source =
          open_panels(file, input.arguments, {.bytes = piece_bytes});
      for (int i = 0; i < n_panels; ++i) EXPECT_TRUE(source->next().has_value()) << input.name;
      if (n_panels > 0) change(file.path());
      while (source->next().has_value()) {
      }
      file.digest();
      file.check_unchanged();
    });
    return message.substr(message.rfind('/') + 1);
  }

  TemporaryDirectory directory_;
};

void cut(const std::string& path, std::uintmax_t n_bytes) {
  std::filesystem::resize_file(path, n_bytes);
}

// The same size, and text that is as good as what was there.
void overwrite(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(-3, std::ios::end);
  char byte = 0;
  file.get(byte);
  file.seekp(-3, std::ios::end);
  file.put(byte == '1' ? '2' : '1');
}

TEST_F(ChangedFile, CutAtTheEndOfALineIsNoShorterTable) {
  for (const std::int64_t piece_bytes : {1, 1 << 20}) {
    const Input table = long_input("long.csv", long_text());
    EXPECT_EQ(
        failure_of(table, piece_bytes, 0, [](const std::string& path) { cut(path, 4 + 20 * 9); }),
        "long.csv" + changed);
    Input wide{"wide.csv", "A,B\n1,2\n3,4\n5,6\n"};
    EXPECT_EQ(failure_of(wide, piece_bytes, 0, [](const std::string& path) { cut(path, 12); }),
              "wide.csv" + changed);
  }
}

// What the content looks like then is not the content's fault.
TEST_F(ChangedFile, CutAnywhereIsNoBadInput) {
  for (const Input& input : all_inputs()) {
    for (const std::uintmax_t left : {0u, 3u, 137u}) {
      EXPECT_EQ(failure_of(input, 1, 0, [&](const std::string& path) { cut(path, left); }),
                input.name + changed)
          << left;
      EXPECT_EQ(failure_of(input, 1 << 20, 0, [&](const std::string& path) { cut(path, left); }),
                input.name + changed)
          << left;
    }
  }
}

TEST_F(ChangedFile, ThatGrowsIsAFailure) {
  for (const Input& input : all_inputs()) {
    const auto grow = [&](const std::string& path) {
      std::ofstream(path, std::ios::app | std::ios::binary) << input.bytes;
    };
    EXPECT_EQ(failure_of(input, 1 << 20, 0, grow), input.name + changed);
    EXPECT_EQ(failure_of(input, 1, 1, grow), input.name + changed);
  }
}

// No size, no text and no number is wrong: only the time says that two passes met different bytes.
TEST_F(ChangedFile, WrittenInPlaceBetweenTwoPiecesIsAFailure) {
  for (const Input& input : all_inputs()) {
    EXPECT_EQ(failure_of(input, 1, 2, overwrite), input.name + changed);
  }
}

TEST_F(ChangedFile, WrittenInPlaceAfterTheLastPieceIsAFailure) {
  InputFile file(write("x.csv", "A,B\n1,2\n"));
  file.digest();
  EXPECT_NO_THROW(file.check_unchanged());
  overwrite(file.path());
  EXPECT_EQ(message_of<Failure>([&] { file.check_unchanged(); }), file.name() + changed);
}

// cp -p, touch and their like set the time that a file says it was written at, not the other one.
TEST_F(ChangedFile, WithItsTimeSetBackIsAFailure) {
  InputFile file(write("x.csv", "A,B\n1,2\n"));
  const auto time = std::filesystem::last_write_time(file.path());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  overwrite(file.path());
  std::filesystem::last_write_time(file.path(), time);
  EXPECT_EQ(message_of<Failure>([&] { file.check_unchanged(); }), file.name() + changed);
}

TEST_F(ChangedFile, DeletedOrReplacedIsReadToItsEnd) {
  InputFile file(write("x.csv", "A,B\n1,2\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::filesystem::rename(write("y.csv", "A\n1\n"), file.path());
  EXPECT_EQ(open_panels(file, {}, {})->next()->n_series(), 2u);
  EXPECT_EQ(file.digest().bytes, 8);
  EXPECT_NO_THROW(file.check_unchanged());
}

TEST_F(ChangedFile, StreamsAreNotLookedAt) {
  InputFile file("/dev/null");
  EXPECT_NO_THROW(file.check_unchanged());
}

}  // namespace
}  // namespace tailfit::tools
