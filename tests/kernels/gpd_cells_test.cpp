// What the order of s, xi and R is said to exclude, against the profile's slope from its
// definition.
#include "kernels/fit/gpd_cells.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/kernels/exact_profile.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::exact_point;
using tailfit::tests::ExactPoint;

// Below this p' may be noise, here and in the solver.
constexpr long double noise = 1e-11L;

struct Tail {
  std::vector<double> excess;
  std::vector<double> scratch;
  k::TailSample sample;
  k::ZeroPass zero;
};

Tail random_tail(std::mt19937_64& random) {
  Tail tail{tailfit::tests::random_tail(random), std::vector<double>(1024), {}, {}};
  const auto n = static_cast<std::int64_t>(tail.excess.size());
  const k::SerialGroup group;
  tail.sample = k::scale_tail(group, tail.excess.data(), n);
  tail.zero = k::evaluate_zero(group, tail.sample, tail.scratch.data());
  tail.sample.mean = tail.zero.series.coefficient[0];
  return tail;
}

double between(std::mt19937_64& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

// A point as a pass not far from it tells it.
k::ProfilePoint point_at(Tail& tail, std::mt19937_64& random, double u) {
  double node = u + between(random, -2.0, 2.0);
  if (random() % 4 == 0) node = u;
  if (node == 0.0) node = 1.0;
  return k::predict(k::evaluate_profile(k::SerialGroup{}, tail.sample, node, tail.scratch.data()),
                    u);
}

// 1, -1, or 0 where it may be noise.
int sign_at(const Tail& tail, double u) {
  const long double slope = exact_point(tail.sample, u).slope;
  return slope > noise ? 1 : slope < -noise ? -1 : 0;
}

// (R-1)*(1+xi)
long double product_at(const ExactPoint& at) {
  const long double ratio = (at.weight - at.spread) / (at.weight * at.weight);
  return (ratio - 1.0L) * (1.0L + at.xi);
}

// Where p' changes its sign from `near` to `far`, which have opposite ones.
double root_between(const Tail& tail, double near, double far) {
  const bool rises = exact_point(tail.sample, far).slope > 0.0L;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (near + far);
    ((exact_point(tail.sample, middle).slope > 0.0L) == rises ? far : near) = middle;
  }
  return near;
}

// gpd_cells.hpp, d.
TEST(GpdCells, SignsTurnOnlyWhereTheRatioAllows) {
  std::mt19937_64 random(41);
  int turns[2] = {0, 0};
  for (int i = 0; i < 400; ++i) {
    const Tail tail = random_tail(random);
    if (tail.sample.n_largest == tail.sample.k) continue;
    const double direction = random() % 2 == 0 ? 1.0 : -1.0;
    double near = 0.02 * direction;
    for (double u = 0.1; u < 20.0; u += 0.1) {
      const double far = u * direction;
      const int before = sign_at(tail, near);
      const int after = sign_at(tail, far);
      if (before * after < 0) {
        const ExactPoint root = exact_point(tail.sample, root_between(tail, near, far));
        const long double product = product_at(root);
        SCOPED_TRACE(testing::Message() << "tail " << i << " at u " << far);
        if (root.xi > -1.0L) {
          if (after > 0) {
            EXPECT_LE(product, 1.0L + 1e-6L);
          } else {
            EXPECT_GE(product, 1.0L - 1e-6L);
          }
          ++turns[after > 0];
        }
      }
      near = far;
    }
  }
  EXPECT_GT(turns[0], 20);
  EXPECT_GT(turns[1], 50);
}

TEST(GpdCells, OrderExcludesNoRoot) {
  std::mt19937_64 random(43);
  int excluded = 0;
  int roots = 0;
  for (int i = 0; i < 4000; ++i) {
    Tail tail = random_tail(random);
    if (tail.sample.n_largest == tail.sample.k) continue;
    const double direction = random() % 2 == 0 ? 1.0 : -1.0;
    const double near = direction * std::exp(between(random, std::log(0.01), std::log(8.0)));
    const double far = near + direction * std::exp(between(random, std::log(0.1), std::log(15.0)));
    const int sign = sign_at(tail, near);
    if (sign == 0) continue;
    const k::ProfilePoint a = point_at(tail, random, near);
    const k::ProfilePoint b = point_at(tail, random, far);
    const k::ProfilePoint& left = direction > 0.0 ? a : b;
    const k::ProfilePoint& right = direction > 0.0 ? b : a;
    const bool is_excluded = k::excluded_by_order(left, right, sign, k::greatest_r(left));
    excluded += is_excluded ? 1 : 0;
    bool has_root = false;
    for (int step = 1; step <= 60; ++step) {
      has_root |= sign_at(tail, near + (far - near) * step / 60.0) == -sign;
    }
    roots += has_root ? 1 : 0;
    ASSERT_FALSE(is_excluded && has_root) << "tail " << i << " from u " << near << " to " << far;
  }
  EXPECT_GT(excluded, 800);
  EXPECT_GT(roots, 200);
}

// A minimum with -1 < xi < 10 beyond u, where p' has this sign?
bool minimum_follows(const Tail& tail, double u, int sign) {
  const double direction = u > 0.0 ? 1.0 : -1.0;
  for (double distance = 0.05; distance < 60.0; distance *= 1.08) {
    const double at = u + direction * distance;
    const long double xi = exact_point(tail.sample, at).xi;
    if (xi >= 10.0L || xi <= -1.0L) break;
    const int next = sign_at(tail, at);
    if (next != 0 && next != sign && (next > 0) == (direction > 0.0)) return true;
    if (next != 0) sign = next;
  }
  return false;
}

