// A file of fits, opened and checked.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/fits_storage.hpp"
#include "host/saved/file.hpp"
#include "host/saved/members.hpp"
#include "host/saved/npy_text.hpp"
#include "host/saved/zip_archive.hpp"

struct tailfit_fits_file {
  // Reads all of it once. Throws CallError.
  explicit tailfit_fits_file(const char* path);

  tailfit_file_facts facts() const;
  std::unique_ptr<tailfit_fits> read(std::int64_t first_fit, std::int64_t n_fits) const;
  tailfit_array array(std::int64_t i) const;
  void read_array(std::int64_t i, void* out) const;

 private:
  struct Member {
    std::string name;  // without ".npy"
    tailfit::host::NpyType type;
    std::uint64_t data = 0;   // offset of its numbers
    std::uint64_t bytes = 0;  // of these
  };

  [[noreturn]] void refuse(const Member& member, const std::string& found,
                           const std::string& expected) const;
  Member check_member(const tailfit::host::ZipMember& in_archive, std::string& block) const;
  void check_version() const;
  void read_facts();
  void check_fields();
  void keep_arrays();
  const Member* find(std::string_view name) const;
  const Member& find_own(const char* name) const;
  // That it has this type and shape, and as many bytes.
  void check_type(const Member& member, std::string_view descr, std::size_t bytes_of_one,
                  const std::vector<std::int64_t>& shape) const;
  template <class T>
  T read_one(const Member& member, std::string_view descr) const;
  void check_values(const tailfit_fits_view& fits, std::int64_t first_fit) const;

  tailfit::host::ReadableFile file_;
  std::vector<Member> members_;
  std::int64_t n_fits_ = 0;
  std::int64_t bins_ = 0;
  std::int32_t counts_kind_ = TAILFIT_COUNTS_NONE;
  double laplace_ = 0.0;
  bool has_options_ = false;
  tailfit_fit_options options_{};
  std::string library_version_;
  std::vector<std::size_t> arrays_;  // members that are the caller's own
};
