// What the passes over several tails told, one tail a lane: ProfileSearch of gpd_search.hpp for
// lanes.
#pragma once

#include "kernels/cpu/lane_long_sample.hpp"
#include "kernels/fit/gpd_search.hpp"

namespace tailfit::kernels {
namespace {

inline LaneMask is_below(int j, Lanes count) { return Lanes(static_cast<double>(j)) < count; }

// As that of stieltjes.hpp for one tail.
inline Lanes stieltjes_condition(Lanes n_known, Lanes c, Lanes log_slope, Lanes inverse,
                                 Lanes inverse_end) {
  const Lanes multiplicity = n_known + 1.0;
  const Lanes mean = 1.0 - 2.0 * c * log_slope / multiplicity;
  const Lanes above = 1.0 + (c - 1.0) * larger(mean, 0.0);
  const LaneMask negative = c < 0.0;
  const Lanes x = select(negative, -2.0 * c, above);
  const Lanes square = x * x;
  const Lanes fourth = square * square;
  const Lanes power =
      select(n_known <= 1.0, square, select(n_known <= 3.0, fourth, fourth * fourth));
  const Lanes of_larger = (multiplicity + 1.0) * power;
  const Lanes low = (1.0 + x) * (1.0 + square);
  const Lanes sum = select(n_known <= 2.0, low, low * (1.0 + fourth) + fourth * fourth);
  const Lanes of_negative = sum * inverse_end * (inverse * inverse);
  return select(negative, of_negative, select(c <= 1.0, multiplicity + 1.0, of_larger));
}

// act(to, from) on each number of a node and its twin in another.
template <class Act>
[[gnu::always_inline]] inline void each_number(StieltjesFractionOf<Lanes>& to,
                                               StieltjesFractionOf<Lanes>& from, const Act& act) {
  for (int j = 0; j < stieltjes_terms; ++j) act(to.a[j], from.a[j]);
  act(to.last, from.last);
  act(to.n_known, from.n_known);
  act(to.room, from.room);
}

template <class Act>
[[gnu::always_inline]] inline void each_number(ProfileNodeOf<Lanes>& to, ProfileNodeOf<Lanes>& from,
                                               const Act& act) {
  act(to.u, from.u);
  act(to.xi, from.xi);
  act(to.xi_noise, from.xi_noise);
  act(to.largest_share, from.largest_share);
  act(to.other_weight, from.other_weight);
  act(to.greatest_weight, from.greatest_weight);
  act(to.moment_noise, from.moment_noise);
  each_number(to.weights, from.weights, act);
  each_number(to.logarithms, from.logarithms, act);
}

inline void copy_where(LaneMask where, ProfileNodeOf<Lanes>& to, ProfileNodeOf<Lanes>& from) {
  each_number(to, from, [&](Lanes& a, Lanes& b) { a = select(where, b, a); });
}

inline ProfilePointOf<Lanes> select(LaneMask where, const ProfilePointOf<Lanes>& a,
                                    const ProfilePointOf<Lanes>& b) {
  ProfilePointOf<Lanes> chosen;
  chosen.u = select(where, a.u, b.u);
  chosen.node = select(where, a.node, b.node);
  chosen.xi = select(where, a.xi, b.xi);
  chosen.slope = select(where, a.slope, b.slope);
  chosen.curvature = select(where, a.curvature, b.curvature);
  chosen.weight = select(where, a.weight, b.weight);
  chosen.spread = select(where, a.spread, b.spread);
  chosen.h = select(where, a.h, b.h);
  chosen.xi_error = select(where, a.xi_error, b.xi_error);
  chosen.weight_error = select(where, a.weight_error, b.weight_error);
  chosen.slope_error = select(where, a.slope_error, b.slope_error);
  chosen.spread_error = select(where, a.spread_error, b.spread_error);
  chosen.curvature_error = select(where, a.curvature_error, b.curvature_error);
  return chosen;
}

inline Lanes distance_between(Lanes a, Lanes b) { return select(a < b, b - a, a - b); }

// Sample: LaneSample or LongLaneSample.
template <class Sample>
struct LaneSearch {
  Sample sample;
  ProfileNodeOf<Lanes> node[profile_nodes];
  int slots = 1;  // in use in any lane
  Lanes n_nodes;
  Lanes passes;
  // The node that each lane used last: choosing among all of them takes as long as a prediction.
  ProfileNodeOf<Lanes> nearest;
  Lanes nearest_slot;  // -1: none
  LaneMask found = lane_mask(0);
  Lanes best_p;
  Lanes best_shape;
  Lanes best_scale;

