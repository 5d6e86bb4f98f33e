#include "tools/text_source.hpp"

#include <array>
#include <string>
#include <string_view>

#include "tools/errors.hpp"
#include "tools/gzip_source.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(InputFile& file) : file_(file) {}
  std::size_t read(char* out, std::size_t size) override { return file_.read(out, size); }

 private:
  InputFile& file_;
};

// A pass over a compressed file.
class GzipPass final : public ByteSource {
 public:
  explicit GzipPass(const InputFile& file) : compressed_(file), text_(compressed_, file.name()) {}
  std::size_t read(char* out, std::size_t size) override { return text_.read(out, size); }

 private:
  FilePass compressed_;
  GzipSource text_;
};

constexpr std::string_view gzip_magic = "\x1F\x8B";

}  // namespace

std::unique_ptr<ByteSource> open_text(InputFile& file) {
  const std::string_view first = file.first_bytes();
  if (first.starts_with(gzip_magic)) return std::make_unique<GzipSource>(file, file.name());
  if (lower_case(file.path()).ends_with(".gz")) {
    throw BadInput(file.name() + ": begins with " + in_quotes(first.substr(0, 2)) +
                   ", expected the bytes 1f 8b of gzip data");
  }
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF")) {
    throw BadInput(file.name() + ": the text is UTF-16, expected UTF-8");
  }
  return std::make_unique<PlainSource>(file);
}

bool is_plain_text(const InputFile& file) {
  std::array<char, gzip_magic.size()> first{};
  const std::size_t n = file.read_at(0, first.data(), first.size());
  return std::string_view(first.data(), n) != gzip_magic;
}

std::unique_ptr<ByteSource> reopen_text(const InputFile& file) {
  if (is_plain_text(file)) return std::make_unique<FilePass>(file);
  return std::make_unique<GzipPass>(file);
}

}  // namespace tailfit::tools
