#include "tools/flag_reader.hpp"

namespace tailfit::tools {

void read_input(const FlagReader& flags, InputArguments& input) {
  constexpr std::array<std::pair<std::string_view, Layout>, 2> layouts{
      {{"wide", Layout::wide}, {"long", Layout::long_}}};
  flags.read_choice("--layout", layouts, input.layout);
  if (flags.has("--index")) input.index = flags.text("--index");  // "" is a name that pandas writes
  for (const std::string_view flag : {"--series-column", "--value-column"}) {
    const bool is_long = input.layout == Layout::long_;
    if (is_long && !flags.has(flag)) {
      throw BadInput("--layout long needs " + std::string(flag) + ", which is not given");
    }
    if (!is_long && flags.has(flag)) {
      throw BadInput(std::string(flag) + " is " + in_quotes(flags.text(flag)) +
                     ", expected only with --layout long");
    }
  }
  if (input.layout == Layout::wide) return;
  input.series_column = flags.text("--series-column");
  input.value_column = flags.text("--value-column");
}

bool read_transform(const FlagReader& flags, Transform& transform) {
  constexpr std::array<std::pair<std::string_view, Transform>, 3> transforms{
      {{"none", Transform::none},
       {"diff", Transform::diff},
       {"log-return", Transform::log_return}}};
  flags.read_choice("--transform", transforms, transform);
  return flags.has("--transform");
}

void read_context(const FlagReader& flags, Context::Options& options) {
  constexpr std::array<std::pair<std::string_view, Backend>, 3> devices{
      {{"auto", Backend::automatic}, {"cpu", Backend::cpu}, {"cuda", Backend::cuda}}};
  constexpr std::int64_t most_threads = 65536;  // the library's own limit
  flags.read_choice("--device", devices, options.backend);
  std::int64_t threads = 0;
  flags.read_whole("--threads", 1, most_threads, threads);
  options.threads = static_cast<std::int32_t>(threads);
  if (flags.has("--memory-budget")) {
    options.memory_budget = parse_bytes("--memory-budget", flags.text("--memory-budget"));
  }
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::uint64_t parse_bytes(std::string_view flag, std::string_view text) {
  constexpr std::string_view suffixes = "kmgt";
  const std::string lower = lower_case(text);
  const std::size_t suffix = lower.empty() ? std::string_view::npos : suffixes.find(lower.back());
  const bool has_suffix = suffix != std::string_view::npos;
  const int shift = has_suffix ? 10 * static_cast<int>(suffix + 1) : 0;
  const std::optional<std::int64_t> number =
      parse_whole(has_suffix ? text.substr(0, text.size() - 1) : text);
  if (!number || *number < 1 || *number > unbounded >> shift) {
    refuse(flag, text, "a whole number of bytes >= 1, or one followed by K, M, G or T");
  }
  return static_cast<std::uint64_t>(*number) << shift;
}

}  // namespace tailfit::tools
