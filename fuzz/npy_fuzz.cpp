// The fuzz target of the .npy reader: the bytes of a file, or a file that is built from them and
// perhaps damaged. It is read as a regular file or through a pipe. What is read must be the file's
// values; what was built undamaged must be read.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/require.hpp"
#include "tools/errors.hpp"
#include "tools/input_file.hpp"
#include "tools/npy_reader.hpp"

namespace {

using tailfit::fuzz::ByteReader;
using tailfit::fuzz::require;
using tailfit::fuzz::require_text;
namespace tools = tailfit::tools;

struct NpyCase {
  bool through_a_pipe = false;
  std::string bytes;
  // Of a file that was built and not damaged.
  bool must_be_read = false;
  bool fortran_order = false;
};

std::string rest_of(ByteReader& bytes) {
  std::string rest;
  while (!bytes.at_end()) rest += static_cast<char>(bytes.take<std::uint8_t>());
  return rest;
}

std::string header_of(int version, const std::string& dictionary) {
  std::string bytes = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    bytes += static_cast<char>(dictionary.size() >> (8 * i) & 255u);
  }
  return bytes + dictionary;
}

void build(ByteReader& bytes, NpyCase& test) {
  const auto kind = bytes.take<std::uint8_t>();
  const std::size_t n_rows = 1 + bytes.take<std::uint8_t>() % 40u;
  const std::size_t n_series = 1 + bytes.take<std::uint8_t>() % 7u;
  const bool single = (kind & 1) != 0;
  const bool one_dimension = (kind & 4) != 0 && n_series == 1;
  test.fortran_order = (kind & 2) != 0;
  const auto damage = bytes.take<std::uint8_t>();
  const auto place = bytes.take<std::uint16_t>();
  std::string dictionary = "{'descr': '" + std::string(single ? "<f4" : "<f8") +
                           "', 'fortran_order': " + (test.fortran_order ? "True" : "False") +
                           ", 'shape': (" + std::to_string(n_rows) +
                           (one_dimension ? "," : ", " + std::to_string(n_series)) + "), }\n";
  test.bytes = header_of(1 + (kind >> 4) % 3, dictionary);
  for (std::size_t i = 0; i < n_rows * n_series * (single ? 4 : 8); ++i) {
    test.bytes += static_cast<char>(bytes.take<std::uint8_t>());
  }
  test.must_be_read = damage < 128;
  if (damage >= 192) {
    test.bytes.resize(place % test.bytes.size());
  } else if (damage >= 160) {
    test.bytes[place % test.bytes.size()] = static_cast<char>(bytes.take<std::uint8_t>());
  } else if (damage >= 128) {
    test.bytes += rest_of(bytes) + '\0';
  }
}

NpyCase decode(const std::uint8_t* data, std::size_t size) {
  ByteReader bytes(data, size);
  NpyCase test;
  const auto flags = bytes.take<std::uint8_t>();
  test.through_a_pipe = (flags & 1) != 0;
  if ((flags & 2) != 0) {
    build(bytes, test);
  } else {
    test.bytes = rest_of(bytes);
  }
  // A pipe holds so much without a reader.
  if (test.bytes.size() > 60'000) test.through_a_pipe = false;
  return test;
}

// A descriptor to read the bytes from.
class Opened {
 public:
  explicit Opened(const NpyCase& test) {
    int ends[2] = {-1, -1};
    if (test.through_a_pipe) {
      if (pipe(ends) != 0) std::abort();
    } else {
      ends[0] = ends[1] = memfd_create("npy", 0);
      if (ends[0] < 0) std::abort();
    }
    if (write(ends[1], test.bytes.data(), test.bytes.size()) !=
        static_cast<ssize_t>(test.bytes.size())) {
      std::abort();
    }
    if (ends[1] != ends[0]) close(ends[1]);
    descriptor_ = ends[0];
  }
  ~Opened() { close(descriptor_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  // Opened anew, a memory file is read from its beginning.
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// Whether value t of series s is where it should be in the file.
template <class T>
bool are_the_files(const std::vector<T>& values, const char* in_file, std::size_t n_rows,
                   std::size_t n_series, bool fortran_order) {
  for (std::size_t s = 0; s < n_series; ++s) {
    for (std::size_t t = 0; t < n_rows; ++t) {
      const std::size_t place = fortran_order ? s * n_rows + t : t * n_series + s;
      if (std::memcmp(&values[s * n_rows + t], in_file + place * sizeof(T), sizeof(T)) != 0) {
        return false;
      }
    }
  }
  return true;
}

// Where the values begin, and the text before them.
struct HeaderText {
  std::size_t end;
  std::string text;
};

HeaderText header_text(const std::string& bytes) {
  const std::size_t width = bytes[6] == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = width; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(bytes[8 + i]);
  }
  return {8 + width + length, bytes.substr(8 + width, length)};
}

void check_panel(const NpyCase& test, const tools::Panel& panel) {
  const HeaderText header = header_text(test.bytes);
  const std::size_t n_series = panel.n_series();
  require(n_series > 0, "there are series", -1);
  const auto n_rows = static_cast<std::size_t>(panel.length(0));
  const std::string shape = std::to_string(n_rows) + ", " + std::to_string(n_series);
  for (std::size_t s = 0; s < n_series; ++s) {
    require_text(panel.names[s] == std::to_string(s), "series have numbers",
                 panel.names[s].c_str());
    require(panel.length(s) == static_cast<std::int64_t>(n_rows), "one length for all", -1);
  }
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        require_text(test.bytes.size() - header.end == n_rows * n_series * sizeof(T) &&
                         values.size() == n_rows * n_series,
                     "the file holds the shape's values", shape.c_str());
        const char* in_file = test.bytes.data() + header.end;
        bool is_fortran = test.fortran_order;
        if (!test.must_be_read) {
          const std::size_t key = header.text.rfind("fortran_order");
          require_text(key != std::string::npos, "the order is said", header.text.c_str());
          is_fortran = header.text.find("True", key) != std::string::npos;
        }
        require_text(are_the_files(values, in_file, n_rows, n_series, is_fortran),
                     "the values are the file's", header.text.c_str());
      },
      panel.values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const NpyCase test = decode(data, size);
  const Opened opened(test);
  try {
    tools::InputFile file(opened.path());
    check_panel(test, tools::read_npy(file));
  } catch (const tools::BadInput& error) {
    const std::string message = error.what();
    require_text(!test.must_be_read, "a whole file is read", message.c_str());
    require_text(message.rfind(opened.path() + ": ", 0) == 0 && message.size() > 40,
                 "refused with the file's name and a reason", message.c_str());
    for (const char c : message) {
      require_text(static_cast<unsigned char>(c) >= 0x20, "a message of one line", message.c_str());
    }
  }
  return 0;
}
