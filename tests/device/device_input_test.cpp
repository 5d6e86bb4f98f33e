// What a fit on a device reads of the caller's memory: the values that it fits, and nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <vector>

#include "tests/device/device_call.hpp"

namespace {

using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

// Memory of which only some pages may be touched.
class GuardedPages {
 public:
  static constexpr std::int64_t page_values = 512;  // of doubles, in 4 KB

  explicit GuardedPages(std::int64_t n_pages)
      : bytes_(static_cast<std::size_t>(n_pages) * page_values * sizeof(double)),
        memory_(::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~GuardedPages() { ::munmap(memory_, bytes_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  // Makes the values from `at`, which begins a page, usable up to a page's end.
  void write(std::int64_t at, const double* from, std::int64_t n) {
    double* const to = values() + at;
    const std::int64_t pages = (n + page_values - 1) / page_values;
    const auto bytes = static_cast<std::size_t>(pages * page_values) * sizeof(double);
    if (::mprotect(to, bytes, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(double));
  }
  double* values() const { return static_cast<double*>(memory_); }

 private:
  std::size_t bytes_;
  void* memory_;
};

bool pages_are_usual() { return ::sysconf(_SC_PAGESIZE) == 4096; }

void expect_cpu_bits_of(const tailfit_series_view& view, const FitOptions& options,
                        std::int64_t chunk) {
  const tailfit_fit_options c_options = options.c_options();
  const std::int64_t n_fits = view.n_series * view.n_windows;
  Results expected(n_fits, c_options);
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  ASSERT_EQ(tailfit_fit_into(cpu.c_handle(), &view, &c_options, &expected.view), TAILFIT_OK);
  FakeDevice device;
  device.state.use_lanes = false;
  Results results(n_fits, c_options);
  tailfit::host::run_on_devices({{shared(device)}}, tailfit_context{}, view, c_options,
                                results.view, {unlimited, unlimited}, chunk);
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  EXPECT_TRUE(device.holds_nothing());
}

constexpr std::int64_t chunks[] = {0, 1, 3, 7, 50};
const FitOptions few{.bins = 10, .min_exceedances = 3};

// Many windows of each series, in all directions: fewer bytes as one stretch, gap included, than
// window by window.
TEST(DeviceInput, NothingIsReadBetweenSeries) {
  if (!pages_are_usual()) GTEST_SKIP() << "pages are not of 4 KB";
  constexpr std::int64_t row = 2048;  // 4 pages, then one that nobody may touch
  constexpr std::int64_t stride = 5 * GuardedPages::page_values;
  const std::vector<double> values = mixed_batch(301, 4, row);
  GuardedPages pages(20);
  for (std::int64_t s = 0; s < 4; ++s) {
    pages.write(s * stride, values.data() + s * row, row);
  }
  tailfit_series_view view = SeriesView<double>::rows(pages.values(), 4, 449).c_view();
  view.n_windows = 42;  // 449 + 41*39 = 2048
  for (const bool series_back : {false, true}) {
    for (const bool windows_back : {false, true}) {
      for (const bool values_back : {false, true}) {
        for (const std::int64_t chunk : chunks) {
          view.series_stride = series_back ? -stride : stride;
          view.window_stride = windows_back ? -39 : 39;
          view.value_stride = values_back ? -1 : 1;
          view.values = pages.values() + (series_back ? 3 * stride : 0) +
                        (windows_back ? 41 * 39 : 0) + (values_back ? 448 : 0);
          expect_cpu_bits_of(view, few, chunk);
        }
      }
    }
  }
}

// Each window a page, and a page between them.
TEST(DeviceInput, NothingIsReadBetweenWindows) {
  if (!pages_are_usual()) GTEST_SKIP() << "pages are not of 4 KB";
  const std::vector<double> values = mixed_batch(302, 6, 512);
  GuardedPages pages(12);
  for (std::int64_t p = 0; p < 6; ++p) pages.write(p * 1024, values.data() + p * 512, 512);
  tailfit_series_view view = SeriesView<double>::rows(pages.values(), 2, 512).c_view();
  view.n_windows = 3;
  view.window_stride = 1024;
  view.series_stride = 3072;
  for (const std::int64_t chunk : chunks) expect_cpu_bits_of(view, few, chunk);
  view.n_series = 30;  // repeated: fewer bytes as one stretch
  view.series_stride = 0;
  for (const std::int64_t chunk : chunks) expect_cpu_bits_of(view, few, chunk);
}

// Two columns of a panel that has a page for each row: a column is never a stretch.
TEST(DeviceInput, NothingIsReadBetweenRowsOfAPanel) {
  if (!pages_are_usual()) GTEST_SKIP() << "pages are not of 4 KB";
  const std::vector<double> values = mixed_batch(303, 1, 512);
  GuardedPages pages(2 * 60);
  for (std::int64_t t = 0; t < 60; ++t) pages.write(t * 1024, values.data(), 512 - t);
  tailfit_series_view view = SeriesView<double>::rows(pages.values(), 400, 40).c_view();
  view.series_stride = 1;
  view.value_stride = 1024;
  view.window_stride = 1024;
  view.n_windows = 21;
  for (const std::int64_t chunk : {0, 25}) expect_cpu_bits_of(view, few, chunk);
}

TEST(DeviceInput, SeriesWithoutValuesMayHaveAnyStride) {
  tailfit_series_view view = SeriesView<double>::rows(nullptr, 50, 0).c_view();
  view.n_windows = 2;
  view.series_stride = std::numeric_limits<std::int64_t>::max() / 2;
  view.window_stride = std::numeric_limits<std::int64_t>::max() / 2;
  for (const std::int64_t chunk : chunks) expect_cpu_bits_of(view, few, chunk);
}

}  // namespace
