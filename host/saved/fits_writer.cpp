#include "host/saved/fits_writer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "host/checks.hpp"
#include "host/error.hpp"
#include "host/saved/body_counts.hpp"
#include "host/validate.hpp"

namespace tailfit::host {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::size_t most_arrays = 1000;
constexpr std::size_t longest_name = 64;

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

MemberWriter::MemberWriter(const std::string& name, const NpyType& type, std::uint64_t data_bytes,
                           std::uint64_t offset, std::uint64_t zip64) {
  buffer_ = npy_header(type);
  member_.name = name + ".npy";
  member_.bytes = buffer_.size() + data_bytes;
  member_.header = offset;
  member_.data = offset + zip_local_header(member_, zip64).size();
}

void MemberWriter::write(WritableFile& file, std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= block_bytes) flush(file);
}

void MemberWriter::flush(WritableFile& file) {
  crc_.update(buffer_);
  file.write_at(member_.data + n_written_, buffer_);
  n_written_ += buffer_.size();
  buffer_.clear();
}

void MemberWriter::finish(WritableFile& file, std::uint64_t zip64) {
  flush(file);
  member_.crc = crc_.value();
  file.write_at(member_.header, zip_local_header(member_, zip64));
}

}  // namespace tailfit::host

using namespace tailfit::host;

tailfit_fits_writer::tailfit_fits_writer(const tailfit_saving& saving, std::uint64_t zip64)
    : zip64_(zip64),
      n_fits_(saving.n_fits),
      bins_(saving.bins),
      counts_kind_(saving.counts_kind),
      laplace_(saving.laplace) {
  check_struct_size("tailfit_saving", saving.struct_size, sizeof saving);
  check_size("saving.n_fits", n_fits_);
  if (bins_ < 1 || bins_ > bins_limit) fail_invalid("saving.bins", bins_, "1 to 2^20");
  if (counts_kind_ < TAILFIT_COUNTS_NONE || counts_kind_ > TAILFIT_COUNTS_U32) {
    fail_invalid("saving.counts_kind", std::int64_t{counts_kind_}, "0 (none), 1 (u16) or 2 (u32)");
  }
  if (!(laplace_ >= 0.0) || !std::isfinite(laplace_)) {
    fail_invalid("saving.laplace", laplace_, "a finite number >= 0");
  }
  if (n_fits_ > (std::int64_t{1} << 56) / bins_) {
    fail_invalid("saving.n_fits", n_fits_, "at most 2^56 bins in all");
  }
  if (saving.options != nullptr) validate(*saving.options);
  if (saving.path != nullptr) {
    if (*saving.path == '\0') fail_invalid("saving.path", std::string("''"), "the path of a file");
    file_.emplace(saving.path);
  } else {
    file_.emplace(static_cast<int>(saving.descriptor));
  }
  add_facts(saving);
  for (const FitField& field : fit_fields) {
    add_field(field.name, *find_type(field.dtype), {n_fits_});
  }
  if (counts_kind_ != TAILFIT_COUNTS_NONE) {
    const std::int32_t dtype = counts_kind_ == TAILFIT_COUNTS_U16 ? TAILFIT_U16 : TAILFIT_U32;
    add_field(counts_member, *find_type(dtype), {n_fits_, bins_});
  }
}

void tailfit_fits_writer::add_facts(const tailfit_saving& saving) {
  add_whole(version_member, {"'<i8'", {}, false}, bytes_of(std::int64_t{TAILFIT_FILE_VERSION}));
  const std::string version = TAILFIT_VERSION_TEXT;
  add_whole(library_member, {"'|S" + std::to_string(version.size()) + "'", {}, false}, version);
  add_whole(bins_member, {"'<i8'", {}, false}, bytes_of(bins_));
  add_whole(laplace_member, {"'<f8'", {}, false}, bytes_of(laplace_));
  if (saving.options == nullptr) return;
  add_whole(options_member, {options_descr(), {}, false},
            bytes_of(options_record(*saving.options)));
}

void tailfit_fits_writer::add_whole(const std::string& name, const NpyType& type,
                                    std::string_view bytes) {
  MemberWriter writer(name, type, bytes.size(), end_, zip64_);
  writer.write(*file_, bytes);
  writer.finish(*file_, zip64_);
  end_ = writer.end();
  members_.push_back(writer.member());
}

void tailfit_fits_writer::add_field(const std::string& name, const NumberType& type,
                                    std::vector<std::int64_t> shape) {
  std::uint64_t bytes = type.bytes;
  for (const std::int64_t extent : shape) bytes *= static_cast<std::uint64_t>(extent);
  fields_.emplace_back(name, NpyType{type.descr, std::move(shape), false}, bytes, end_, zip64_);
  end_ = fields_.back().end();
}

void tailfit_fits_writer::check_open() const {
  if (is_closed_) fail_invalid("writer", std::string("finished or failed"), "one that is not");
}

