// Compiled once for all tests: the kernels' text takes a compiler long.
#include "tests/device/fake_kernels.hpp"

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "kernels/cuda/evaluate_rows.hpp"
#include "kernels/cuda/length_bins.hpp"
#include "kernels/cuda/transpose_tile.hpp"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/fibre_block.hpp"
#include "kernels/group/fibre_cluster.hpp"

namespace tailfit::tests {
namespace {

class FakeKernels {
 public:
  explicit FakeKernels(FakeState& state) : state_(state) {}

  template <class T, int lanes>
  void transpose_all(const kernels::ColumnPanel& panel) {
    state_.n_transposed += panel.n_series * panel.length;
    for (std::int64_t number = 0; number < kernels::tiles_of(panel); ++number) {
      const ExactMemory tile(kernels::tile_values * sizeof(T));
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::transpose_tile<T, lanes>(group, panel, number, reinterpret_cast<T*>(tile.data()));
      });
    }
  }
  template <class T>
  void transpose_all(const kernels::ColumnPanel& panel) {
    state_.use_lanes ? transpose_all<T, 64>(panel) : transpose_all<T, 1>(panel);
  }

  // item(i, memory): by its group's memory, exactly as large as the launch says.
  template <class Batch, class Item>
  static void each_item(const Batch& batch, const kernels::EvaluateLaunch& launch,
                        const Item& item) {
    const std::int64_t n_items =
        batch.rows.n_rows * kernels::parts_of_row(batch.request.n_points, launch.part_points);
    for (std::int64_t group = launch.groups; group-- > 0;) {
      for (std::int64_t i = group; i < n_items; i += launch.groups) {
        item(i, launch.memory + group * launch.group_bytes);
      }
    }
  }
  void evaluate_all(const kernels::EvaluateBatch& batch, const kernels::EvaluateLaunch& launch) {
    const auto by = [&](const auto& group, std::int64_t item, char* memory) {
      if (batch.rows.are_given) {
        kernels::evaluate_item<true>(group, batch, launch, item, memory);
      } else {
        kernels::evaluate_item<false>(group, batch, launch, item, memory);
      }
    };
    each_item(batch, launch, [&](std::int64_t item, char* memory) {
      if (launch.lanes == 1) return kernels::evaluate_few_item(batch, launch, item);
      if (!state_.use_lanes) return by(kernels::SerialGroup{}, item, memory);
      kernels::run_fibre_block(launch.lanes, state_.seed++,
                               [&](const kernels::FibreBlock& group) { by(group, item, memory); });
    });
  }

