// Every elementary function on the device against the same text on the host, bit by bit.
//
//   gpu_math_parity [--arguments N] [--seed S] [--seconds LIMIT] [--json FILE]
//
// N arguments for each function (math_arguments.hpp says which), or as many as the time allows:
// each function has an equal part of it. This file is the host's side: compiled as the library's
// host code is. Exit status: 0 the same bits, 1 a difference or an error, 77 no device.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/cuda/gpu_program.hpp"
#include "tests/cuda/math_functions.hpp"

namespace {

using namespace tailfit::gpu;

constexpr std::int64_t chunk_size = std::int64_t{1} << 22;
constexpr std::size_t most_examples = 10;

constexpr std::array<const char*, n_math_functions> names = {
    "log fp64",    "log1p fp64",  "exp fp64", "expm1 fp64",      "pow fp64",
    "log fp32",    "log1p fp32",  "exp fp32", "expm1 fp32",      "pow fp32",
    "log1p_ratio", "expm1_ratio", "gpd_isf",  "gpd_mean_beyond", "gpd_integral_within"};

bool is_single(int function) {
  return function >= static_cast<int>(MathFunction::log_f32) &&
         function <= static_cast<int>(MathFunction::pow_f32);
}

void check(cudaError_t error, const char* call) {
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string(call) + " failed: " + cudaGetErrorString(error));
  }
}

struct Mismatch {
  std::uint64_t index;
  std::uint64_t on_device;
  Evaluation on_host;
};

struct Comparison {
  std::int64_t n = 0;
  std::int64_t n_mismatches = 0;
  std::vector<Mismatch> first;  // by index

  void add(const Comparison& other) {
    n += other.n;
    n_mismatches += other.n_mismatches;
    first.insert(first.end(), other.first.begin(), other.first.end());
    std::sort(first.begin(), first.end(),
              [](const Mismatch& a, const Mismatch& b) { return a.index < b.index; });
    if (first.size() > most_examples) first.resize(most_examples);
  }
};

struct Chunk {
  std::uint64_t first;
  std::int64_t n;
};

template <MathFunction function>
Comparison compare_part(std::uint64_t seed, const Chunk& part, const std::uint64_t* results) {
  Comparison found;
  found.n = part.n;
  for (std::int64_t i = 0; i < part.n; ++i) {
    const std::uint64_t index = part.first + static_cast<std::uint64_t>(i);
    const Evaluation here = evaluate<function>(seed, index);
    if (here.result == results[i]) continue;
    ++found.n_mismatches;
    if (found.first.size() < most_examples) found.first.push_back({index, results[i], here});
  }
  return found;
}

