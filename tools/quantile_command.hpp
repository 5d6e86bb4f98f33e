// `tailfit quantile`: quantiles of saved fits.
#pragma once

#include "tools/question_arguments.hpp"

namespace tailfit::tools {

// Reads, asks and writes batch by batch. Throws as run_fit() does.
void run_quantile(const QuantileArguments& arguments);

}  // namespace tailfit::tools
