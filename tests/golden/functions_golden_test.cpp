// Every function of spliced distributions against closed forms with 60 digits
// (make_functions_golden.py): fits put together by hand, and rows of parameters.
//
// An answer may be off by some units of 2^-53 times its size. The size (spliced_tail.py) is the sum
// of the absolute values of the terms that the answer is the sum of, each times what it makes of
// the errors of its arguments: a survival probability exp(-H) has 1 + H, a logarithm its parts and
// 1, a quantile the derivative by the level. How many units: three to six operations a term, each
// right within one unit (two for our exp, log and their kin: an ulp), and sums over up to eight
// bins. `asked` has about twice what was seen with this file and four others of other seeds.
#include "golden_distribution.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using tailfit::Function;
using tailfit::golden::GoldenDistribution;
using tailfit::golden::GoldenRow;
using tailfit::golden::parse;
using tailfit::golden::split;

struct Asked {
  const char* column;
  Function function;
  double units;  // of 2^-53 times the size
};

constexpr Asked asked[] = {
    {"log_pdf", Function::log_pdf, 8.0},
    {"log_pdf", Function::log_score, 8.0},
    {"pdf", Function::pdf, 15.0},
    {"cdf", Function::cdf, 8.0},
    {"sf", Function::sf, 8.0},
    {"log_sf", Function::log_sf, 8.0},
    {"log_cdf", Function::log_cdf, 8.0},
    {"mid_pit", Function::mid_pit, 8.0},
    {"mean_excess", Function::mean_excess, 8.0},
    {"crps", Function::crps, 15.0},
    {"twcrps", Function::twcrps, 15.0},
    {"quantile_score", Function::quantile_score, 4.0},
    {"anomaly_score", Function::anomaly_score, 8.0},
    {"quantile", Function::quantile, 4.0},
    {"isf", Function::isf, 4.0},
    {"expected_shortfall", Function::expected_shortfall, 8.0},
    {"return_level", Function::return_level, 4.0},
    {"mean", Function::mean, 12.0},
    {"variance", Function::variance, 4.0},
    {"mode", Function::mode, 4.0},
    {"entropy", Function::entropy, 8.0},
};

// "point:value~size" of a cell; the point is a letter for one of the row's points.
struct Answer {
  double point = 0.0;
  double value;
  double size;
};

Answer parse_answer(const GoldenRow& row, std::string_view text) {
  Answer answer{};
  const std::size_t colon = text.find(':');
  const std::string_view point = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (point.size() == 1 && point[0] >= 'a' && point[0] <= 'd') {
    answer.point = parse<double>(split(row.text("points"), ' ')[std::size_t(point[0] - 'a')]);
  } else if (!point.empty()) {
    answer.point = parse<double>(point);
  }
  const auto parts = split(rest, '~');
  answer.value = parse<double>(parts[0]);
  answer.size = parts.size() > 1 ? parse<double>(parts[1]) : std::abs(answer.value);
  return answer;
}

constexpr std::uint64_t published_nan = 0x7FF8000000000000u;

class FunctionsGolden : public testing::Test {
 protected:
  double value_of(const GoldenDistribution& distribution, Function function, double point,
                  double parameter) const {
    return tailfit::evaluate(context_, distribution.view(), function, point, parameter).at(0);
  }

  // How many units of 2^-53 times the size a value is off; infinite where that is not the question
  // and it is wrong.
  static double units_off(double actual, double expected, double size) {
    if (std::isnan(expected)) {
      return std::bit_cast<std::uint64_t>(actual) == published_nan ? 0.0 : HUGE_VAL;
    }
    if (actual == expected) return 0.0;
    if (!std::isfinite(expected) || !std::isfinite(actual)) return HUGE_VAL;
    // What is rounded to subnormals has the error of one.
    const double unit = std::max(size * 0x1p-53, 2.0 * std::numeric_limits<double>::denorm_min());
    return std::abs(actual - expected) / unit;
  }

  std::vector<GoldenRow> rows_ =
      tailfit::golden::read_golden(tailfit::golden::golden_file("functions_golden.csv"));
  tailfit::Context context_{{.threads = 1}};
};

TEST_F(FunctionsGolden, EveryFunctionAgreesWithSixtyDigits) {
  for (const Asked& what : asked) {
    std::size_t answers = 0;
    double most = 0.0;
    for (const GoldenRow& row : rows_) {
      if (row.text(what.column).empty()) continue;
      const GoldenDistribution distribution(row);
      Answer answer = parse_answer(row, row.text(what.column));
      if (what.function == Function::log_score) answer.value = -answer.value;
      const double parameter = what.function == Function::twcrps           ? row.number("start")
                               : what.function == Function::quantile_score ? row.number("level")
                                                                           : 0.0;
      const double actual = value_of(distribution, what.function, answer.point, parameter);
      const double off = units_off(actual, answer.value, answer.size);
      EXPECT_LE(off, what.units) << what.column << '(' << answer.point << ") is " << actual
                                 << ", expected " << answer.value << ", size " << answer.size
                                 << "\n"
                                 << row.describe();
      ++answers;
      if (std::isfinite(off)) most = std::max(most, off);
    }
    std::printf("%-18s %zu answers, at most %.1f units off\n", what.column, answers, most);
    EXPECT_GE(answers, 1000u) << what.column;
  }
}