void tailfit_fits_writer::check_piece(const tailfit_fits_view& fits) const {
  validate(fits);
  if (fits.memory != TAILFIT_MEMORY_HOST) {
    fail_invalid("fits.memory", std::string("1 (device)"),
                 "0 (host): copy them with tailfit_fits_to_host");
  }
  const auto check_same = [](const char* name, auto found, auto expected) {
    if (found == expected) return;
    fail_invalid(name, std::to_string(found), "that of the file, " + std::to_string(expected));
  };
  check_same("fits.bins", fits.bins, bins_);
  check_same("fits.counts_kind", fits.counts_kind, counts_kind_);
  if (fits.laplace != laplace_) {
    fail_invalid("fits.laplace", fits.laplace, "that of the file, " + to_text(laplace_));
  }
  if (fits.n_fits > n_fits_ - n_appended_) {
    fail_invalid("fits.n_fits", fits.n_fits,
                 "at most the " + std::to_string(n_fits_ - n_appended_) +
                     " fits that are left of saving.n_fits");
  }
  if (const std::optional<WrongCounts> wrong = find_wrong_counts(fits)) {
    fail_invalid("the sum of fits.counts of fit " + std::to_string(n_appended_ + wrong->fit),
                 wrong->sum,
                 "n - lower.n_exceed - upper.n_exceed = " + std::to_string(wrong->expected));
  }
}

void tailfit_fits_writer::write_field(std::size_t i, const void* data, std::uint64_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const std::uint64_t n = std::min<std::uint64_t>(bytes, block_bytes);
    fields_[i].write(*file_, {at, static_cast<std::size_t>(n)});
    at += n;
    bytes -= n;
  }
}

void tailfit_fits_writer::append(const tailfit_fits_view& fits) {
  check_open();
  check_piece(fits);
  if (fields_are_complete_) {
    fail_invalid("fits", std::string("given after an array"), "all fits before the first array");
  }
  const auto n = static_cast<std::uint64_t>(fits.n_fits);
  is_closed_ = true;  // what fails half-way cannot be gone on with
  for (std::size_t i = 0; i < fit_fields.size(); ++i) {
    write_field(i, fit_fields[i].data(fits), n * find_type(fit_fields[i].dtype)->bytes);
  }
  if (counts_kind_ != TAILFIT_COUNTS_NONE) {
    const std::uint64_t bytes_of_a_count = counts_kind_ == TAILFIT_COUNTS_U16 ? 2 : 4;
    write_field(fit_fields.size(), fits.counts,
                n * static_cast<std::uint64_t>(bins_) * bytes_of_a_count);
  }
  n_appended_ += fits.n_fits;
  is_closed_ = false;
}

void tailfit_fits_writer::finish_fields() {
  if (fields_are_complete_) return;
  if (n_appended_ != n_fits_) {
    fail_invalid("saving.n_fits", n_fits_,
                 "the number of fits that were appended, " + std::to_string(n_appended_));
  }
  for (MemberWriter& field : fields_) {
    field.finish(*file_, zip64_);
    members_.push_back(field.member());
  }
  fields_.clear();
  fields_are_complete_ = true;
}

void tailfit_fits_writer::check_array(const tailfit_array& array) const {
  const std::string_view name = array.name != nullptr ? array.name : "";
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || name.size() > longest_name ||
      !std::all_of(name.begin(), name.end(), is_good)) {
    fail_invalid("array.name", in_quotes(name), "1 to 64 letters, digits and underscores");
  }
  const auto has_name = [&](const ZipMember& member) {
    return member.name == std::string(name) + ".npy";
  };
  if (is_own_member(name) || std::any_of(members_.begin(), members_.end(), has_name)) {
    fail_invalid("array.name", in_quotes(name), "one that is not in the file yet");
  }
  if (members_.size() >= most_arrays) {
    fail_invalid("the number of arrays", static_cast<std::int64_t>(members_.size()) + 1,
                 "at most 1000");
  }
  if (find_type(array.dtype) == nullptr) {
    fail_invalid("array.dtype", std::int64_t{array.dtype}, "a tailfit_dtype");
  }
  if (array.n_dims != 1 && array.n_dims != 2) {
    fail_invalid("array.n_dims", std::int64_t{array.n_dims}, "1 or 2");
  }
  check_size("array.n_rows", array.n_rows);
  check_size("array.n_columns", array.n_columns);
  if (array.n_dims == 1 && array.n_columns != 1) {
    fail_invalid("array.n_columns", array.n_columns, "1 in one dimension");
  }
  if (array.n_columns > 0 && array.n_rows > (std::int64_t{1} << 56) / array.n_columns) {
    fail_invalid("array.n_rows", array.n_rows, "at most 2^56 numbers");
  }
  if (array.data == nullptr && array.n_rows > 0 && array.n_columns > 0) {
    fail_invalid("array.data", std::string("null"), "n_rows*n_columns numbers");
  }
}

void tailfit_fits_writer::attach(const tailfit_array& array) {
  check_open();
  check_array(array);
  finish_fields();
  is_closed_ = true;
  const NumberType& type = *find_type(array.dtype);
  std::vector<std::int64_t> shape{array.n_rows};
  if (array.n_dims == 2) shape.push_back(array.n_columns);
  const auto n = static_cast<std::size_t>(array.n_rows * array.n_columns);
  MemberWriter writer(array.name, {type.descr, std::move(shape), false}, n * type.bytes, end_,
                      zip64_);
  fields_.push_back(std::move(writer));
  write_field(fields_.size() - 1, array.data, n * type.bytes);
  fields_.back().finish(*file_, zip64_);
  end_ = fields_.back().end();
  members_.push_back(fields_.back().member());
  fields_.clear();
  is_closed_ = false;
}

void tailfit_fits_writer::finish() {
  check_open();
  finish_fields();
  is_closed_ = true;
  file_->write_at(end_, zip_directory(members_, end_, zip64_));
  file_->finish();
}
