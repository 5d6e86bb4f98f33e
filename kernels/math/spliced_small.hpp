// Masses of rows of parameters that are too small for a double, by their logarithms: those of the
// bins are differences of logits, or of the weights' logarithms.
#pragma once

#include "kernels/math/spliced_row.hpp"

namespace tailfit::kernels {
namespace {

// What is lost of 2^20 masses below the normal doubles, 2^-1055, is nothing beside more than this.
constexpr double least_full_mass = 0x1p-900;

// Whether a probability may have lost digits, or all, that the row's weights still have.
TAILFIT_HD inline bool is_small(const SplicedRow& row, double p) {
  return p < least_full_mass && row.weights != nullptr;
}

// The logarithms of a row's masses: those of its weights, moved by what they are off in the bin of
// the greatest mass.
struct LogMasses {
  double weight;
  double mass;
};

TAILFIT_HD inline double log_weight(const SplicedRow& row, int64_t b) {
  const double weight = given_number(row.weights, row.weights_are_double, b);
  return row.weights_are_logits ? weight : log(weight);
}

TAILFIT_HD inline LogMasses log_masses(const SplicedRow& row) {
  int64_t at = 0;
  for (int64_t b = 1; b < row.bins; ++b) {
    if (row.masses[b] > row.masses[at]) at = b;
  }
  if (!(row.masses[at] > 0.0)) return {0.0, -infinity()};
  return {log_weight(row, at), log(row.masses[at] / row.n)};
}

TAILFIT_HD inline double log_mass(const SplicedRow& row, const LogMasses& logs, int64_t b) {
  return (log_weight(row, b) - logs.weight) + logs.mass;
}

// log of the share of bin b in all mass.
TAILFIT_HD_CALL inline double log_share(const SplicedRow& row, int64_t b) {
  const double share = row.mass(b) / row.n;
  if (!is_small(row, share)) return log(share);
  if (log_weight(row, b) == -infinity()) return -infinity();  // of many rows' empty bins
  return log_mass(row, log_masses(row), b);
}

// The masses on one side of a value that lies in bin b, `share` of it on that side, relative to the
// greatest: take(i, mass) from the outermost on, the tail as
// bin -1 or `bins`, bin b last. The greatest one's logarithm; -inf, and nothing taken, where there
// is none. By differences of weights, which round less than those of masses.
template <class Take>
TAILFIT_HD inline double each_relative(const SplicedRow& row, int64_t b, double share, bool below,
                                       const Take& take) {
  const LogMasses logs = log_masses(row);
  const double tail = log((below ? row.lower.mass : row.upper.mass) / row.n);
  const double tail_weight = (tail - logs.mass) + logs.weight;
  const int64_t step = below ? 1 : -1;
  const int64_t outermost = below ? 0 : row.bins - 1;
  const double part = log(share);
  double greatest = larger(tail_weight, part + log_weight(row, b));
  for (int64_t i = outermost; i != b; i += step) greatest = larger(greatest, log_weight(row, i));
  if (!(greatest > -infinity())) return greatest;
  take(outermost - step, exp(tail_weight - greatest));
  for (int64_t i = outermost; i != b; i += step) take(i, exp(log_weight(row, i) - greatest));
  take(b, exp(part + (log_weight(row, b) - greatest)));
  return (greatest - logs.weight) + logs.mass;
}

// log of the probability at or below a value of bin b, or of that above it.
TAILFIT_HD_CALL inline double small_log_probability(const SplicedRow& row, int64_t b, double share,
                                                    bool below) {
  double sum = 0.0;
  const double greatest =
      each_relative(row, b, share, below, [&](int64_t, double mass) { sum += mass; });
  return greatest > -infinity() ? greatest + log(sum) : greatest;
}

}  // namespace
}  // namespace tailfit::kernels
