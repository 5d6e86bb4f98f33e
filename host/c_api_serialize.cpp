// The C interface to files of fits: null checks, exceptions to codes, and nothing else.
#include <tailfit/tailfit.h>

#include <memory>
#include <string>

#include "host/c_api.hpp"
#include "host/checks.hpp"
#include "host/error.hpp"
#include "host/saved/fits_reader.hpp"
#include "host/saved/fits_writer.hpp"

namespace host = tailfit::host;
using host::required;

extern "C" {

tailfit_code tailfit_fits_writer_create(const tailfit_saving* saving,
                                        tailfit_fits_writer** writer) {
  return host::guarded([&] {
    required("writer", writer) = nullptr;
    *writer = std::make_unique<tailfit_fits_writer>(required("saving", saving)).release();
  });
}

tailfit_code tailfit_fits_writer_append(tailfit_fits_writer* writer,
                                        const tailfit_fits_view* fits) {
  return host::guarded([&] { required("writer", writer).append(required("fits", fits)); });
}

tailfit_code tailfit_fits_writer_attach(tailfit_fits_writer* writer, const tailfit_array* array) {
  return host::guarded([&] { required("writer", writer).attach(required("array", array)); });
}

tailfit_code tailfit_fits_writer_finish(tailfit_fits_writer* writer) {
  return host::guarded([&] { required("writer", writer).finish(); });
}

void tailfit_fits_writer_destroy(tailfit_fits_writer* writer) { delete writer; }

tailfit_code tailfit_fits_file_open(const char* path, tailfit_fits_file** file) {
  return host::guarded([&] {
    required("file", file) = nullptr;
    required("path", path);
    *file = std::make_unique<tailfit_fits_file>(path).release();
  });
}

tailfit_code tailfit_fits_file_describe(const tailfit_fits_file* file, tailfit_file_facts* facts) {
  return host::guarded([&] {
    host::check_struct_size("tailfit_file_facts", required("facts", facts).struct_size,
                            sizeof *facts);
    *facts = required("file", file).facts();
  });
}

tailfit_code tailfit_fits_file_read(const tailfit_fits_file* file, int64_t first_fit,
                                    int64_t n_fits, tailfit_fits** fits) {
  return host::guarded([&] {
    required("fits", fits) = nullptr;
    *fits = required("file", file).read(first_fit, n_fits).release();
  });
}

tailfit_code tailfit_fits_file_array(const tailfit_fits_file* file, int64_t i,
                                     tailfit_array* array) {
  return host::guarded([&] { required("array", array) = required("file", file).array(i); });
}

tailfit_code tailfit_fits_file_read_array(const tailfit_fits_file* file, int64_t i, void* out) {
  return host::guarded([&] { required("file", file).read_array(i, out); });
}

void tailfit_fits_file_close(tailfit_fits_file* file) { delete file; }

}  // extern "C"