// With every core.
Comparison compare_chunk(int function, std::uint64_t seed, const Chunk& chunk,
                         const std::uint64_t* results) {
  const std::int64_t n_threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Comparison> parts(static_cast<std::size_t>(n_threads));
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < n_threads; ++t) {
    const std::int64_t begin = chunk.n * t / n_threads;
    const std::int64_t end = chunk.n * (t + 1) / n_threads;
    threads.emplace_back([=, &parts] {
      with_function(function, [&](auto which) {
        parts[static_cast<std::size_t>(t)] = compare_part<decltype(which)::value>(
            seed, {chunk.first + static_cast<std::uint64_t>(begin), end - begin}, results + begin);
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  Comparison whole;
  for (const Comparison& part : parts) whole.add(part);
  return whole;
}

// Two buffers: the device fills one while the host reads the other.
class Results {
 public:
  Results() {
    constexpr std::size_t bytes = chunk_size * sizeof(std::uint64_t);
    check(cudaStreamCreate(&stream_), "cudaStreamCreate");
    for (int i = 0; i < 2; ++i) {
      check(cudaMalloc(reinterpret_cast<void**>(&device_[i]), bytes), "cudaMalloc");
      check(cudaMallocHost(reinterpret_cast<void**>(&host_[i]), bytes), "cudaMallocHost");
      check(cudaEventCreate(&done_[i]), "cudaEventCreate");
    }
  }
  ~Results() {
    cudaStreamSynchronize(stream_);
    for (int i = 0; i < 2; ++i) {
      cudaFree(device_[i]);
      cudaFreeHost(host_[i]);
      cudaEventDestroy(done_[i]);
    }
    cudaStreamDestroy(stream_);
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  void begin(int buffer, int function, std::uint64_t seed, const Chunk& chunk) {
    const auto bytes = static_cast<std::size_t>(chunk.n) * sizeof(std::uint64_t);
    check(static_cast<cudaError_t>(
              launch_math(function, seed, chunk.first, chunk.n, device_[buffer], stream_)),
          "the kernel's launch");
    check(cudaMemcpyAsync(host_[buffer], device_[buffer], bytes, cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpyAsync");
    check(cudaEventRecord(done_[buffer], stream_), "cudaEventRecord");
  }
  const std::uint64_t* finish(int buffer) {
    check(cudaEventSynchronize(done_[buffer]), "cudaEventSynchronize");
    return host_[buffer];
  }

 private:
  cudaStream_t stream_ = nullptr;
  std::uint64_t* device_[2] = {};
  std::uint64_t* host_[2] = {};
  cudaEvent_t done_[2] = {};
};

// Until all arguments are done or the clock has come to `until`.
Comparison compare_function(Results& results, int function, std::uint64_t seed,
                            std::int64_t n_arguments, const Stopwatch& clock, double until) {
  const auto chunk = [&](std::int64_t i) {
    const std::int64_t first = i * chunk_size;
    return Chunk{static_cast<std::uint64_t>(first), std::min(chunk_size, n_arguments - first)};
  };
  const std::int64_t n_chunks = (n_arguments + chunk_size - 1) / chunk_size;
  Comparison found;
  if (n_chunks > 0) results.begin(0, function, seed, chunk(0));
  for (std::int64_t i = 0; i < n_chunks; ++i) {
    const int buffer = static_cast<int>(i % 2);
    const std::uint64_t* on_device = results.finish(buffer);
    const bool goes_on = i + 1 < n_chunks && clock.seconds() < until;
    if (goes_on) results.begin(1 - buffer, function, seed, chunk(i + 1));
    found.add(compare_chunk(function, seed, chunk(i), on_device));
    if (!goes_on) break;
  }
  return found;
}

std::string function_json(int function, const Comparison& found) {
  const int digits = is_single(function) ? 8 : 16;
  JsonList examples;
  for (const Mismatch& mismatch : found.first) {
    JsonList arguments;
    for (const std::uint64_t bits : mismatch.on_host.arguments) {
      arguments.add(json_hex(bits, digits));
    }
    JsonList example;
    example.add("index", std::to_string(mismatch.index));
    example.add("arguments", arguments.array());
    example.add("gpu", json_hex(mismatch.on_device, digits));
    example.add("cpu", json_hex(mismatch.on_host.result, digits));
    examples.add(example.object());
  }
  JsonList members;
  members.add("name", json_string(names[static_cast<std::size_t>(function)]));
  members.add("arguments", std::to_string(found.n));
  members.add("mismatches", std::to_string(found.n_mismatches));
  members.add("examples", examples.array());
  return members.object();
}

int run(const Arguments& arguments) {
  const std::int64_t n_arguments = arguments.number("arguments", 100'000'000);
  const auto seed = static_cast<std::uint64_t>(arguments.number("seed", 1));
  const auto seconds = static_cast<double>(arguments.number("seconds", 85));
  const Stopwatch clock;
  JsonList functions;
  std::int64_t n_mismatches = 0;
  bool complete = true;
  std::string failure;
  try {
    Results results;
    for (int function = 0; function < n_math_functions; ++function) {
      const double until = seconds * (function + 1) / n_math_functions;
      const Comparison found =
          compare_function(results, function, seed + static_cast<std::uint64_t>(function),
                           n_arguments, clock, until);
      std::printf("%-20s %12lld arguments, %lld mismatches, %.1f s\n",
                  names[static_cast<std::size_t>(function)], static_cast<long long>(found.n),
                  static_cast<long long>(found.n_mismatches), clock.seconds());
      std::fflush(stdout);
      functions.add(function_json(function, found));
      n_mismatches += found.n_mismatches;
      complete = complete && found.n == n_arguments;
    }
  } catch (const std::exception& error) {
    failure = error.what();
    std::printf("%s\n", failure.c_str());
  }
  if (failure.empty() && n_mismatches == 0 && !complete) {
    failure = "the time was up before all arguments were tried";
    std::printf("%s\n", failure.c_str());
  }
  const bool ok = failure.empty() && n_mismatches == 0;
  JsonList members;
  members.add("functions", functions.array());
  members.add("asked", std::to_string(n_arguments));
  members.add("complete", complete && failure.empty() ? "true" : "false");
  members.add("seconds", json_number(clock.seconds()));
  members.add("result", json_string(ok ? "equal" : n_mismatches > 0 ? "different" : "failed"));
  if (failure.empty() && !ok) failure = std::to_string(n_mismatches) + " results differ";
  if (!failure.empty()) members.add("reason", json_string(failure));
  return write_json(arguments.text("json"), members.object()) && ok ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"arguments", "seed", "seconds", "json"});
  const std::string reason = no_device_reason();
  if (!reason.empty()) return report_no_device(arguments.text("json"), reason);
  return run(arguments);
}
