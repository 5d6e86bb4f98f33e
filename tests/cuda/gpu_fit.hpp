// One fit on the device and one on the CPU, and what differs between them.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/fits_block.hpp"
#include "tests/cuda/gpu_memory.hpp"

namespace tailfit::gpu {
namespace {

constexpr char cpu_poison = 0x5A;
constexpr char gpu_poison = 0x33;  // another one: what both leave unwritten differs, too

// Values of `values` from `origin` on, as `view` (whose pointer is null) says.
template <class T>
struct FitCall {
  const std::vector<T>& values;
  std::int64_t origin;
  tailfit_series_view view;
  tailfit_fit_options options;
  Place input = Place::pageable;
  Place output = Place::pageable;
};

struct FitComparison {
  tailfit_code cpu_code = TAILFIT_OK;
  tailfit_code gpu_code = TAILFIT_OK;
  std::string gpu_message;
  std::string difference;  // "": the same bytes, or the same code
  std::int64_t n_fits = 0;
  std::int64_t n_tails = 0;  // with a shape
};

inline std::int64_t tails_in(const tailfit_fits_view& fits) {
  std::int64_t n = 0;
  for (std::int64_t i = 0; i < fits.n_fits; ++i) {
    n += std::isnan(fits.lower.shape[i]) ? 0 : 1;
    n += std::isnan(fits.upper.shape[i]) ? 0 : 1;
  }
  return n;
}

template <class T>
tailfit_code fit_on_cpu(const Context& cpu, const FitCall<T>& call, const FitsBlock& layout,
                        std::vector<char>& block) {
  block.assign(layout.bytes(), cpu_poison);
  tailfit_series_view view = call.view;
  view.values = call.values.data() + call.origin;
  const tailfit_fits_view out = layout.view(block.data(), TAILFIT_MEMORY_HOST);
  return tailfit_fit_into(cpu.c_handle(), &view, &call.options, &out);
}

template <class T>
tailfit_code fit_on_gpu(const Context& cuda, const FitCall<T>& call, const FitsBlock& layout,
                        std::vector<char>& block) {
  PlacedMemory input(call.input, call.values.size() * sizeof(T));
  input.write(call.values.data());
  PlacedMemory output(call.output, layout.bytes());
  output.fill(gpu_poison);
  tailfit_series_view view = call.view;
  view.values = reinterpret_cast<const T*>(input.data()) + call.origin;
  view.memory = memory_of(call.input);
  const tailfit_fits_view out = layout.view(output.data(), memory_of(call.output));
  const tailfit_code code = tailfit_fit_into(cuda.c_handle(), &view, &call.options, &out);
  block.resize(layout.bytes());
  output.read(block.data());
  return code;
}

// Every array by its bytes.
template <class T>
FitComparison compare_fit(const Context& cuda, const Context& cpu, const FitCall<T>& call) {
  const FitsBlock layout(call.view.n_series * call.view.n_windows, call.options);
  std::vector<char> expected;
  std::vector<char> found;
  FitComparison result;
  result.n_fits = call.view.n_series * call.view.n_windows;
  result.gpu_code = fit_on_gpu(cuda, call, layout, found);
  if (result.gpu_code != TAILFIT_OK) result.gpu_message = tailfit_last_error();
  result.cpu_code = fit_on_cpu(cpu, call, layout, expected);
  if (result.gpu_code != result.cpu_code) {
    result.difference = "code " + std::to_string(result.gpu_code) + " (" + result.gpu_message +
                        "), expected " + std::to_string(result.cpu_code);
    return result;
  }
  if (result.cpu_code != TAILFIT_OK) return result;
  result.n_tails = tails_in(layout.view(expected.data(), TAILFIT_MEMORY_HOST));
  result.difference = layout.first_difference(found.data(), expected.data());
  if (result.difference.empty() && !layout.gaps_hold(found.data(), gpu_poison)) {
    result.difference = "bytes beside the arrays were written";
  }
  return result;
}

}  // namespace
}  // namespace tailfit::gpu
