#include "tools/manifest.hpp"

#include <tailfit/tailfit.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "tools/transform.hpp"

namespace tailfit::tools {
namespace {

using Json = nlohmann::ordered_json;

const char* layout_word(Layout layout) { return layout == Layout::wide ? "wide" : "long"; }

Json levels_as_typed(const std::vector<Level>& levels) {
  Json texts = Json::array();
  for (const Level& level : levels) texts.push_back(level.text);
  return texts;
}

const char* rule_word(TailRule kind) {
  switch (kind) {
    case TailRule::given:
      return "given";
    case TailRule::count:
      return "count";
    case TailRule::histogram_range:
      return "histogram_range";
    default:
      return "tail_mass";
  }
}

void add_tail(Json& json, const std::string& side, const TailArguments& tail, bool is_in_file) {
  const auto value_if = [&](bool applies, const auto& value) {
    return applies && !is_in_file ? Json(value) : Json(nullptr);
  };
  const bool has_range = tail.kind == TailRule::histogram_range;
  json[side + "_rule"] = is_in_file ? "per_series" : rule_word(tail.kind);
  json[side + "_tail"] = value_if(tail.kind == TailRule::tail_mass || has_range, tail.value);
  json[side + "_threshold"] = value_if(tail.kind == TailRule::given, tail.value);
  json[side + "_count"] = value_if(tail.kind == TailRule::count, tail.count);
}

Json range_json(const FitArguments& arguments) {
  for (const TailArguments* tail : {&arguments.lower, &arguments.upper}) {
    if (tail->kind != TailRule::histogram_range) continue;
    return Json::array({tail->range.low, tail->range.high});
  }
  return nullptr;
}

Json thresholds_json(const FitArguments& arguments, const RunFacts& facts) {
  if (!facts.thresholds.has_value()) return nullptr;
  Json json;
  json["path"] = *arguments.thresholds;
  json["sha256"] = facts.thresholds->digest.sha256;
  json["bytes"] = facts.thresholds->digest.bytes;
  return json;
}

// Named after the flags; null where a flag does not apply.
Json options_json(const FitArguments& arguments, const RunFacts& facts) {
  const InputArguments& input = arguments.input;
  const bool is_long = input.layout == Layout::long_;
  const auto& window = arguments.window;
  Json json;
  json["layout"] = layout_word(input.layout);
  json["index"] = input.index.has_value() ? Json(*input.index) : Json(nullptr);
  json["series_column"] = is_long ? Json(input.series_column) : Json(nullptr);
  json["value_column"] = is_long ? Json(input.value_column) : Json(nullptr);
  json["transform"] = transform_word(arguments.transform);
  json["window"] = window.has_value() ? Json(window->length) : Json(nullptr);
  json["step"] = window.has_value() ? Json(window->step) : Json(nullptr);
  const auto& file = facts.thresholds;
  add_tail(json, "lower", arguments.lower, file.has_value() && file->has_lower);
  add_tail(json, "upper", arguments.upper, file.has_value() && file->has_upper);
  json["histogram_range"] = range_json(arguments);
  json["thresholds"] = thresholds_json(arguments, facts);
  json["bins"] = arguments.bins;
  json["min_exceedances"] = arguments.min_exceedances;
  json["resolution"] = arguments.resolution;
  json["quantiles"] = levels_as_typed(arguments.quantiles);
  json["expected_shortfall"] = levels_as_typed(arguments.expected_shortfalls);
  return json;
}

}  // namespace

std::string manifest_text(const FitArguments& arguments, const RunFacts& facts) {
  Json json;
  json["program"] = "tailfit";
  json["version"] = tailfit_version();
  json["input"]["path"] = arguments.input.path;
  json["input"]["sha256"] = facts.input.sha256;
  json["input"]["bytes"] = facts.input.bytes;
  json["options"] = options_json(arguments, facts);
  json["backend"] = facts.backend;
  json["series"] = facts.n_series;
  json["fits"] = facts.statuses.total();
  json["status"] = Json::object();
  for (const auto& [text, count] : facts.statuses.by_text()) json["status"][text] = count;
  // A path or a column's name need not be UTF-8; JSON must be.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace tailfit::tools
