#include "tools/hash_ahead.hpp"

#include <cstddef>
#include <vector>

namespace tailfit::tools {

HashAhead::HashAhead(InputFile& file) : file_(file) {
  thread_ = std::thread([this] {
    try {
      std::vector<char> buffer(std::size_t{1} << 20);
      while (!stop_ && file_.read(buffer.data(), buffer.size()) > 0) {
      }
    } catch (...) {
      exception_ = std::current_exception();
    }
  });
}

HashAhead::~HashAhead() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void HashAhead::finish() {
  if (thread_.joinable()) thread_.join();
  if (exception_ != nullptr) std::rethrow_exception(exception_);
}

}  // namespace tailfit::tools
