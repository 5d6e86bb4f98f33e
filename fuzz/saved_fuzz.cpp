// The fuzz target of files of fits: the bytes of a file, a file of fits that is cut off or changed,
// or an archive whose checksums are right and whose members are not. What is opened is read,
// answers every function, and is the same fits when it is saved again; what is not is refused in
// one line.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/require.hpp"
#include "host/saved/crc32.hpp"
#include "host/saved/npy_text.hpp"
#include "host/saved/zip_archive.hpp"

namespace {

using tailfit::fuzz::ByteReader;
using tailfit::fuzz::require;
using tailfit::fuzz::require_text;
namespace host = tailfit::host;

// A file in memory; opened anew by its path it is read from its beginning.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("fits", 0)) {
    if (descriptor_ < 0) std::abort();
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int descriptor() const { return descriptor_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void write(std::string_view bytes) const {
    if (::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
  }

 private:
  int descriptor_;
};

const tailfit::Context& context() {
  static const tailfit::Context one({.backend = tailfit::Backend::cpu, .threads = 1});
  return one;
}

// Three fits with options, names and an array, as members with their headers.
using Members = std::vector<std::pair<std::string, std::string>>;
const Members& good_members() {
  static const Members members = [] {
    std::vector<double> values(3 * 60);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<double>(i * i % 97) / (1.0 + static_cast<double>(i % 13));
    }
    const tailfit::FitOptions options{.lower = tailfit::count(12), .bins = 4, .min_exceedances = 3};
    const tailfit::SplicedFits fits =
        tailfit::fit(context(), tailfit::SeriesView<double>::rows(values.data(), 3, 60), options);
    const MemoryFile file;
    tailfit::FitsWriter writer(file.descriptor(), {3, 4}, &options);
    writer.append(fits);
    writer.attach_texts("series", std::vector<std::string>{"A", "", "long name"});
    writer.finish();
    const host::ReadableFile read(file.path().c_str());
    Members all;
    for (const host::ZipMember& member : host::read_zip_directory(read)) {
      std::string bytes(member.bytes, '\0');
      read.read_at(member.data, bytes.data(), bytes.size());
      all.emplace_back(member.name, bytes);
    }
    return all;
  }();
  return members;
}

std::string archive_of(const Members& members) {
  std::string bytes;
  std::vector<host::ZipMember> entries;
  for (const auto& [name, data] : members) {
    entries.push_back({name, host::crc32_of(data), data.size(), bytes.size(), 0});
    bytes += host::zip_local_header(entries.back()) + data;
  }
  return bytes + host::zip_directory(entries, bytes.size());
}

std::string rest_of(ByteReader& bytes) {
  std::string rest;
  while (!bytes.at_end()) rest += static_cast<char>(bytes.take<std::uint8_t>());
  return rest;
}

// One change of the members, which may still be those of a good file.
void change(ByteReader& bytes, Members& members) {
  const std::size_t i = bytes.take<std::uint8_t>() % members.size();
  std::string& data = members[i].second;
  const std::size_t n_head = host::npy_header_bytes(data).value_or(0);
  switch (bytes.take<std::uint8_t>() % 7) {
    case 0:
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    case 1:
      members.push_back(members[i]);
      break;
    case 2:  // numbers
      for (std::size_t n = 1 + bytes.take<std::uint8_t>() % 16u; n > 0 && data.size() > n_head;
           --n) {
        data[n_head + bytes.take<std::uint8_t>() % (data.size() - n_head)] =
            static_cast<char>(bytes.take<std::uint8_t>());
      }
      break;
    case 3:  // the header
      if (n_head > 0) data[bytes.take<std::uint8_t>() % n_head] = bytes.take<char>();
      break;
    case 4: {  // another shape
      std::vector<std::int64_t> shape;
      for (int n = bytes.take<std::uint8_t>() % 4; n > 0; --n) {
        shape.push_back(bytes.take<std::uint8_t>() < 200 ? bytes.take<std::uint8_t>() % 6
                                                         : bytes.take<std::int64_t>() >> 1);
        if (shape.back() < 0) shape.back() = 0;
      }
      const std::string numbers = data.substr(std::min(n_head, data.size()));
      const bool is_fortran = bytes.take<std::uint8_t>() % 4 == 0;
      data = host::npy_header(
                 {bytes.take<std::uint8_t>() % 2 == 0 ? "'<f8'" : "'<i8'", shape, is_fortran}) +
             numbers;
      break;
    }
    case 5:
      std::swap(members[i].second, members[bytes.take<std::uint8_t>() % members.size()].second);
      break;
    default:
      members[i].first[0] = static_cast<char>(bytes.take<std::uint8_t>());
  }
}

std::string file_of(ByteReader& bytes) {
  const auto kind = bytes.take<std::uint8_t>() % 4;
  if (kind == 0) return rest_of(bytes);
  Members members = good_members();
  if (kind >= 2) {
    for (int n = 1 + bytes.take<std::uint8_t>() % 3; n > 0 && !members.empty(); --n) {
      change(bytes, members);
    }
    return archive_of(members);
  }
  std::string file = archive_of(members);
  const std::size_t at = bytes.take<std::uint16_t>() % file.size();
  if (bytes.take<std::uint8_t>() % 2 == 0) {
    file.resize(at);
  } else {
    file[at] = static_cast<char>(file[at] ^ std::max<std::uint8_t>(bytes.take<std::uint8_t>(), 1));
  }
  return file;
}

void check_opened(const tailfit::FitsFile& file) {
  const tailfit::SplicedFits fits = file.read(0, file.size());
  const std::vector<double> points{-1e300, -1.0, 0.0, 0.25, 0.5, 1.0, 7.0, 1e300};
  if (file.size() * file.bins() < 100'000) {
    for (std::int32_t function = 1; function <= 50; ++function) {
      tailfit_points asked = tailfit::Points::shared(points).c_points(0.5);
      std::vector<double> out(points.size() * static_cast<std::size_t>(file.size()) + 1);
      tailfit_evaluate(context().c_handle(), &fits.view(), function, &asked, out.data());
    }
  }
  const MemoryFile again;
  tailfit::FitsWriter writer(again.descriptor(),
                             {file.size(), file.bins(), file.counts_kind(), file.laplace()});
  writer.append(fits);
  writer.finish();
  const tailfit::SplicedFits read = tailfit::load(again.path());
  const auto n = static_cast<std::size_t>(file.size());
  require(read.size() == fits.size() &&
              (n == 0 ||
               (std::memcmp(read.n().data(), fits.n().data(), 8 * n) == 0 &&
                std::memcmp(read.upper().shape.data(), fits.upper().shape.data(), 8 * n) == 0)),
          "what is saved again is the same", file.size());
  try {
    if (file.has_texts("series")) file.texts("series");
  } catch (const std::invalid_argument&) {  // ends that are none, or other types
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader bytes(data, size);
  const bool is_damaged = size > 0 && data[0] % 4 == 1;
  const MemoryFile memory;
  memory.write(file_of(bytes));
  try {
    const tailfit::FitsFile file(memory.path());
    require(!is_damaged, "a damaged file is refused", -1);
    check_opened(file);
  } catch (const tailfit::BadFile& error) {
    const std::string message = error.what();
    require_text(message.find(memory.path() + ": ") != std::string::npos &&
                     message.find("expected ") != std::string::npos,
                 "refused with the file's name and what was expected", message.c_str());
    for (const char c : message) {
      require_text(static_cast<unsigned char>(c) >= 0x20, "a message of one line", message.c_str());
    }
  }
  return 0;
}
