// Tails wait until there is one for every lane; then they are prepared together and go on walking
// lanes, each of which takes the next when it is done.
#pragma once

#include <new>

#include "kernels/cpu/lane_fit.hpp"

namespace tailfit::kernels {
namespace {

template <class Sample>
class LaneQueue {
 public:
  static constexpr int64_t longest = Sample::longest;
  // Doubles of memory beside the queue's own.
  static constexpr int64_t doubles = 2 * Sample::doubles + 2 * solver_lanes * Sample::longest;

  LaneQueue(const TileOptions& options, double* memory)
      : options_(options), walking_(memory), prepared_(memory + Sample::doubles) {
    double* excess = memory + 2 * Sample::doubles;
    for (int i = 0; i < solver_lanes; ++i, excess += 2 * Sample::longest) {
      waiting_[i].excess = excess;
      taken_[i].excess = excess + Sample::longest;
    }
  }

  void add(const double* excess, int64_t k, const TailOutput& out, uint32_t* status, bool upper) {
    WaitingTail& tail = waiting_[n_waiting_];
    memcpy(tail.excess, excess, static_cast<size_t>(k) * sizeof(double));
    tail.k = k;
    tail.out = out;
    tail.status = status;
    tail.upper = upper;
    tail.is_scaled = false;
    if (++n_waiting_ == solver_lanes) solve(false);
  }

  void end() {
    if (any(walking_.walk.active()) || n_waiting_ >= fewest_tails) {
      solve(true);
      return;
    }
    for (int i = 0; i < n_waiting_; ++i) solve_one(waiting_[i]);
    n_waiting_ = 0;
  }

 private:
  // With fewer tails than that to begin with, lanes take longer than one tail after the other.
  static constexpr int fewest_tails = 3;

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
          solve_one(taken_[lane]);
        } else {
          write(taken_[lane], accept_fit(walking_.fit_of(lane, options_.take_higher_boundary)));
        }
      }
    }
    n_waiting_ = 0;
  }

  // Returns the lanes that can walk; the other tails are solved one by one.
  uint32_t prepare_waiting() {
    fill(prepared_.search.sample, waiting_, n_waiting_);
    const uint32_t present = (1u << n_waiting_) - 1;
    prepare(prepared_, lane_mask(present));
    const uint32_t usual = lane_bits(prepared_.usual);
    for (uint32_t rest = present & ~usual; rest != 0; rest &= rest - 1) {
      solve_one(waiting_[__builtin_ctz(rest)]);
    }
    return usual;
  }

  void solve_one(WaitingTail& tail) {
    write(tail, fit_alone(prepared_.search.sample, options_, tail));
  }

  static void write(const WaitingTail& tail, const TailFit& fit) {
    write_tail(tail.out, fit);
    *tail.status |= status_of_tail(fit.flags, tail.upper);
  }

  TileOptions options_;
  WaitingTail waiting_[solver_lanes];
  WaitingTail taken_[solver_lanes];  // by the walking lanes
  int n_waiting_ = 0;
  WalkingLanes<Sample> walking_;
  PreparedLanes<Sample> prepared_;
};

// Short tails and longer ones wait apart.
class alignas(64) LaneQueues : public TailQueue {
 public:
  static TailQueue* make(const TileOptions& options, char* memory) {
    static_assert(sizeof(LaneQueues) % 64 == 0);
    static_assert(sizeof(LaneQueues) + sizeof(double) * (Short::doubles + Long::doubles) <=
                  tail_queue_bytes);
    if (options.resolution > 0.0) return nullptr;
    auto* doubles = reinterpret_cast<double*>(memory + sizeof(LaneQueues));
    return new (memory) LaneQueues(options, doubles);
  }

 private:
  using Short = LaneQueue<LaneSample>;
  using Long = LaneQueue<LongLaneSample>;

  LaneQueues(const TileOptions& options, double* doubles)
      : TailQueue{Long::longest,
                  [](TailQueue* queue, const double* excess, int64_t k, const TailOutput& out,
                     uint32_t* status, bool upper) {
                    auto* const queues = static_cast<LaneQueues*>(queue);
                    if (k <= canonical_serial_terms) {
                      queues->short_.add(excess, k, out, status, upper);
                    } else {
                      queues->long_.add(excess, k, out, status, upper);
                    }
                  },
                  [](TailQueue* queue) {
                    static_cast<LaneQueues*>(queue)->short_.end();
                    static_cast<LaneQueues*>(queue)->long_.end();
                  }},
        short_(options, doubles),
        long_(options, doubles + Short::doubles) {}

  Short short_;
  Long long_;
};

}  // namespace
}  // namespace tailfit::kernels
