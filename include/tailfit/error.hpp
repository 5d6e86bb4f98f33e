// How a bad call becomes an exception. A bad series never does: see status.hpp.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace tailfit {
inline namespace v1 {

// Base of the errors that are neither std::invalid_argument nor std::bad_alloc.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A bin count does not fit the asked count type.
class CountOverflow : public Error {
 public:
  using Error::Error;
};

// The library was built without what was asked for.
class NotCompiled : public Error {
 public:
  using Error::Error;
};

// No CUDA device can be used on this machine; the message says why.
class NoDevice : public Error {
 public:
  using Error::Error;
};

// A CUDA call failed; the message names it and the device.
class DeviceError : public Error {
 public:
  using Error::Error;
};

// An earlier error made CUDA unusable in this process; contexts on the CPU go on.
class DeviceLost : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

// A file of fits cannot be written or read; the message says what the system said.
class FileError : public Error {
 public:
  using Error::Error;
};

// A file of fits is damaged, or is none; the message names file, member, value and what was
// expected.
class BadFile : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// memory_budget is below the minimum, which the message names.
class BudgetTooSmall : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(const char* message) noexcept : message_{} {
    for (std::size_t i = 0; i + 1 < sizeof message_ && message[i] != '\0'; ++i) {
      message_[i] = message[i];
    }
  }
  const char* what() const noexcept override { return message_; }

 private:
  char message_[256];  // fixed: an exception about memory should not ask for any
};

namespace detail {

// Throws what `code` stands for, with this thread's message; does nothing for TAILFIT_OK.
inline void check(tailfit_code code) {
  if (code == TAILFIT_OK) return;
  const char* message = tailfit_last_error();
  switch (code) {
    case TAILFIT_INVALID_ARGUMENT:
      throw std::invalid_argument(message);
    case TAILFIT_OUT_OF_MEMORY:
      throw OutOfMemory(message);
    case TAILFIT_BUDGET_TOO_SMALL:
      throw BudgetTooSmall(message);
    case TAILFIT_COUNT_OVERFLOW:
      throw CountOverflow(message);
    case TAILFIT_NOT_COMPILED:
      throw NotCompiled(message);
    case TAILFIT_NO_DEVICE:
      throw NoDevice(message);
    case TAILFIT_DEVICE_ERROR:
      throw DeviceError(message);
    case TAILFIT_DEVICE_LOST:
      throw DeviceLost(message);
    case TAILFIT_FILE_ERROR:
      throw FileError(message);
    case TAILFIT_BAD_FILE:
      throw BadFile(message);
    default:
      throw Error(message);
  }
}

// n numbers for results of a call; OutOfMemory where there is no memory for them.
template <class T>
std::vector<T> allocated(std::int64_t n) {
  try {
    return std::vector<T>(static_cast<std::size_t>(n));
  } catch (const std::bad_alloc&) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(n) * sizeof(T);
    char text[96];  // as the library's own text, which takes no memory either
    std::snprintf(text, sizeof text, "tailfit: out of host memory: %llu bytes were asked for",
                  static_cast<unsigned long long>(bytes));
    throw OutOfMemory(text);
  }
}

// [n_rows][of_row] numbers; none where sizes are negative or the product is beyond 2^56, which the
// call refuses by name.
inline std::vector<double> results(std::int64_t n_rows, std::int64_t of_row) {
  constexpr std::int64_t most = std::int64_t{1} << 56;
  const bool is_size = n_rows > 0 && of_row > 0 && of_row <= most / n_rows;
  return allocated<double>(is_size ? n_rows * of_row : 0);
}

}  // namespace detail
}  // namespace v1
}  // namespace tailfit