  void bin_all(const kernels::FitBatch& batch, const kernels::LengthBins& bins) {
    const std::int64_t n_stretches = kernels::bin_stretches(batch.series.n_fits);
    const int lanes = state_.use_lanes ? 64 : 1;
    for (std::int64_t stretch = n_stretches; bins.values_before != nullptr && stretch-- > 0;) {
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::sum_values(group, batch, bins, stretch);
      });
    }
    for (std::int64_t stretch = n_stretches; stretch-- > 0;) {
      kernels::BinMemory memory;
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::sum_stretch(group, batch, bins, stretch, memory);
      });
    }
    for (std::int64_t stretch = n_stretches; stretch-- > 0;) {
      kernels::BinMemory memory;
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::place_stretch(group, batch, bins, stretch, memory);
      });
    }
  }

  // Each block's memory is its own; what one writes to another's goes there by the group alone.
  template <class T>
  void extract_by_cluster(const kernels::FitBatch& batch, std::int64_t fit,
                          const kernels::ExtractLaunch& launch) {
    using Key = typename kernels::KeyOf<T>::Key;
    if (!state_.use_lanes) {
      const std::int64_t all = kernels::key_bytes<T>(batch.series.length, 1);
      const ExactMemory shared(static_cast<std::size_t>(
          all + kernels::counter_bytes<std::uint32_t>(batch.options.bins, 1)));
      extract_one<T>(batch, fit, 1, reinterpret_cast<Key*>(shared.data()),
                     reinterpret_cast<std::uint32_t*>(shared.data() + all));
      return;
    }
    const std::int64_t keys =
        kernels::key_bytes_of_block<T>(batch.series.length, launch.cluster, launch.threads);
    std::vector<ExactMemory> blocks;
    std::vector<char*> begins;
    for (int b = 0; b < launch.cluster; ++b) {
      blocks.emplace_back(
          static_cast<std::size_t>(launch.series_bytes - kernels::cluster_slot_bytes));
      begins.push_back(blocks.back().data());
    }
    const auto body = [&](const kernels::FibreCluster& group, char* own) {
      kernels::extract_fit<T>(group, batch, fit, reinterpret_cast<Key*>(own),
                              reinterpret_cast<std::uint32_t*>(own + keys));
    };
    kernels::run_fibre_cluster(begins, launch.threads, state_.seed++, body);
  }

  // A block's windows of one series first, then group by group.
  template <class T>
  void extract_windows(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
    using Key = typename kernels::KeyOf<T>::Key;
    if (batch.chosen.fits != nullptr) throw std::logic_error("windows out of their order");
    const std::int64_t groups = launch.threads / launch.lanes;
    const std::int64_t keys = kernels::key_bytes<T>(batch.series.length, launch.lanes);
    for (std::int64_t first = 0; first < batch.series.n_fits; first += groups) {
      const ExactMemory shared(static_cast<std::size_t>(launch.union_bytes));
      kernels::WindowUnion<Key> windows{};
      const int lanes = state_.use_lanes ? launch.threads : 1;
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        windows = kernels::stage_windows<T>(group, batch.series, first, groups,
                                            reinterpret_cast<Key*>(shared.data()));
      });
      state_.n_together += windows.n;
      for (std::int64_t i = 0; i < std::min(groups, batch.series.n_fits - first); ++i) {
        const ExactMemory own(static_cast<std::size_t>(launch.series_bytes));
        extract_one<T>(batch, first + i, launch.lanes, reinterpret_cast<Key*>(own.data()),
                       reinterpret_cast<std::uint32_t*>(own.data() + keys), windows.keys_of(i));
      }
    }
  }

  template <class T>
  void extract_all(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
    if (launch.union_bytes > 0) return extract_windows<T>(batch, launch);
    using Key = typename kernels::KeyOf<T>::Key;
    const int lanes = launch.lanes > 0 ? launch.lanes : launch.threads;
    const std::int64_t keys = kernels::key_bytes<T>(batch.series.length, lanes);
    const std::int64_t slots =
        launch.regime == kernels::ExtractRegime::shared_block ? kernels::block_slot_bytes : 0;
    std::int64_t fit = 0;
    for (std::int64_t i = 0; (fit = kernels::fit_of_group(batch, i)) >= 0; ++i) {
      if (i >= launch.fits) throw std::logic_error("more fits than were launched for");
      if (launch.regime == kernels::ExtractRegime::cluster) {
        extract_by_cluster<T>(batch, fit, launch);
      } else if (launch.regime != kernels::ExtractRegime::global_block) {
        const ExactMemory shared(static_cast<std::size_t>(launch.series_bytes - slots));
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(shared.data()),
                       reinterpret_cast<std::uint32_t*>(shared.data() + keys));
      } else {
        char* own = launch.block_memory + i % launch.blocks * launch.block_bytes;
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(own),
                       reinterpret_cast<std::uint64_t*>(own + keys));
      }
    }
  }
  template <class T, class Counter>
  void extract_one(const kernels::FitBatch& batch, std::int64_t fit, int lanes,
                   typename kernels::KeyOf<T>::Key* keys, Counter* counters,
                   const typename kernels::KeyOf<T>::Key* staged = nullptr) {
    if (!state_.use_lanes) lanes = 1;
    const auto body = [&](const auto& group) {
      kernels::extract_fit<T>(group, batch, fit, keys, counters, staged);
    };
    if (lanes > 32) {
      kernels::run_fibre_block<kernels::FibreBlockOfMany>(lanes, state_.seed++, body);
    } else {
      kernels::run_fibre_block(lanes, state_.seed++, body);
    }
  }

  template <bool intervals>
  void solve_all(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) {
    for (std::int64_t t = 0; t < 2 * batch.series.n_fits; ++t) {
      const kernels::TailOfBatch tail = kernels::tail_of_batch(batch, t);
      if (tail.k == 0) continue;
      if (tail.k > launch.greatest_k) throw std::logic_error("a longer tail than was planned");
      if (tail.k <= kernels::canonical_serial_terms) {
        kernels::solve_tail_of_batch<intervals>(kernels::SerialGroup{}, batch, tail, nullptr);
        continue;
      }
      const bool is_long = tail.k > kernels::greatest_warp_tail;
      const int lanes = !state_.use_lanes ? 1 : is_long ? launch.long_lanes : launch.lanes;
      state_.solve_lanes.insert(lanes);
      const ExactMemory shared(
          static_cast<std::size_t>(kernels::canonical_scratch_bytes(tail.k, lanes)));
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::solve_tail_of_batch<intervals>(group, batch, tail, shared.data());
      });
    }
  }

 private:
  FakeState& state_;
};

}  // namespace

void run_transpose(FakeState& state, const kernels::ColumnPanel& panel) {
  FakeKernels kernels(state);
  if (panel.is_double) {
    kernels.transpose_all<double>(panel);
  } else {
    kernels.transpose_all<float>(panel);
  }
}

void run_bin_by_length(FakeState& state, const kernels::FitBatch& batch,
                       const kernels::LengthBins& bins) {
  FakeKernels(state).bin_all(batch, bins);
}

void run_extract(FakeState& state, const kernels::FitBatch& batch,
                 const kernels::ExtractLaunch& launch) {
  FakeKernels kernels(state);
  if (batch.series.is_double) {
    kernels.extract_all<double>(batch, launch);
  } else {
    kernels.extract_all<float>(batch, launch);
  }
}

void run_solve(FakeState& state, const kernels::FitBatch& batch,
               const kernels::SolveLaunch& launch) {
  FakeKernels kernels(state);
  if (batch.options.resolution > 0.0) {
    kernels.solve_all<true>(batch, launch);
  } else {
    kernels.solve_all<false>(batch, launch);
  }
}

void run_evaluate(FakeState& state, const kernels::EvaluateBatch& batch,
                  const kernels::EvaluateLaunch& launch) {
  FakeKernels(state).evaluate_all(batch, launch);
}

void run_differentiate(const kernels::GradientBatch& batch, const kernels::EvaluateLaunch& launch) {
  FakeKernels::each_item(batch, launch, [&](std::int64_t item, char* memory) {
    if (batch.rows.are_given) {
      kernels::differentiate_item<true>(batch, launch, item, memory);
    } else {
      kernels::differentiate_item<false>(batch, launch, item, memory);
    }
  });
}

}  // namespace tailfit::tests
