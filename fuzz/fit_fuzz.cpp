// The fuzz target: any bytes are a batch of series and the options of a fit (fuzz_input.hpp). A bad
// call must be refused in words; whatever is fitted must satisfy fit_invariants.hpp and
// fit_properties.hpp, and be right by the certified search of tests/exact where that is quick.
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/fit_properties.hpp"

namespace {

using namespace tailfit::fuzz;

template <class T>
void fit_and_check(const FuzzCase& test) {
  std::vector<T> values;
  for (const double x : test.values) {
    if constexpr (sizeof(T) == 4) {
      values.push_back(to_single(x));
    } else {
      values.push_back(x);
    }
  }
  static const tailfit::Context context({.backend = tailfit::Backend::cpu, .threads = 1});
  try {
    const tailfit::SplicedFits fits = fit_values(context, test, values, test.options);
    for (std::int64_t s = 0; s < test.n_series; ++s) check_series(test, fits, s);
    check_order(test, values, fits);
    check_poisoned(context, test, values, fits);
    check_quantiles(context, fits);
    for (const int m : {-37, 20}) check_scaling(context, test, values, fits, m);
    if (!test.plain) return;
    for (std::int64_t s = 0; s < test.n_series; ++s) check_against_reference(test, fits, s);
  } catch (const std::invalid_argument& error) {
    require(std::string(error.what()).size() > 20, "a bad call is refused in words", -1);
  } catch (const tailfit::CountOverflow&) {
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzCase test = decode(data, size);
  if (test.single_precision) {
    fit_and_check<float>(test);
  } else {
    fit_and_check<double>(test);
  }
  return 0;
}
