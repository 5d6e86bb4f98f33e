// The arrays of a fit's results, in one order, so that those of two views can be walked side by
// side.
#pragma once

#include <tailfit/tailfit.h>

#include <array>
#include <cstdint>

namespace tailfit::host {

struct ArrayOfFits {
  char* data;
  std::uint64_t fit_bytes;  // of one fit
};

struct FitArrayList {
  std::array<ArrayOfFits, 14> arrays;
  std::size_t size;

  const ArrayOfFits* begin() const { return arrays.data(); }
  const ArrayOfFits* end() const { return arrays.data() + size; }
};

inline FitArrayList arrays_of(const tailfit_fits_view& view) {
  FitArrayList list{};
  const auto add = [&list](void* data, std::uint64_t fit_bytes) {
    list.arrays[list.size++] = {static_cast<char*>(data), fit_bytes};
  };
  add(view.n, sizeof(std::int64_t));
  add(view.n_missing, sizeof(std::int64_t));
  add(view.status, sizeof(std::uint32_t));
  for (const tailfit_tail_view* tail : {&view.lower, &view.upper}) {
    add(tail->threshold, sizeof(double));
    add(tail->shape, sizeof(double));
    add(tail->scale, sizeof(double));
    add(tail->loglik, sizeof(double));
    add(tail->n_exceed, sizeof(std::int64_t));
  }
  const auto bins = static_cast<std::uint64_t>(view.bins);
  if (view.counts_kind == TAILFIT_COUNTS_U16) add(view.counts, bins * sizeof(std::uint16_t));
  if (view.counts_kind == TAILFIT_COUNTS_U32) add(view.counts, bins * sizeof(std::uint32_t));
  return list;
}

}  // namespace tailfit::host
