// Two-sided bounds on integrals of 1/(1+c*w) over a measure on [0, 1] of which only moments are
// known: what a pass over the data at one u proves about every other u.
//
// f(c) = integral of dmu(w)/(1+c*w), c > -1, is a Stieltjes function,
//   f(c) = M0/(1 + a1*c/(1 + a2*c/(1 + ...))),  a_j = (1-g_(j-1))*g_j, g_0 = 0, 0 <= g_j <= 1
// (Stieltjes 1894; Wall 1948, ch. XIV). The first n moments fix the first n-1 coefficients, and
// what they leave open is one number g_n in [0, 1], in which f is monotone: g_n = 0 and g_n = 1
// (the Gauss and Lobatto or the two Radau measures) give the sharp bounds.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

constexpr int stieltjes_terms = 7;
// Relative error of a moment summed in double precision, as it usually is (ties can make it some
// sixteen times as large: the bounds allow for that); how much of a coefficient may be noise.
constexpr double stieltjes_moment_noise = 0x1p-50;
constexpr double stieltjes_trusted_noise = 0x1p-7;
// Relative error, in the moments, that the bounds must allow for: of the sums, and of the fraction
// as if it were the exact one of other moments (tests/kernels/stieltjes_test.cpp measures that).
constexpr double stieltjes_bound_noise = 0x1p-46;

// How many coefficients are known: a number for each lane if Real is Lanes.
template <class Real>
struct CountOf {
  using Type = Real;
};
template <>
struct CountOf<double> {
  using Type = int;
};
TAILFIT_HD inline bool is_below(int j, int count) { return j < count; }
TAILFIT_HD inline int select(bool where, int a, int b) { return where ? a : b; }

// Real: double, or Lanes of them (kernels/cpu), as in all that follows.
template <class Real>
struct StieltjesFractionOf {
  Real a[stieltjes_terms];               // of Lanes, 0 where it is not known
  Real last;                             // the coefficient after the known ones at g = 1
  typename CountOf<Real>::Type n_known;  // coefficients that are known
  Real room;                             // the greatest that the one after them can be
};
using StieltjesFraction = StieltjesFractionOf<double>;

// The fraction of the measure with these moments, moment[0] > 0. It is cut where rounding could
// have made what follows, as where the measure has fewer atoms than the moments could tell: the
// bounds then enclose every continuation, and are narrow, because it multiplies next to nothing.
template <class Real>
TAILFIT_HD inline StieltjesFractionOf<Real> stieltjes_fraction(const Real* moment, int n_moments) {
  using Count = typename CountOf<Real>::Type;
  Real upper[stieltjes_terms + 1];
  Real lower[stieltjes_terms + 1];
  const Real inverse_total = 1.0 / moment[0];
  for (int i = 0; i < n_moments; ++i) {
    upper[i] = i == 0 ? 1.0 : 0.0;
    const Real term = moment[i] * inverse_total;
    lower[i] = i % 2 == 0 ? term : -term;
  }
  StieltjesFractionOf<Real> fraction{};
  fraction.n_known = Count(n_moments - 1);
  Real room = 1.0;                      // 1 - g of the coefficient before
  Real noise = stieltjes_moment_noise;  // of upper[1] - lower[1]
  auto goes_on = upper[0] > 0.0;        // the fraction was not cut
  for (int j = 0; j + 1 < n_moments; ++j) {
    // upper/lower - 1 = a*c*(1 + ...) (Viscovatov 1803).
    Real a = upper[1] - lower[1];
    a = select(a > 0.0, a, 0.0);
    a = select(a < room, a, room);
    if (j > 0) {
      const auto cut = goes_on && noise > stieltjes_trusted_noise * a;
      if (any(cut)) {
        // Noise: anything from nothing to this.
        fraction.n_known = select(cut, Count(j), fraction.n_known);
        fraction.room = select(cut, room, fraction.room);
        fraction.last = select(cut, smaller(room, a + noise), fraction.last);
        goes_on = goes_on && !cut;
        if (!any(goes_on)) return fraction;
      }
    }
    fraction.a[j] = select(goes_on, a, 0.0);
    const Real inverse = 1.0 / (a * room);  // one division for both
    const Real scale = select(a > 0.0, inverse * room, 0.0);
    const Real error = noise;
    noise = select(a > 0.0, 2.0 * noise * scale, 1.0);
    for (int i = 0; i + 1 < n_moments - j; ++i) {
      const Real next = (upper[i + 1] - lower[i + 1]) * scale;
      upper[i] = lower[i];
      lower[i] = next;
    }
    lower[0] = 1.0;
    room = smaller(Real(1.0),
                   1.0 - (a - error) * (inverse * a));  // not too small: it bounds what follows
  }
  fraction.last = select(goes_on, room, fraction.last);
  fraction.room = select(goes_on, room, fraction.room);
  return fraction;
}

// Y(c) of f = M0*(1 - a1*c*Y), and its derivative in c, of a fraction cut after its known
// coefficients.
template <class Real>
struct StieltjesSlopeOf {
  Real open;        // g = 0 after the known coefficients
  Real closed;      // g = 1
  Real open_slope;  // d open/dc
  Real condition;   // by how many relative errors of the moments the bounds can be wrong
};

// f/M0.
template <class Real>
struct StieltjesValueOf {
  Real open;
  Real closed;
  Real condition;
};

