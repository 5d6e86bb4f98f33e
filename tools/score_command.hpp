// `tailfit score`: new data under saved fits.
#pragma once

#include <cstdint>

#include "tools/question_arguments.hpp"

namespace tailfit::tools {

// Reads the data piece by piece, of at most `piece_bytes`, as run_fit() does. Throws as it does;
// also BadInput where a series has no fit.
void run_score(const ScoreArguments& arguments, std::int64_t piece_bytes = std::int64_t{64} << 20);

}  // namespace tailfit::tools
