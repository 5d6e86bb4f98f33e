// The arrays of many fits as one block of bytes, wherever it lies, and the comparison of two such
// blocks: the first element that differs, named.
#pragma once

#include <tailfit/tailfit.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace tailfit::gpu {

// Every array starts on a line of 256 bytes; what lies between them belongs to nobody.
class FitsBlock {
 public:
  FitsBlock(std::int64_t n_fits, const tailfit_fit_options& options)
      : n_fits_(n_fits), options_(options) {
    const auto add = [this](const char* name, std::int64_t elements, std::int64_t size) {
      arrays_.push_back({name, bytes_, elements, size});
      bytes_ += static_cast<std::size_t>((n_fits_ * elements * size + 511) / 256 * 256);
    };
    add("n", 1, 8);
    add("n_missing", 1, 8);
    add("status", 1, 4);
    for (const char* name :
         {"lower.threshold", "lower.shape", "lower.scale", "lower.loglik", "lower.n_exceed",
          "upper.threshold", "upper.shape", "upper.scale", "upper.loglik", "upper.n_exceed"}) {
      add(name, 1, 8);
    }
    if (options.counts == TAILFIT_COUNTS_U16) add("counts", options.bins, 2);
    if (options.counts == TAILFIT_COUNTS_U32) add("counts", options.bins, 4);
  }

  std::size_t bytes() const { return bytes_; }

  // base: bytes() of memory, host or device.
  tailfit_fits_view view(char* base, std::int32_t memory) const {
    tailfit_fits_view view{};
    view.struct_size = sizeof view;
    view.n_fits = n_fits_;
    view.bins = options_.bins;
    view.counts_kind = options_.counts;
    view.laplace = options_.laplace;
    view.memory = memory;
    std::size_t next = 0;
    const auto take = [&](auto*& pointer) {
      using Pointer = std::remove_reference_t<decltype(pointer)>;
      pointer = static_cast<Pointer>(static_cast<void*>(base + arrays_[next++].offset));
    };
    take(view.n);
    take(view.n_missing);
    take(view.status);
    for (tailfit_tail_view* tail : {&view.lower, &view.upper}) {
      take(tail->threshold);
      take(tail->shape);
      take(tail->scale);
      take(tail->loglik);
      take(tail->n_exceed);
    }
    if (next < arrays_.size()) view.counts = base + arrays_[next].offset;
    return view;
  }

  // "" where every array has the same bytes.
  std::string first_difference(const char* found, const char* expected) const {
    for (const Array& array : arrays_) {
      const auto size = static_cast<std::size_t>(array.size);
      const auto n = static_cast<std::size_t>(n_fits_ * array.elements);
      const char* a = found + array.offset;
      const char* b = expected + array.offset;
      if (n == 0 || std::memcmp(a, b, n * size) == 0) continue;
      std::size_t i = 0;
      while (std::memcmp(a + i * size, b + i * size, size) == 0) ++i;
      const auto fit = i / static_cast<std::size_t>(array.elements);
      return std::string(array.name) + " of fit " + std::to_string(fit) +
             (array.elements > 1
                  ? ", bin " + std::to_string(i % static_cast<std::size_t>(array.elements))
                  : "") +
             ": " + hex(a + i * size, size) + ", expected " + hex(b + i * size, size);
    }
    return "";
  }

  // True where nothing but the arrays is other than `poison`.
  bool gaps_hold(const char* block, char poison) const {
    for (std::size_t a = 0; a < arrays_.size(); ++a) {
      const Array& array = arrays_[a];
      const std::size_t end = a + 1 < arrays_.size() ? arrays_[a + 1].offset : bytes_;
      auto at = array.offset + static_cast<std::size_t>(n_fits_ * array.elements * array.size);
      for (; at < end; ++at) {
        if (block[at] != poison) return false;
      }
    }
    return true;
  }

 private:
  struct Array {
    const char* name;
    std::size_t offset;
    std::int64_t elements;  // of one fit
    std::int64_t size;      // of an element
  };

  static std::string hex(const char* element, std::size_t size) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, element, size);  // little-endian, as CUDA is
    char text[32];
    std::snprintf(text, sizeof text, "0x%0*llx", static_cast<int>(2 * size),
                  static_cast<unsigned long long>(bits));
    return text;
  }

  std::int64_t n_fits_;
  tailfit_fit_options options_;
  std::vector<Array> arrays_;
  std::size_t bytes_ = 0;
};

}  // namespace tailfit::gpu