// How errors of the moments reach the bounds, which are linear programs in them. The bound at c is
// sum q_j*m_j, q the polynomial below (above) 1/(1+c*w) on [0, 1] that meets it at the nodes x_i of
// the bounding measure, D of them with multiplicity; what the true moments give differs by at most
// sum |q_j|*|error of m_j|, and m_j <= m_0.
//   c > 0: q_j = (-c)^j * P(N > j), N the number of successes in D trials with probabilities
//   p_i = 1/(1+c*x_i), so sum |q_j| = (E[c^N]-1)/(c-1) <= (1+D)*(1+max(c-1, 0)*mean p)^D.
//   The nodes of the closed bound lie between those of the open one, but for one at 0.
//   c < 0: Newton's form, q = sum_j |c|^j * prod_(i<j) (w-x_i) / prod_(i<=j) (1+c*x_i), whose
//   coefficients add up to at most sum_j (2|c|)^j / prod_i (1+c*x_i).
// The mean of p and the products over the nodes come from the denominator b of the convergents:
// b = prod (1+c*x_i) over the distinct nodes.
// log_slope: of b in c; inverse: the greater of 1/b for the open and for the closed bound;
// inverse_end: 1/(1+c).
TAILFIT_HD inline double stieltjes_condition(int n_known, double c, double log_slope,
                                             double inverse, double inverse_end) {
  const double multiplicity = static_cast<double>(n_known + 1);
  if (c >= 0.0) {
    if (c <= 1.0) return multiplicity + 1.0;
    const double mean = 1.0 - 2.0 * c * log_slope / multiplicity;
    const double x = 1.0 + (c - 1.0) * larger(mean, 0.0);
    const double square = x * x;
    const double fourth = square * square;
    const double power = n_known <= 1 ? square : n_known <= 3 ? fourth : fourth * fourth;
    return (multiplicity + 1.0) * power;
  }
  const double x = -2.0 * c;
  const double square = x * x;
  const double fourth = square * square;
  const double low = (1.0 + x) * (1.0 + square);  // 1 + x + x^2 + x^3
  const double sum = n_known <= 2 ? low : low * (1.0 + fourth) + fourth * fourth;
  return sum * inverse_end * (inverse * inverse);
}

// The coefficient after the known ones at g = 1: a negative c lets the cut rest of the fraction
// grow to 1/(1+c).
template <class Real>
TAILFIT_HD inline Real closing_coefficient(const StieltjesFractionOf<Real>& fraction, Real c,
                                           Real inverse_end) {
  return select(c < 0.0, smaller(fraction.room, fraction.last * inverse_end), fraction.last);
}

// Convergents: B_n = B_(n-1) + a_n*c*B_(n-2); Q the same from 0, 1. inverse_end: 1/(1+c). Where a
// is 0 they stay as they are, but for the ones before.
template <class Real>
TAILFIT_HD inline StieltjesSlopeOf<Real> stieltjes_slope(const StieltjesFractionOf<Real>& fraction,
                                                         Real c, Real inverse_end) {
  Real b_before = 1.0;
  Real b = 1.0 + fraction.a[0] * c;
  Real q_before = 0.0;
  Real q = 1.0;
  Real db_before = 0.0;
  Real db = fraction.a[0];
  Real dq_before = 0.0;
  Real dq = 0.0;
  for (int j = 1; j < stieltjes_terms; ++j) {
    const auto known = is_below(j, fraction.n_known);
    if (!any(known)) break;
    const Real a = fraction.a[j];
    const Real ac = a * c;
    const Real b_next = b + ac * b_before;
    const Real q_next = q + ac * q_before;
    const Real db_next = db + (a * b_before + ac * db_before);
    const Real dq_next = dq + (a * q_before + ac * dq_before);
    b_before = select(known, b, b_before);
    b = b_next;
    q_before = select(known, q, q_before);
    q = q_next;
    db_before = db;
    db = db_next;
    dq_before = dq;
    dq = dq_next;
  }
  const Real last = closing_coefficient(fraction, c, inverse_end) * c;
  const Real inverse = 1.0 / b;
  const Real inverse_closed = 1.0 / (b + last * b_before);
  StieltjesSlopeOf<Real> slope;
  slope.open = q * inverse;
  slope.closed = (q + last * q_before) * inverse_closed;
  slope.open_slope = (dq - slope.open * db) * inverse;
  slope.condition = stieltjes_condition(fraction.n_known, c, db * inverse,
                                        larger(inverse, inverse_closed), inverse_end);
  return slope;
}

template <class Real>
TAILFIT_HD inline StieltjesValueOf<Real> stieltjes_value(const StieltjesFractionOf<Real>& fraction,
                                                         Real c, Real inverse_end) {
  Real b_before = 1.0;
  Real b = 1.0 + fraction.a[0] * c;
  Real db_before = 0.0;
  Real db = fraction.a[0];
  Real n_before = 1.0;
  Real n = 1.0;
  for (int j = 1; j < stieltjes_terms; ++j) {
    const auto known = is_below(j, fraction.n_known);
    if (!any(known)) break;
    const Real a = fraction.a[j];
    const Real ac = a * c;
    const Real b_next = b + ac * b_before;
    const Real db_next = db + (a * b_before + ac * db_before);
    const Real n_next = n + ac * n_before;
    b_before = select(known, b, b_before);
    b = b_next;
    db_before = db;
    db = db_next;
    n_before = select(known, n, n_before);
    n = n_next;
  }
  const Real last = closing_coefficient(fraction, c, inverse_end) * c;
  const Real inverse = 1.0 / b;
  const Real inverse_closed = 1.0 / (b + last * b_before);
  StieltjesValueOf<Real> value;
  value.open = n * inverse;
  value.closed = (n + last * n_before) * inverse_closed;
  value.condition = stieltjes_condition(fraction.n_known, c, db * inverse,
                                        larger(inverse, inverse_closed), inverse_end);
  return value;
}

}  // namespace
}  // namespace tailfit::kernels
