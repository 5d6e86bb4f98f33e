// Flags as they were given, turned into what they should be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/arguments.hpp"
#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {

// The flags that were given, "--bins" -> "100".
using GivenFlags = std::map<std::string, std::string, std::less<>>;

inline constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

// BadInput: FLAG is 'TEXT', expected EXPECTED.
[[noreturn]] inline void refuse(std::string_view flag, std::string_view text,
                                const std::string& expected) {
  throw BadInput(std::string(flag) + " is " + in_quotes(text) + ", expected " + expected);
}

// Looks flags up and turns their values into what they should be.
class FlagReader {
 public:
  explicit FlagReader(const GivenFlags& given) : given_(given) {}

  bool has(std::string_view flag) const { return given_.find(flag) != given_.end(); }
  const std::string& text(std::string_view flag) const { return given_.find(flag)->second; }

  // Every reader below leaves `value` alone if the flag was not given.

  void read(std::string_view flag, std::string& value) const {
    if (!has(flag)) return;
    if (text(flag).empty()) refuse(flag, "", "a name");
    value = text(flag);
  }

  void read_whole(std::string_view flag, std::int64_t lowest, std::int64_t highest,
                  std::int64_t& value) const {
    if (!has(flag)) return;
    const std::optional<std::int64_t> number = parse_whole(text(flag));
    if (!number || *number < lowest || *number > highest) {
      const bool bounded = highest < std::numeric_limits<std::int64_t>::max();
      refuse(flag, text(flag),
             "a whole number " +
                 (bounded ? "from " + std::to_string(lowest) + " to " + std::to_string(highest)
                          : ">= " + std::to_string(lowest)));
    }
    value = *number;
  }

  double real(std::string_view flag, const NumberRange& range) const {
    const std::optional<double> number = parse_within(text(flag), range);
    if (!number) refuse(flag, text(flag), expected_within(text(flag), range));
    return *number;
  }

  template <class Choice, std::size_t N>
  void read_choice(std::string_view flag,
                   const std::array<std::pair<std::string_view, Choice>, N>& choices,
                   Choice& value) const {
    if (!has(flag)) return;
    std::string expected;
    for (std::size_t i = 0; i < N; ++i) {
      if (text(flag) == choices[i].first) {
        value = choices[i].second;
        return;
      }
      expected += (i == 0 ? "" : i + 1 < N ? ", " : " or ") + std::string(choices[i].first);
    }
    refuse(flag, text(flag), expected);
  }

 private:
  const GivenFlags& given_;
};

// --layout, --index, --series-column, --value-column.
void read_input(const FlagReader& flags, InputArguments& input);

// --transform; whether it was given.
bool read_transform(const FlagReader& flags, Transform& transform);

// --device, --threads, --memory-budget.
void read_context(const FlagReader& flags, Context::Options& options);

// "512", "512K", "2g": bytes.
std::uint64_t parse_bytes(std::string_view flag, std::string_view text);

// Without the blanks around it.
std::string_view trimmed(std::string_view text);

}  // namespace tailfit::tools
