// `tailfit sample`: draws from saved fits.
#pragma once

#include "tools/question_arguments.hpp"

namespace tailfit::tools {

// Reads, draws and writes batch by batch. A draw does not depend on the batches. Throws as
// run_fit() does.
void run_sample(const SampleArguments& arguments);

}  // namespace tailfit::tools
