#include "host/saved/fits_reader.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "host/checks.hpp"
#include "host/error.hpp"
#include "host/saved/body_counts.hpp"
#include "host/saved/crc32.hpp"

using namespace tailfit::host;

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::string_view suffix = ".npy";

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie");

// Numbers of a shape, or -1 for more than any file has.
std::int64_t n_numbers(const std::vector<std::int64_t>& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(n, extent, &n) || n > (std::int64_t{1} << 58)) return -1;
  }
  return n;
}

}  // namespace

tailfit_fits_file::tailfit_fits_file(const char* path) : file_(path) {
  std::string block(static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, file_.bytes())),
                    '\0');
  std::unordered_set<std::string> names;
  for (const ZipMember& in_archive : read_zip_directory(file_)) {
    members_.push_back(check_member(in_archive, block));
    if (!names.insert(members_.back().name).second) {
      refuse(members_.back(), "a second member of this name", "one of each name");
    }
  }
  check_version();
  read_facts();
  check_fields();
  keep_arrays();
  file_.check_unchanged();
}

void tailfit_fits_file::refuse(const Member& member, const std::string& found,
                               const std::string& expected) const {
  fail_bad_file(file_.name(), "member " + shown(member.name) + " is " + found, expected);
}

// Its checksum and its header; `block` is memory to read through.
tailfit_fits_file::Member tailfit_fits_file::check_member(const ZipMember& in_archive,
                                                          std::string& block) const {
  Member member;
  member.name = in_archive.name;
  if (!in_archive.name.ends_with(suffix)) refuse(member, "no array", "a name that ends in .npy");
  member.name.resize(in_archive.name.size() - suffix.size());
  std::string head;
  Crc32 crc;
  for (std::uint64_t at = 0; at < in_archive.bytes;) {
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), in_archive.bytes - at));
    file_.read_at(in_archive.data + at, block.data(), n);
    crc.update({block.data(), n});
    // A header of version 1.0 has less than 64 KiB, and so lies in the first block.
    if (at == 0) {
      const std::size_t n_head = npy_header_bytes({block.data(), n}).value_or(0);
      if (n_head <= n) head.assign(block.data(), n_head);
    }
    at += n;
  }
  if (crc.value() != in_archive.crc) {
    refuse(member, "damaged: its checksum is " + hexadecimal(crc.value()),
           hexadecimal(in_archive.crc));
  }
  const std::optional<NpyType> type = read_npy_header(head);
  if (!type.has_value())
    refuse(member, "no array", "a header of .npy version 1.0 as NumPy writes it");
  member.type = *type;
  member.data = in_archive.data + head.size();
  member.bytes = in_archive.bytes - head.size();
  return member;
}

const tailfit_fits_file::Member* tailfit_fits_file::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found != members_.end() ? &*found : nullptr;
}

const tailfit_fits_file::Member& tailfit_fits_file::find_own(const char* name) const {
  const Member* member = find(name);
  if (member == nullptr) {
    fail_bad_file(file_.name(), "there is no member " + std::string(name),
                  "that of a file of fits");
  }
  return *member;
}

void tailfit_fits_file::check_type(const Member& member, std::string_view descr,
                                   std::size_t bytes_of_one,
                                   const std::vector<std::int64_t>& shape) const {
  if (member.type.descr != descr) {
    refuse(member, "of type " + shown(member.type.descr), std::string(descr));
  }
  if (member.type.shape != shape) {
    refuse(member, "of shape " + shape_text(member.type.shape), shape_text(shape));
  }
  if (member.type.fortran_order && shape.size() > 1) refuse(member, "in Fortran order", "C order");
  const std::int64_t n = n_numbers(shape);
  const std::uint64_t bytes = static_cast<std::uint64_t>(n) * bytes_of_one;
  if (n < 0 || bytes != member.bytes) {
    refuse(member, std::to_string(member.bytes) + " bytes of numbers",
           n < 0 ? "a shape that memory can hold"
                 : std::to_string(bytes) + " for shape " + shape_text(shape));
  }
}

