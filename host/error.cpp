#include "host/error.hpp"

#include <charconv>
#include <cstddef>
#include <string_view>

namespace tailfit::host {
namespace {

// Fixed size: reporting that memory ran out must not need memory.
thread_local char message_buffer[512] = "";

}  // namespace

std::string to_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

void fail_invalid(const std::string& name, const std::string& value, const std::string& expected) {
  throw CallError(TAILFIT_INVALID_ARGUMENT, name + " is " + value + ", expected " + expected);
}

void fail_invalid(const std::string& name, std::int64_t value, const std::string& expected) {
  fail_invalid(name, std::to_string(value), expected);
}

void fail_invalid(const std::string& name, double value, const std::string& expected) {
  fail_invalid(name, to_text(value), expected);
}

void set_last_error(const char* message) noexcept {
  std::size_t length = 0;
  while (length + 1 < sizeof message_buffer && message[length] != '\0') {
    message_buffer[length] = message[length];
    ++length;
  }
  message_buffer[length] = '\0';
}

void set_out_of_memory(std::uint64_t bytes) noexcept {
  char text[20];  // 2^64 has 20 digits
  const std::string_view digits(text, std::to_chars(text, text + sizeof text, bytes).ptr);
  std::size_t length = 0;
  for (const std::string_view part : {std::string_view("tailfit: out of host memory: "), digits,
                                      std::string_view(" bytes were asked for")}) {
    length += part.copy(message_buffer + length, part.size());
  }
  message_buffer[length] = '\0';
}

const char* last_error() noexcept { return message_buffer; }

}  // namespace tailfit::host
