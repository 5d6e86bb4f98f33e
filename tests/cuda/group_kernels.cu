// The device's side of gpu_group_test.cpp.
#include "tests/cuda/group_kernels.hpp"

#include <cuda_runtime.h>

#include "kernels/group/cuda_block.hpp"
#include "kernels/group/cuda_lanes.hpp"
#include "kernels/group/cuda_warp_part.hpp"
#include "tests/cuda/gpu_memory.hpp"

namespace tailfit::gpu {
namespace {

constexpr int greatest_threads = 1024;

template <class Integer, class Group>
__device__ void call_all(const Group& group, const Integer value, MemberResults<Integer>& out,
                         std::make_unsigned_t<Integer>* counter) {
  using Counter = std::make_unsigned_t<Integer>;
  if (group.rank() == 0) *counter = 0;
  group.sync();
  out.add = group.reduce_add(value);
  out.min = group.reduce_min(value);
  out.max = group.reduce_max(value);
  out.scan = group.exclusive_scan_add(value);
  out.broadcast = group.from_one(value, group.rank() == broadcast_from);
  out.before = group.add_atomic(
      counter, static_cast<Counter>(Counter{1} + static_cast<Counter>(value) % Counter{256}));
  group.sync();
  out.counted = *counter;
}

template <class Integer, int lanes>
__global__ void members_of_lanes(const Integer* values, MemberResults<Integer>* out) {
  __shared__ std::make_unsigned_t<Integer> counters[greatest_threads / lanes];
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  call_all(kernels::CudaLanes<lanes>{}, values[i], out[i], &counters[threadIdx.x / lanes]);
}

template <class Integer>
__global__ void members_of_block(const Integer* values, MemberResults<Integer>* out) {
  __shared__ uint64_t slots[kernels::cuda_block_slots];
  __shared__ std::make_unsigned_t<Integer> counter;
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  call_all(kernels::CudaBlock(slots), values[i], out[i], &counter);
}

template <class Integer>
__global__ void members_of_part(const Integer* values, PartResults<Integer>* out, int lanes) {
  const kernels::CudaWarpPart group(lanes);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = {group.reduce_add(values[i]), group.reduce_max(values[i])};
}

__global__ void diverge_parts(const uint32_t* values, uint32_t* out, int lanes) {
  __shared__ uint32_t hands[greatest_threads];
  const kernels::CudaWarpPart group(lanes);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  const auto size = static_cast<unsigned>(lanes);
  uint32_t* own = hands + threadIdx.x / size * size;
  uint32_t value = values[i];
  for (unsigned round = 0; round < i / size % 5; ++round) {
    own[group.rank()] = value;
    group.sync();
    value = own[(group.rank() + 1) % group.size()];
    value += group.reduce_add(value);
    group.sync();  // before the hands are used again
  }
  out[i] = value;
}

template <int lanes>
__global__ void diverge(const uint32_t* values, uint32_t* out) {
  __shared__ uint32_t hands[greatest_threads];
  const kernels::CudaLanes<lanes> group;
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  uint32_t* own = hands + threadIdx.x / lanes * lanes;
  uint32_t value = values[i];
  for (unsigned round = 0; round < i / lanes % 5; ++round) {
    own[group.rank()] = value;
    group.sync();
    value = own[(group.rank() + 1) % lanes];
    value += group.reduce_add(value) + group.exclusive_scan_add(value);
    group.sync();  // before the hands are used again
  }
  out[i] = value;
}

template <class Out, class In, class Launch>
std::vector<Out> run(const std::vector<In>& values, const Launch& launch) {
  PlacedMemory in(Place::device, values.size() * sizeof(In));
  PlacedMemory out(Place::device, values.size() * sizeof(Out));
  in.write(values.data());
  out.fill(0x5A);
  launch(reinterpret_cast<const In*>(in.data()), reinterpret_cast<Out*>(out.data()));
  check_cuda(cudaGetLastError(), "the kernel's launch");
  check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  std::vector<Out> results(values.size());
  out.read(results.data());
  return results;
}

}  // namespace

template <class Integer>
std::vector<MemberResults<Integer>> call_members(int lanes, int threads, int blocks,
                                                 const std::vector<Integer>& values) {
  using Out = MemberResults<Integer>;
  return run<Out>(values, [&](const Integer* in, Out* out) {
    switch (lanes) {
      case 8:
        members_of_lanes<Integer, 8><<<blocks, threads>>>(in, out);
        break;
      case 16:
        members_of_lanes<Integer, 16><<<blocks, threads>>>(in, out);
        break;
      case 32:
        members_of_lanes<Integer, 32><<<blocks, threads>>>(in, out);
        break;
      default:
        members_of_block<Integer><<<blocks, threads>>>(in, out);
        break;
    }
  });
}

template std::vector<MemberResults<std::int32_t>> call_members(int, int, int,
                                                               const std::vector<std::int32_t>&);
template std::vector<MemberResults<std::uint32_t>> call_members(int, int, int,
                                                                const std::vector<std::uint32_t>&);
template std::vector<MemberResults<std::int64_t>> call_members(int, int, int,
                                                               const std::vector<std::int64_t>&);
template std::vector<MemberResults<std::uint64_t>> call_members(int, int, int,
                                                                const std::vector<std::uint64_t>&);

template <class Integer>
std::vector<PartResults<Integer>> call_part(int lanes, int threads, int blocks,
                                            const std::vector<Integer>& values) {
  using Out = PartResults<Integer>;
  return run<Out>(values, [&](const Integer* in, Out* out) {
    members_of_part<Integer><<<blocks, threads>>>(in, out, lanes);
  });
}

template std::vector<PartResults<std::int32_t>> call_part(int, int, int,
                                                          const std::vector<std::int32_t>&);
template std::vector<PartResults<std::uint64_t>> call_part(int, int, int,
                                                           const std::vector<std::uint64_t>&);

std::vector<std::uint32_t> call_diverging_parts(int lanes, int threads, int blocks,
                                                const std::vector<std::uint32_t>& values) {
  return run<std::uint32_t>(values, [&](const std::uint32_t* in, std::uint32_t* out) {
    diverge_parts<<<blocks, threads>>>(in, out, lanes);
  });
}

std::vector<std::uint32_t> call_diverging(int lanes, int threads, int blocks,
                                          const std::vector<std::uint32_t>& values) {
  return run<std::uint32_t>(values, [&](const std::uint32_t* in, std::uint32_t* out) {
    if (lanes == 8) diverge<8><<<blocks, threads>>>(in, out);
    if (lanes == 16) diverge<16><<<blocks, threads>>>(in, out);
    if (lanes == 32) diverge<32><<<blocks, threads>>>(in, out);
  });
}

}  // namespace tailfit::gpu
