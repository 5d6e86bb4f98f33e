/* tailfit: fits in a file, to be asked later. Included by tailfit.h, whose conventions hold.
 *
 * The file is NumPy's .npz without compression: a ZIP archive whose members are .npy arrays, one
 * for each field of tailfit_fits_view. docs/saved-fits.md has every member and what is checked.
 *
 * A file appears under its name whole or not at all: it is written under another name in the same
 * folder, made durable and renamed. Reading checks every byte; a file that is damaged, cut off or
 * of another kind fails with TAILFIT_BAD_FILE and a message that names file, member, what was found
 * and what was expected, before memory is allocated by its sizes. */
#ifndef TAILFIT_TAILFIT_SERIALIZE_H
#define TAILFIT_TAILFIT_SERIALIZE_H

#include <tailfit/tailfit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the numbers of such a file mean. A library reads files of its own version alone. */
#define TAILFIT_FILE_VERSION 1

/* An array of the caller's own beside the fits: names, times, units. */
typedef struct tailfit_array {
  /* 1 to 64 letters, digits and underscores; no array of the file may have it yet */
  const char* name;
  const void* data; /* host memory, row-major; NULL where an array of a file is described */
  int32_t dtype;    /* tailfit_dtype; texts are TAILFIT_U8 */
  int32_t n_dims;   /* 1 or 2 */
  int64_t n_rows;
  int64_t n_columns; /* 1 in one dimension */
} tailfit_array;

typedef struct tailfit_saving {
  size_t struct_size;
  const char* path; /* where the file is to be */
  /* Or, with path NULL, a regular file open for writing, empty and at its beginning, which is the
   * caller's to make durable, to name and to close. */
  int32_t descriptor;
  int32_t counts_kind; /* as all of the fits have it: tailfit_counts */
  int64_t n_fits;      /* in all */
  int64_t bins;
  double laplace;
  const tailfit_fit_options* options; /* NULL, or what the fits were made with; not kept. Thresholds
                                         of each series are those of the fits */
} tailfit_saving;

/* A file of fits that is being written, piece by piece. Not thread-safe. */
typedef struct tailfit_fits_writer tailfit_fits_writer;

/* Opens the file. Memory of a writer: 64 KiB for each of its arrays, whatever their size. Fails
 * with TAILFIT_FILE_ERROR, which says what the system said. */
TAILFIT_API tailfit_code tailfit_fits_writer_create(const tailfit_saving* saving,
                                                    tailfit_fits_writer** writer);
/* The next fits, in host memory, with the bins, counts and laplace of the file. Fails where the
 * counts of a fit do not sum to n - lower.n_exceed - upper.n_exceed: such a file is not read. */
TAILFIT_API tailfit_code tailfit_fits_writer_append(tailfit_fits_writer* writer,
                                                    const tailfit_fits_view* fits);
/* An array of the caller's own; after all fits. */
TAILFIT_API tailfit_code tailfit_fits_writer_attach(tailfit_fits_writer* writer,
                                                    const tailfit_array* array);
/* Completes the file; with a path it is durable and has its name then. Nothing but
 * tailfit_fits_writer_destroy() may follow, whatever this returns. */
TAILFIT_API tailfit_code tailfit_fits_writer_finish(tailfit_fits_writer* writer);
/* What was not finished is removed. NULL is allowed. */
TAILFIT_API void tailfit_fits_writer_destroy(tailfit_fits_writer* writer);

/* A file of fits, opened. Any number of threads may read one. */
typedef struct tailfit_fits_file tailfit_fits_file;

typedef struct tailfit_file_facts {
  size_t struct_size; /* the caller sets it */
  int64_t n_fits;
  int64_t bins;
  int32_t counts_kind; /* tailfit_counts */
  int32_t has_options; /* 1: the file says with which the fits were made */
  double laplace;
  tailfit_fit_options options;
  const char* library_version; /* that wrote the file; valid while it is open */
  int64_t n_arrays;            /* of the caller's own */
} tailfit_file_facts;

/* Reads the file from end to end once, through 1 MiB of memory, and checks all of it: structure,
 * checksums, types, shapes. Fails with TAILFIT_BAD_FILE, or TAILFIT_FILE_ERROR for what the system
 * says. */
TAILFIT_API tailfit_code tailfit_fits_file_open(const char* path, tailfit_fits_file** file);
TAILFIT_API tailfit_code tailfit_fits_file_describe(const tailfit_fits_file* file,
                                                    tailfit_file_facts* facts);
/* Fits [first_fit, first_fit + n_fits), in host memory; their bits are those that were saved. Fails
 * with TAILFIT_FILE_ERROR where the file was written to since it was opened, and with
 * TAILFIT_BAD_FILE where numbers of values are none, or counts are not those of the body. */
TAILFIT_API tailfit_code tailfit_fits_file_read(const tailfit_fits_file* file, int64_t first_fit,
                                                int64_t n_fits, tailfit_fits** fits);
/* Array number i, 0 to n_arrays-1, of the caller's own, without its data. Its name is valid while
 * the file is open. */
TAILFIT_API tailfit_code tailfit_fits_file_array(const tailfit_fits_file* file, int64_t i,
                                                 tailfit_array* array);
/* All of its values, row-major, to `out`. */
TAILFIT_API tailfit_code tailfit_fits_file_read_array(const tailfit_fits_file* file, int64_t i,
                                                      void* out);
TAILFIT_API void tailfit_fits_file_close(tailfit_fits_file* file); /* NULL is allowed */

#ifdef __cplusplus
}
#endif

#endif
