// What the kernel text needs to compile as host C++ and as CUDA device code alike.
//
// Everything in kernels/ except plain data types sits in an anonymous namespace: a file compiled
// for one instruction set must never hand its copy of a function to a file compiled for another.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

// The promise of equal bits needs every operation rounded once, to its own type, as written.
#if defined(__FAST_MATH__)
#error "the kernels' text cannot be compiled with -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "the kernels' text needs arithmetic without excess precision (on 32-bit x86: -mfpmath=sse)"
#endif

#if defined(__CUDACC__)
#define TAILFIT_HD __host__ __device__
// One that a kernel has many calls of, too large to be repeated at each.
#define TAILFIT_HD_CALL __host__ __device__ __noinline__
// One whose loop or point is worth that all it calls is put into it on the host; a call in a
// kernel.
#define TAILFIT_HD_FLAT __host__ __device__ __noinline__
// Before a loop over a small array, which stays in registers only where its indices are constants.
#define TAILFIT_UNROLL _Pragma("unroll")
#else
#define TAILFIT_HD
#define TAILFIT_HD_CALL
#define TAILFIT_HD_FLAT __attribute__((flatten))
#define TAILFIT_UNROLL
#endif

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

TAILFIT_HD inline double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

TAILFIT_HD inline uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

TAILFIT_HD inline float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The only NaN that tailfit writes: x86 and CUDA would make different ones.
TAILFIT_HD inline double canonical_nan() { return double_of(0x7FF8000000000000u); }
TAILFIT_HD inline float canonical_nan_float() { return float_of(0x7FC00000u); }
TAILFIT_HD inline float infinity_float() { return float_of(0x7F800000u); }
TAILFIT_HD inline double infinity() { return double_of(0x7FF0000000000000u); }

TAILFIT_HD inline bool is_finite(double x) {
  return (bits_of(x) & 0x7FF0000000000000u) != 0x7FF0000000000000u;
}
TAILFIT_HD inline bool is_finite(float x) { return (bits_of(x) & 0x7F800000u) != 0x7F800000u; }
TAILFIT_HD inline bool is_nan(double x) { return x != x; }
TAILFIT_HD inline double magnitude(double x) { return double_of(bits_of(x) & 0x7FFFFFFFFFFFFFFFu); }
TAILFIT_HD inline float magnitude(float x) { return float_of(bits_of(x) & 0x7FFFFFFFu); }

// How many values of one series belong to one lane: a device's lanes have few, and a 64-bit number
// costs them twice as much.
#if defined(__CUDA_ARCH__)
using LaneCount = int32_t;
#else
using LaneCount = int64_t;
#endif

// The numbers of the solver are doubles, or on a CPU with vectors Lanes of them, each of another
// tail: a comparison then gives a mask in place of a bool, and text for both chooses by these.
TAILFIT_HD inline double select(bool where, double a, double b) { return where ? a : b; }
TAILFIT_HD inline bool any(bool where) { return where; }
TAILFIT_HD inline double square_root(double x) { return sqrt(x); }

template <class V>
TAILFIT_HD inline V smaller(V a, V b) {
  return b < a ? b : a;
}
template <class V>
TAILFIT_HD inline V larger(V a, V b) {
  return a < b ? b : a;
}

}  // namespace
}  // namespace tailfit::kernels
