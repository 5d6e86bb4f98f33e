// The structure of a ZIP archive of stored members (PKWARE's APPNOTE 6.3.10), ZIP64 where a size or
// an offset needs it. Pure text; offsets and sizes are in bytes.
//
// Members follow one another from the file's beginning, the directory follows the last, and the
// archive's comment holds the directory's CRC-32: with the members' own sums every byte of a file
// that this library wrote is checked. NumPy's archives have no comment and are read as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/saved/file.hpp"

namespace tailfit::host {

struct ZipMember {
  std::string name;  // with ".npy"
  std::uint32_t crc = 0;
  std::uint64_t bytes = 0;   // of its data
  std::uint64_t header = 0;  // offset of its local header
  std::uint64_t data = 0;    // offset of its data
};

// From here on a size or an offset takes ZIP64. Less only in tests.
inline constexpr std::uint64_t zip64_from = 0xFFFFFFFFu;

// What stands before a member's data; its length depends on name and size alone.
std::string zip_local_header(const ZipMember& member, std::uint64_t zip64 = zip64_from);

// What stands behind the last member's data, at `offset`.
std::string zip_directory(const std::vector<ZipMember>& members, std::uint64_t offset,
                          std::uint64_t zip64 = zip64_from);

inline constexpr std::size_t most_zip_members = 65534;

// The members of a file, whose headers agree with the directory and leave no gaps. Their data have
// not been looked at. Throws CallError (TAILFIT_BAD_FILE, or TAILFIT_FILE_ERROR from reading).
std::vector<ZipMember> read_zip_directory(const ReadableFile& file);

}  // namespace tailfit::host
