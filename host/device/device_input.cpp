#include "host/device/device_input.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

struct Stretch {
  std::int64_t least;     // offset of the first value that some fit reads
  std::int64_t greatest;  // of the last

  std::int64_t size() const { return greatest - least + 1; }
  void extend(std::int64_t a, std::int64_t b, std::int64_t stride) {
    least += std::min(a * stride, b * stride);
    greatest += std::max(a * stride, b * stride);
  }
};

// Series, and windows of each, of a chunk: offsets are linear in them and in the value, so their
// ends lie at ends.
struct ChunkPlace {
  ChunkPlace(const tailfit_series_view& series, std::int64_t begin, std::int64_t n)
      : first_series(begin / series.n_windows),
        last_series((begin + n - 1) / series.n_windows),
        first_window(begin % series.n_windows),
        last_window((begin + n - 1) % series.n_windows),
        greatest_window(series.n_windows - 1) {}
  std::int64_t first_series;
  std::int64_t last_series;
  std::int64_t first_window;  // of the first series
  std::int64_t last_window;   // of the last one
  std::int64_t greatest_window;

  std::int64_t first_of(std::int64_t s) const { return s == first_series ? first_window : 0; }
  std::int64_t last_of(std::int64_t s) const {
    return s == last_series ? last_window : greatest_window;
  }
};

// Of these windows of one series, from where the series begins; whatever the signs of the strides.
Stretch stretch_of_windows(const tailfit_series_view& series, std::int64_t first,
                           std::int64_t last) {
  Stretch stretch{0, 0};
  stretch.extend(first, last, series.window_stride);
  stretch.extend(0, series.length - 1, series.value_stride);
  return stretch;
}

// A number of steps of one size.
struct Steps {
  std::int64_t n;
  std::int64_t size;
};

// Whether the sums of one multiple of each, 0 to n-1 times its size, are neighbours: what lies
// between them may be memory that nobody may touch. False where that is not easily seen.
bool have_no_gap(std::vector<Steps> steps) {
  for (Steps& s : steps) {
    if (s.n == 1) s.size = 0;  // then it may be anything
    s.size = s.size < 0 ? -s.size : s.size;
  }
  std::sort(steps.begin(), steps.end(),
            [](const Steps& a, const Steps& b) { return a.size < b.size; });
  std::int64_t reached = 1;
  for (const Steps& s : steps) {
    if (s.size > reached) return false;
    reached += (s.n - 1) * s.size;
  }
  return true;
}

void add_rows(ChunkInput& input, const InputRows& rows) {
  if (rows.n_rows > 0) input.rows[input.n_parts++] = rows;
}

const char* value_at(const tailfit_series_view& series, std::int64_t offset) {
  return static_cast<const char*>(series.values) + offset * size_of_value(series);
}

// The chunk's stretch of the caller's memory as it is. False where it has gaps, or no room.
bool describe_stretch(const tailfit_series_view& series, const ChunkPlace& chunk, std::int64_t room,
                      ChunkInput& input) {
  const bool is_one = chunk.first_series == chunk.last_series;
  const std::int64_t first = is_one ? chunk.first_window : 0;
  const std::int64_t last = is_one ? chunk.last_window : chunk.greatest_window;
  if (!have_no_gap({{chunk.last_series - chunk.first_series + 1, series.series_stride},
                    {last - first + 1, series.window_stride},
                    {series.length, series.value_stride}})) {
    return false;
  }
  Stretch stretch = stretch_of_windows(series, first, last);
  stretch.extend(chunk.first_series, chunk.last_series, series.series_stride);
  if (stretch.size() > room) return false;
  const std::int64_t size = size_of_value(series);
  input.bytes = stretch.size() * size;
  input.values_at = (chunk.first_series * series.series_stride - stretch.least) * size;
  add_rows(input, {value_at(series, stretch.least), 0, 0, 0, input.bytes, 1});
  return true;
}

