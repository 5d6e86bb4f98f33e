// Errors in ulp against MPFR (Fousse et al. 2007), with 160 bits: the reference is exact for the
// purpose.
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace tailfit::tests {

// A number of 160 bits that frees itself.
class Precise {
 public:
  Precise() { mpfr_init2(value_, 160); }
  ~Precise() { mpfr_clear(value_); }
  Precise(const Precise&) = delete;
  Precise& operator=(const Precise&) = delete;
  mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

using PreciseFunction = int (*)(mpfr_t, const mpfr_t, mpfr_rnd_t);

// |value - reference| in units of the last place of the type T at the reference; subnormals have
// their own spacing.
template <class T>
double ulp_error(T value, mpfr_ptr reference) {
  using Limits = std::numeric_limits<T>;
  if (mpfr_zero_p(reference) != 0) return value == T{0} ? 0.0 : HUGE_VAL;
  const long exponent = static_cast<long>(mpfr_get_exp(reference));
  const long last =
      std::max<long>(exponent - Limits::digits, Limits::min_exponent - Limits::digits);
  if (!std::isfinite(value)) {
    // Overflow is right where the exact value is beyond the largest finite one and half an ulp.
    return exponent > Limits::max_exponent ? 0.0 : HUGE_VAL;
  }
  Precise difference;
  mpfr_sub_d(difference.get(), reference, static_cast<double>(value), MPFR_RNDN);
  mpfr_mul_2si(difference.get(), difference.get(), -last, MPFR_RNDN);
  return std::abs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

}  // namespace tailfit::tests
