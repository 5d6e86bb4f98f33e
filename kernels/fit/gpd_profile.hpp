// The profile of a GPD's likelihood along u = log(1 + theta*max x), theta = xi/sigma, and
// everything that one pass over the excesses tells about it.
//
// With t_i = (1-y_i) + y_i*e^u (two non-negative terms) and w_i = y_i*e^u/t_i in [0, 1]:
//   xi(u) = mean log t_i is the best shape for that theta (Grimshaw 1993; Davison 1984), and its
//   derivatives in u are the mean cumulants of Bernoulli(w_i): w, w-w^2, w-3w^2+2w^3, ...
//   log-likelihood = -k*(p(u) + log max x + 1), p = log(xi/(e^u-1)) + xi.
//   p' = xi'/xi - h + xi', h = 1/(1-e^-u): Grimshaw's equation without its double root at u = 0.
#pragma once

#include "kernels/fit/stieltjes.hpp"
#include "kernels/fit/tail_sample.hpp"
#include "kernels/math/elementary.hpp"

namespace tailfit::kernels {
namespace {

constexpr int profile_powers = 7;

// sum += term, and what that rounds off to rest.
template <class Real>
TAILFIT_HD inline void add_exactly(Real& sum, Real& rest, Real term) {
  const Real next = sum + term;
  const Real added = next - sum;
  rest = rest + ((sum - (next - added)) + (term - added));
  sum = next;
}

// log(mantissa * 2^exponent).
template <class Real>
TAILFIT_HD inline Real log_of_product(Real mantissa, Real exponent) {
  return exponent * log2_high + (log(mantissa) + exponent * log2_low);
}

// How far rounding may move the mean of log t by products: two roundings of each t, one of each
// product, all the same way where excesses tie.
constexpr double profile_product_noise = 0x1p-51;

// Adds the powers of four weights.
template <class Real, int n>
TAILFIT_HD inline void add_powers(Real (&sum)[n], const Real (&w)[4]) {
  Real power[4] = {w[0], w[1], w[2], w[3]};
  for (int j = 0; j < n; ++j) {
    sum[j] = sum[j] + ((power[0] + power[1]) + (power[2] + power[3]));
    for (int i = 0; i < 4; ++i) power[i] = power[i] * w[i];
  }
}

// Sums over the excesses that are not the largest.
struct ProfileSums {
  double weight[profile_powers] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};  // sum of w^1 ... w^7
  double mantissa = 1.0;  // product of t = mantissa * 2^exponent
  int64_t exponent = 0;

  TAILFIT_HD void multiply(double factor) {
    const SplitDouble product = split(mantissa * factor);
    mantissa = product.mantissa;
    exponent += product.exponent;
  }
  TAILFIT_HD void merge(const ProfileSums& other) {
    for (int j = 0; j < profile_powers; ++j) weight[j] += other.weight[j];
    multiply(other.mantissa);
    exponent += other.exponent;
  }
};

// t >= 2^-53 whatever u (1-y is at least that), and below e^u + 1: four of them multiply without
// over- or underflow up to this u. One division serves all four.
constexpr double profile_joint_limit = 128.0;

// The weights of four excesses; returns the product of their t. exp_u: e^u.
template <class Real, class Factor>
TAILFIT_HD inline Real joint_weights(const Real (&y)[4], Factor exp_u, Real (&w)[4]) {
  Real v[4];
  Real t[4];
  for (int i = 0; i < 4; ++i) {
    v[i] = y[i] * exp_u;
    t[i] = (1.0 - y[i]) + v[i];
  }
  const Real left = t[0] * t[1];
  const Real right = t[2] * t[3];
  const Real product = left * right;
  const Real inverse = 1.0 / product;
  const Real left_inverse = inverse * right;  // 1/(t0*t1)
  const Real right_inverse = inverse * left;  // 1/(t2*t3)
  w[0] = v[0] * (left_inverse * t[1]);
  w[1] = v[1] * (left_inverse * t[0]);
  w[2] = v[2] * (right_inverse * t[3]);
  w[3] = v[3] * (right_inverse * t[2]);
  return product;
}

TAILFIT_HD inline void add_joint(ProfileSums& sums, const FourTerms& terms, double exp_u) {
  double w[4];
  const double product = joint_weights(terms.y, exp_u, w);
  add_powers(sums.weight, w);
  sums.multiply(product);
}

// Where most t are near 1, what a product of them rounds off is large beside xi = mean log t: there
// four logarithms are log1p(t0*t1*t2*t3 - 1), the difference without cancellation. So xi keeps its
// relative precision, which p' = xi'/xi - h + xi' needs, whose first two terms are as 1/u near
// zero.
constexpr double profile_near_zero = 0.125;     // |u|
constexpr double profile_small_theta = 0x1p-4;  // |theta| * mean y, with e^u far from overflow
constexpr double profile_small_limit = 32.0;

TAILFIT_HD inline bool needs_small_terms(const TailSample& sample, double u, double theta) {
  if (u <= profile_near_zero && u >= -profile_near_zero) return true;
  const double size = theta < 0.0 ? -theta : theta;
  return u <= profile_small_limit && size * sample.mean < profile_small_theta;
}

//
// For the same reason what the first two sums round off is kept (Knuth 1969): where excesses tie, a
// sum of equal terms rounds the same way again and again.
struct NearZeroSums {
  double weight[profile_powers] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  double log_sum = 0.0;
  double weight_rest = 0.0;  // of weight[0]
  double log_rest = 0.0;