template <class T>
T tailfit_fits_file::read_one(const Member& member, std::string_view descr) const {
  check_type(member, descr, sizeof(T), {});
  T value{};
  file_.read_at(member.data, &value, sizeof value);
  return value;
}

void tailfit_fits_file::check_version() const {
  const Member& member = find_own(version_member);
  const auto version = read_one<std::int64_t>(member, "'<i8'");
  if (version != TAILFIT_FILE_VERSION) {
    refuse(member, "version " + std::to_string(version),
           std::to_string(TAILFIT_FILE_VERSION) + ", which this library reads");
  }
}

void tailfit_fits_file::read_facts() {
  const Member& library = find_own(library_member);
  if (library.bytes < 1 || library.bytes > 64) {
    refuse(library, std::to_string(library.bytes) + " bytes", "a version of 1 to 64");
  }
  check_type(library, "'|S" + std::to_string(library.bytes) + "'",
             static_cast<std::size_t>(library.bytes), {});
  library_version_.resize(static_cast<std::size_t>(library.bytes));
  file_.read_at(library.data, library_version_.data(), library_version_.size());

  const Member& bins = find_own(bins_member);
  bins_ = read_one<std::int64_t>(bins, "'<i8'");
  if (bins_ < 1 || bins_ > bins_limit) refuse(bins, std::to_string(bins_), "1 to 2^20");
  const Member& laplace = find_own(laplace_member);
  laplace_ = read_one<double>(laplace, "'<f8'");
  if (!(laplace_ >= 0.0) || !std::isfinite(laplace_)) {
    refuse(laplace, to_text(laplace_), "a finite number >= 0");
  }
  if (const Member* options = find(options_member)) {
    const auto record = read_one<OptionsRecord>(*options, options_descr());
    tailfit_fit_options_init(&options_);
    const std::string wrong = read_options(record, options_);
    if (!wrong.empty()) {
      throw CallError(TAILFIT_BAD_FILE, file_.name() + ": member options has " + wrong);
    }
    options_.bins = bins_;
    options_.laplace = laplace_;
    has_options_ = true;
  }
}

void tailfit_fits_file::check_fields() {
  const Member& first = find_own(fit_fields[0].name);
  if (first.type.shape.size() != 1) {
    refuse(first, "of shape " + shape_text(first.type.shape),
           "one dimension: a number of each fit");
  }
  n_fits_ = first.type.shape[0];
  for (const FitField& field : fit_fields) {
    const NumberType& type = *find_type(field.dtype);
    check_type(find_own(field.name), type.descr, type.bytes, {n_fits_});
  }
  const Member* counts = find(counts_member);
  if (counts == nullptr) return;
  const bool is_u16 = counts->type.descr == find_type(TAILFIT_U16)->descr;
  const NumberType& type = *find_type(is_u16 ? TAILFIT_U16 : TAILFIT_U32);
  check_type(*counts, type.descr, type.bytes, {n_fits_, bins_});
  counts_kind_ = is_u16 ? TAILFIT_COUNTS_U16 : TAILFIT_COUNTS_U32;
}

void tailfit_fits_file::keep_arrays() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    const NumberType* type = find_type(member.type.descr);
    const std::size_t n_dims = member.type.shape.size();
    const bool is_known = type != nullptr && (n_dims == 1 || n_dims == 2) &&
                          !(member.type.fortran_order && n_dims == 2);
    if (is_own_member(member.name) || !is_known) continue;
    check_type(member, type->descr, type->bytes, member.type.shape);
    arrays_.push_back(i);
  }
}

tailfit_file_facts tailfit_fits_file::facts() const {
  tailfit_file_facts facts{};
  facts.struct_size = sizeof facts;
  facts.n_fits = n_fits_;
  facts.bins = bins_;
  facts.counts_kind = counts_kind_;
  facts.has_options = has_options_ ? 1 : 0;
  facts.laplace = laplace_;
  facts.options = options_;
  facts.options.counts = counts_kind_;
  facts.library_version = library_version_.c_str();
  facts.n_arrays = static_cast<std::int64_t>(arrays_.size());
  return facts;
}