// Each series' stretch, with all its overlapping windows, one after the other. False where a
// stretch has gaps, or where there is no room.
bool describe_series(const tailfit_series_view& series, const ChunkPlace& chunk, std::int64_t room,
                     ChunkInput& input) {
  if (!have_no_gap(
          {{series.n_windows, series.window_stride}, {series.length, series.value_stride}})) {
    return false;
  }
  // In the direction of the windows, so that parts of a series at both ends leave no hole.
  const std::int64_t whole = stretch_of_windows(series, 0, chunk.greatest_window).size();
  const std::int64_t stride = series.n_windows > 1 && series.window_stride < 0 ? -whole : whole;
  const auto part_of = [&](std::int64_t s) {
    return stretch_of_windows(series, chunk.first_of(s), chunk.last_of(s));
  };
  const std::int64_t to_last = (chunk.last_series - chunk.first_series) * stride;
  const Stretch first = part_of(chunk.first_series);
  const Stretch last = part_of(chunk.last_series);
  const Stretch packed{std::min(first.least, to_last + last.least),
                       std::max(first.greatest, to_last + last.greatest)};
  if (packed.size() > room) return false;
  const std::int64_t size = size_of_value(series);
  input.bytes = packed.size() * size;
  input.values_at = -packed.least * size;
  input.batch.series_stride = stride;
  const auto add = [&](std::int64_t s, std::int64_t n) {
    const Stretch part = part_of(s);
    const std::int64_t to = (s - chunk.first_series) * stride + part.least - packed.least;
    const std::int64_t from_pitch = n > 1 ? series.series_stride * size : 0;  // may be anything
    add_rows(input, {value_at(series, s * series.series_stride + part.least), from_pitch, to * size,
                     stride * size, part.size() * size, n});
  };
  const std::int64_t n_series = chunk.last_series - chunk.first_series + 1;
  if (first.size() == whole && last.size() == whole) {
    add(chunk.first_series, n_series);
    return true;
  }
  add(chunk.first_series, 1);
  add(chunk.first_series + 1, std::max<std::int64_t>(n_series - 2, 0));
  if (n_series > 1) add(chunk.last_series, 1);
  return true;
}

// A panel with a row for each time, of the chunk's series only. False where the series do not lie
// side by side, windows leave times out, or where there is no room.
bool describe_panel(const tailfit_series_view& series, const ChunkPlace& chunk, std::int64_t room,
                    ChunkInput& input) {
  const std::int64_t n = chunk.last_series - chunk.first_series + 1;
  const std::int64_t first = n == 1 ? chunk.first_window : 0;
  const std::int64_t last = n == 1 ? chunk.last_window : chunk.greatest_window;
  const std::int64_t direction = n == 1 ? 1 : series.series_stride;
  if (direction != 1 && direction != -1) return false;
  const std::int64_t time = series.value_stride;
  if (time == 0) return false;
  const std::int64_t step = last > first ? series.window_stride / time : 0;
  if (last > first && series.window_stride % time != 0) return false;
  if (step < 0 || step > series.length) return false;
  const std::int64_t n_times = (last - first) * step + series.length;
  if (n_times > room / n) return false;
  const std::int64_t size = size_of_value(series);
  const std::int64_t in_front = direction < 0 ? n - 1 : 0;  // series that lie before the first one
  input.bytes = n_times * n * size;
  input.values_at = (in_front - first * step * n) * size;
  input.batch.series_stride = direction;
  input.batch.value_stride = n;
  input.batch.window_stride = step * n;
  const std::int64_t least =
      chunk.first_series * series.series_stride + first * series.window_stride - in_front;
  add_rows(input, {value_at(series, least), time * size, 0, n * size, n * size, n_times});
  return true;
}

// Fit by fit. There is always room.
void describe_gathered(const tailfit_series_view& series, std::int64_t room, ChunkInput& input) {
  input.gathers = true;
  input.bytes = room * size_of_value(series);
  input.batch.first_window = 0;
  input.batch.n_windows = 1;
  input.batch.series_stride = series.length;
  input.batch.window_stride = 0;
  input.batch.value_stride = 1;
}

// Ragged series lie one after the other; the offsets will count from the chunk's first value.
void describe_ragged(const tailfit_series_view& series, std::int64_t begin, std::int64_t n,
                     ChunkInput& input) {
  if (series.offsets_memory == TAILFIT_MEMORY_DEVICE) {  // where nobody has looked at them
    input.batch.values = series.values;
    input.batch.offsets = series.offsets + begin;
    input.batch.offset_limit = series.n_values;
    return;
  }
  const std::int64_t first = series.offsets[begin];
  const std::int64_t n_values = series.offsets[begin + n] - first;
  if (n_values == 0) return;
  if (series.memory == TAILFIT_MEMORY_DEVICE) {
    input.batch.values = value_at(series, first);
    return;
  }
  input.bytes = n_values * size_of_value(series);
  add_rows(input, {value_at(series, first), 0, 0, 0, input.bytes, 1});
}

template <class T>
void gather(const tailfit_series_view& series, std::int64_t fit, T* to) {
  const T* from = static_cast<const T*>(series.values) + place_of(series, fit).offset;
  for (std::int64_t t = 0; t < series.length; ++t) to[t] = from[t * series.value_stride];
}

struct Gathering {
  const tailfit_series_view& series;
  std::int64_t begin;
  char* to;
};

void gather_fit(void* state, std::int64_t i, std::int32_t) {
  const auto& [series, begin, to] = *static_cast<const Gathering*>(state);
  char* const own = to + i * series.length * size_of_value(series);
  if (series.dtype == TAILFIT_F64) {
    gather(series, begin + i, reinterpret_cast<double*>(own));
  } else {
    gather(series, begin + i, reinterpret_cast<float*>(own));
  }
}

