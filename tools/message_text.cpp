#include "tools/message_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tailfit::tools {
namespace {

constexpr std::size_t longest_quote = 60;
constexpr std::size_t longest_list = 8;

bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::array<char, 17> digits{"0123456789abcdef"};
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\x";
      out += digits[code >> 4];
      out += digits[code & 15u];
    }
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  if (text.size() <= longest_quote) return '\'' + printable(text) + '\'';
  std::size_t end = longest_quote;
  while (end > 0 && is_utf8_continuation(text[end])) --end;  // never half a character
  return '\'' + printable(text.substr(0, end)) + "...'";
}

std::string quote_list(const std::vector<std::string>& texts) {
  std::string out;
  const std::size_t shown = std::min(texts.size(), longest_list);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ", ";
    out += in_quotes(texts[i]);
  }
  if (shown < texts.size()) out += " and " + std::to_string(texts.size() - shown) + " more";
  return out;
}

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace tailfit::tools
