// A group of one lane that has vectors.
#pragma once

#include "kernels/group/serial_group.hpp"

namespace tailfit::kernels {
namespace {

struct VectorGroup : SerialGroup {
  char* lists;  // lists_bytes (kernels/cpu/vector_memory.hpp), 64-byte aligned
};

}  // namespace
}  // namespace tailfit::kernels
