// Short tails wait until there is one for every lane; then they are prepared together and go on
// walking lanes, each of which takes the next when it is done.
#pragma once

#include <new>

#include "kernels/cpu/lane_fit.hpp"
#include "kernels/cpu/short_tail.hpp"

namespace tailfit::kernels {
namespace {

// A tail of 1 <= k <= canonical_serial_terms excesses and where its fit goes.
struct WaitingTail {
  double* excess;  // room for canonical_serial_terms
  int64_t k;
  TailOutput out;
  uint32_t* status;
  bool upper;
};

class LaneQueue : public TailQueue {
 public:
  static TailQueue* make(const TileOptions& options, char* memory) {
    static_assert(sizeof(LaneQueue) % 64 == 0);
    static_assert(sizeof(LaneQueue) + sizeof(double) * n_doubles <= tail_queue_bytes);
    if (options.resolution > 0.0) return nullptr;
    auto* doubles = reinterpret_cast<double*>(memory + sizeof(LaneQueue));
    memset(doubles, 0, sizeof(double) * lane_sample_doubles);
    return new (memory) LaneQueue(options, doubles);
  }

 private:
  static constexpr int64_t n_doubles =
      2 * lane_sample_doubles + 2 * solver_lanes * canonical_serial_terms;
  // With fewer tails than that to begin with, lanes take longer than one tail after the other.
  static constexpr int fewest_tails = 3;

  LaneQueue(const TileOptions& options, double* doubles)
      : TailQueue{[](TailQueue* queue, const double* excess, int64_t k, const TailOutput& out,
                     uint32_t* status, bool upper) {
                    static_cast<LaneQueue*>(queue)->add(excess, k, out, status, upper);
                  },
                  [](TailQueue* queue) { static_cast<LaneQueue*>(queue)->end(); }},
        options_(options),
        walking_(doubles) {
    prepared_.search.sample.y = doubles + lane_sample_doubles;
    double* excess = doubles + 2 * lane_sample_doubles;
    for (int i = 0; i < solver_lanes; ++i, excess += 2 * canonical_serial_terms) {
      waiting_[i].excess = excess;
      taken_[i].excess = excess + canonical_serial_terms;
    }
  }

  void add(const double* excess, int64_t k, const TailOutput& out, uint32_t* status, bool upper) {
    WaitingTail& tail = waiting_[n_waiting_];
    memcpy(tail.excess, excess, static_cast<size_t>(k) * sizeof(double));
    tail.k = k;
    tail.out = out;
    tail.status = status;
    tail.upper = upper;
    if (++n_waiting_ == solver_lanes) solve(false);
  }

  void end() {
    if (any(walking_.walk.active()) || n_waiting_ >= fewest_tails) {
      solve(true);
      return;
    }
    for (int i = 0; i < n_waiting_; ++i) fit_alone(waiting_[i]);
    n_waiting_ = 0;
  }

  // Takes all that wait; ends when no lane walks, or, unless it is the end, one has nothing to do.
  void solve(bool to_the_end) {
    uint32_t ready = prepare_waiting();
    for (;;) {
      uint32_t idle = ~lane_bits(walking_.walk.active()) & ((1u << solver_lanes) - 1);
      for (; idle != 0 && ready != 0; idle &= idle - 1, ready &= ready - 1) {
        const int lane = __builtin_ctz(idle);
        const int from = __builtin_ctz(ready);
        walking_.take(lane, prepared_, from);
        const WaitingTail free = taken_[lane];
        taken_[lane] = waiting_[from];
        waiting_[from] = free;
      }
      if (!any(walking_.walk.active()) || (idle != 0 && !to_the_end)) break;
      LaneMask usual;
      uint32_t done = lane_bits(walking_.walk.advance(usual));
      for (; done != 0; done &= done - 1) {
        const int lane = __builtin_ctz(done);
        if ((lane_bits(usual) >> lane & 1u) == 0) {
          fit_alone(taken_[lane]);
        } else {
          write(taken_[lane], accept_fit(walking_.fit_of(lane, options_.take_higher_boundary)));
        }
      }
    }
    n_waiting_ = 0;
  }

  // Returns the lanes that can walk; the other tails are solved one by one.
  uint32_t prepare_waiting() {
    LaneSample& sample = prepared_.search.sample;
    sample.n_groups = 0;
    for (int lane = 0; lane < n_waiting_; ++lane) {
      sample.n_groups = larger(sample.n_groups, (waiting_[lane].k + 3) / 4);
    }
    for (int lane = 0; lane < solver_lanes; ++lane) {
      const int64_t k = lane < n_waiting_ ? waiting_[lane].k : 0;
      // A lane without a tail has one excess, for the sums' sake.
      for (int64_t i = 0; i < 4 * sample.n_groups; ++i) {
        const double absent = k == 0 && i == 0 ? 1.0 : 0.0;
        sample.y[i * solver_lanes + lane] = i < k ? waiting_[lane].excess[i] : absent;
      }
      number_of(sample.summary.k, lane) = static_cast<double>(larger<int64_t>(k, 1));
    }
    const uint32_t present = (1u << n_waiting_) - 1;
    prepare(prepared_, lane_mask(present));
    const uint32_t usual = lane_bits(prepared_.usual);
    for (uint32_t rest = present & ~usual; rest != 0; rest &= rest - 1) {
      fit_alone(waiting_[__builtin_ctz(rest)]);
    }
    return usual;
  }

  void fit_alone(const WaitingTail& tail) {
    write(tail, solve_alone(options_, tail.excess, tail.k));
  }

  static void write(const WaitingTail& tail, const TailFit& fit) {
    write_tail(tail.out, fit);
    *tail.status |= status_of_tail(fit.flags, tail.upper);
  }

  TileOptions options_;
  WaitingTail waiting_[solver_lanes];
  WaitingTail taken_[solver_lanes];  // by the walking lanes
  int n_waiting_ = 0;
  WalkingLanes walking_;
  PreparedLanes prepared_;
};

}  // namespace
}  // namespace tailfit::kernels
