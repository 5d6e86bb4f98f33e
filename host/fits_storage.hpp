// The memory behind a tailfit_fits: one block, one array per field.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "host/device/device_block.hpp"
#include "host/memory.hpp"

namespace tailfit::host {

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
  tailfit::host::AlignedBlock block;     // fits in host memory
  tailfit::host::DeviceBlock on_device;  // others
  tailfit_fits_view view;
};

namespace tailfit::host {

// In host memory. Throws OutOfHostMemory.
std::unique_ptr<tailfit_fits> allocate_fits(const FitsLayout& layout, double laplace,
                                            const MemoryResource& resource = {});
std::unique_ptr<tailfit_fits> allocate_fits(std::int64_t n_fits, const tailfit_fit_options& options,
                                            const MemoryResource& resource = {});

// One field of fits: first element, number of elements, tailfit_dtype.
struct FieldData {
  const void* data;
  std::int64_t size;
  std::int32_t dtype;
};
FieldData field_data(const tailfit_fits& fits, std::int32_t field);

}  // namespace tailfit::host
