// Inside the library a bad call is an exception; at the C interface it becomes a code and this
// thread's message.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

#include "host/memory.hpp"

namespace tailfit::host {

class CallError : public std::runtime_error {
 public:
  CallError(tailfit_code code, const std::string& message)
      : std::runtime_error("tailfit: " + message), code_(code) {}
  tailfit_code code() const noexcept { return code_; }

 private:
  tailfit_code code_;
};

// Shortest text that reads back as the same double.
std::string to_text(double value);

[[noreturn]] void fail_invalid(const std::string& name, const std::string& value,
                               const std::string& expected);
[[noreturn]] void fail_invalid(const std::string& name, std::int64_t value,
                               const std::string& expected);
[[noreturn]] void fail_invalid(const std::string& name, double value, const std::string& expected);

// Never throws: a message too long for the memory left is cut.
void set_last_error(const char* message) noexcept;
void set_out_of_memory(std::uint64_t bytes) noexcept;
const char* last_error() noexcept;

// Runs body and turns what it throws into a code. The only way out of the C interface.
template <class Body>
tailfit_code guarded(Body&& body) noexcept {
  try {
    body();
    return TAILFIT_OK;
  } catch (const CallError& error) {
    set_last_error(error.what());
    return error.code();
  } catch (const OutOfHostMemory& error) {
    set_out_of_memory(error.bytes());
    return TAILFIT_OUT_OF_MEMORY;
  } catch (const std::bad_alloc&) {
    set_last_error("tailfit: out of host memory");
    return TAILFIT_OUT_OF_MEMORY;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) {
      set_last_error(error.what());
      return TAILFIT_INTERNAL;
    }
    set_last_error("tailfit: out of host memory for another thread");
    return TAILFIT_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    set_last_error(error.what());
    return TAILFIT_INTERNAL;
  } catch (...) {
    set_last_error("tailfit: unknown exception");
    return TAILFIT_INTERNAL;
  }
}

}  // namespace tailfit::host
