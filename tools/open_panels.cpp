#include "tools/open_panels.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tools/errors.hpp"
#include "tools/long_reader.hpp"
#include "tools/message_text.hpp"
#include "tools/npy_reader.hpp"
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

std::unique_ptr<PanelSource> open_csv(InputFile& file, const InputArguments& arguments,
                                      const PieceLimit& limit) {
  if (arguments.layout == Layout::wide) return open_wide(file, arguments.index, limit);
  return open_long(file, {arguments.series_column, arguments.value_column, arguments.index}, limit);
}

// What the file's own reader does not see: bytes that changed where no pass meets them twice.
class UnchangedPanels final : public PanelSource {
 public:
  UnchangedPanels(const InputFile& file, std::unique_ptr<PanelSource> source)
      : file_(file), source_(std::move(source)) {}

  std::optional<Panel> next() override {
    return read_unchanged(file_, [&] { return source_->next(); });
  }
  const LengthCounts& lengths() const override { return source_->lengths(); }

 private:
  const InputFile& file_;
  const std::unique_ptr<PanelSource> source_;
};

std::unique_ptr<PanelSource> open_by_name(InputFile& file, const InputArguments& arguments,
                                          const PieceLimit& limit) {
  const std::string path = lower_case(file.path());
  if (!names_its_series(path)) {
    refuse_flags_for_npy(arguments, file.name());
    return open_npy(file, limit);
  }
  const bool named_csv = path.ends_with(".csv") || path.ends_with(".csv.gz");
  if (named_csv || path == "-" || file.is_stream()) return open_csv(file, arguments, limit);
  throw BadInput(file.name() +
                 ": the name does not say what it holds, expected an end in .csv, .csv.gz or .npy, "
                 "or - for CSV on standard input");
}

}  // namespace

bool names_its_series(const std::string& path) { return !lower_case(path).ends_with(".npy"); }

std::unique_ptr<PanelSource> open_panels(InputFile& file, const InputArguments& arguments,
                                         const PieceLimit& limit) {
  return std::make_unique<UnchangedPanels>(
      file, read_unchanged(file, [&] { return open_by_name(file, arguments, limit); }));
}

}  // namespace tailfit::tools