// A device's own copies take rows of at least so many bytes: shorter ones are faster staged.
constexpr std::int64_t least_row_bytes = 256;
constexpr std::int64_t greatest_pitch = (std::int64_t{1} << 31) - 1;

bool is_one_piece(const InputRows& rows) {
  return rows.n_rows == 1 || (rows.from_pitch == rows.row_bytes && rows.to_pitch == rows.row_bytes);
}

// From the last row to the first, where both go backwards.
InputRows forwards(InputRows rows) {
  if (rows.from_pitch >= 0 || rows.to_pitch >= 0) return rows;
  rows.from += (rows.n_rows - 1) * rows.from_pitch;
  rows.to += (rows.n_rows - 1) * rows.to_pitch;
  rows.from_pitch = -rows.from_pitch;
  rows.to_pitch = -rows.to_pitch;
  return rows;
}

}  // namespace

ChunkInput describe_input(const tailfit_series_view& series, std::int64_t begin, std::int64_t n) {
  ChunkInput input{};
  input.batch = {nullptr,
                 series.dtype == TAILFIT_F64,
                 n,
                 begin % series.n_windows,
                 series.n_windows,
                 series.length,
                 series.series_stride,
                 series.window_stride,
                 series.value_stride};
  if (series.offsets != nullptr) {
    describe_ragged(series, begin, n, input);
    return input;
  }
  if (series.length == 0 || n == 0) return input;  // the strides may be anything
  const ChunkPlace chunk(series, begin, n);
  if (series.memory == TAILFIT_MEMORY_DEVICE) {
    input.batch.values = value_at(series, chunk.first_series * series.series_stride);
    return input;
  }
  const std::int64_t room = n * series.length;
  if (describe_stretch(series, chunk, room, input)) return input;
  if (describe_series(series, chunk, room, input)) return input;
  if (describe_panel(series, chunk, room, input)) return input;
  describe_gathered(series, room, input);
  return input;
}

bool can_copy_in_place(const ChunkInput& input) {
  if (input.gathers) return false;
  return std::all_of(input.rows, input.rows + input.n_parts, [](const InputRows& each) {
    const InputRows rows = forwards(each);
    return is_one_piece(rows) ||
           (rows.row_bytes >= least_row_bytes && rows.from_pitch >= rows.row_bytes &&
            rows.to_pitch >= rows.row_bytes && rows.from_pitch <= greatest_pitch);
  });
}

void copy_in_place(Device& device, const ChunkInput& input, char* on_device) {
  for (std::int64_t i = 0; i < input.n_parts; ++i) {
    const InputRows rows = forwards(input.rows[i]);
    const auto n_rows = static_cast<std::uint64_t>(rows.n_rows);
    const auto bytes = static_cast<std::uint64_t>(rows.row_bytes);
    if (is_one_piece(rows)) {
      device.copy_to_device(on_device + rows.to, rows.from, n_rows * bytes);
    } else {
      device.copy_rows_to_device(on_device + rows.to, static_cast<std::uint64_t>(rows.to_pitch),
                                 rows.from, static_cast<std::uint64_t>(rows.from_pitch), bytes,
                                 n_rows);
    }
  }
}

void stage_input(Workers workers, const tailfit_series_view& series, std::int64_t begin,
                 const ChunkInput& input, char* staging) {
  if (input.gathers) {
    Gathering gathering{series, begin, staging};
    for_each_chunk(input.bytes > parallel_copy_bytes ? workers : one_worker, input.batch.n_fits,
                   &gather_fit, &gathering);
    return;
  }
  CopyRows copies[3];
  for (std::int64_t i = 0; i < input.n_parts; ++i) {
    const InputRows& rows = input.rows[i];
    copies[i] = {rows.from,     rows.from_pitch, staging + rows.to,
                 rows.to_pitch, rows.row_bytes,  rows.n_rows};
  }
  copy_rows(workers, copies, input.n_parts);
}

InputRange range_of_input(const tailfit_series_view& series) {
  std::int64_t least = 0;
  std::int64_t n_values = 0;
  if (series.offsets != nullptr) {
    least = series.offsets[0];
    n_values = series.offsets[series.n_series] - least;
  } else if (series.n_series > 0 && series.n_windows > 0 && series.length > 0) {
    Stretch stretch = stretch_of_windows(series, 0, series.n_windows - 1);
    stretch.extend(0, series.n_series - 1, series.series_stride);
    least = stretch.least;
    n_values = stretch.size();
  }
  return {value_at(series, least),
          static_cast<std::uint64_t>(n_values) * static_cast<std::uint64_t>(size_of_value(series))};
}

}  // namespace tailfit::host