// The least (R-1)*(1+xi) from `low` to `high`: above 1 no p' < 0 can turn positive there.
long double least_product(const Tail& tail, double low, double high) {
  long double least = INFINITY;
  for (int step = 0; step <= 60; ++step) {
    const ExactPoint at = exact_point(tail.sample, low + (high - low) * step / 60.0);
    least = std::min(least, product_at(at));
  }
  return least;
}

TEST(GpdCells, NothingFollowsWhereThatIsSaid) {
  std::mt19937_64 random(47);
  int ends[2] = {0, 0};
  int others = 0;
  int by_ratio = 0;
  for (int i = 0; i < 3000; ++i) {
    Tail tail = random_tail(random);
    if (tail.sample.n_largest == tail.sample.k) continue;
    const double direction = random() % 2 == 0 ? 1.0 : -1.0;
    const double u = direction * std::exp(between(random, std::log(0.01), std::log(15.0)));
    const int sign = sign_at(tail, u);
    if (sign == 0) continue;
    const k::ProfilePoint at = point_at(tail, random, u);
    const auto end = k::left_end(tail.zero.node.largest_share);
    const bool is_end = k::nothing_follows(at, sign, k::greatest_r(at), end);
    const bool follows = minimum_follows(tail, u, sign);
    ASSERT_FALSE(is_end && follows) << "tail " << i << " from u " << u;
    ends[direction > 0.0] += is_end ? 1 : 0;
    others += follows ? 1 : 0;
    const bool by_order =
        k::s_is_below(at, end.least_shape) || at.xi + at.xi_error <= end.least_shape;
    if (is_end && u < 0.0 && !by_order) {
      ASSERT_GT(least_product(tail, std::min(u, end.u), u), 1.0L)
          << "tail " << i << " from u " << u;
      ++by_ratio;
    }
  }
  EXPECT_GT(ends[0], 300);
  EXPECT_GT(ends[1], 300);
  EXPECT_GT(others, 50);
  EXPECT_GT(by_ratio, 100);
}

TEST(GpdCells, NothingIsLeftOfZeroWhereThePassThereSaysSo) {
  std::mt19937_64 random(53);
  int clear = 0;
  int others = 0;
  for (int i = 0; i < 2000; ++i) {
    const Tail tail = random_tail(random);
    if (tail.sample.n_largest == tail.sample.k) continue;
    const double edge = std::log1p(-k::near_zero_theta);
    const int sign = sign_at(tail, edge);
    const bool follows = minimum_follows(tail, edge, sign);
    const auto end = k::left_end(tail.zero.node.largest_share);
    const bool is_clear = sign < 0 && k::is_clear_left_of_zero(tail.zero.series, end);
    ASSERT_FALSE(is_clear && follows) << "tail " << i;
    if (is_clear) ASSERT_GT(least_product(tail, end.u, edge), 1.0L) << "tail " << i;
    clear += is_clear ? 1 : 0;
    others += follows ? 1 : 0;
  }
  EXPECT_GT(clear, 300);
  EXPECT_GT(others, 50);
}

// Ten excesses, the largest once: R is at most 10, so that a minimum has xi >= 1/9 - 1; where s is
// that, with the least xi' there can be, e^-u - 1 = (1 - 2/10)/(1/10)^2.
TEST(GpdCells, TheLeftEndIsWhereSIsBelowEveryMinimum) {
  const auto ten = k::left_end(0.1);
  EXPECT_NEAR(ten.least_shape, -8.0 / 9.0, 1e-15);
  EXPECT_NEAR(ten.u, -std::log(81.0), 1e-6);
  EXPECT_LT(ten.u, -std::log(81.0));
  std::mt19937_64 random(61);
  long double nearest = INFINITY;
  for (int i = 0; i < 1000; ++i) {
    const Tail tail = random_tail(random);
    const auto end = k::left_end(tail.zero.node.largest_share);
    if (tail.sample.n_largest == tail.sample.k || !(end.u < 0.0)) continue;
    const ExactPoint at = exact_point(tail.sample, end.u);
    const long double h = -1.0L / std::expm1(-static_cast<long double>(end.u));
    const long double room = end.least_shape - at.weight / (h - at.weight);
    ASSERT_GT(room, 0.0L) << "tail " << i;
    nearest = std::min(nearest, room);
  }
  EXPECT_LT(nearest, 1e-3L);
}

// Steps decide nothing, but they must lead away, and as far as it was asked for at least, but for
// those to the right, which end where order is expected to.
TEST(GpdSteps, LeadAway) {
  std::mt19937_64 random(59);
  int longer = 0;
  for (int i = 0; i < 2000; ++i) {
    Tail tail = random_tail(random);
    if (tail.sample.n_largest == tail.sample.k) continue;
    const double u = std::exp(between(random, std::log(0.01), std::log(20.0)));
    const k::ProfilePoint right = point_at(tail, random, u);
    const double step = k::step_rightward(right, k::greatest_r(right), 1.0);
    ASSERT_GT(step, k::least_order_step);
    ASSERT_LT(step, 1e3);
    const k::ProfilePoint left = point_at(tail, random, -u);
    const auto end = k::left_end(tail.zero.node.largest_share);
    const double leftward = k::step_leftward(left, end, 1.0);
    ASSERT_GE(leftward, 1.0);
    ASSERT_LE(leftward, std::max(1.0, left.u - end.u));
    longer += step > 1.0 ? 1 : 0;
    longer += leftward > 1.0 ? 1 : 0;
  }
  EXPECT_GT(longer, 500);
}

}  // namespace
