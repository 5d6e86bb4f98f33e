// Fits and files for the tests of files of fits.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/saved/crc32.hpp"
#include "host/saved/npy_text.hpp"
#include "host/saved/zip_archive.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {

// A folder of its own, removed with everything in it.
class SavedFiles : public testing::Test {
 protected:
  SavedFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "tailfit-saved-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
  }
  ~SavedFiles() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  std::string path(const std::string& name = "fits.npz") const { return folder_ + "/" + name; }
  std::string read(const std::string& name = "fits.npz") const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(std::string_view bytes, const std::string& name = "fits.npz") const {
    std::ofstream out(path(name), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::size_t n_files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  SplicedFits some_fits(const FitOptions& options, std::int64_t n = 16) const {
    const std::vector<double> values = mixed_batch(31, n, 300);
    return fit(context_, SeriesView<double>::rows(values.data(), n, 300), options);
  }

  const Context context_{{.threads = 2}};
  std::string folder_;
};

// The message of the Error that `action` throws, without the folder.
template <class Error, class Action>
std::string refusal_of(const std::string& folder, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    std::string message = error.what();
    const std::size_t at = message.find(folder);
    if (at != std::string::npos) message.erase(at, folder.size() + 1);
    return message;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline void expect_same_fits(const SplicedFitsView& a, const SplicedFitsView& b) {
  ASSERT_EQ(a.n_fits, b.n_fits);
  ASSERT_EQ(a.bins, b.bins);
  ASSERT_EQ(a.counts_kind, b.counts_kind);
  EXPECT_EQ(a.laplace, b.laplace);
  const auto n = static_cast<std::size_t>(a.n_fits);
  const auto expect_same = [](const char* name, const void* x, const void* y, std::size_t bytes) {
    EXPECT_TRUE(same_bits(x, y, bytes)) << name;
  };
  expect_same("n", a.n, b.n, 8 * n);
  expect_same("n_missing", a.n_missing, b.n_missing, 8 * n);
  expect_same("status", a.status, b.status, 4 * n);
  for (const auto& [x, y] : {std::pair(a.lower, b.lower), std::pair(a.upper, b.upper)}) {
    expect_same("threshold", x.threshold, y.threshold, 8 * n);
    expect_same("shape", x.shape, y.shape, 8 * n);
    expect_same("scale", x.scale, y.scale, 8 * n);
    expect_same("loglik", x.loglik, y.loglik, 8 * n);
    expect_same("n_exceed", x.n_exceed, y.n_exceed, 8 * n);
  }
  const std::size_t bytes_of_a_count = a.counts_kind == 0 ? 0 : a.counts_kind == 1 ? 2 : 4;
  expect_same("counts", a.counts, b.counts,
              n * static_cast<std::size_t>(a.bins) * bytes_of_a_count);
}

// Members of an archive, each with its header and numbers; names without ".npy".
using Members = std::vector<std::pair<std::string, std::string>>;

template <class T>
std::string npy_of(const std::string& descr, const std::vector<std::int64_t>& shape,
                   const std::vector<T>& numbers) {
  return host::npy_header({descr, shape, false}) +
         std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
}

inline std::string archive_of(const Members& members) {
  std::string bytes;
  std::vector<host::ZipMember> entries;
  for (const auto& [name, data] : members) {
    host::ZipMember entry{name + ".npy", host::crc32_of(data), data.size(), bytes.size(), 0};
    bytes += host::zip_local_header(entry) + data;
    entries.push_back(entry);
  }
  return bytes + host::zip_directory(entries, bytes.size());
}

// The members of a file, as bytes.
inline Members members_of(const std::string& path, const std::string& bytes) {
  Members members;
  for (const host::ZipMember& member : host::read_zip_directory(host::ReadableFile(path.c_str()))) {
    members.emplace_back(member.name.substr(0, member.name.size() - 4),
                         bytes.substr(member.data, member.bytes));
  }
  return members;
}

}  // namespace tailfit::tests
