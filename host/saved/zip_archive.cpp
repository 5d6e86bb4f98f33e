#include "host/saved/zip_archive.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/error.hpp"
#include "host/saved/crc32.hpp"

namespace tailfit::host {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator_signature = 0x07064b50;
constexpr std::uint64_t in_extra =
    0xFFFFFFFFu;  // of a 32-bit field: its value is in the extra field
constexpr std::size_t local_bytes = 30;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t end64_bytes = 56;
constexpr std::size_t locator_bytes = 20;
constexpr std::string_view comment_text = "tailfit: crc32 of the directory: ";
constexpr std::size_t comment_bytes = comment_text.size() + 8;

// 1980-01-01: no time is kept, so that the same fits are the same bytes.
constexpr std::uint32_t no_date = 1 << 5 | 1;

class Writer {
 public:
  template <class... Fields>
  void put(int bytes, Fields... values) {
    (put_one(bytes, static_cast<std::uint64_t>(values)), ...);
  }
  void put_text(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }
  std::size_t size() const { return out_.size(); }

 private:
  void put_one(int bytes, std::uint64_t value) {
    for (int i = 0; i < bytes; ++i) out_ += static_cast<char>(value >> (8 * i) & 255u);
  }
  std::string out_;
};

std::uint64_t clipped(std::uint64_t value, std::uint64_t zip64) {
  return value >= zip64 ? in_extra : value;
}

// Reads fields one after the other; what lies beyond the end is 0 and `ok` false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t n) {
    std::uint64_t value = 0;
    const std::string_view field = take_text(n);
    for (std::size_t i = field.size(); i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(field[i]);
    }
    return value;
  }
  std::string_view take_text(std::size_t n) {
    if (n > bytes_.size()) {
      ok_ = false;
      n = 0;
    }
    const std::string_view text = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return text;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

// What a local header and the directory's entry both say.
struct Shared {
  std::uint64_t version, flags, method, time, date, crc, stored, size;
  friend bool operator==(const Shared&, const Shared&) = default;
};

Shared read_shared(Reader& reader) {
  Shared shared{};
  shared.version = reader.take(2);
  shared.flags = reader.take(2);
  shared.method = reader.take(2);
  shared.time = reader.take(2);
  shared.date = reader.take(2);
  shared.crc = reader.take(4);
  shared.stored = reader.take(4);
  shared.size = reader.take(4);
  return shared;
}

// Replaces the values that the 32-bit fields have no room for; whether all were there.
bool read_extra(std::string_view extra, std::array<std::uint64_t*, 3> values, bool may_repeat) {
  Reader reader(extra);
  bool missing = false;
  for (const std::uint64_t* value : values) {
    missing = missing || (value != nullptr && *value == in_extra);
  }
  while (!reader.at_end()) {
    const std::uint64_t id = reader.take(2);
    const std::uint64_t size = reader.take(2);
    Reader field(reader.take_text(static_cast<std::size_t>(size)));
    if (!reader.ok() || id != 1) return false;
    for (std::uint64_t* value : values) {
      // A local header has both sizes there, whether or not they are needed.
      if (value == nullptr || (*value != in_extra && !may_repeat) || field.at_end()) continue;
      *value = field.take(8);
    }
    if (!field.ok() || !field.at_end()) return false;
    missing = false;
  }
  return !missing;
}

std::string end_records(std::uint64_t n, std::uint64_t offset, std::uint64_t size,
                        std::uint64_t zip64) {
  Writer out;
  if (offset >= zip64) {
    out.put(4, end64_signature);
    out.put(8, end64_bytes - 12);
    out.put(2, 45, 45);
    out.put(4, 0, 0);
    out.put(8, n, n, size, offset);
    out.put(4, locator_signature, 0);
    out.put(8, offset + size);
    out.put(4, 1);
  }
  out.put(4, end_signature);
  out.put(2, 0, 0, n, n);
  out.put(4, size, clipped(offset, zip64));
  return out.take();
}

std::string comment_of(const std::string& directory) {
  return std::string(comment_text) + hexadecimal(crc32_of(directory));
}

struct Directory {
  std::uint64_t n = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const ReadableFile& file) : file_(file) {}

  std::vector<ZipMember> read() {
    find_end();
    // 2^16 members with the longest names and extra fields; no memory for a size that cannot be.
    if (directory_.size > file_.bytes() || directory_.size > most_zip_members * 1024) {
      damaged("a directory of " + std::to_string(directory_.size) + " bytes");
    }
    const std::string bytes = text_at(directory_.offset, directory_.size);
    if (!comment_.empty()) check_comment(bytes);
    Reader reader(bytes);
    std::vector<ZipMember> members;
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < directory_.n; ++i) {
      members.push_back(read_entry(reader));
      if (members.back().header != next)
        damaged("a gap before member " + shown_name(members.back()));
      next = check_local(members.back());
    }
    if (!reader.at_end()) damaged("a directory with more than its members");
    if (next != directory_.offset) damaged("a gap before the directory");
    return members;
  }

 private:
  [[noreturn]] void damaged(const std::string& found) const {
    fail_bad_file(file_.name(), found, "a whole .npz file as tailfit or numpy.savez writes it");
  }

  static std::string shown_name(const ZipMember& member) { return in_quotes(member.name); }

  std::string text_at(std::uint64_t offset, std::uint64_t size) const {
    if (offset > file_.bytes() || size > file_.bytes() - offset) {
      damaged("an end after " + std::to_string(file_.bytes()) + " bytes");
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    file_.read_at(offset, text.data(), text.size());
    return text;
  }

  // The record at the very end, with our comment or none.
  void find_end() {
    if (file_.bytes() < end_bytes) damaged(std::to_string(file_.bytes()) + " bytes");
    const std::string tail =
        text_at(file_.bytes() - std::min<std::uint64_t>(file_.bytes(), end_bytes + comment_bytes),
                std::min<std::uint64_t>(file_.bytes(), end_bytes + comment_bytes));
    for (const std::size_t n_comment : {comment_bytes, std::size_t{0}}) {
      if (tail.size() < end_bytes + n_comment) continue;
      const std::size_t begin = tail.size() - end_bytes - n_comment;
      Reader reader(std::string_view(tail).substr(begin));
      if (reader.take(4) != end_signature) continue;
      read_end(reader, file_.bytes() - end_bytes - n_comment, n_comment);
      comment_ = tail.substr(begin + end_bytes);
      return;
    }
    damaged("no record of a ZIP archive's end at the end");
  }

  void read_end(Reader& reader, std::uint64_t end_offset, std::size_t n_comment) {
    const std::uint64_t disks = reader.take(2) | reader.take(2);
    const std::uint64_t n_here = reader.take(2);
    directory_.n = reader.take(2);
    directory_.size = reader.take(4);
    directory_.offset = reader.take(4);
    if (disks != 0 || n_here != directory_.n || reader.take(2) != n_comment) {
      damaged("an end record that contradicts itself");
    }
    std::uint64_t directory_end = end_offset;
    if (directory_.offset == in_extra) directory_end = read_end64(end_offset);
    if (directory_.n > most_zip_members) damaged(std::to_string(directory_.n) + " members");
    if (directory_.size > directory_end || directory_.offset != directory_end - directory_.size) {
      damaged("a directory that is not before the file's end");
    }
  }

  std::uint64_t read_end64(std::uint64_t end_offset) {
    constexpr std::size_t both = end64_bytes + locator_bytes;
    if (end_offset < both) damaged("no ZIP64 record");
    const std::string text = text_at(end_offset - both, both);
    Reader reader(text);
    const std::uint64_t n = directory_.n;
    const std::uint64_t size = directory_.size;
    const bool good_head = reader.take(4) == end64_signature && reader.take(8) == end64_bytes - 12;
    reader.take(4);  // versions: they say nothing more
    const std::uint64_t disks = reader.take(4) | reader.take(4);
    const std::uint64_t n_here = reader.take(8);
    directory_.n = reader.take(8);
    directory_.size = reader.take(8);
    directory_.offset = reader.take(8);
    const bool good_locator = reader.take(4) == locator_signature && reader.take(4) == 0 &&
                              reader.take(8) == end_offset - both && reader.take(4) == 1;
    if (!good_head || disks != 0 || n_here != directory_.n || n != directory_.n ||
        size != directory_.size || !good_locator ||
        text.substr(12, 4) != std::string("-\0-\0", 4)) {
      damaged("a ZIP64 record that contradicts itself");
    }
    return end_offset - both;
  }

  void check_comment(const std::string& directory) const {
    const std::string expected = comment_of(directory);
    if (comment_ == expected) return;
    damaged("a directory whose checksum is " + expected.substr(comment_text.size()) + " where '" +
            shown(std::string_view(comment_).substr(comment_text.size())) + "' is written");
  }

  ZipMember read_entry(Reader& reader) {
    const std::uint64_t signature = reader.take(4);
    reader.take(2);  // made by
    shared_ = read_shared(reader);
    const std::uint64_t n_name = reader.take(2);
    const std::uint64_t n_extra = reader.take(2);
    const std::uint64_t others = reader.take(2) | reader.take(2) | reader.take(2);
    reader.take(4);  // the system's attributes
    ZipMember member;
    member.header = reader.take(4);
    member.name = reader.take_text(static_cast<std::size_t>(n_name));
    const std::string_view extra = reader.take_text(static_cast<std::size_t>(n_extra));
    if (!reader.ok() || signature != central_signature || others != 0) {
      damaged("an entry of the directory that is none");
    }
    std::uint64_t stored = shared_.stored;
    member.crc = static_cast<std::uint32_t>(shared_.crc);
    member.bytes = shared_.size;
    if (!read_extra(extra, {&member.bytes, &stored, &member.header}, false)) {
      damaged("sizes that are none of member " + shown_name(member));
    }
    if (shared_.method != 0) {
      fail_bad_file(file_.name(), "member " + shown_name(member) + " is compressed",
                    "stored members (numpy.savez, not numpy.savez_compressed)");
    }
    if (stored != member.bytes || shared_.flags != 0) {
      damaged("sizes or flags that are none of member " + shown_name(member));
    }
    return member;
  }

  // That the header before the data says the same. Returns where the data end.
  std::uint64_t check_local(ZipMember& member) const {
    const std::string head = text_at(member.header, local_bytes);
    Reader reader(head);
    const std::uint64_t signature = reader.take(4);
    Shared shared = read_shared(reader);
    const std::uint64_t n_name = reader.take(2);
    const std::uint64_t n_extra = reader.take(2);
    const std::string more = text_at(member.header + local_bytes, n_name + n_extra);
    const std::string_view name = std::string_view(more).substr(0, n_name);
    std::uint64_t stored = shared.stored;
    std::uint64_t size = shared.size;
    const bool good_extra =
        read_extra(std::string_view(more).substr(n_name), {&size, &stored, nullptr}, true);
    // The sizes may stand in either place.
    shared.stored = shared_.stored;
    shared.size = shared_.size;
    if (signature != local_signature || !(shared == shared_) || name != member.name ||
        !good_extra || stored != member.bytes || size != member.bytes) {
      damaged("a header that contradicts the directory at member " + shown_name(member));
    }
    member.data = member.header + local_bytes + more.size();
    if (member.bytes > directory_.offset || member.data > directory_.offset - member.bytes) {
      damaged("member " + shown_name(member) + " of " + std::to_string(member.bytes) + " bytes");
    }
    return member.data + member.bytes;
  }

  const ReadableFile& file_;
  Directory directory_;
  std::string comment_;
  Shared shared_{};  // of the last entry
};

}  // namespace

