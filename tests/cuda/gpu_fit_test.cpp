// Fits on a device through the public interface: every array has the bytes of the CPU's.
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/cuda/gpu_test.hpp"

namespace {

using namespace tailfit::gpu;
using tailfit::Counts;
using tailfit::FitOptions;
using tailfit::given;
using tailfit::SeriesView;
using tailfit::tail_mass;
using tailfit::tests::heavy_batch;
using tailfit::tests::mixed_batch;

constexpr Place all_places[] = {Place::pageable, Place::pinned, Place::managed, Place::device};

template <class T>
SeriesView<T> rows_of(const std::vector<T>& values, std::int64_t length) {
  const auto n = length == 0 ? 5 : static_cast<std::int64_t>(values.size()) / length;
  return SeriesView<T>::rows(values.data(), n, length);
}

class GpuFit : public OnDevice {};

TEST_F(GpuFit, EveryLengthGivesTheBitsOfTheCpu) {
  std::uint64_t seed = 100;
  for (const std::int64_t length :
       {0, 1, 2, 31, 256, 257, 511, 512, 513, 1000, 1024, 1536, 1537, 2048, 4096, 4097, 20'000}) {
    SCOPED_TRACE("length " + std::to_string(length));
    const std::vector<double> values = mixed_batch(seed++, 24, length);
    const std::vector<float> floats = floats_of(values);
    const FitOptions options{.lower = tail_mass(0.1), .min_exceedances = 2};
    expect_cpu_bits(values, rows_of(values, length), options);
    expect_cpu_bits(floats, rows_of(floats, length), options);
    expect_cpu_bits(floats, rows_of(floats, length), {}, {Place::pageable, Place::pageable, 0});
  }
}

// A block a series, clusters of 2 to 16 where there are some, and keys in global memory.
TEST_F(GpuFit, LongSeriesGiveTheBitsOfTheCpu) {
  std::uint64_t seed = 110;
  for (const std::int64_t length :
       {3001, 8192, 16'384, 50'000, 57'003, 100'000, 200'001, 400'000, 800'000, 950'000}) {
    SCOPED_TRACE("length " + std::to_string(length));
    const std::vector<double> values = mixed_batch(seed++, 4, length);
    const std::vector<float> floats = floats_of(values);
    expect_cpu_bits(values, rows_of(values, length), {.lower = tail_mass(0.01)});
    expect_cpu_bits(floats, rows_of(floats, length), {.lower = tail_mass(0.01)});
  }
}

TEST_F(GpuFit, ColumnsGiveTheBitsOfTheCpu) {
  const std::vector<double> values = heavy_batch<double>(115, 300, 203);
  const std::vector<float> floats = floats_of(values);
  const auto panel = SeriesView<float>::columns(floats.data(), 300, 203);
  for (const Place input : {Place::pageable, Place::device}) {
    const Use places{input, Place::device, 0};
    expect_cpu_bits(values, SeriesView<double>::columns(values.data(), 290, 203, 300), {}, places);
    expect_cpu_bits(floats, panel, {}, places);
    expect_cpu_bits(floats, SeriesView<float>::rolling(panel, 120, 7), {}, places);
  }
}

TEST_F(GpuFit, EveryOptionGivesTheBitsOfTheCpu) {
  const std::vector<FitOptions> all = {
      {.lower = given(-1.0), .upper = given(0.5)},
      {.lower = given(1.0), .upper = given(0.5)},
      {.lower = given(0.0), .upper = given(0.0), .min_exceedances = 1},
      {.lower = tail_mass(0.0), .upper = tail_mass(0.2)},
      {.lower = tail_mass(0.0), .upper = tail_mass(0.0)},
      {.lower = tail_mass(1.0), .upper = tail_mass(1.0)},
      {.bins = 1, .counts = Counts::none},
      {.bins = 1, .counts = Counts::u16},
      {.bins = 5000, .counts = Counts::u16},
      {.bins = 5000, .counts = Counts::u32},
      {.bins = 100, .counts = Counts::none},
      {.min_exceedances = 1, .take_higher_boundary = true, .laplace = 0.5},
      {.lower = tail_mass(0.5), .upper = tail_mass(0.4), .take_higher_boundary = true},
      {.upper = tail_mass(0.2), .resolution = 0.5},
      {.lower = given(-0.75), .laplace = 1.0, .resolution = 0.01}};
  for (const std::int64_t length : {300, 1100, 3000}) {
    const std::vector<double> values = mixed_batch(120, 16, length);
    const std::vector<float> floats = floats_of(values);
    for (std::size_t i = 0; i < all.size(); ++i) {
      SCOPED_TRACE("length " + std::to_string(length) + ", options " + std::to_string(i));
      expect_cpu_bits(values, rows_of(values, length), all[i]);
      expect_cpu_bits(floats, rows_of(floats, length), all[i]);
    }
  }
}

TEST_F(GpuFit, EveryKindOfMemoryGivesTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(130, 64, 400);
  const std::vector<float> floats = floats_of(values);
  for (const Place input : all_places) {
    for (const Place output : all_places) {
      SCOPED_TRACE(std::string(place_names[static_cast<std::size_t>(input)]) + " to " +
                   place_names[static_cast<std::size_t>(output)]);
      expect_cpu_bits(values, rows_of(values, 400), {.counts = Counts::u16}, {input, output, 0});
      expect_cpu_bits(floats, rows_of(floats, 400), {}, {input, output, 0});
    }
  }
}

TEST_F(GpuFit, ManagedMemoryMayBeCalledDeviceMemory) {
  const std::vector<float> values = heavy_batch<float>(131, 20, 300);
  PlacedMemory input(Place::managed, values.size() * sizeof(float));
  input.write(values.data());
  const auto* data = reinterpret_cast<const float*>(input.data());
  const tailfit::Context cuda({.backend = tailfit::Backend::cuda});
  const auto series = SeriesView<float>::rows(data, 20, 300);
  const auto expected = tailfit::fit(cpu_context(), rows_of(values, 300));
  const auto of_device = tailfit::fit(cuda, series.in(tailfit::Memory::device));
  const auto of_host = tailfit::fit(cuda, series);
  EXPECT_TRUE(tailfit::tests::same_bits(of_device, expected));
  EXPECT_TRUE(tailfit::tests::same_bits(of_host, expected));
}

TEST_F(GpuFit, WindowsAndStridesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(140, 12, 700);
  const double* x = values.data();
  const auto rows = SeriesView<double>::rows(x, 6, 500, 700);
  const auto backwards = SeriesView<double>::rows(x + 11 * 700, 12, 600, -700);
  const std::vector<SeriesView<double>> all = {rows,
                                               backwards,
                                               SeriesView<double>::rows(x, 3, 100, 2000),
                                               SeriesView<double>::rows(x, 40, 400, 0),
                                               SeriesView<double>::rolling(rows, 150, 40),
                                               SeriesView<double>::rolling(rows, 256),
                                               SeriesView<double>::rolling(backwards, 599),
                                               SeriesView<double>::rolling(backwards, 600)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE("view " + std::to_string(i));
    for (const Place input : {Place::pageable, Place::device}) {
      expect_cpu_bits(values, all[i], {.bins = 10, .min_exceedances = 4},
                      {input, Place::pageable, 0});
    }
  }
}

TEST_F(GpuFit, RaggedSeriesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(142, 20, 500);
  const std::vector<float> floats = floats_of(values);
  std::vector<std::int64_t> offsets = {7};
  for (std::int64_t i = 0; offsets.back() < 9000; ++i) {
    offsets.push_back(offsets.back() + (i * i * 37) % 901);
  }
  const FitOptions options{.bins = 15, .min_exceedances = 3};
  for (const Place input : all_places) {
    for (const std::uint64_t budget : {0u, 60'000u}) {
      const Use use{input, Place::pageable, budget};
      expect_cpu_bits(values, SeriesView<double>::ragged(values.data(), offsets), options, use);
      expect_cpu_bits(floats, SeriesView<float>::ragged(floats.data(), offsets), options, use);
    }
  }
}

// Series of every regime among short ones, and more of these than a block of binning takes.
TEST_F(GpuFit, RaggedSeriesOfEveryLengthGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(144, 40, 80'000);
  const std::vector<float> floats = floats_of(values);
  const std::int64_t long_ones[] = {950'000, 0, 2'000, 700'000, 4'000, 60'000, 1'025, 20'000, 513};
  std::vector<std::int64_t> offsets = {3};
  for (std::int64_t i = 0; i < 3000; ++i) {
    const std::int64_t length = i % 300 == 7 && i < 2700 ? long_ones[i / 300] : (i * i * 37) % 301;
    offsets.push_back(offsets.back() + length);
  }
  const FitOptions options{.bins = 15, .min_exceedances = 3};
  for (const Place input : {Place::pageable, Place::pinned, Place::device}) {
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{40} << 20}) {
      const Use use{input, Place::pageable, budget};
      expect_cpu_bits(values, SeriesView<double>::ragged(values.data(), offsets), options, use);
      expect_cpu_bits(floats, SeriesView<float>::ragged(floats.data(), offsets), options, use);
    }
  }
}

TEST_F(GpuFit, ThresholdsOfEachSeriesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(143, 12, 300);
  const auto rows = SeriesView<double>::rows(values.data(), 12, 300);
  const auto windows = SeriesView<double>::rolling(rows, 200, 50);
  std::vector<double> own(36);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = 0.1 * static_cast<double>(i % 7);
  own[5] = std::nan("");
  const auto of_series = tailfit::per_series(std::span(own).first(12));
  for (const Place input : {Place::pageable, Place::device}) {
    for (const std::uint64_t budget : {0u, 60'000u}) {
      const Use use{input, input, budget};
      expect_cpu_bits(values, rows, {.upper = of_series}, use);
      expect_cpu_bits(values, windows, {.lower = of_series, .upper = tailfit::per_series(own)},
                      use);
      expect_cpu_bits(
          values, windows,
          {.lower = tailfit::count(20), .upper = tailfit::histogram_range(-2.0, 2.5, 0.2)}, use);
    }
  }
}

// Only the C interface has values that are not neighbours.
TEST_F(GpuFit, ValuesApartAndBackwardsGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(141, 10, 800);
  const tailfit::Context cuda({.backend = tailfit::Backend::cuda});
  for (const std::int64_t stride : {2, 3, -1, -2}) {
    tailfit_series_view view = SeriesView<double>::rows(values.data(), 10, 260, 800).c_view();
    view.values = nullptr;
    view.value_stride = stride;
    const std::int64_t origin = stride < 0 ? 799 : 0;
    for (const Place input : {Place::pinned, Place::device}) {
      const FitCall<double> call{values, origin,       view, FitOptions{}.c_options(),
                                 input,  Place::device};
      EXPECT_EQ(compare_fit(cuda, cpu_context(), call).difference, "") << "stride " << stride;
    }
  }
}

// Four neighbouring values share no aligned 16 bytes: the series begin anywhere.
TEST_F(GpuFit, UnalignedSeriesGiveTheBitsOfTheCpu) {
  const std::vector<float> floats = heavy_batch<float>(150, 40, 203);
  const std::vector<double> doubles = heavy_batch<double>(151, 40, 203);
  for (int shift = 0; shift < 4; ++shift) {
    for (const std::int64_t length : {203, 201, 64}) {
      expect_cpu_bits(floats, SeriesView<float>::rows(floats.data() + shift, 39, length, 203), {});
      expect_cpu_bits(doubles, SeriesView<double>::rows(doubles.data() + shift, 39, length, 203),
                      {});
    }
  }
}

TEST_F(GpuFit, SmallBudgetsGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(160, 300, 150);
  for (const std::uint64_t budget : {20'000u, 50'000u, 300'000u, 10'000'000u}) {
    for (const Place place : {Place::pageable, Place::device}) {
      expect_cpu_bits(values, rows_of(values, 150), {}, {place, place, budget});
    }
  }
  const FitComparison found = compare(values, rows_of(values, 150), {}, {.budget = 500});
  EXPECT_EQ(found.gpu_code, TAILFIT_BUDGET_TOO_SMALL);
  EXPECT_NE(found.gpu_message.find("expected at least "), std::string::npos);
}

// Tails that lanes of a warp share (more than 256 excesses): the more there are, the fewer lanes.
TEST_F(GpuFit, TailsSolvedByAnyNumberOfLanesGiveTheBitsOfTheCpu) {
  const std::vector<float> values = heavy_batch<float>(172, 8000, 1000);
  for (const std::int64_t n : {4, 700, 1500, 3000, 8000}) {
    SCOPED_TRACE(n);
    const std::vector<float> first(values.begin(), values.begin() + n * 1000);
    expect_cpu_bits(first, rows_of(first, 1000),
                    {.lower = tail_mass(0.27), .upper = tail_mass(0.3)});
  }
}

// Tails of more than 256 excesses and of more than 8,192.
TEST_F(GpuFit, LongTailsGiveTheBitsOfTheCpu) {
  const std::vector<float> values = heavy_batch<float>(170, 6, 60'000);
  const std::vector<double> doubles(values.begin(), values.end());
  const std::vector<FitOptions> all = {
      {.lower = tail_mass(0.2), .upper = tail_mass(0.01)},
      {.lower = tail_mass(0.5), .upper = tail_mass(0.5), .counts = Counts::u16},
      {.lower = given(-0.1), .upper = given(0.1)},
      {.lower = tail_mass(0.15), .upper = tail_mass(0.03), .resolution = 0.25}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE("options " + std::to_string(i));
    expect_cpu_bits(values, rows_of(values, 60'000), all[i]);
    expect_cpu_bits(doubles, rows_of(doubles, 60'000), all[i]);
  }
}

// k = 256, 257, 8192 and 8193 excesses, exactly.
TEST_F(GpuFit, TailsAtTheEdgesOfTheSolversGiveTheBitsOfTheCpu) {
  for (const std::int64_t k : {255, 256, 257, 8191, 8192, 8193}) {
    std::vector<double> values = heavy_batch<double>(180, 3, 20'000);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool exceeds = static_cast<std::int64_t>(i % 20'000) < k;
      values[i] = exceeds ? 1.0 + std::abs(values[i]) + 1e-9 : -std::abs(values[i]);
    }
    const FitOptions options{.lower = tail_mass(0.0), .upper = given(1.0)};
    SCOPED_TRACE(std::to_string(k) + " excesses");
    expect_cpu_bits(values, rows_of(values, 20'000), options);
  }
}

TEST_F(GpuFit, ManySeriesInManyChunksGiveTheBitsOfTheCpu) {
  const std::vector<float> values = heavy_batch<float>(190, 30'000, 128);
  expect_cpu_bits(values, rows_of(values, 128), {.min_exceedances = 5});
  expect_cpu_bits(values, rows_of(values, 128), {.min_exceedances = 5},
                  {Place::pinned, Place::pageable, 4'000'000});
}

// Small ones, for compute-sanitizer: each kernel once or twice.
class SanitizerFit : public OnDevice {
 protected:
  static void try_lanes(std::int64_t length) {
    const std::vector<double> values = mixed_batch(200, 9, length);
    const std::vector<float> floats = floats_of(values);
    const FitOptions options{.bins = 20, .min_exceedances = 2, .counts = Counts::u16};
    expect_cpu_bits(values, rows_of(values, length), options);
    expect_cpu_bits(floats, rows_of(floats, length), options,
                    {Place::pageable, Place::pageable, 0});
  }
};

TEST_F(SanitizerFit, EightLanes) { try_lanes(61); }
TEST_F(SanitizerFit, SixteenLanes) { try_lanes(613); }
TEST_F(SanitizerFit, ThirtyTwoLanes) { try_lanes(1601); }

TEST_F(SanitizerFit, ABlockASeries) { try_lanes(4103); }

TEST_F(SanitizerFit, ABlockASeriesInGlobalMemory) {
  const std::vector<float> values = heavy_batch<float>(206, 2, 3'001);
  expect_cpu_bits(values, rows_of(values, 3'001), {.bins = 1 << 16});
}

TEST_F(SanitizerFit, Columns) {
  const std::vector<float> values = heavy_batch<float>(207, 35, 70);
  expect_cpu_bits(values, SeriesView<float>::columns(values.data(), 35, 70), {.bins = 20});
}

TEST_F(SanitizerFit, AClusterASeriesWithTailsForABlock) {
  const std::vector<float> values = heavy_batch<float>(201, 1, 62'003);
  expect_cpu_bits(values, rows_of(values, 62'003), {.lower = tail_mass(0.15)});
}

TEST_F(SanitizerFit, TailsForAWarp) {
  const std::vector<double> values = heavy_batch<double>(202, 2, 901);
  expect_cpu_bits(values, rows_of(values, 901), {.lower = tail_mass(0.4), .upper = tail_mass(0.3)});
}

TEST_F(SanitizerFit, Intervals) {
  const std::vector<double> values = mixed_batch(203, 2, 150);
  expect_cpu_bits(values, rows_of(values, 150), {.min_exceedances = 3, .resolution = 0.5});
}

TEST_F(SanitizerFit, IntervalsOfTailsForAWarp) {
  const std::vector<double> values = mixed_batch(204, 2, 700);
  expect_cpu_bits(values, rows_of(values, 700), {.upper = tail_mass(0.4), .resolution = 0.5});
}

TEST_F(SanitizerFit, RollingWindowsInSmallChunks) {
  const std::vector<double> values = heavy_batch<double>(205, 2, 140);
  const auto panel = SeriesView<double>::rows(values.data(), 2, 140);
  expect_cpu_bits(values, SeriesView<double>::rolling(panel, 101, 7), {.min_exceedances = 3},
                  {Place::pageable, Place::device, 20'000});
}

}  // namespace
