// For numpy_test.py. "write FILE [ZIP64]" saves some fits, with sizes from ZIP64 on in ZIP64
// fields; "check FILE" says by its exit status whether a file holds the same fits.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/saved/fits_writer.hpp"
#include "tests/host/series_samples.hpp"

namespace {

tailfit::SplicedFits some_fits(const tailfit::Context& context) {
  const std::vector<double> values = tailfit::tests::mixed_batch(31, 16, 300);
  return tailfit::fit(context, tailfit::SeriesView<double>::rows(values.data(), 16, 300),
                      {.bins = 7});
}

void write(const char* path, std::uint64_t zip64) {
  const tailfit::Context context;
  const tailfit::FitOptions options{.upper = tailfit::given(1.5), .bins = 7};
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fits_writer writer(
      {sizeof(tailfit_saving), path, -1, TAILFIT_COUNTS_U32, 16, 7, 0.0, &c_options}, zip64);
  writer.append(some_fits(context).view());
  writer.attach({"letters", "abc", TAILFIT_U8, 1, 3, 1});
  writer.finish();
}

bool has_the_fits(const char* path) {
  const tailfit::Context context;
  const tailfit::SplicedFits expected = some_fits(context);
  const tailfit::SplicedFits found = tailfit::load(path);
  const auto same = [](auto a, auto b) {
    return a.size() == b.size() && tailfit::tests::same_bits(a.data(), b.data(), a.size_bytes());
  };
  return same(expected.n(), found.n()) && same(expected.status(), found.status()) &&
         same(expected.lower().threshold, found.lower().threshold) &&
         same(expected.lower().shape, found.lower().shape) &&
         same(expected.upper().scale, found.upper().scale) &&
         same(expected.upper().n_exceed, found.upper().n_exceed) &&
         same(expected.counts_u32(), found.counts_u32());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) return 2;
    if (std::strcmp(argv[1], "write") == 0) {
      const bool is_given = argc > 3;
      write(argv[2], is_given ? std::strtoull(argv[3], nullptr, 10) : tailfit::host::zip64_from);
      return 0;
    }
    return has_the_fits(argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
