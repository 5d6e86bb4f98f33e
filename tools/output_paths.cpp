#include "tools/output_paths.hpp"

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/output_sink.hpp"

namespace tailfit::tools {
namespace {

namespace fs = std::filesystem;

struct NamedPath {
  std::string role;  // "the input", "--bins-out"
  std::string path;
};

// Whether two paths lead to the same file, be it there already or not.
bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  const fs::path path_a = fs::weakly_canonical(fs::absolute(a, error), error);
  const fs::path path_b = fs::weakly_canonical(fs::absolute(b, error), error);
  return !error && path_a == path_b;
}

void check_distinct(const NamedPath& a, const NamedPath& b) {
  const bool both_standard_output = a.path == "-" && b.path == "-";
  const bool any_stream = is_stream(a.path) || is_stream(b.path);  // writing one harms no file
  if (!both_standard_output && (any_stream || !same_file(a.path, b.path))) return;
  throw BadInput(a.role + " and " + b.role + " are both " + in_quotes(b.path) +
                 ", expected different files");
}

std::string path_to_read(const std::string& path) { return path == "-" ? "/dev/stdin" : path; }

}  // namespace

void check_distinct_files(const std::string& input, const std::string& input_path,
                          const std::string& output, const std::string& output_path) {
  check_distinct({input, path_to_read(input_path)}, {output, output_path});
}

OutputPaths output_paths(const FitArguments& arguments) {
  OutputPaths paths{arguments.output, arguments.saved_output, arguments.bins_output, std::nullopt};
  std::vector<NamedPath> outputs;
  if (paths.fits.has_value()) outputs.push_back({"--output", *paths.fits});
  if (paths.saved.has_value()) outputs.push_back({"--save", *paths.saved});
  if (paths.bins.has_value()) outputs.push_back({"--bins-out", *paths.bins});
  const std::string& main_output = paths.fits.has_value() ? *paths.fits : *paths.saved;
  if (!is_stream(main_output)) {
    paths.manifest = main_output + ".json";
    const char* flag = paths.fits.has_value() ? "--output" : "--save";
    outputs.push_back({std::string("the .json beside ") + flag, *paths.manifest});
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < outputs.size(); ++j) check_distinct(outputs[i], outputs[j]);
  }
  const std::string input = path_to_read(arguments.input.path);
  for (const NamedPath& output : outputs) {
    check_distinct({"the input", input}, output);
    if (arguments.thresholds.has_value()) {
      check_distinct({"--thresholds", path_to_read(*arguments.thresholds)}, output);
    }
  }
  return paths;
}

}  // namespace tailfit::tools
