#include "tools/gzip_encoder.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>

namespace tailfit::tools {
namespace {

constexpr int gzip_format = 15 + 16;  // zlib's way of saying: window of 32 KiB, gzip header
constexpr int memory_level = 8;       // zlib's default
constexpr std::size_t growth = std::size_t{1} << 16;

}  // namespace

GzipEncoder::GzipEncoder() {
  // Without deflateSetHeader() the header's time is 0 and it names no file.
  if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

GzipEncoder::~GzipEncoder() { deflateEnd(&stream_); }

std::string_view GzipEncoder::run(std::string_view bytes, int flush) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  std::size_t n_out = 0;
  for (bool more = true; more;) {
    const std::size_t n_in = std::min(bytes.size(), most);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads
    stream_.avail_in = static_cast<uInt>(n_in);
    if (out_.size() < n_out + growth) out_.resize(n_out + growth);
    stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + n_out);
    stream_.avail_out = static_cast<uInt>(growth);
    const int code = deflate(&stream_, flush);
    n_out += growth - stream_.avail_out;
    bytes.remove_prefix(n_in - stream_.avail_in);
    // An output buffer filled to the brim may leave something inside.
    more = code != Z_STREAM_END && (!bytes.empty() || stream_.avail_out == 0);
  }
  return {out_.data(), n_out};
}

}  // namespace tailfit::tools
