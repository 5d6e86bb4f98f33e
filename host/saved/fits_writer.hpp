// A file of fits on its way out.
#pragma once

#include <tailfit/tailfit.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/saved/crc32.hpp"
#include "host/saved/file.hpp"
#include "host/saved/members.hpp"
#include "host/saved/npy_text.hpp"
#include "host/saved/zip_archive.hpp"

namespace tailfit::host {

// One member; its size is known before its bytes, which come in pieces and go to the file in
// blocks.
class MemberWriter {
 public:
  // `offset`: of its local header.
  MemberWriter(const std::string& name, const NpyType& type, std::uint64_t data_bytes,
               std::uint64_t offset, std::uint64_t zip64);

  void write(WritableFile& file, std::string_view bytes);
  // All bytes have come. Writes the local header, whose checksum is known now.
  void finish(WritableFile& file, std::uint64_t zip64);

  const ZipMember& member() const { return member_; }
  std::uint64_t end() const { return member_.data + member_.bytes; }

 private:
  void flush(WritableFile& file);

  ZipMember member_;
  Crc32 crc_;
  std::string buffer_;
  std::uint64_t n_written_ = 0;
};

}  // namespace tailfit::host

struct tailfit_fits_writer {
  // Throws CallError for a bad call and for what the system says. `zip64` is less in tests only.
  explicit tailfit_fits_writer(const tailfit_saving& saving,
                               std::uint64_t zip64 = tailfit::host::zip64_from);

  void append(const tailfit_fits_view& fits);
  void attach(const tailfit_array& array);
  void finish();

 private:
  void add_facts(const tailfit_saving& saving);
  void add_whole(const std::string& name, const tailfit::host::NpyType& type,
                 std::string_view bytes);
  void add_field(const std::string& name, const tailfit::host::NumberType& type,
                 std::vector<std::int64_t> shape);
  void check_open() const;
  void check_piece(const tailfit_fits_view& fits) const;
  void check_array(const tailfit_array& array) const;
  void finish_fields();
  void write_field(std::size_t i, const void* data, std::uint64_t bytes);

  std::uint64_t zip64_;
  std::int64_t n_fits_;
  std::int64_t bins_;
  std::int32_t counts_kind_;
  double laplace_;
  std::optional<tailfit::host::WritableFile> file_;
  std::vector<tailfit::host::ZipMember> members_;    // that are complete
  std::vector<tailfit::host::MemberWriter> fields_;  // of the fits, counts last
  std::uint64_t end_ = 0;                            // of what has a place in the file
  std::int64_t n_appended_ = 0;
  bool fields_are_complete_ = false;
  bool is_closed_ = false;  // finished, or something failed
};
