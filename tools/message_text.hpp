// Foreign text inside our messages: one line, printable, of bearable length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailfit::tools {

// The text with control characters as \n, \t, \x1b, so that it cannot break a line or steer a
// terminal.
std::string printable(std::string_view text);

// 'text', printable; after 60 bytes it is cut off and followed by three dots.
std::string in_quotes(std::string_view text);

// 'a', 'b', 'c'; after eight of them "and 12 more".
std::string quote_list(const std::vector<std::string>& texts);

// "1 cell", "3 cells"
std::string counted(std::int64_t count, const std::string& noun);

// ASCII letters in lower case, everything else as it is.
std::string lower_case(std::string_view text);

}  // namespace tailfit::tools
