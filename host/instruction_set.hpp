// Which instruction set the work on the CPU uses, in words.
#pragma once

#include <string>

namespace tailfit::host {

// "x86-64-v4"; and, if TAILFIT_INSTRUCTION_SET asks for one that there is not, that it does.
std::string words_for_instruction_set();

}  // namespace tailfit::host
