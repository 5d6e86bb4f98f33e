#include "host/instruction_set.hpp"

#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {

std::string words_for_instruction_set() {
  std::string words = kernels::cpu_kernels().name;
  const kernels::RefusedInstructionSet& refused = kernels::refused_instruction_set();
  if (refused.name[0] == '\0') return words;
  words.append(" (TAILFIT_INSTRUCTION_SET is '").append(refused.name);
  words += refused.is_known ? "', which this machine or build does not have)"
                            : "', expected baseline, x86-64-v3 or x86-64-v4)";
  return words;
}

}  // namespace tailfit::host
