// SplicedFits: the fitted distributions of a batch, as a structure of arrays.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/error.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

namespace tailfit {
inline namespace v1 {

// One tail of every fit; spans of n_fits. Parameters that do not exist are NaN.
struct TailSpans {
  std::span<const double> threshold;       // u, in units of the data
  std::span<const double> shape;           // xi
  std::span<const double> scale;           // sigma, in units of the data
  std::span<const double> loglik;          // sum of log gpd(excess; xi, sigma)
  std::span<const std::int64_t> n_exceed;  // values strictly beyond the threshold
};

// Arrays of one fit per element, of the caller's or of a SplicedFits; `memory` says where. As
// output of fit_into() every array is fully written; the sizes and `laplace` are the caller's to
// set.
using SplicedFitsView = tailfit_fits_view;

// Reads arrays of fits; owns nothing. The spans are to where the arrays lie: those in device memory
// are for code that runs there.
class FitsSpans {
 public:
  explicit FitsSpans(const SplicedFitsView& view) noexcept : view_(view) {}

  std::int64_t size() const noexcept { return view_.n_fits; }
  std::int64_t bins() const noexcept { return view_.bins; }
  Memory memory() const noexcept { return static_cast<Memory>(view_.memory); }

  std::span<const std::int64_t> n() const noexcept { return span(view_.n); }
  std::span<const std::int64_t> n_missing() const noexcept { return span(view_.n_missing); }
  std::span<const std::uint32_t> status() const noexcept { return span(view_.status); }
  TailSpans lower() const noexcept { return tail(view_.lower); }
  TailSpans upper() const noexcept { return tail(view_.upper); }

  Counts counts_kind() const noexcept { return static_cast<Counts>(view_.counts_kind); }
  // Bin counts of all fits, row-major [size()][bins()]. Throws std::logic_error if the fit kept
  // another count type.
  std::span<const std::uint32_t> counts_u32() const { return counts<std::uint32_t>(Counts::u32); }
  std::span<const std::uint16_t> counts_u16() const { return counts<std::uint16_t>(Counts::u16); }

  const SplicedFitsView& view() const noexcept { return view_; }

 protected:
  SplicedFitsView view_;

 private:
  template <class T>
  std::span<const T> span(const T* data) const noexcept {
    return {data, static_cast<std::size_t>(view_.n_fits)};
  }
  TailSpans tail(const tailfit_tail_view& t) const noexcept {
    return {span(t.threshold), span(t.shape), span(t.scale), span(t.loglik), span(t.n_exceed)};
  }
  template <class T>
  std::span<const T> counts(Counts kind) const {
    if (counts_kind() != kind) {
      throw std::logic_error("tailfit: the fit's options.counts is of another type than asked for");
    }
    return {static_cast<const T*>(view_.counts),
            static_cast<std::size_t>(view_.n_fits) * static_cast<std::size_t>(view_.bins)};
  }
};

// Owns its memory in the library; outlives the Context. Movable. A moved-from one is empty.
class SplicedFits : public FitsSpans {
 public:
  explicit SplicedFits(tailfit_fits* handle) noexcept : FitsSpans({}), handle_(handle) {
    view_.struct_size = sizeof view_;
    tailfit_fits_get_view(handle_.get(), &view_);
  }
  SplicedFits(SplicedFits&& other) noexcept
      : FitsSpans(std::exchange(other.view_, no_fits())), handle_(std::move(other.handle_)) {}
  SplicedFits& operator=(SplicedFits&& other) noexcept {
    handle_ = std::move(other.handle_);
    view_ = std::exchange(other.view_, no_fits());
    return *this;
  }

 private:
  static SplicedFitsView no_fits() noexcept {
    SplicedFitsView none{};
    none.struct_size = sizeof none;
    none.bins = 1;
    return none;
  }
  struct Destroy {
    void operator()(tailfit_fits* handle) const noexcept { tailfit_fits_destroy(handle); }
  };
  std::unique_ptr<tailfit_fits, Destroy> handle_;
};

}  // namespace v1
}  // namespace tailfit
