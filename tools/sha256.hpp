// SHA-256 of bytes as they come by.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tailfit::tools {

class Sha256 {
 public:
  Sha256();

  void update(std::string_view bytes);

  // 64 lower-case hexadecimal digits. To be called once, last.
  std::string hex_digest();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace tailfit::tools
