#include "tools/errors.hpp"

#include <system_error>

namespace tailfit::tools {

Failure Failure::from_errno(const std::string& what, int error_number) {
  return Failure(what + ": " + std::generic_category().message(error_number));
}

Failure Failure::input_changed(const std::string& name) {
  return Failure(name +
                 ": the file was changed while it was read, expected the same bytes in "
                 "every pass over it");
}

}  // namespace tailfit::tools