TEST_F(FunctionsGolden, FunctionsOfAPointAreTheOneNanAtANan) {
  for (const GoldenRow& row : rows_) {
    const GoldenDistribution distribution(row);
    for (const Asked& what : asked) {
      if (what.function >= Function::mean && what.function <= Function::entropy) continue;
      const double value = value_of(distribution, what.function, std::nan(""), 0.5);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(value), published_nan)
          << what.column << ' ' << row.describe();
    }
    for (const Function function :
         {Function::quantile, Function::isf, Function::expected_shortfall}) {
      for (const double level : {-0x1p-1074, -1.0, 1.0 + 0x1p-52, HUGE_VAL}) {
        const double value = value_of(distribution, function, level, 0.0);
        ASSERT_EQ(std::bit_cast<std::uint64_t>(value), published_nan) << level << row.describe();
      }
    }
  }
}

class DensityIntegral : public FunctionsGolden {
 protected:
  // Of the density over [a, b], by Gauss and Legendre's rule of 20 nodes.
  double integral(const GoldenDistribution& distribution, double a, double b) const {
    constexpr double nodes[10] = {0.0765265211334973337546404, 0.2277858511416450780804962,
                                  0.3737060887154195606725482, 0.5108670019508270980043641,
                                  0.6360536807265150254528367, 0.7463319064601507926143051,
                                  0.8391169718222188233945291, 0.9122344282513259058677524,
                                  0.9639719272779137912676661, 0.9931285991850949247861224};
    constexpr double weights[10] = {0.1527533871307258506980843, 0.1491729864726037467878287,
                                    0.1420961093183820513292983, 0.1316886384491766268984945,
                                    0.1181945319615184173123774, 0.1019301198172404350367501,
                                    0.0832767415767047487247581, 0.0626720483341090635695065,
                                    0.0406014298003869413310400, 0.0176140071391521183118620};
    const double middle = 0.5 * a + 0.5 * b;
    const double half = 0.5 * b - 0.5 * a;
    std::vector<double> points;
    for (const double node : nodes) {
      points.insert(points.end(), {middle - half * node, middle + half * node});
    }
    const std::vector<double> density = tailfit::evaluate(
        context_, distribution.view(), Function::pdf, tailfit::Points::shared(points));
    double sum = 0.0;
    for (std::size_t i = 0; i < 10; ++i) sum += weights[i] * (density[2 * i] + density[2 * i + 1]);
    return half * sum;
  }

  // The density over a tail in pieces over each of which 1 + xi*y/sigma changes by a factor of at
  // most e^1.5: the rule's error is below 1e-17. The rest, from e^-30 of the mass, 1/1000 of the
  // support or the end of the doubles on, is the library's own probability of what lies beyond.
  double over_tail(const GoldenDistribution& distribution, const std::vector<double>& tail,
                   double threshold, double side) const {
    if (tail[0] == 0.0) return 0.0;
    const double xi = tail[1];
    const auto excess = [&](double h) {
      return tail[2] * (xi == 0.0 ? h : std::expm1(xi * h) / xi);
    };
    const double step = 0.5 * std::min(1.0, 3.0 / std::abs(xi));
    double sum = 0.0;
    double from = threshold;
    for (int i = 1; i * step <= 30.0 && i * step * -xi < 6.9; ++i) {
      const double to = threshold + side * excess(i * step);
      if (!std::isfinite(to)) break;
      sum += side * integral(distribution, from, to);
      from = to;
    }
    return sum + value_of(distribution, side > 0.0 ? Function::sf : Function::cdf, from, 0.0);
  }

  double over_body(const GoldenDistribution& distribution, std::int64_t bins) const {
    std::vector<double> edges = distribution.edges();
    if (distribution.is_fit()) {
      const double first = edges.front();
      const double last = edges.back();
      const double step = (last - first) / static_cast<double>(bins);
      edges = {first};
      for (std::int64_t b = 1; b < bins; ++b) {
        edges.push_back(first + static_cast<double>(b) * step);
      }
      edges.push_back(last);
    }
    double sum = 0.0;
    for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
      if (edges[b] == edges[b + 1]) continue;
      // Constant between the edges; of a bin that has no value inside, at its left one.
      const bool is_wide =
          std::nextafter(std::nextafter(edges[b], HUGE_VAL), HUGE_VAL) < edges[b + 1];
      sum += is_wide
                 ? integral(distribution, edges[b], edges[b + 1])
                 : value_of(distribution, Function::pdf, edges[b], 0.0) * (edges[b + 1] - edges[b]);
    }
    return sum;
  }
};

TEST_F(DensityIntegral, IsOneWithinAMillionMillionth) {
  std::size_t distributions = 0;
  double most = 0.0;
  for (const GoldenRow& row : rows_) {
    const GoldenDistribution distribution(row);
    const auto& edges = distribution.edges();
    const bool lacks_fit = (distribution.lower()[0] > 0.0 && std::isnan(distribution.lower()[1])) ||
                           (distribution.upper()[0] > 0.0 && std::isnan(distribution.upper()[1]));
    const bool is_atom = edges.front() == edges.back();
    if (lacks_fit || is_atom || row.text("weights_kind") == "none") continue;
    const double total = over_tail(distribution, distribution.lower(), edges.front(), -1.0) +
                         over_body(distribution, row.integer("bins")) +
                         over_tail(distribution, distribution.upper(), edges.back(), 1.0);
    EXPECT_NEAR(total, 1.0, 1e-12) << row.describe();
    most = std::max(most, std::abs(total - 1.0));
    ++distributions;
  }
  std::printf("%zu densities, at most %.1e off 1\n", distributions, most);
  EXPECT_GE(distributions, 900u);
}

}  // namespace
