// The memory behind a tailfit_fits: one block, one array per field.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace tailfit::host {

// Memory aligned to a cache line, from the nothrow allocator: failure is std::bad_alloc here.
class AlignedBlock {
 public:
  AlignedBlock() = default;
  explicit AlignedBlock(std::uint64_t bytes);
  std::byte* data() const noexcept { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* data) const noexcept {
      ::operator delete (data, std::align_val_t{64});
    }
  };
  std::unique_ptr<std::byte, Free> data_;
};

// Where each field's array lies in the block; every one starts on a cache line. One walk serves
// both the size and the pointers.
class FitsLayout {
 public:
  // Throws CallError for sizes beyond 2^62 bytes.
  FitsLayout(std::int64_t n_fits, std::int64_t bins, std::int32_t counts_kind);
  std::uint64_t bytes() const noexcept { return bytes_; }
  tailfit_fits_view view(std::byte* block, double laplace) const noexcept;

 private:
  std::uint64_t walk(std::byte* block, tailfit_fits_view* view) const;

  std::int64_t n_fits_;
  std::int64_t bins_;
  std::int32_t counts_kind_;
  std::uint64_t bytes_;
};

}  // namespace tailfit::host

struct tailfit_fits {
  tailfit::host::AlignedBlock block;
  tailfit_fits_view view;
};

namespace tailfit::host {

std::unique_ptr<tailfit_fits> allocate_fits(std::int64_t n_fits,
                                            const tailfit_fit_options& options);

// One field of fits: first element, number of elements, tailfit_dtype.
struct FieldData {
  const void* data;
  std::int64_t size;
  std::int32_t dtype;
};
FieldData field_data(const tailfit_fits& fits, std::int32_t field);

}  // namespace tailfit::host
