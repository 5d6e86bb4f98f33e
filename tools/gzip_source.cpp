#include "tools/gzip_source.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "tools/errors.hpp"

namespace tailfit::tools {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
constexpr int gzip_format = 15 + 16;  // zlib's way of saying: window of 32 KiB, gzip header

}  // namespace

GzipSource::GzipSource(ByteSource& compressed, std::string name)
    : compressed_(compressed), name_(std::move(name)), buffer_(buffer_bytes) {
  if (inflateInit2(&stream_, gzip_format) != Z_OK) throw std::bad_alloc();
}

GzipSource::~GzipSource() { inflateEnd(&stream_); }

std::size_t GzipSource::read(char* out, std::size_t size) {
  const std::size_t wanted = std::min<std::size_t>(size, std::numeric_limits<uInt>::max());
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(wanted);
  while (!ended_ && stream_.avail_out == wanted) {
    if (stream_.avail_in == 0 && !refill()) {
      throw BadInput(name_ + ": the gzip data end too early; the file is truncated");
    }
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      begin_next_member();
    } else if (code == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      throw BadInput(name_ + ": the gzip data are damaged: " +
                     (stream_.msg != nullptr ? stream_.msg : "unknown error"));
    }
  }
  return wanted - stream_.avail_out;
}

bool GzipSource::refill() {
  const std::size_t n = compressed_.read(buffer_.data(), buffer_.size());
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_in = static_cast<uInt>(n);
  return n > 0;
}

// After a member comes the end, another member, or padding of zero bytes up to the end.
void GzipSource::begin_next_member() {
  constexpr Bytef first_magic_byte = 0x1F;
  bool padded = false;
  for (;;) {
    if (stream_.avail_in == 0 && !refill()) {
      ended_ = true;
      return;
    }
    if (*stream_.next_in == first_magic_byte && !padded) {
      inflateReset(&stream_);
      return;
    }
    if (*stream_.next_in != 0) {
      throw BadInput(name_ + ": there are bytes after the end of the gzip data");
    }
    padded = true;
    ++stream_.next_in;
    --stream_.avail_in;
  }
}

}  // namespace tailfit::tools
