#include "host/distribution.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "host/error.hpp"
#include "host/kernel_views.hpp"
#include "host/parallel.hpp"
#include "host/run_fit.hpp"
#include "host/validate.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

kernels::TailParameters tail_parameters(const tailfit_tail_view& tail, std::int64_t fit) {
  return {tail.threshold[fit], tail.shape[fit], tail.scale[fit], tail.n_exceed[fit]};
}

kernels::SplicedParameters parameters(const tailfit_fits_view& fits, std::int64_t fit) {
  return {fits.n[fit],
          fits.status[fit],
          tail_parameters(fits.lower, fit),
          tail_parameters(fits.upper, fit),
          counts_of(fits, fit),
          static_cast<kernels::CountsKind>(fits.counts_kind),
          fits.bins,
          fits.laplace};
}

// One function of a level, applied to every fit.
struct LevelCall {
  const tailfit_fits_view* fits;
  double (*function)(const kernels::SplicedParameters&, double p);
  double p;
  double* out;

  static constexpr std::int64_t chunk_fits = 1024;

  static void run(void* state, std::int64_t chunk, std::int32_t) {
    const auto& call = *static_cast<const LevelCall*>(state);
    const std::int64_t begin = chunk * chunk_fits;
    const std::int64_t end = std::min(begin + chunk_fits, call.fits->n_fits);
    for (std::int64_t fit = begin; fit < end; ++fit) {
      call.out[fit] = call.function(parameters(*call.fits, fit), call.p);
    }
  }
};

void apply(const tailfit_context& context, LevelCall call) {
  validate(*call.fits);
  require_host_memory(*call.fits);
  require_host_memory(*call.fits);
  if (call.fits->n_fits == 0) return;
  if (call.out == nullptr) fail_invalid("out", std::string("null"), "n_fits elements");
  const std::int64_t n_chunks =
      (call.fits->n_fits + LevelCall::chunk_fits - 1) / LevelCall::chunk_fits;
  for_each_chunk({threads_of_call(context), context.use_callers_arena}, n_chunks, &LevelCall::run,
                 &call);
}

}  // namespace

void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out) {
  if (!(p >= 0.0 && p <= 1.0)) fail_invalid("p", p, "a number from 0 to 1");
  apply(context, {&fits, kernels::cpu_kernels().quantile, p, out});
}

void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out) {
  if (!(p > 0.0 && p < 1.0)) fail_invalid("p", p, "a number between 0 and 1, both excluded");
  apply(context, {&fits, kernels::cpu_kernels().expected_shortfall, p, out});
}

}  // namespace tailfit::host
