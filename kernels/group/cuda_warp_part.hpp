// CudaWarpPart: neighbouring lanes of a warp, 1 to 32, as many as the launch says. Otherwise as
// CudaLanes<N>, which it is for code that is so long that one instantiation must serve every N: the
// solver's, which is bound by arithmetic. It has the members that solving a tail asks for.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

class CudaWarpPart {
 public:
  // size: a power of two, the same for all lanes of the warp.
#if defined(__CUDA_ARCH__)
  __device__ explicit CudaWarpPart(int size)
      : rank_(static_cast<int>(threadIdx.x) & (size - 1)),
        size_(size),
        mask_((0xFFFFFFFFu >> (32 - size))
              << ((threadIdx.x % 32) & ~static_cast<unsigned>(size - 1))) {}
#else
  explicit CudaWarpPart(int size) : rank_(0), size_(size), mask_(1) {}
#endif

  TAILFIT_HD int rank() const { return rank_; }
  TAILFIT_HD int size() const { return size_; }
  TAILFIT_HD void sync() const {
#if defined(__CUDA_ARCH__)
    __syncwarp(mask_);
#endif
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
    return combine(value, [](Integer a, Integer b) { return static_cast<Integer>(a + b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
    return combine(value, [](Integer a, Integer b) { return larger(a, b); });
  }

 private:
  template <class Integer, class Combine>
  TAILFIT_HD Integer combine(Integer value, const Combine& combine_two) const {
#if defined(__CUDA_ARCH__)
    for (int distance = size_ / 2; distance > 0; distance /= 2) {
      value = combine_two(value, __shfl_xor_sync(mask_, value, distance));
    }
#else
    (void)combine_two;
#endif
    return value;
  }

  int rank_;
  int size_;
  unsigned mask_;
};

}  // namespace
}  // namespace tailfit::kernels
