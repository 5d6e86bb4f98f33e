// What is in a file of fits: the name, type and place of every member.
#pragma once

#include <tailfit/tailfit.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailfit::host {

// A type of numbers as NumPy calls it.
struct NumberType {
  std::int32_t dtype;  // tailfit_dtype
  std::size_t bytes;
  const char* descr;
};
inline constexpr std::array<NumberType, 6> number_types{{{TAILFIT_F32, 4, "'<f4'"},
                                                         {TAILFIT_F64, 8, "'<f8'"},
                                                         {TAILFIT_U16, 2, "'<u2'"},
                                                         {TAILFIT_U32, 4, "'<u4'"},
                                                         {TAILFIT_I64, 8, "'<i8'"},
                                                         {TAILFIT_U8, 1, "'|u1'"}}};
// Null where there is none.
const NumberType* find_type(std::int32_t dtype);
const NumberType* find_type(std::string_view descr);

// An array with a number of each fit.
struct FitField {
  const char* name;
  std::int32_t dtype;
  void* (*data)(const tailfit_fits_view& fits);
};
inline constexpr std::size_t n_fit_fields = 13;
extern const std::array<FitField, n_fit_fields> fit_fields;

inline constexpr const char* version_member = "tailfit_format";
inline constexpr const char* library_member = "library_version";
inline constexpr const char* bins_member = "bins";
inline constexpr const char* laplace_member = "laplace";
inline constexpr const char* options_member = "options";
inline constexpr const char* counts_member = "counts";

// Whether a member of this name is the library's.
bool is_own_member(std::string_view name);

// The options of a fit as one record of 8-byte numbers, and NumPy's text of its type.
struct OptionsRecord {
  struct Rule {
    std::int64_t kind;
    double value;
    std::int64_t count;
    double low;
    double high;
  };
  Rule lower;
  Rule upper;
  std::int64_t min_exceedances;
  std::int64_t take_higher_boundary;
  double resolution;
};
std::string options_descr();
// What a rule does not use is 0, so that equal options are equal bytes.
OptionsRecord options_record(const tailfit_fit_options& options);
// Nothing of what is not in the record is set. Empty, or what is wrong with it: "FOUND, expected
// EXPECTED".
std::string read_options(const OptionsRecord& record, tailfit_fit_options& options);

}  // namespace tailfit::host
