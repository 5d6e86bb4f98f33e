#include "host/device/cuda_device.hpp"

#include <nvtx3/nvToolsExt.h>

#include <string>

#include "host/error.hpp"

namespace tailfit::host {

CudaDevice::CudaDevice(int device, const CudaMemorySource& source)
    : current_(device), device_(device), source_(source), owns_stream_(true) {
  check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking),
             "cudaStreamCreateWithFlags", device_, "");
}

CudaDevice::CudaDevice(int device, cudaStream_t stream)
    : current_(device), device_(device), source_{}, stream_(stream), owns_stream_(false) {}

CudaDevice::~CudaDevice() {
  if (!owns_stream_) return;
  drain();  // nothing may use the caller's memory afterwards
  forget_error(cudaStreamDestroy(stream_));
}

void* CudaDevice::allocate(std::uint64_t bytes) {
  if (source_.resource.allocate != nullptr) {
    void* const memory = source_.resource.allocate(source_.resource.user, bytes, device_, stream_);
    if (memory != nullptr) return memory;
    throw CallError(TAILFIT_OUT_OF_MEMORY, "device_allocate(" + bytes_text(bytes) +
                                               ") for CUDA device " + std::to_string(device_) +
                                               " returned null: " + free_memory_text());
  }
  void* memory = nullptr;
  const cudaError_t error = source_.pool != nullptr
                                ? cudaMallocFromPoolAsync(&memory, bytes, source_.pool, stream_)
                                : cudaMalloc(&memory, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw CallError(TAILFIT_OUT_OF_MEMORY, "CUDA device " + std::to_string(device_) + " has no " +
                                               bytes_text(bytes) +
                                               " of memory: " + free_memory_text());
  }
  check_cuda(error, "cudaMalloc", device_, bytes_text(bytes));
  return memory;
}

void CudaDevice::release(void* memory, std::uint64_t bytes) noexcept {
  if (source_.resource.allocate != nullptr) {
    source_.resource.release(source_.resource.user, memory, bytes, device_, stream_);
    return;
  }
  forget_error(source_.pool != nullptr ? cudaFreeAsync(memory, stream_) : cudaFree(memory));
}

void CudaDevice::copy_to_device(void* to, const void* from, std::uint64_t bytes) {
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync",
             device_, bytes_text(bytes) + " to the device");
}

void CudaDevice::copy_rows_to_device(void* to, std::uint64_t to_pitch, const void* from,
                                     std::uint64_t from_pitch, std::uint64_t bytes,
                                     std::uint64_t rows) {
  check_cuda(cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, bytes, rows, cudaMemcpyHostToDevice,
                               stream_),
             "cudaMemcpy2DAsync", device_,
             std::to_string(rows) + " rows of " + bytes_text(bytes) + " to the device");
}

void CudaDevice::copy_to_host(void* to, const void* from, std::uint64_t bytes) {
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync",
             device_, bytes_text(bytes) + " to the host");
}

void CudaDevice::fill(void* memory, unsigned char byte, std::uint64_t bytes) {
  check_cuda(cudaMemsetAsync(memory, byte, bytes, stream_), "cudaMemsetAsync", device_,
             bytes_text(bytes));
}

void CudaDevice::transpose(const kernels::ColumnPanel& panel) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_transpose(panel, stream_)), "transpose",
             device_, std::to_string(panel.n_series) + " series");
}

void CudaDevice::bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_bin_by_length(batch, bins, stream_)),
             "bin by length", device_, std::to_string(batch.series.n_fits) + " fits");
}

void CudaDevice::extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_extract(batch, launch, stream_)), "extract",
             device_, std::to_string(batch.series.n_fits) + " fits");
}

void CudaDevice::solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_solve(batch, launch, stream_)), "solve",
             device_, std::to_string(batch.series.n_fits) + " fits");
}

void CudaDevice::evaluate(const kernels::EvaluateBatch& batch,
                          const kernels::EvaluateLaunch& launch) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_evaluate(batch, launch, stream_)), "evaluate",
             device_, std::to_string(batch.rows.n_rows) + " distributions");
}

void CudaDevice::differentiate(const kernels::GradientBatch& batch,
                               const kernels::EvaluateLaunch& launch) {
  check_cuda(static_cast<cudaError_t>(kernels::launch_gradients(batch, launch, stream_)),
             "differentiate", device_, std::to_string(batch.rows.n_rows) + " distributions");
}

void CudaDevice::wait_for(void* event) {
  check_cuda(cudaStreamWaitEvent(stream_, static_cast<cudaEvent_t>(event), 0),
             "cudaStreamWaitEvent", device_, "");
}

void CudaDevice::synchronize() {
  check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize", device_, "");
}

void CudaDevice::drain() noexcept { forget_error(cudaStreamSynchronize(stream_)); }

// Ranges of the thread that queues, for Nsight Systems; nothing without a tool that listens.
void CudaDevice::begin_stage(const char* name) noexcept { nvtxRangePushA(name); }
void CudaDevice::end_stage() noexcept { nvtxRangePop(); }

}  // namespace tailfit::host
