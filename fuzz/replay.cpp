// Runs a fuzz target without a fuzzer, with any compiler: over files, folders of files, and
// random bytes.
//
//     fit_fuzz_replay [--random N] [--seed S] [FILE_OR_FOLDER...]
#include <cinttypes>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// What is being tried, for the message of a run that aborts.
std::uint64_t random_seed = 0;

void name_the_input(int) {
  std::fprintf(stderr, "with: --random 1 --seed %" PRIu64 " (or the last file named)\n",
               random_seed);
}

void replay_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::printf("%s\n", path.filename().c_str());
  std::fflush(stdout);  // the last line names the input that aborts
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::size_t replay(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    replay_file(path);
    return 1;
  }
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) n += replay(entry.path());
  return n;
}

void replay_random(std::uint64_t seed, std::uint64_t n) {
  for (std::uint64_t i = 0; i < n; ++i) {
    std::mt19937_64 random(seed + i);
    std::vector<std::uint8_t> bytes(random() % 400);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    random_seed = seed + i;
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t n_random = 0;
  std::uint64_t seed = 1;
  std::size_t n_files = 0;
  std::signal(SIGABRT, name_the_input);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--random") == 0 && i + 1 < argc) {
      n_random = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      n_files += replay(argv[i]);
    }
  }
  replay_random(seed, n_random);
  std::printf("%zu files and %" PRIu64 " random inputs from seed %" PRIu64 " hold\n", n_files,
              n_random, seed);
  return n_files + n_random > 0 ? 0 : 1;
}
