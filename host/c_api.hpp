// What the functions of the C interface begin with.
#pragma once

#include <tailfit/tailfit.h>

#include <string>
#include <type_traits>

#include "host/error.hpp"
#include "host/fp_environment.hpp"

namespace tailfit::host {

template <class T>
T& required(const char* name, T* pointer) {
  if (pointer == nullptr) fail_invalid(name, std::string("null"), "a pointer to it");
  return *pointer;
}

// As guarded(), whatever rounding and flushing the caller's thread runs with: sizes are rounded
// too, and memory is allocated by them.
template <class Body>
tailfit_code computed(Body&& body) noexcept {
  return guarded([&] {
    call_in_fp_environment(
        [](void* state) { (*static_cast<std::remove_reference_t<Body>*>(state))(); }, &body);
  });
}

}  // namespace tailfit::host
