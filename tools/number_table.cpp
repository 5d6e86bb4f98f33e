#include "tools/number_table.hpp"

#include <bit>

#include "tools/message_text.hpp"
#include "tools/npy_header.hpp"
#include "tools/number_text.hpp"
#include "tools/output_paths.hpp"
#include "tools/temporary_files.hpp"

namespace tailfit::tools {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie");

const std::string& distinct(const std::string& path, std::span<const NumberTable::Input> inputs) {
  for (const NumberTable::Input& input : inputs) {
    check_distinct_files(input.role, input.path, "--output", path);
  }
  return path;
}

}  // namespace

NumberTable::NumberTable(const std::string& path, std::span<const Input> inputs)
    : is_array_(lower_case(path).ends_with(".npy")), file_(distinct(path, inputs)) {}

void NumberTable::begin_csv(const std::string& header) { file_.buffer() += header + '\n'; }

void NumberTable::begin_array(std::int64_t n_rows, std::int64_t n_numbers, bool fortran_order) {
  file_.buffer() += npy_header_text({"<f8", fortran_order, {n_rows, n_numbers}});
}

void NumberTable::end_row(std::span<const double> numbers) {
  std::string& out = file_.buffer();
  if (is_array_) {
    out.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
  } else {
    for (const double number : numbers) {
      out += ',';
      append_number(out, number);
    }
    out += '\n';
  }
  file_.flush_if_full();
}

void NumberTable::publish() {
  file_.finish();
  const SignalDelay delay;
  file_.publish();
}

}  // namespace tailfit::tools