  // memory: Sample::doubles.
  explicit LaneSearch(double* memory) : sample(memory) {}

  // In lanes of which the first so many nodes are known.
  void begin(LaneMask lanes, int n) {
    n_nodes = select(lanes, static_cast<double>(n), n_nodes);
    passes = select(lanes, static_cast<double>(n), passes);
    slots = larger(slots, n);
    found = found && !lanes;
    nearest_slot = select(lanes, -1.0, nearest_slot);
    for (int i = n; i < profile_nodes; ++i) {
      node[i].u = select(lanes, infinity(), node[i].u);  // never the nearest
    }
  }

  static constexpr bool passes_are_cheap() { return Sample::longest <= canonical_serial_terms; }

  Lanes nearest_u(Lanes u) const {
    Lanes at = node[0].u;
    Lanes least = distance_between(u, at);
    for (int i = 1; i < slots; ++i) {
      const Lanes distance = distance_between(u, node[i].u);
      at = select(distance < least, node[i].u, at);
      least = smaller(least, distance);
    }
    return at;
  }
  Lanes reach(Lanes u) const { return distance_between(u, nearest_u(u)); }

  ProfilePointOf<Lanes> point(Lanes u) {
    Lanes least = distance_between(u, node[0].u);
    Lanes slot = 0.0;
    for (int i = 1; i < slots; ++i) {
      const Lanes distance = distance_between(u, node[i].u);
      slot = select(distance < least, static_cast<double>(i), slot);
      least = smaller(least, distance);
    }
    const LaneMask changed = !(slot == nearest_slot);
    if (any(changed)) {
      for (int i = 0; i < slots; ++i) {
        const LaneMask here = changed && slot == static_cast<double>(i);
        if (any(here)) copy_where(here, nearest, node[i]);
      }
      nearest_slot = slot;
    }
    return predict(nearest, u);
  }

  // One more pass in these lanes; returns those where it could be made.
  LaneMask add(Lanes u, LaneMask lanes) {
    LaneNode pass = evaluate_profile(sample, u, lanes);
    lanes = lanes && pass.served;
    const LaneMask full = n_nodes == static_cast<double>(profile_nodes);
    Lanes farthest = 1.0;
    Lanes distance = distance_between(u, node[1].u);
    for (int i = 2; i < profile_nodes; ++i) {
      const Lanes other = distance_between(u, node[i].u);
      const LaneMask farther = other > distance;
      farthest = select(farther, static_cast<double>(i), farthest);
      distance = select(farther, other, distance);
    }
    const Lanes slot = select(full, farthest, n_nodes);
    nearest_slot = select(lanes && slot == nearest_slot, -1.0, nearest_slot);
    for (int i = 1; i < profile_nodes; ++i) {
      const LaneMask here = lanes && slot == static_cast<double>(i);
      if (!any(here)) continue;
      copy_where(here, node[i], pass.node);
      if (slots <= i) slots = i + 1;
    }
    n_nodes = n_nodes + select(lanes && !full, 1.0, 0.0);
    passes = passes + select(lanes, 1.0, 0.0);
    return lanes;
  }

  void offer(LaneMask lanes, Lanes p, Lanes shape, Lanes scale) {
    const LaneMask inside = shape > -1.0 && shape < shape_cap;
    const LaneMask better = lanes && inside && (!found || p < best_p);
    best_p = select(better, p, best_p);
    best_shape = select(better, shape, best_shape);
    best_scale = select(better, scale, best_scale);
    found = found || better;
  }
};

}  // namespace
}  // namespace tailfit::kernels
