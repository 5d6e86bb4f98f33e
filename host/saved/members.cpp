#include "host/saved/members.hpp"

#include <algorithm>
#include <cmath>

#include "host/error.hpp"

namespace tailfit::host {

const std::array<FitField, n_fit_fields> fit_fields{{
    {"n", TAILFIT_I64, [](const tailfit_fits_view& f) -> void* { return f.n; }},
    {"n_missing", TAILFIT_I64, [](const tailfit_fits_view& f) -> void* { return f.n_missing; }},
    {"status", TAILFIT_U32, [](const tailfit_fits_view& f) -> void* { return f.status; }},
    {"lower_threshold", TAILFIT_F64,
     [](const tailfit_fits_view& f) -> void* { return f.lower.threshold; }},
    {"lower_n_exceed", TAILFIT_I64,
     [](const tailfit_fits_view& f) -> void* { return f.lower.n_exceed; }},
    {"lower_shape", TAILFIT_F64, [](const tailfit_fits_view& f) -> void* { return f.lower.shape; }},
    {"lower_scale", TAILFIT_F64, [](const tailfit_fits_view& f) -> void* { return f.lower.scale; }},
    {"lower_loglik", TAILFIT_F64,
     [](const tailfit_fits_view& f) -> void* { return f.lower.loglik; }},
    {"upper_threshold", TAILFIT_F64,
     [](const tailfit_fits_view& f) -> void* { return f.upper.threshold; }},
    {"upper_n_exceed", TAILFIT_I64,
     [](const tailfit_fits_view& f) -> void* { return f.upper.n_exceed; }},
    {"upper_shape", TAILFIT_F64, [](const tailfit_fits_view& f) -> void* { return f.upper.shape; }},
    {"upper_scale", TAILFIT_F64, [](const tailfit_fits_view& f) -> void* { return f.upper.scale; }},
    {"upper_loglik", TAILFIT_F64,
     [](const tailfit_fits_view& f) -> void* { return f.upper.loglik; }},
}};

const NumberType* find_type(std::int32_t dtype) {
  for (const NumberType& type : number_types) {
    if (type.dtype == dtype) return &type;
  }
  return nullptr;
}

const NumberType* find_type(std::string_view descr) {
  for (const NumberType& type : number_types) {
    if (type.descr == descr) return &type;
  }
  return nullptr;
}

bool is_own_member(std::string_view name) {
  for (const char* own : {version_member, library_member, bins_member, laplace_member,
                          options_member, counts_member}) {
    if (name == own) return true;
  }
  return std::any_of(fit_fields.begin(), fit_fields.end(),
                     [&](const FitField& field) { return name == field.name; });
}

std::string options_descr() {
  std::string descr = "[";
  const auto add = [&](const std::string& name, const char* type) {
    if (descr.size() > 1) descr += ", ";
    descr += "('" + name + "', '" + type + "')";
  };
  for (const std::string side : {"lower_", "upper_"}) {
    add(side + "kind", "<i8");
    add(side + "value", "<f8");
    add(side + "count", "<i8");
    add(side + "low", "<f8");
    add(side + "high", "<f8");
  }
  add("min_exceedances", "<i8");
  add("take_higher_boundary", "<i8");
  add("resolution", "<f8");
  return descr + "]";
}

namespace {

OptionsRecord::Rule record_of(const tailfit_threshold_rule& rule) {
  OptionsRecord::Rule record{};
  record.kind = rule.kind;
  const bool is_range = rule.kind == TAILFIT_THRESHOLD_HISTOGRAM_RANGE;
  if (rule.kind == TAILFIT_THRESHOLD_TAIL_MASS || rule.kind == TAILFIT_THRESHOLD_GIVEN ||
      is_range) {
    record.value = rule.value;
  }
  if (rule.kind == TAILFIT_THRESHOLD_COUNT) record.count = rule.count;
  if (is_range) {
    record.low = rule.low;
    record.high = rule.high;
  }
  return record;
}

tailfit_threshold_rule rule_of(const OptionsRecord::Rule& record) {
  tailfit_threshold_rule rule{};
  rule.kind = static_cast<std::int32_t>(record.kind);
  rule.value = record.value;
  rule.count = record.count;
  rule.low = record.low;
  rule.high = record.high;
  return rule;
}

}  // namespace

OptionsRecord options_record(const tailfit_fit_options& options) {
  return {record_of(options.lower), record_of(options.upper), options.min_exceedances,
          options.take_higher_boundary, options.resolution};
}

std::string read_options(const OptionsRecord& record, tailfit_fit_options& options) {
  for (const OptionsRecord::Rule* rule : {&record.lower, &record.upper}) {
    if (rule->kind >= TAILFIT_THRESHOLD_TAIL_MASS &&
        rule->kind <= TAILFIT_THRESHOLD_HISTOGRAM_RANGE) {
      continue;
    }
    return "a threshold rule of kind " + std::to_string(rule->kind) + ", expected 0 to 4";
  }
  if (record.min_exceedances < 1) {
    return "min_exceedances " + std::to_string(record.min_exceedances) + ", expected >= 1";
  }
  if (record.take_higher_boundary != 0 && record.take_higher_boundary != 1) {
    return "take_higher_boundary " + std::to_string(record.take_higher_boundary) +
           ", expected 0 or 1";
  }
  if (!(record.resolution >= 0.0) || !std::isfinite(record.resolution)) {
    return "resolution " + to_text(record.resolution) + ", expected a finite number >= 0";
  }
  options.lower = rule_of(record.lower);
  options.upper = rule_of(record.upper);
  options.min_exceedances = record.min_exceedances;
  options.take_higher_boundary = static_cast<std::int32_t>(record.take_higher_boundary);
  options.resolution = record.resolution;
  return {};
}

}  // namespace tailfit::host