void tailfit_fits_file::check_values(const tailfit_fits_view& fits, std::int64_t first_fit) const {
  const auto check = [&](const char* name, std::int64_t i, std::int64_t value, std::int64_t most,
                         const char* expected) {
    if (value >= 0 && value <= most) return;
    fail_bad_file(file_.name(),
                  "member " + std::string(name) + " is " + std::to_string(value) + " for fit " +
                      std::to_string(first_fit + i),
                  expected);
  };
  for (std::int64_t i = 0; i < fits.n_fits; ++i) {
    check("n", i, fits.n[i], size_limit, "0 to 2^48");
    check("n_missing", i, fits.n_missing[i], size_limit, "0 to 2^48");
    check("lower_n_exceed", i, fits.lower.n_exceed[i], fits.n[i], "0 to n");
    check("upper_n_exceed", i, fits.upper.n_exceed[i], fits.n[i] - fits.lower.n_exceed[i],
          "0 to n - lower_n_exceed");
  }
  if (const std::optional<WrongCounts> wrong = find_wrong_counts(fits)) {
    fail_bad_file(file_.name(),
                  "member counts sums to " + std::to_string(wrong->sum) + " for fit " +
                      std::to_string(first_fit + wrong->fit),
                  "n - lower_n_exceed - upper_n_exceed = " + std::to_string(wrong->expected));
  }
}

std::unique_ptr<tailfit_fits> tailfit_fits_file::read(std::int64_t first_fit,
                                                      std::int64_t n_fits) const {
  if (first_fit < 0 || first_fit > n_fits_) {
    fail_invalid("first_fit", first_fit, "0 to " + std::to_string(n_fits_));
  }
  if (n_fits < 0 || n_fits > n_fits_ - first_fit) {
    fail_invalid("n_fits", n_fits, "0 to " + std::to_string(n_fits_ - first_fit));
  }
  std::unique_ptr<tailfit_fits> fits =
      allocate_fits(FitsLayout(n_fits, bins_, counts_kind_), laplace_);
  const auto read_rows = [&](const Member& member, void* out, std::uint64_t row_bytes) {
    file_.read_at(member.data + static_cast<std::uint64_t>(first_fit) * row_bytes, out,
                  static_cast<std::size_t>(static_cast<std::uint64_t>(n_fits) * row_bytes));
  };
  for (const FitField& field : fit_fields) {
    read_rows(find_own(field.name), field.data(fits->view), find_type(field.dtype)->bytes);
  }
  if (counts_kind_ != TAILFIT_COUNTS_NONE) {
    const std::uint64_t bytes_of_a_count = counts_kind_ == TAILFIT_COUNTS_U16 ? 2 : 4;
    read_rows(find_own(counts_member), fits->view.counts,
              static_cast<std::uint64_t>(bins_) * bytes_of_a_count);
  }
  file_.check_unchanged();
  check_values(fits->view, first_fit);
  return fits;
}

tailfit_array tailfit_fits_file::array(std::int64_t i) const {
  const auto n = static_cast<std::int64_t>(arrays_.size());
  if (i < 0 || i >= n) fail_invalid("i", i, "0 to " + std::to_string(n - 1));
  const Member& member = members_[arrays_[static_cast<std::size_t>(i)]];
  tailfit_array array{};
  array.name = member.name.c_str();
  array.dtype = find_type(member.type.descr)->dtype;
  array.n_dims = static_cast<std::int32_t>(member.type.shape.size());
  array.n_rows = member.type.shape[0];
  array.n_columns = array.n_dims == 2 ? member.type.shape[1] : 1;
  return array;
}

void tailfit_fits_file::read_array(std::int64_t i, void* out) const {
  array(i);  // refuses a number that is none
  const Member& member = members_[arrays_[static_cast<std::size_t>(i)]];
  if (member.bytes == 0) return;
  if (out == nullptr) fail_invalid("out", std::string("null"), "memory of the array's size");
  file_.read_at(member.data, out, static_cast<std::size_t>(member.bytes));
  file_.check_unchanged();
}
