// Kernels that call every member of a group, and what each thread got of them.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

namespace tailfit::gpu {

constexpr int broadcast_from = 5;

template <class Integer>
struct MemberResults {
  Integer add;
  Integer min;
  Integer max;
  Integer scan;
  Integer broadcast;
  // add_atomic of 1 + value % 256 to a counter of the group: what it was before, and at the end.
  std::make_unsigned_t<Integer> before;
  std::make_unsigned_t<Integer> counted;
};

// One value a thread, `blocks` blocks of `threads`. lanes: 8, 16 or 32; 0: the block is one group.
// Throws std::runtime_error where CUDA fails. Integer: std::int32_t, std::uint32_t, std::int64_t,
// std::uint64_t.
template <class Integer>
std::vector<MemberResults<Integer>> call_members(int lanes, int threads, int blocks,
                                                 const std::vector<Integer>& values);

// The members of CudaWarpPart alone, add and max; lanes: 1, 2, 4, 8, 16 or 32.
template <class Integer>
struct PartResults {
  Integer add;
  Integer max;
};
template <class Integer>
std::vector<PartResults<Integer>> call_part(int lanes, int threads, int blocks,
                                            const std::vector<Integer>& values);

// Group g of the grid takes part in g % 5 rounds while its neighbours in the warp do not wait for
// it: in each, every lane hands its number to the next lane through shared memory and adds the
// group's sum. Returns each thread's number at the end.
std::vector<std::uint32_t> call_diverging(int lanes, int threads, int blocks,
                                          const std::vector<std::uint32_t>& values);

// The same by CudaWarpPart, but for the sum over the lanes before; lanes: 1 to 32.
std::vector<std::uint32_t> call_diverging_parts(int lanes, int threads, int blocks,
                                                const std::vector<std::uint32_t>& values);

}  // namespace tailfit::gpu
