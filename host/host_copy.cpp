#include "host/host_copy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tailfit::host {
namespace {

// Threads are handed pieces of about so many bytes: a few times what a level-one cache holds.
constexpr std::int64_t piece_bytes = std::int64_t{1} << 18;

// Pieces of one copy: rows, or parts of a row that is longer than a piece.
struct Pieces {
  explicit Pieces(const CopyRows& copy)
      : rows(std::max<std::int64_t>(1, piece_bytes / std::max<std::int64_t>(1, copy.row_bytes))),
        parts((copy.row_bytes + piece_bytes - 1) / piece_bytes),
        number((copy.n_rows + rows - 1) / rows * parts) {}
  std::int64_t rows;   // in a piece
  std::int64_t parts;  // of a row
  std::int64_t number;
};

template <class Word>
void copy_words(const CopyRows& copy, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    Word word;
    std::memcpy(&word, copy.from + row * copy.from_pitch, sizeof word);
    std::memcpy(copy.to + row * copy.to_pitch, &word, sizeof word);
  }
}

void copy_piece(const CopyRows& copy, const Pieces& pieces, std::int64_t piece) {
  const std::int64_t begin = piece / pieces.parts * pieces.rows;
  const std::int64_t end = std::min(begin + pieces.rows, copy.n_rows);
  if (copy.row_bytes == 4) return copy_words<std::uint32_t>(copy, begin, end);
  if (copy.row_bytes == 8) return copy_words<std::uint64_t>(copy, begin, end);
  const std::int64_t first = piece % pieces.parts * piece_bytes;
  const auto bytes = static_cast<std::size_t>(
      pieces.parts == 1 ? copy.row_bytes : std::min(piece_bytes, copy.row_bytes - first));
  for (std::int64_t row = begin; row < end; ++row) {
    std::memcpy(copy.to + row * copy.to_pitch + first, copy.from + row * copy.from_pitch + first,
                bytes);
  }
}

void copy_parallel(Workers workers, const CopyRows& copy) {
  struct State {
    const CopyRows& copy;
    Pieces pieces;
  } state{copy, Pieces(copy)};
  for_each_chunk(
      workers, state.pieces.number,
      [](void* user, std::int64_t piece, std::int32_t) {
        const State& of = *static_cast<const State*>(user);
        copy_piece(of.copy, of.pieces, piece);
      },
      &state);
}

}  // namespace

void copy_rows(Workers workers, const CopyRows* copies, std::int64_t n_copies) {
  for (std::int64_t i = 0; i < n_copies; ++i) {
    const CopyRows& copy = copies[i];
    if (copy.n_rows == 0 || copy.row_bytes == 0) continue;
    const bool is_small = copy.n_rows <= parallel_copy_bytes / copy.row_bytes;
    copy_parallel(is_small ? one_worker : workers, copy);
  }
}

}  // namespace tailfit::host
