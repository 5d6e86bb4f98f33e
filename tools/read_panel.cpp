#include "tools/read_panel.hpp"

#include <memory>
#include <string>

#include "tools/csv_table.hpp"
#include "tools/errors.hpp"
#include "tools/long_reader.hpp"
#include "tools/message_text.hpp"
#include "tools/npy_reader.hpp"
#include "tools/text_source.hpp"
#include "tools/wide_reader.hpp"

namespace tailfit::tools {
namespace {

void refuse_flags_for_npy(const InputArguments& arguments, const std::string& name) {
  if (arguments.layout == Layout::long_) {
    throw BadInput("--layout long is for CSV, the input is " + name);
  }
  if (arguments.index.has_value()) {
    throw BadInput("--index is for CSV, the input is " + name + ", whose rows have numbers");
  }
}

Panel read_csv(InputFile& file, const InputArguments& arguments) {
  const std::unique_ptr<ByteSource> text = open_text(file);
  CsvTable table(*text, file.name());
  if (arguments.layout == Layout::wide) return read_wide(table, arguments.index);
  return read_long(table, {arguments.series_column, arguments.value_column, arguments.index});
}

}  // namespace

Panel read_panel(InputFile& file, const InputArguments& arguments) {
  const std::string path = lower_case(file.path());
  if (path.ends_with(".npy")) {
    refuse_flags_for_npy(arguments, file.name());
    return read_npy(file);
  }
  const bool named_csv = path.ends_with(".csv") || path.ends_with(".csv.gz");
  if (named_csv || path == "-" || file.is_stream()) return read_csv(file, arguments);
  throw BadInput(file.name() +
                 ": the name does not say what it holds, expected an end in .csv, .csv.gz or .npy, "
                 "or - for CSV on standard input");
}

}  // namespace tailfit::tools
