// The files of cases that programs write for ptx_parity.py and ptx_distributions.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <ios>
#include <string>

// DIRECTORY/cases.json, begun with the list "cases", and DIRECTORY/cases.bin, bytes that it points
// into.
class CaseFiles {
 protected:
  explicit CaseFiles(const std::string& directory)
      : json_(directory + "/cases.json"), data_(directory + "/cases.bin", std::ios::binary) {
    json_ << "{\"cases\": [";
  }

  // Bytes in hexadecimal.
  void put_bytes(const void* data, std::size_t n) {
    const auto* const bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < n; ++i) {
      char text[3];
      std::snprintf(text, sizeof text, "%02x", bytes[i]);
      json_ << text;
    }
  }

  // Where it lies in cases.bin.
  std::int64_t put(const void* data, std::uint64_t bytes) {
    const std::int64_t at = at_;
    data_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
    at_ += static_cast<std::int64_t>(bytes);
    return at;
  }

  bool is_written() { return json_.flush() && data_.flush(); }

  std::ofstream json_;

 private:
  std::ofstream data_;
  std::int64_t at_ = 0;
};
