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

struct StieltjesFraction {
  double a[stieltjes_terms + 1];  // [n_known] is the last one at g = 1
  int n_known;                    // coefficients that are known
  double room;                    // the greatest that the coefficient after the known ones can be
};

// The fraction of the measure with these moments, moment[0] > 0. It is cut where rounding could
// have made what follows, as where the measure has fewer atoms than the moments could tell: the
// bounds then enclose every continuation, and are narrow, because it multiplies next to nothing.
TAILFIT_HD inline StieltjesFraction stieltjes_fraction(const double* moment, int n_moments) {
  double upper[stieltjes_terms + 1];
  double lower[stieltjes_terms + 1];
  const double inverse = 1.0 / moment[0];
  for (int i = 0; i < n_moments; ++i) {
    upper[i] = i == 0 ? 1.0 : 0.0;
    const double term = moment[i] * inverse;
    lower[i] = i % 2 == 0 ? term : -term;
  }
  StieltjesFraction fraction;
  fraction.n_known = n_moments - 1;
  double room = 1.0;                      // 1 - g of the coefficient before
  double noise = stieltjes_moment_noise;  // of upper[1] - lower[1]
  for (int j = 0; j + 1 < n_moments; ++j) {
    // upper/lower - 1 = a*c*(1 + ...) (Viscovatov 1803).
    double a = upper[1] - lower[1];
    if (!(a > 0.0)) a = 0.0;
    if (!(a < room)) a = room;
    fraction.a[j] = a;
    if (j > 0 && noise > stieltjes_trusted_noise * a) {
      // Noise: anything from nothing to this.
      fraction.n_known = j;
      fraction.room = room;
      fraction.a[j] = smaller(room, a + noise);
      return fraction;
    }
    const double scale = a > 0.0 ? 1.0 / a : 0.0;
    const double error = noise;
    noise = a > 0.0 ? 2.0 * noise * scale : 1.0;
    for (int i = 0; i + 1 < n_moments - j; ++i) {
      const double next = (upper[i + 1] - lower[i + 1]) * scale;
      upper[i] = lower[i];
      lower[i] = next;
    }
    lower[0] = 1.0;
    room = smaller(1.0, 1.0 - (a - error) / room);  // not too small: it bounds what follows
  }
  fraction.a[fraction.n_known] = room;
  fraction.room = room;
  return fraction;
}

// Y(c) of f = M0*(1 - a1*c*Y), and its derivative in c, of a fraction cut after its known
// coefficients.
struct StieltjesSlope {
  double open;        // g = 0 after the known coefficients
  double closed;      // g = 1
  double open_slope;  // d open/dc
  double condition;   // by how many relative errors of the moments the bounds can be wrong
};

// f/M0.
struct StieltjesValue {
  double open;
  double closed;
  double condition;
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
TAILFIT_HD inline double stieltjes_condition(int n_known, double c, double b, double log_slope,
                                             double b_closed) {
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
  const double product = smaller(b, b_closed);
  return sum / ((1.0 + c) * product * product);
}

// The coefficient after the known ones at g = 1: a negative c lets the cut rest of the fraction
// grow to 1/(1+c).
TAILFIT_HD inline double closing_coefficient(const StieltjesFraction& fraction, double c) {
  const double rest = fraction.a[fraction.n_known];
  return c < 0.0 ? smaller(fraction.room, rest / (1.0 + c)) : rest;
}

// Convergents: B_n = B_(n-1) + a_n*c*B_(n-2); Q the same from 0, 1.
TAILFIT_HD inline StieltjesSlope stieltjes_slope(const StieltjesFraction& fraction, double c) {
  double b_before = 1.0;
  double b = 1.0 + fraction.a[0] * c;
  double q_before = 0.0;
  double q = 1.0;
  double db_before = 0.0;
  double db = fraction.a[0];
  double dq_before = 0.0;
  double dq = 0.0;
  for (int j = 1; j < fraction.n_known; ++j) {
    const double a = fraction.a[j];
    const double ac = a * c;
    const double b_next = b + ac * b_before;
    const double q_next = q + ac * q_before;
    const double db_next = db + (a * b_before + ac * db_before);
    const double dq_next = dq + (a * q_before + ac * dq_before);
    b_before = b;
    b = b_next;
    q_before = q;
    q = q_next;
    db_before = db;
    db = db_next;
    dq_before = dq;
    dq = dq_next;
  }
  const double last = closing_coefficient(fraction, c) * c;
  const double b_closed = b + last * b_before;
  StieltjesSlope slope;
  slope.open = q / b;
  slope.closed = (q + last * q_before) / b_closed;
  slope.open_slope = (dq - slope.open * db) / b;
  slope.condition = stieltjes_condition(fraction.n_known, c, b, db / b, b_closed);
  return slope;
}

TAILFIT_HD inline StieltjesValue stieltjes_value(const StieltjesFraction& fraction, double c) {
  double b_before = 1.0;
  double b = 1.0 + fraction.a[0] * c;
  double db_before = 0.0;
  double db = fraction.a[0];
  double n_before = 1.0;
  double n = 1.0;
  for (int j = 1; j < fraction.n_known; ++j) {
    const double a = fraction.a[j];
    const double ac = a * c;
    const double b_next = b + ac * b_before;
    const double db_next = db + (a * b_before + ac * db_before);
    const double n_next = n + ac * n_before;
    b_before = b;
    b = b_next;
    db_before = db;
    db = db_next;
    n_before = n;
    n = n_next;
  }
  const double last = closing_coefficient(fraction, c) * c;
  const double b_closed = b + last * b_before;
  StieltjesValue value;
  value.open = n / b;
  value.closed = (n + last * n_before) / b_closed;
  value.condition = stieltjes_condition(fraction.n_known, c, b, db / b, b_closed);
  return value;
}

}  // namespace
}  // namespace tailfit::kernels
