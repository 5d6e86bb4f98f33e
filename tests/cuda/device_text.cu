// Instantiates the kernel bodies as device code, one thread per series. It is compiled, never run:
// it shows that the text is valid CUDA C++ and lets a test read the PTX.
#include "kernels/fit/fit_series.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {

template <class T>
__global__ void fit_one_series_per_thread(const SeriesInput<T>* inputs, TileOptions options,
                                          const SeriesOutput* outputs, char* memory,
                                          int64_t bytes_per_series, int64_t n_series) {
  const int64_t series = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (series >= n_series) return;
  fit_series<T>(SerialGroup{}, inputs[series], options, outputs[series],
                memory + series * bytes_per_series);
}

template __global__ void fit_one_series_per_thread<float>(const SeriesInput<float>*, TileOptions,
                                                          const SeriesOutput*, char*, int64_t,
                                                          int64_t);
template __global__ void fit_one_series_per_thread<double>(const SeriesInput<double>*, TileOptions,
                                                           const SeriesOutput*, char*, int64_t,
                                                           int64_t);

__global__ void quantiles(const SplicedParameters* fits, double p, double* quantile,
                          double* shortfall, int64_t n_fits) {
  const int64_t fit = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (fit >= n_fits) return;
  const SplicedRow row = row_of_fit(fits[fit], nullptr);
  quantile[fit] = spliced_quantile(row, p);
  shortfall[fit] = spliced_expected_shortfall(row, p);
}

// Every elementary function, fp64 and fp32.
template <class T>
__global__ void elementary(const T* x, const T* y, T* out, int64_t n) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= n) return;
  out[5 * i] = log(x[i]);
  out[5 * i + 1] = log1p(x[i]);
  out[5 * i + 2] = exp(x[i]);
  out[5 * i + 3] = expm1(x[i]);
  out[5 * i + 4] = pow(x[i], y[i]);
}

template __global__ void elementary<float>(const float*, const float*, float*, int64_t);
template __global__ void elementary<double>(const double*, const double*, double*, int64_t);

}  // namespace tailfit::kernels
