// `tailfit fit`: from the input file to the output files.
#pragma once

#include <cstdint>
#include <string>

#include "tools/arguments.hpp"

namespace tailfit::tools {

// What a piece of the input may take up in memory, in bytes; a piece has one series at least. Two
// pieces are there at a time, and a copy of one where its series differ in length.
inline constexpr std::int64_t default_piece_bytes = std::int64_t{64} << 20;

// Does all of it. Returns what --verbose is to say: fits, fits a second, counts of each status.
// Throws what goes wrong; no output file has its name then. No byte of the output depends on
// `piece_bytes`.
std::string run_fit(const FitArguments& arguments, std::int64_t piece_bytes = default_piece_bytes);

}  // namespace tailfit::tools
