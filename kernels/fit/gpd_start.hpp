// A first guess of the likelihood's maximum in u, from sums that one pass at u = 0 gives: a cubic
// polynomial in log m1, log m2 - 2 log m1, log k and -mean log y (m_j = mean y^j), fitted to
// simulated samples. Nothing rests on it but the number of passes that follow. Made by
// scripts/development/make_gpd_start.py.
#pragma once

#include "kernels/math/elementary.hpp"

namespace tailfit::kernels {
namespace {

// By powers (i, j, l, m) of the four, i + j + l + m <= 3, the last index fastest.
struct StartCoefficients {
  double light[35];
  double heavy[35];
};

constexpr double start_heavy_from = 3.0;  // -mean log y

TAILFIT_HD constexpr StartCoefficients start_coefficients() {
  return {{-12.27989,  9.916164,    0.550553,    -0.2347585, -2.53919,  -1.542458, 0.6286476,
           0.02810327, 0.1473108,   -0.00201978, -5.05155,   15.15757,  -7.7234,   2.850695,
           1.682458,   0.003176638, -4.588598,   11.42796,   -1.861539, -6.719071, -12.96793,
           22.31114,   -6.902667,   -3.451593,   2.680904,   0.1947088, 6.334308,  5.193819,
           1.562232,   -0.9086142,  7.942208,    -1.560327,  1.825416,  6.603531,  2.617802},
          {2.90763,    1.801868,    -0.01363683, 4.987754e-06, -0.4570831, -0.2692597,  0.002601157,
           -0.4734216, 0.2149496,   0.04063892,  4.93264,      -1.270594,  0.006650788, -1.765591,
           0.7173428,  0.2116616,   -1.373944,   0.6287383,    0.2828609,  0.04355702,  7.223615,
           -1.512101,  0.007677385, -3.460405,   1.145313,     0.4871835,  -4.368195,   1.882082,
           1.459414,   0.9392729,   -3.958377,   1.460502,     1.548055,   2.435488,    1.675116}};
}

// coefficient(i): the i-th.
template <class Real, class Coefficient>
TAILFIT_HD inline Real start_polynomial(const Coefficient& coefficient, const Real (&feature)[4]) {
  Real sum = 0.0;
  int at = 0;
  Real p0 = 1.0;
  for (int i = 0; i <= 3; ++i) {
    Real p1 = p0;
    for (int j = 0; i + j <= 3; ++j) {
      Real p2 = p1;
      for (int l = 0; i + j + l <= 3; ++l) {
        Real p3 = p2;
        for (int m = 0; i + j + l + m <= 3; ++m) {
          sum = sum + coefficient(at++) * p3;
          p3 = p3 * feature[3];
        }
        p2 = p2 * feature[2];
      }
      p1 = p1 * feature[1];
    }
    p0 = p0 * feature[0];
  }
  return sum;
}

// log_mean = log m1, log_square = log m2, mean_log = mean log y.
TAILFIT_HD inline double gpd_start(double log_mean, double log_square, double log_k,
                                   double mean_log) {
  const StartCoefficients table = start_coefficients();
  const double feature[4] = {log_mean, log_square - 2.0 * log_mean, log_k, -mean_log};
  const double* const chosen = -mean_log > start_heavy_from ? table.heavy : table.light;
  return start_polynomial([&](int i) { return chosen[i]; }, feature);
}

}  // namespace
}  // namespace tailfit::kernels
