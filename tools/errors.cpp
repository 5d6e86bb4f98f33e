#include "tools/errors.hpp"

#include <system_error>

namespace tailfit::tools {

Failure Failure::from_errno(const std::string& what, int error_number) {
  return Failure(what + ": " + std::generic_category().message(error_number));
}

}  // namespace tailfit::tools
