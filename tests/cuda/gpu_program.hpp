// What the programs for a GPU share: their arguments, the JSON that they leave, and the exit status
// that says that there is no device. scripts/verify-gpu.sh reads all three.
#pragma once

#include <cuda_runtime_api.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace tailfit::gpu {

// The programs' own word, and ctest's: skipped.
constexpr int no_device_status = 77;

// --name value pairs, of the given names only. A bad call ends the program with status 2.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::initializer_list<const char*> names)
      : program_(argv[0]), names_(names.begin(), names.end()) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      bool known = false;
      for (const std::string& allowed : names_) known = known || name == "--" + allowed;
      if (!known) fail("unknown argument '" + name + "'");
      if (i + 1 == argc) fail(name + " expects a value");
      given_[name.substr(2)] = argv[i + 1];
    }
  }

  bool has(const std::string& name) const { return given_.count(name) != 0; }
  std::string text(const std::string& name, const std::string& otherwise = "") const {
    const auto found = given_.find(name);
    return found == given_.end() ? otherwise : found->second;
  }
  std::int64_t number(const std::string& name, std::int64_t otherwise) const {
    if (!has(name)) return otherwise;
    const std::string value = text(name);
    char* end = nullptr;
    errno = 0;
    const long long parsed = std::strtoll(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0' || errno != 0 || parsed < 0) {
      fail("--" + name + " is '" + value + "', expected a whole number >= 0");
    }
    return parsed;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    std::fprintf(stderr, "%s: %s\nusage: %s", program_.c_str(), message.c_str(), program_.c_str());
    for (const std::string& name : names_) std::fprintf(stderr, " [--%s VALUE]", name.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }

  std::string program_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> given_;
};

// ---- JSON

inline std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += std::string("\\") + c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte > 0x7E) {
      quoted += '?';  // need not be UTF-8
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

// null where JSON has no such number.
inline std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

inline std::string json_hex(std::uint64_t bits, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "\"0x%0*llx\"", digits, static_cast<unsigned long long>(bits));
  return text;
}

// Members of an object or elements of an array, comma by comma.
class JsonList {
 public:
  void add(const std::string& element) { text_ += (text_.empty() ? "" : ", ") + element; }
  void add(const std::string& name, const std::string& value) {
    add(json_string(name) + ": " + value);
  }
  std::string object() const { return "{" + text_ + "}"; }
  std::string array() const { return "[" + text_ + "]"; }

 private:
  std::string text_;
};

// True where the file could be written, or where no file was asked for.
inline bool write_json(const std::string& path, const std::string& json) {
  if (path.empty()) return true;
  std::FILE* file = std::fopen(path.c_str(), "w");
  bool written = file != nullptr && std::fprintf(file, "%s\n", json.c_str()) > 0;
  if (file != nullptr) written = std::fclose(file) == 0 && written;
  if (!written) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return written;
}

// ---- the device

// Why there is no device that a program could use; "" where there is one. A driver that does not
// start and a device that the library fails on are not among these reasons: the program goes on,
// and fails by itself.
inline std::string no_device_reason() {
  int n_devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&n_devices);
  if (error == cudaSuccess) {
    return n_devices == 0 ? "no CUDA device: the driver lists none" : "";
  }
  cudaGetLastError();
  if (error != cudaErrorNoDevice && error != cudaErrorInsufficientDriver) return "";
  return std::string("no CUDA device: ") + cudaGetErrorString(error);
}

// Says so, on standard output and in the JSON, and returns the exit status.
inline int report_no_device(const std::string& path, const std::string& reason) {
  std::printf("%s\n", reason.c_str());
  write_json(path, "{\"device\": null, \"reason\": " + json_string(reason) + "}");
  return no_device_status;
}

// ---- the time

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tailfit::gpu