  TAILFIT_HD void merge(const NearZeroSums& other) {
    add_exactly(weight[0], weight_rest, other.weight[0]);
    add_exactly(log_sum, log_rest, other.log_sum);
    weight_rest += other.weight_rest;
    log_rest += other.log_rest;
    for (int j = 1; j < profile_powers; ++j) weight[j] += other.weight[j];
  }
};

TAILFIT_HD inline void add_near_zero(NearZeroSums& sums, const FourTerms& terms, double theta,
                                     double exp_u) {
  double v[4];
  double w[4];
  for (int i = 0; i < 4; ++i) {
    v[i] = terms.y[i] * theta;
    if (v[i] < -0.5) {
      // 1+v would cancel, and products of such come near 0: a factor of its own.
      const double t = (1.0 - terms.y[i]) + terms.y[i] * exp_u;
      w[i] = terms.y[i] * exp_u / t;
      add_exactly(sums.log_sum, sums.log_rest, log(t));
      v[i] = 0.0;
    } else {
      w[i] = terms.y[i] * exp_u / (1.0 + v[i]);
    }
  }
  const double left = (v[0] + v[1]) + v[0] * v[1];
  const double right = (v[2] + v[3]) + v[2] * v[3];
  add_exactly(sums.log_sum, sums.log_rest, log1p((left + right) + left * right));
  add_exactly(sums.weight[0], sums.weight_rest, (w[0] + w[1]) + (w[2] + w[3]));
  const double weight = sums.weight[0];
  add_powers(sums.weight, w);
  sums.weight[0] = weight;
}

// Beyond that limit, each term by itself.
TAILFIT_HD inline void add_separate(ProfileSums& sums, const FourTerms& terms, double exp_u) {
  double w[4];
  for (int i = 0; i < 4; ++i) {
    const double v = terms.y[i] * exp_u;
    const double t = (1.0 - terms.y[i]) + v;
    w[i] = v / t;
    const SplitDouble parts = split(t);
    sums.multiply(parts.mantissa);
    sums.exponent += parts.exponent;
  }
  add_powers(sums.weight, w);
}

// The sums of a pass at u <= profile_joint_limit.
template <class Group>
TAILFIT_HD inline ProfileSums joint_sums(const Group& group, const TailSample& sample, double exp_u,
                                         void* scratch) {
  return canonical_sum<ProfileSums>(group, sample.k, scratch, [&](ProfileSums& part, int64_t four) {
    add_joint(part, four_terms(sample, four), exp_u);
  });
}

// The sums of a pass that needs_small_terms().
template <class Group>
TAILFIT_HD inline NearZeroSums near_zero_sums(const Group& group, const TailSample& sample,
                                              double theta, double exp_u, void* scratch) {
  return canonical_sum<NearZeroSums>(group, sample.k, scratch,
                                     [&](NearZeroSums& part, int64_t four) {
                                       add_near_zero(part, four_terms(sample, four), theta, exp_u);
                                     });
}

// h = 1/(1-e^-u).
template <class Real>
TAILFIT_HD inline Real profile_h(Real u) {
  return -1.0 / expm1(-u);
}

// What is known of the profile at one u.
template <class Real>
struct ProfileNodeOf {
  Real u;
  Real xi;               // mean log t
  Real xi_noise;         // how far rounding may have moved it, beside 2^-50 of its size
  Real largest_share;    // of the excesses for which w = 1 at every u
  Real other_weight;     // mean over all of w where it is not 1
  Real greatest_weight;  // the other w lie in [0, greatest_weight]
  Real moment_noise;     // relative error of the moments that bounds allow for
  StieltjesFractionOf<Real> weights;     // of the other w/greatest_weight
  StieltjesFractionOf<Real> logarithms;  // of mean log t, see predict()
};
using ProfileNode = ProfileNodeOf<double>;

// What of a sample a node asks for.
template <class Real>
struct SampleSummary {
  Real k;
  Real n_largest;
  Real second;
};

TAILFIT_HD inline SampleSummary<double> summary_of(const TailSample& sample) {
  return {static_cast<double>(sample.k), static_cast<double>(sample.n_largest), sample.second};
}

// Relative error of a sum of k positive terms in the canonical order: of up to 64 groups of four in
// an accumulator, or of k/4096, each addition 2^-53 at most, and of the tree; ties can reach it. Up
// to k = 450,000 that and more is within what stieltjes.hpp allows for.
template <class Real>
TAILFIT_HD inline Real sum_noise(Real k) {
  return (k * 0x1p-12 + 16.0) * 0x1p-53;
}

// power_sum[j]: sum of w^(j+1) over the excesses that are not the largest.
template <class Real>
TAILFIT_HD inline ProfileNodeOf<Real> make_node(const SampleSummary<Real>& sample, Real u, Real xi,
                                                Real xi_noise, const Real* power_sum) {
  const Real k = sample.k;
  ProfileNodeOf<Real> node;
  node.u = u;
  node.xi = xi;
  node.xi_noise = xi_noise;
  const Real inverse_k = 1.0 / k;
  node.largest_share = sample.n_largest * inverse_k;
  node.other_weight = power_sum[0] * inverse_k;
  node.moment_noise = larger(Real(stieltjes_bound_noise), sum_noise(k));
  const Real v = sample.second * exp(u);
  // Rounded up, and not so small that its seventh power underflows.
  const Real greatest = v / ((1.0 - sample.second) + v) * (1.0 + 0x1p-50);
  node.greatest_weight = smaller(Real(1.0), larger(greatest, Real(0x1p-100)));
  Real moment[profile_powers + 1];
  Real integral[profile_powers];
  moment[0] = (k - sample.n_largest) * inverse_k;
  const Real inverse_weight = 1.0 / node.greatest_weight;
  Real power = inverse_k;
  for (int j = 0; j < profile_powers; ++j) {
    power = power * inverse_weight;
    moment[j + 1] = power_sum[j] * power;
    integral[j] = moment[j + 1] * (1.0 / static_cast<double>(j + 1));
  }
  node.weights = stieltjes_fraction(moment, profile_powers + 1);
  node.logarithms = stieltjes_fraction(integral, profile_powers);
  return node;
}

// One pass at u != 0, u <= 708. Collective over `group` when k > canonical_serial_terms.
template <class Group>
TAILFIT_HD_CALL inline ProfileNode evaluate_profile(const Group& group, const TailSample& sample,
                                                    double u, void* scratch) {
  const double exp_u = exp(u);
  const double k = static_cast<double>(sample.k);
  const double n_largest = static_cast<double>(sample.n_largest);  // for these log t = u and w = 1
  const double theta = expm1(u);
  if (needs_small_terms(sample, u, theta)) {
    const NearZeroSums near = near_zero_sums(group, sample, theta, exp_u, scratch);
    double sum[profile_powers];
    for (int j = 0; j < profile_powers; ++j) sum[j] = near.weight[j];
    sum[0] += near.weight_rest;
    const double log_sum = near.log_sum + (near.log_rest + n_largest * u);
    return make_node(summary_of(sample), u, log_sum / k, 0.0, sum);
  }
  ProfileSums sums;
  if (u <= profile_joint_limit) {
    sums = joint_sums(group, sample, exp_u, scratch);
  } else {
    sums =
        canonical_sum<ProfileSums>(group, sample.k, scratch, [&](ProfileSums& part, int64_t four) {
          add_separate(part, four_terms(sample, four), exp_u);
        });
  }
  const double log_product =
      log_of_product<double>(sums.mantissa, static_cast<double>(sums.exponent));
  return make_node(summary_of(sample), u, (log_product + n_largest * u) / k, profile_product_noise,
                   sums.weight);
}

}  // namespace
}  // namespace tailfit::kernels
