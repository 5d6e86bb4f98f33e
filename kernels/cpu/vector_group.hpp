// Groups of one lane for a CPU with vectors.
#pragma once

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/group/serial_group.hpp"

namespace tailfit::kernels {
namespace {

// Has a queue for short tails, or null.
struct QueueGroup : SerialGroup {
  TailQueue* queue;
};

// Extracts with vectors.
struct VectorGroup : QueueGroup {
  char* lists;  // lists_bytes (kernels/cpu/vector_memory.hpp), 64-byte aligned
};

}  // namespace
}  // namespace tailfit::kernels
