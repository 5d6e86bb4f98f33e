// SeriesView: where the values of many series lie. Owns nothing, copies nothing.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/memory.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tailfit {
inline namespace v1 {

// N series of W windows of `length` values. Fit number s*n_windows + w belongs to window w of
// series s. T is float or double; values are converted to double before anything is computed.
template <class T>
class SeriesView {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "tailfit::SeriesView<T>: T is float or double");

 public:
  // Row-major: value t of series s is values[s*length + t]. `values` is memory of n_series*length
  // elements, on the host unless in() says otherwise, and must stay alive while the view is used.
  // Throws std::invalid_argument for negative sizes or a null pointer to a non-empty block.
  static SeriesView rows(const T* values, std::int64_t n_series, std::int64_t length) {
    return rows(values, n_series, length, length);
  }

  // The same with `stride` values from one series' start to the next one's.
  static SeriesView rows(const T* values, std::int64_t n_series, std::int64_t length,
                         std::int64_t stride) {
    require(n_series >= 0, "n_series", n_series, ">= 0");
    require(length >= 0, "length", length, ">= 0");
    if (values == nullptr && n_series > 0 && length > 0) {
      throw std::invalid_argument("tailfit: values is null, expected n_series*length elements");
    }
    SeriesView view;
    view.view_.values = values;
    view.view_.n_series = n_series;
    view.view_.n_windows = 1;
    view.view_.length = length;
    view.view_.series_stride = stride;
    view.view_.window_stride = 0;
    view.view_.value_stride = 1;
    return view;
  }

  // Time-major: value t of series s is values[t*n_series + s]. As rows() otherwise.
  static SeriesView columns(const T* values, std::int64_t n_series, std::int64_t length) {
    return columns(values, n_series, length, n_series);
  }

  // The same with `stride` values from one time to the next.
  static SeriesView columns(const T* values, std::int64_t n_series, std::int64_t length,
                            std::int64_t stride) {
    SeriesView view = rows(values, n_series, length);
    view.view_.series_stride = 1;
    view.view_.value_stride = stride;
    return view;
  }

  // Series of different lengths: series s is values[offsets[s]] ... values[offsets[s+1]-1].
  // offsets: n_series+1 non-decreasing numbers >= 0 in host memory, which must stay alive like the
  // values. Throws std::invalid_argument for no offsets or offsets that decrease.
  static SeriesView ragged(const T* values, std::span<const std::int64_t> offsets) {
    const auto n_offsets = static_cast<std::int64_t>(offsets.size());
    require(n_offsets >= 1, "the number of offsets", n_offsets, ">= 1: one more than series");
    require(offsets[0] >= 0, "offsets[0]", offsets[0], ">= 0");
    std::int64_t longest = 0;
    for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
      require(offsets[s + 1] >= offsets[s], "an offset", offsets[s + 1],
              "at least the one before it, " + std::to_string(offsets[s]));
      longest = std::max(longest, offsets[s + 1] - offsets[s]);
    }
    SeriesView view = rows(values, n_offsets - 1, longest);
    view.view_.offsets = offsets.data();
    return view;
  }

  // The same for fit_async(), values and offsets in device memory, where they are not looked at: of
  // at most `longest` values each, among values[0] ... values[n_values-1]. A series whose offsets
  // say otherwise gets status bad_offsets, as does one that has, with all series before it, more
  // than n_values values.
  static SeriesView ragged_on_device(const T* values, const std::int64_t* offsets,
                                     std::int64_t n_series, std::int64_t n_values,
                                     std::int64_t longest) {
    require(n_values >= 0, "n_values", n_values, ">= 0");
    if (offsets == nullptr) {
      throw std::invalid_argument("tailfit: offsets is null, expected n_series+1 numbers");
    }
    SeriesView view = rows(values, n_series, longest).in(Memory::device);
    view.view_.offsets = offsets;
    view.view_.offsets_memory = TAILFIT_MEMORY_DEVICE;
    view.view_.n_values = n_values;
    return view;
  }

  // Every window of `window` values of every series of `panel`, starting at 0, step, 2*step, ...;
  // (length - window)/step + 1 per series. Windows overlap in place. `panel` has plain rows or
  // columns. Throws std::invalid_argument for a window that is < 1 or longer than the series, or a
  // step < 1.
  static SeriesView rolling(const SeriesView& panel, std::int64_t window, std::int64_t step = 1) {
    require(panel.view_.n_windows == 1, "panel's windows", panel.view_.n_windows,
            "1: a panel of windows cannot be windowed again");
    require(panel.view_.offsets == nullptr, "panel's series are ragged, their number",
            panel.n_series(), "rows or columns of one length");
    require(window >= 1, "window", window, ">= 1");
    require(window <= panel.length(), "window", window,
            "at most the series' length, " + std::to_string(panel.length()));
    require(step >= 1, "step", step, ">= 1");
    SeriesView view = panel;
    view.view_.n_windows = (panel.length() - window) / step + 1;
    view.view_.window_stride = view.view_.n_windows > 1 ? step * panel.view_.value_stride : 0;
    view.view_.length = window;
    return view;
  }

  // The same view of values in this memory. Device memory needs a Context on that device.
  SeriesView in(Memory memory) const noexcept {
    SeriesView view = *this;
    view.view_.memory = static_cast<std::int32_t>(memory);
    return view;
  }

  Memory memory() const noexcept { return static_cast<Memory>(view_.memory); }
  const T* values() const noexcept { return static_cast<const T*>(view_.values); }
  std::int64_t n_series() const noexcept { return view_.n_series; }
  std::int64_t n_windows() const noexcept { return view_.n_windows; }
  std::int64_t n_fits() const noexcept { return view_.n_series * view_.n_windows; }
  std::int64_t length() const noexcept { return view_.length; }  // of the longest, if ragged
  const tailfit_series_view& c_view() const noexcept { return view_; }

 private:
  SeriesView() noexcept : view_{} {
    view_.struct_size = sizeof view_;
    view_.dtype = std::is_same_v<T, float> ? TAILFIT_F32 : TAILFIT_F64;
    view_.memory = TAILFIT_MEMORY_HOST;
  }

  static void require(bool ok, const char* name, std::int64_t value, const std::string& expected) {
    if (ok) return;
    throw std::invalid_argument("tailfit: " + std::string(name) + " is " + std::to_string(value) +
                                ", expected " + expected);
  }

  tailfit_series_view view_;
};

}  // namespace v1
}  // namespace tailfit
