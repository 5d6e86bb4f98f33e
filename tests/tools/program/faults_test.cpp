// Runs that end in the middle: no memory, no room on the disk, a disk that cannot be written, a
// kill at any moment. Under the final names there is nothing or all of it.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {
namespace {

std::set<std::string> names_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

// ".y.csv.abcdefghijkl.tmp"
bool is_temporary(const std::string& name) {
  return name.starts_with(".") && name.ends_with(".tmp") &&
         (name.find("y.csv") != std::string::npos || name.find("b.csv") != std::string::npos ||
          name.find("f.npz") != std::string::npos);
}

#if !defined(TAILFIT_SANITIZED)
TEST(Faults, WithoutMemoryThereIsALineAndNoOutput) {
  const TemporaryDirectory directory;
  directory.write("x.npy", npy<double>(some_series(50, 20'000), false));
  const auto run = [&](int megabytes, const std::string& arguments) {
    return run_shell(directory.path(), "ulimit -v " + std::to_string(megabytes * 1024) +
                                           " && exec $TAILFIT " + arguments);
  };
  int megabytes = 4;
  while (run(megabytes, "--version").status != 0) ASSERT_LT(++megabytes, 512);
  int n_failed = 0;
  // One thread: oneTBB says other things when it cannot start one.
  const std::string arguments = "fit x.npy --threads 1 -o y.csv --bins-out b.csv";
  for (;; ++megabytes) {
    ASSERT_LT(megabytes, 512);
    const Outcome outcome = run(megabytes, arguments);
    if (outcome.status == 0) break;
    ++n_failed;
    EXPECT_EQ(outcome.status, 1) << megabytes;
    EXPECT_TRUE(outcome.err.starts_with("tailfit: out of ")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(names_in(directory.path()), std::set<std::string>{"x.npy"}) << megabytes;
  }
  EXPECT_GE(n_failed, 3);
  EXPECT_EQ(names_in(directory.path()),
            (std::set<std::string>{"x.npy", "y.csv", "b.csv", "y.csv.json"}));
}
#endif

// A file system of its own, where the machine lets us have one.
class SmallDisk {
 public:
  SmallDisk() {
    is_mounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, "size=128k,mode=0755") == 0;
  }
  ~SmallDisk() {
    if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const { return is_mounted_; }
  const std::filesystem::path& path() const { return directory_.path(); }
  bool make_read_only() const {
    return mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=128k") == 0;
  }

 private:
  TemporaryDirectory directory_;
  bool is_mounted_;
};

TEST(Faults, AFullDiskIsNamedAndLeftEmpty) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "a tmpfs cannot be mounted here";
  const TemporaryDirectory directory;
  directory.write("x.csv", wide_csv(some_series(40, 100)));
  const std::string y = (disk.path() / "y.csv").string();
  const std::string b = (disk.path() / "b.csv").string();
  const Outcome outcome = run_program(directory.path(), {"fit", "x.csv", "--index", "d", "--bins",
                                                         "5000", "-o", y, "--bins-out", b});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "tailfit: cannot write " + b + ": No space left on device\n");
  EXPECT_EQ(names_in(disk.path()), std::set<std::string>{});
}

TEST(Faults, AReadOnlyDiskIsNamed) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "a tmpfs cannot be mounted here";
  ASSERT_TRUE(disk.make_read_only());
  const TemporaryDirectory directory;
  directory.write("x.csv", wide_csv(some_series(4, 100)));
  const std::string y = (disk.path() / "y.csv").string();
  const Outcome outcome = run_program(directory.path(), {"fit", "x.csv", "--index", "d", "-o", y});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "tailfit: cannot write " + y + ": Read-only file system\n");
}

TEST(Faults, KilledAtAnyMomentTheFinalNamesAreAbsentOrWhole) {
  const TemporaryDirectory directory;
  directory.write("x.csv", wide_csv(some_series(60, 400)));
  const Call call{.arguments = {"fit", "x.csv", "--index", "d", "-o", "y.csv", "--bins-out",
                                "b.csv", "--save", "f.npz"},
                  .directory = directory.path()};
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(RunningProgram(call).wait().status, 0);
  const auto whole_run = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::steady_clock::now() - start)
                             .count();
  const std::string whole_y = directory.read("y.csv");
  const std::string whole_b = directory.read("b.csv");
  const std::string whole_f = directory.read("f.npz");
  constexpr std::uint64_t seed = 20261124;
  std::cout << "seed " << seed << '\n';
  std::mt19937_64 random(seed);
  constexpr int n_runs = 40;
  int n_killed = 0;
  for (int i = 0; i < n_runs; ++i) {
    for (const std::string& name : names_in(directory.path())) {
      if (name != "x.csv") std::filesystem::remove(directory.path() / name);
    }
    RunningProgram program(call);
    // The first at once; most of the others near the end, where the files get their names.
    const auto share = i == 0 ? 0u : i % 3 == 0 ? random() % 100 : 60 + random() % 45;
    usleep(static_cast<useconds_t>(static_cast<std::uint64_t>(whole_run) * share / 100));
    program.send(SIGKILL);
    if (program.wait().signal == SIGKILL) ++n_killed;
    if (directory.has("y.csv")) {
      EXPECT_EQ(directory.read("y.csv"), whole_y);
    }
    if (directory.has("b.csv")) {
      EXPECT_EQ(directory.read("b.csv"), whole_b);
    }
    if (directory.has("f.npz")) {
      EXPECT_TRUE(directory.read("f.npz") == whole_f);
    }
    if (directory.has("y.csv.json")) {
      EXPECT_TRUE(nlohmann::json::accept(directory.read("y.csv.json")));
    }
    for (const std::string& name : names_in(directory.path())) {
      const bool is_ours = name == "x.csv" || name == "y.csv" || name == "b.csv" ||
                           name == "f.npz" || name == "y.csv.json" || is_temporary(name);
      EXPECT_TRUE(is_ours) << name;
    }
  }
  EXPECT_GE(n_killed, 1);
  std::cout << n_killed << " of " << n_runs << " runs were killed before their end\n";
}

}  // namespace
}  // namespace tailfit::tools::test
