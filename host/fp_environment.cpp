#include "host/fp_environment.hpp"

namespace tailfit::host {

// A file of its own: inlined into its callers it would be of no use.
void call_in_fp_environment(void (*body)(void* state), void* state) {
  const ScopedFpEnvironment environment;
  body(state);
}

}  // namespace tailfit::host