std::string zip_local_header(const ZipMember& member, std::uint64_t zip64) {
  const bool is_large = member.bytes >= zip64;
  Writer out;
  out.put(4, local_signature);
  out.put(2, is_large ? 45 : 20, 0, 0, 0, no_date);
  out.put(4, member.crc, clipped(member.bytes, zip64), clipped(member.bytes, zip64));
  out.put(2, member.name.size(), is_large ? 20 : 0);
  out.put_text(member.name);
  if (is_large) {
    out.put(2, 1, 16);
    out.put(8, member.bytes, member.bytes);
  }
  return out.take();
}

std::string zip_directory(const std::vector<ZipMember>& members, std::uint64_t offset,
                          std::uint64_t zip64) {
  Writer out;
  for (const ZipMember& member : members) {
    const bool is_large = member.bytes >= zip64;
    const bool is_far = member.header >= zip64;
    const int n_extra = (is_large ? 16 : 0) + (is_far ? 8 : 0);
    out.put(4, central_signature);
    out.put(2, 3 << 8 | 45, is_large ? 45 : 20, 0, 0, 0, no_date);  // made on a Unix
    out.put(4, member.crc, clipped(member.bytes, zip64), clipped(member.bytes, zip64));
    out.put(2, member.name.size(), n_extra > 0 ? n_extra + 4 : 0, 0, 0, 0);
    out.put(4, 0100644u << 16, clipped(member.header, zip64));
    out.put_text(member.name);
    if (n_extra > 0) out.put(2, 1, n_extra);
    if (is_large) out.put(8, member.bytes, member.bytes);
    if (is_far) out.put(8, member.header);
  }
  std::string directory = out.take();
  const std::string comment = comment_of(directory);
  Writer length;
  length.put(2, comment.size());
  directory += end_records(members.size(), offset, directory.size(), zip64);
  return directory + length.take() + comment;
}

std::vector<ZipMember> read_zip_directory(const ReadableFile& file) {
  return DirectoryReader(file).read();
}

}  // namespace tailfit::host
