// The kernels of a fake device: what the CUDA kernels do, lane by lane, by the host.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "tests/device/fake_state.hpp"

namespace tailfit::tests {

void run_transpose(FakeState& state, const kernels::ColumnPanel& panel);
void run_bin_by_length(FakeState& state, const kernels::FitBatch& batch,
                       const kernels::LengthBins& bins);
void run_extract(FakeState& state, const kernels::FitBatch& batch,
                 const kernels::ExtractLaunch& launch);
void run_solve(FakeState& state, const kernels::FitBatch& batch,
               const kernels::SolveLaunch& launch);
void run_evaluate(FakeState& state, const kernels::EvaluateBatch& batch,
                  const kernels::EvaluateLaunch& launch);
void run_differentiate(const kernels::GradientBatch& batch, const kernels::EvaluateLaunch& launch);

}  // namespace tailfit::tests
