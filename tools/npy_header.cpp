#include "tools/npy_header.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = std::size_t{1} << 20;

// Reads the few kinds of Python literals that NumPy writes.
class DictionaryReader {
 public:
  DictionaryReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader read() {
    expect('{');
    while (!accept('}')) {
      const std::string key = read_string();
      expect(':');
      if (key == "descr") {
        dtype_ = read_dtype();
      } else if (key == "fortran_order") {
        fortran_order_ = read_truth();
      } else if (key == "shape") {
        shape_ = read_shape();
      } else {
        fail("the key " + in_quotes(key), "descr, fortran_order or shape");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (position_ < text_.size()) fail(rest() + " after the '}'", "nothing more");
    if (!dtype_) fail("no key descr", "one");
    if (!fortran_order_) fail("no key fortran_order", "one");
    if (!shape_) fail("no key shape", "one");
    return {std::move(*dtype_), *fortran_order_, std::move(*shape_)};
  }

 private:
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    throw BadInput(name_ + ": the .npy header has " + found + ", expected " + expected);
  }

  std::string rest() const {
    return position_ < text_.size() ? in_quotes(text_.substr(position_, 20)) : "its end";
  }

  void skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  bool accept(char c) {
    skip_blanks();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(rest(), std::string("a '") + c + '\'');
  }

  std::string read_string() {
    const char quote = accept('\'') ? '\'' : accept('"') ? '"' : '\0';
    const std::size_t end = quote == '\0' ? std::string_view::npos : text_.find(quote, position_);
    if (end == std::string_view::npos) fail(rest(), "a text in quotes");
    const std::string text(text_.substr(position_, end - position_));
    position_ = end + 1;
    return text;
  }

  // A structured type is a list; its text is kept for the message that refuses it.
  std::string read_dtype() {
    skip_blanks();
    if (position_ >= text_.size() || text_[position_] != '[') return read_string();
    const std::size_t end = text_.find(']', position_);
    if (end == std::string_view::npos) fail(rest(), "a ']' after it");
    const std::string text(text_.substr(position_, end + 1 - position_));
    position_ = end + 1;
    return text;
  }

  bool read_truth() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(position_).starts_with(word)) {
        position_ += word.size();
        return value;
      }
    }
    fail(rest(), "True or False");
  }

  std::vector<std::int64_t> read_shape() {
    std::vector<std::int64_t> shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(read_extent());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::int64_t read_extent() {
    skip_blanks();
    std::int64_t value = 0;
    const char* end = text_.data() + text_.size();
    const auto result = std::from_chars(text_.data() + position_, end, value);
    if (result.ec != std::errc{} || value < 0) fail(rest(), "a whole number >= 0");
    position_ = static_cast<std::size_t>(result.ptr - text_.data());
    if (position_ < text_.size() && text_[position_] == 'L') ++position_;  // Python 2 wrote 3L
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t position_ = 0;
  std::optional<std::string> dtype_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::int64_t>> shape_;
};

[[noreturn]] void refuse_truncated(const std::string& name) {
  throw BadInput(name + ": the file ends inside the .npy header");
}

std::size_t read_header_length(ByteSource& source, std::size_t n_bytes, const std::string& name) {
  std::array<char, 4> bytes{};
  if (read_fully(source, bytes.data(), n_bytes) < n_bytes) refuse_truncated(name);
  std::size_t length = 0;
  for (std::size_t i = n_bytes; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  }
  if (length > longest_header) {
    throw BadInput(name + ": the .npy header has a length of " + std::to_string(length) +
                   ", expected at most " + std::to_string(longest_header));
  }
  return length;
}

}  // namespace

std::string npy_header_text(const NpyHeader& header) {
  constexpr std::size_t alignment = 64;
  std::string text = "{'descr': '" + header.dtype +
                     "', 'fortran_order': " + (header.fortran_order ? "True" : "False") +
                     ", 'shape': (";
  for (const std::int64_t extent : header.shape) text += std::to_string(extent) + ", ";
  if (header.shape.size() > 1) text.resize(text.size() - 2);
  text += "), }";
  const std::size_t before = magic.size() + 4;  // two bytes of version, two of length
  while ((before + text.size() + 1) % alignment != 0) text += ' ';
  text += '\n';
  std::string bytes(magic);
  bytes.append("\x01\x00", 2);
  bytes += static_cast<char>(text.size() & 255u);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

NpyHeader parse_npy_dictionary(const std::string& text, const std::string& name) {
  return DictionaryReader(text, name).read();
}

NpyHeader read_npy_header(ByteSource& source, const std::string& name) {
  std::array<char, 8> start{};
  const std::size_t n = read_fully(source, start.data(), start.size());
  const std::string_view found(start.data(), n);
  if (!found.starts_with(magic)) {
    throw BadInput(name + ": not an .npy file: it begins with " +
                   in_quotes(found.substr(0, magic.size())) + ", expected \\x93NUMPY");
  }
  if (n < start.size()) refuse_truncated(name);
  const int major = static_cast<unsigned char>(start[6]);
  const int minor = static_cast<unsigned char>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    throw BadInput(name + ": .npy format version " + std::to_string(major) + '.' +
                   std::to_string(minor) + ", expected 1.0, 2.0 or 3.0");
  }
  const std::size_t length = read_header_length(source, major == 1 ? 2 : 4, name);
  std::string text(length, '\0');
  if (read_fully(source, text.data(), length) < length) refuse_truncated(name);
  return parse_npy_dictionary(text, name);
}

}  // namespace tailfit::tools
