#include "host/distribution.hpp"

#include <cstdint>
#include <string>

#include "host/device/device_distribution.hpp"
#include "host/distribution_rows.hpp"
#include "host/error.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

void evaluate_on_cpu(const tailfit_context& context, const kernels::EvaluateBatch& batch) {
  const RowsOfCall rows{batch.rows.n_rows, batch.rows.bins,
                        batch.request.n_points + batch.rows.bins / 32,
                        kernels::spliced_row_bytes(batch.rows.bins)};
  const kernels::CpuKernels& cpu = kernels::cpu_kernels();
  for_each_rows(context, rows, [&](const RowRange& part, void* memory) {
    cpu.evaluate(batch, part.begin, part.end, memory);
  });
}

void differentiate_on_cpu(const tailfit_context& context, const kernels::GradientBatch& batch) {
  const std::int64_t bins = batch.rows.bins;
  const bool has_logits = batch.request.out.logits != nullptr;
  const std::int64_t work = batch.request.n_points * (1 + (has_logits ? bins / 16 : 0));
  const RowsOfCall rows{batch.rows.n_rows, bins, work + bins / 32 + 1,
                        kernels::spliced_gradient_bytes(bins)};
  const kernels::CpuKernels& cpu = kernels::cpu_kernels();
  for_each_rows(context, rows, [&](const RowRange& part, void* memory) {
    for (std::int64_t row = part.begin; row < part.end; ++row) {
      const kernels::GradientRequest request = kernels::request_of_row(batch, row);
      if (batch.rows.are_given) {
        cpu.given_gradients(kernels::parameters_of_row(batch.rows, row), request, memory);
      } else {
        cpu.fit_gradients(kernels::fit_of_row(batch.rows, row), request, memory);
      }
    }
  });
}

}  // namespace

void run(const tailfit_context& context, const Evaluation& evaluation) {
  if (evaluation.is_empty()) return;
  if (evaluation.memory == TAILFIT_MEMORY_DEVICE) {
    evaluate_on_device(context, evaluation.batch);
  } else {
    evaluate_on_cpu(context, evaluation.batch);
  }
}

void run(const tailfit_context& context, const Differentiation& differentiation) {
  if (differentiation.is_empty()) return;
  if (differentiation.memory == TAILFIT_MEMORY_DEVICE) {
    differentiate_on_device(context, differentiation.batch);
  } else {
    differentiate_on_cpu(context, differentiation.batch);
  }
}

namespace {

void evaluate_at_level(const tailfit_context& context, const tailfit_fits_view& fits,
                       std::int32_t function, double p, double* out) {
  const tailfit_points points{sizeof points, &p, TAILFIT_F64, TAILFIT_MEMORY_HOST, 1, 0, 0.0, 0, 0};
  run(context, evaluation_of(fits, function, &points, out));
}

}  // namespace

void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out) {
  if (!(p >= 0.0 && p <= 1.0)) fail_invalid("p", p, "a number from 0 to 1");
  evaluate_at_level(context, fits, TAILFIT_QUANTILE, p, out);
}

void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out) {
  if (!(p > 0.0 && p < 1.0)) fail_invalid("p", p, "a number between 0 and 1, both excluded");
  evaluate_at_level(context, fits, TAILFIT_EXPECTED_SHORTFALL, p, out);
}

}  // namespace tailfit::host
