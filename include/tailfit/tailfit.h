/* tailfit: spliced binned-Pareto fits for millions of independent series.
 *
 * This is the C interface, the only one the shared library exports; the C++ interface
 * (tailfit.hpp) is an inline layer over it.
 *
 * Conventions of every function in this file
 *  - It returns a tailfit_code; TAILFIT_OK is 0. On any other code tailfit_last_error() gives a
 *    message for this thread that names the offending value and what was expected.
 *  - A bad *call* is such a code. A bad *series* is never an error of the call: it is a bit in that
 *    series' status (TAILFIT_STATUS_...).
 *  - It is synchronous: when it returns, its work is done.
 *  - Structures cross with their own size in `struct_size`; the tailfit_..._init functions set it
 *    and the defaults. New fields are added at the end, and zero means the old behaviour.
 *  - Every NaN written has the bits 0x7FF8000000000000.
 *  - Nothing is printed, nothing aborts.
 */
#ifndef TAILFIT_TAILFIT_H
#define TAILFIT_TAILFIT_H

#include <stddef.h>
#include <stdint.h>

#if defined(TAILFIT_STATIC)
#define TAILFIT_API
#elif defined(TAILFIT_BUILDING)
#define TAILFIT_API __attribute__((visibility("default")))
#else
#define TAILFIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- codes --------------------------------------------------------------------------------- */

typedef enum tailfit_code {
  TAILFIT_OK = 0,
  TAILFIT_INVALID_ARGUMENT = 1, /* a value in the call is wrong; the message names it */
  TAILFIT_OUT_OF_MEMORY = 2,    /* host or device memory ran out; nothing was leaked */
  TAILFIT_BUDGET_TOO_SMALL = 3, /* memory_budget is below the minimum, which the message names */
  TAILFIT_COUNT_OVERFLOW = 4,   /* a bin count does not fit the asked count type */
  TAILFIT_NOT_COMPILED = 5,     /* the library was built without what was asked (CUDA) */
  TAILFIT_INTERNAL = 6,         /* a defect in tailfit; please report it */
  TAILFIT_NO_DEVICE = 7,        /* no CUDA device can be used here; the message says why */
  TAILFIT_DEVICE_ERROR = 8,     /* a CUDA call failed; the message names it and the device */
  TAILFIT_DEVICE_LOST = 9,      /* an earlier error made CUDA unusable in this process: contexts on
                                   a device fail until it is restarted, those on the CPU go on */
  TAILFIT_SOURCE_FAILED = 10,   /* the source of a stream failed; the summary has its code */
  TAILFIT_SINK_FAILED = 11,     /* the sink of a stream failed; the summary has its code */
  TAILFIT_FILE_ERROR = 12,      /* a file of fits cannot be written or read; the message says why */
  TAILFIT_BAD_FILE = 13         /* a file of fits is damaged, or is none */
} tailfit_code;

/* The message of this thread's last call that did not return TAILFIT_OK; "" before any.
 * Valid until the thread's next tailfit call. */
TAILFIT_API const char* tailfit_last_error(void);

/* The library's version, "major.minor.patch". Static storage. */
TAILFIT_API const char* tailfit_version(void);

/* ---- status of a series: a bit mask, 0 is ok; bit numbers are part of the format --------------
 */

#define TAILFIT_STATUS_OK 0u
/* the series */
#define TAILFIT_STATUS_EMPTY (1u << 0)     /* no value is left after NaN and inf are dropped */
#define TAILFIT_STATUS_NO_SPREAD (1u << 1) /* min = max: tails are not fitted */
#define TAILFIT_STATUS_INFINITE_DROPPED (1u << 2) /* +-inf was dropped and counted as missing */
#define TAILFIT_STATUS_RANGE_OVERFLOW                                                              \
  (1u << 3)                                      /* a threshold or an excess is not finite in fp64 \
                                                  */
#define TAILFIT_STATUS_DEGENERATE_BODY (1u << 4) /* bin edges not distinct: one bin, or an atom */
#define TAILFIT_STATUS_THRESHOLDS_CROSSED (1u << 5) /* u_L > u_U: no fit */
#define TAILFIT_STATUS_NOT_RUN (1u << 6)            /* cancelled before this series was reached */
#define TAILFIT_STATUS_BAD_OFFSETS \
  (1u << 7) /* tailfit_fit_async: the offsets of a ragged series lead nowhere; empty too */
/* the lower tail; the same bits 8 higher are the upper tail's */
#define TAILFIT_STATUS_LOWER_TOO_FEW_EXCEEDANCES \
  (1u << 8) /* fewer than min_exceedances: not fitted */
#define TAILFIT_STATUS_LOWER_NO_INTERIOR_MAXIMUM \
  (1u << 9) /* estimate: shape -1, scale max excess */
#define TAILFIT_STATUS_LOWER_BOUNDARY_HIGHER                                                   \
  (1u << 10)                                          /* a boundary's likelihood is the higher \
                                                       */
#define TAILFIT_STATUS_LOWER_SHAPE_CAPPED (1u << 11)  /* still rising at shape 10: shape is 10 */
#define TAILFIT_STATUS_LOWER_IRREGULAR (1u << 12)     /* shape <= -0.5: no standard errors */
#define TAILFIT_STATUS_LOWER_NOT_CONVERGED (1u << 13) /* the solver failed: a defect, report it */
#define TAILFIT_STATUS_UPPER_TOO_FEW_EXCEEDANCES (1u << 16)
#define TAILFIT_STATUS_UPPER_NO_INTERIOR_MAXIMUM (1u << 17)
#define TAILFIT_STATUS_UPPER_BOUNDARY_HIGHER (1u << 18)
#define TAILFIT_STATUS_UPPER_SHAPE_CAPPED (1u << 19)
#define TAILFIT_STATUS_UPPER_IRREGULAR (1u << 20)
#define TAILFIT_STATUS_UPPER_NOT_CONVERGED (1u << 21)

/* The bits that mean that something could not be fitted. */
#define TAILFIT_STATUS_FAILURE_MASK                                                          \
  (TAILFIT_STATUS_EMPTY | TAILFIT_STATUS_NO_SPREAD | TAILFIT_STATUS_RANGE_OVERFLOW |         \
   TAILFIT_STATUS_THRESHOLDS_CROSSED | TAILFIT_STATUS_NOT_RUN | TAILFIT_STATUS_BAD_OFFSETS | \
   TAILFIT_STATUS_LOWER_TOO_FEW_EXCEEDANCES | TAILFIT_STATUS_LOWER_NOT_CONVERGED |           \
   TAILFIT_STATUS_UPPER_TOO_FEW_EXCEEDANCES | TAILFIT_STATUS_UPPER_NOT_CONVERGED)

/* The word for one status bit (0..31), e.g. "lower_shape_capped"; NULL for a bit without one.
 * Static storage. */
TAILFIT_API const char* tailfit_status_word(int32_t bit);

/* ---- context ------------------------------------------------------------------------------- */

typedef enum tailfit_backend {
  TAILFIT_BACKEND_AUTO =
      0, /* a GPU if the library was built for one and it is there, else the CPU */
  TAILFIT_BACKEND_CPU = 1,
  TAILFIT_BACKEND_CUDA = 2
} tailfit_backend;

/* Called after each finished chunk with the fits done so far, from one thread at a time but not
 * always the same one. A return value other than 0 cancels: fits not yet begun get
 * TAILFIT_STATUS_NOT_RUN, and the call does not call it again. Must not call into the same context
 * and must not throw, nor wait for tasks of oneTBB but within tbb::this_task_arena::isolate. Runs
 * with round to nearest and without flushing, whatever the caller's thread was set to. */
typedef int32_t (*tailfit_progress_fn)(void* user, int64_t n_done, int64_t n_total);

/* `bytes` > 0 of memory at a multiple of `alignment`, a power of two; NULL where there is none: the
 * call that wanted it then fails with TAILFIT_OUT_OF_MEMORY and names the bytes. Called by threads
 * that call tailfit, never by worker threads, by several at once where several use the context.
 * Must not throw. */
typedef void* (*tailfit_allocate_fn)(void* user, size_t bytes, size_t alignment);
/* Takes back what tailfit_allocate_fn gave, with the same sizes. Called by the threads that call
 * tailfit, the one that destroys a tailfit_fits among them. Must not throw. */
typedef void (*tailfit_release_fn)(void* user, void* memory, size_t bytes, size_t alignment);

/* `bytes` > 0 of memory of a CUDA device, aligned to 256 bytes, usable by work that is queued on
 * `stream` (a cudaStream_t) from now on: cudaMallocFromPoolAsync or an allocator of its kind. NULL
 * where there is none. The device is the thread's current one. Called by several threads at once.
 * Must not throw. */
typedef void* (*tailfit_device_allocate_fn)(void* user, size_t bytes, int32_t device, void* stream);
/* Takes it back, when the work that is queued on `stream` is done. Must not throw, nor touch the
 * memory before. */
typedef void (*tailfit_device_release_fn)(void* user, void* memory, size_t bytes, int32_t device,
                                          void* stream);

typedef struct tailfit_context_options {
  size_t struct_size;
  int32_t backend; /* tailfit_backend */
  /* CPU threads at most for a call, 0 = every core this process may use. Other contexts' do not
   * change it, a tbb::global_control of the caller's that allows fewer does. Calls at one time
   * share as many worker threads as the largest of them, or one per core, would have. */
  int32_t threads;
  /* Upper bound in bytes on what the library allocates for scratch and staging, on the host and on
   * each device by itself; 0 = no bound. The caller's input and the results are not counted.
   */
  uint64_t memory_budget;
  tailfit_progress_fn progress; /* NULL: none */
  void* progress_user;
  /* Where scratch in host memory and the arrays of a tailfit_fits come from; both NULL: the C++
   * allocator. Handles and messages, some hundred bytes, and what oneTBB and CUDA take for
   * themselves always come from theirs. Both functions and memory_user must stay usable until the
   * context and every tailfit_fits that it made are destroyed, in any order. */
  tailfit_allocate_fn allocate;
  tailfit_release_fn release;
  void* memory_user;
  /* 1: work on the CPU runs in the oneTBB arena that the calling thread is in, so that arena's
   * number of threads, priority and NUMA constraints hold; the calling thread takes part and
   * meanwhile takes none of the caller's other tasks (tbb::this_task_arena::isolate). `threads` is
   * then the most of them that work for one call, 0 = as many as the arena has at the call. A
   * stream's source keeps its own thread. 0: every call has an arena of its own. */
  int32_t use_callers_arena;
  /* 1: input in pageable host memory is pinned for the time of a fit on a device
   * (cudaHostRegister), which spares a copy and takes the system about as long as one: for memory
   * that is fitted once and cannot be allocated pinned. Memory that cannot be pinned is staged. */
  int32_t register_input;
  /* CUDA devices by their ordinals, each once; NULL and 0: the one that is current at the creation.
   * Each takes an equal share of a fit whose input and results are in host memory; what lies in
   * the memory of one of them is fitted there. Results have the same bits. Not kept. */
  const int32_t* devices;
  int32_t n_devices;
  int32_t reserved;
  /* Where scratch on a device comes from; both NULL: a memory pool of the context's own (the
   * device's default pool is left alone). They must stay usable until the context is destroyed. */
  tailfit_device_allocate_fn device_allocate;
  tailfit_device_release_fn device_release;
  void* device_memory_user;
} tailfit_context_options;

TAILFIT_API void tailfit_context_options_init(tailfit_context_options* options);

/* Holds the worker threads, or a memory pool on each of its devices.
 * Thread-safe: any number of callers may share one. A caller's current device is left as it is. */
typedef struct tailfit_context tailfit_context;

/* options may be NULL: the defaults. Nothing of CUDA is touched before this call, nor in it with
 * TAILFIT_BACKEND_CPU. TAILFIT_BACKEND_AUTO never fails for want of a device: it falls back to the
 * CPU, and tailfit_context_describe says why, if CUDA was compiled in. Use after fork() fails with
 * TAILFIT_INVALID_ARGUMENT. */
TAILFIT_API tailfit_code tailfit_context_create(const tailfit_context_options* options,
                                                tailfit_context** context);
TAILFIT_API void tailfit_context_destroy(tailfit_context* context); /* NULL is allowed */

/* One line on what the context runs on, e.g. "cpu, 2 threads (no CUDA device: no driver)", "cpu, at
 * most 8 threads of the caller's arena" or "cuda, NVIDIA H200". Valid while the context is. */
TAILFIT_API const char* tailfit_context_describe(const tailfit_context* context);
/* CPU threads at most for a call, as tailfit_context_options says; with use_callers_arena for one
 * that this thread makes here. */
TAILFIT_API int32_t tailfit_context_threads(const tailfit_context* context);
TAILFIT_API int32_t tailfit_context_backend(const tailfit_context* context); /* never AUTO */

/* ---- input --------------------------------------------------------------------------------- */

typedef enum tailfit_dtype {
  TAILFIT_F32 = 1,
  TAILFIT_F64 = 2,
  TAILFIT_U16 = 3,
  TAILFIT_U32 = 4,
  TAILFIT_I64 = 5,
  TAILFIT_U8 = 6 /* bytes: arrays beside saved fits only */
} tailfit_dtype;

/* Host memory may be pageable, pinned or managed, each array as a whole, and stays what it is
 * during a call; device memory is that of the context's device. */
typedef enum tailfit_memory { TAILFIT_MEMORY_HOST = 0, TAILFIT_MEMORY_DEVICE = 1 } tailfit_memory;

/* N series of W windows of `length` values each; strides in values, any sign.
 * Value t of window w of series s is values[s*series_stride + w*window_stride + t*value_stride];
 * fit number s*n_windows + w belongs to it. Plain rows have n_windows = 1. Read only, never kept
 * after the call; windows may overlap, nothing is copied. */
typedef struct tailfit_series_view {
  size_t struct_size;
  const void* values;
  int32_t dtype;  /* TAILFIT_F32 or TAILFIT_F64 */
  int32_t memory; /* tailfit_memory */
  int64_t n_series;
  int64_t n_windows;
  int64_t length;
  int64_t series_stride;
  int64_t window_stride;
  int64_t value_stride;
  /* NULL, or n_series+1 non-decreasing numbers in host memory: series s is then values[offsets[s]]
   * ... values[offsets[s+1]-1], `length` is at least the longest one's, n_windows is 1 and the
   * strides are ignored. Not kept after the call. */
  const int64_t* offsets;
  /* tailfit_memory: where the offsets are. Device memory is for tailfit_fit_async alone, which
   * cannot look at them: it takes offsets from 0 to n_values and series of at most `length`, and
   * gives a series of others TAILFIT_STATUS_BAD_OFFSETS, as it does one that has, with all series
   * before it, more than n_values values (offsets may go back in between). */
  int32_t offsets_memory;
  int32_t reserved;
  int64_t n_values; /* that `values` has; ignored unless the offsets are in device memory */
} tailfit_series_view;

/* ---- options of a fit ---------------------------------------------------------------------- */

typedef enum tailfit_threshold_kind {
  TAILFIT_THRESHOLD_TAIL_MASS =
      0,                       /* value = tau: numpy.quantile(x, tau) or (x, 1.0-tau); 0 = off */
  TAILFIT_THRESHOLD_GIVEN = 1, /* value = the threshold itself, for every series */
  TAILFIT_THRESHOLD_PER_SERIES = 2, /* per_series = a threshold for each series or each fit */
  TAILFIT_THRESHOLD_COUNT = 3,      /* the order statistic with `count` values beyond it (fewer with
                                       ties;      the last one in a series of fewer values) */
  TAILFIT_THRESHOLD_HISTOGRAM_RANGE = 4 /* the quantile, at tail mass `value`, of a histogram with
                                           options.bins equal bins over [low, high]; values outside
                                           count in its end bins (Ehrlich, Callot & Aubet 2021) */
} tailfit_threshold_kind;

typedef struct tailfit_threshold_rule {
  int32_t kind; /* tailfit_threshold_kind; fields that it does not use are ignored */
  int32_t reserved;
  double value;  /* 0 <= tail mass <= 1 (between both for a histogram), or a threshold */
  int64_t count; /* 1 <= count < length of the series */
  double low;    /* low < high, in units of the data */
  double high;
  const double* per_series; /* host memory; n_per_series values in units of the data. One that is
                               not finite gives its series TAILFIT_STATUS_RANGE_OVERFLOW */
  int64_t n_per_series; /* n_series (each for all windows of its series) or n_series*n_windows */
} tailfit_threshold_rule;

typedef enum tailfit_counts {
  TAILFIT_COUNTS_NONE = 0, /* bin counts are not kept: body quantiles are NaN */
  TAILFIT_COUNTS_U16 = 1,  /* a count over 65,535 fails the call with TAILFIT_COUNT_OVERFLOW */
  TAILFIT_COUNTS_U32 = 2
} tailfit_counts;

typedef struct tailfit_fit_options {
  size_t struct_size;
  tailfit_threshold_rule lower; /* default: tail mass 0.05 */
  tailfit_threshold_rule upper; /* default: tail mass 0.05 */
  int64_t bins;                 /* 1 <= B <= 2^20 equal bins over [u_L, u_U]; default 100 */
  int64_t min_exceedances;      /* a tail with fewer is not fitted; >= 1; default 10 */
  int32_t counts;               /* tailfit_counts; default U32 */
  int32_t take_higher_boundary; /* 0: the interior maximum is kept even where a boundary's
                                   likelihood is higher (and flagged); 1: the higher one is taken */
  double laplace;               /* alpha >= 0: body mass x (c_b+alpha)/(c+alpha*B); default 0 */
  double resolution;            /* delta > 0: the data are rounded to multiples of delta, and each
                                   excess is an interval of that width; default 0 = exact values */
} tailfit_fit_options;

TAILFIT_API void tailfit_fit_options_init(tailfit_fit_options* options);

/* ---- results ------------------------------------------------------------------------------- */

/* One tail of every fit; arrays of n_fits. */
typedef struct tailfit_tail_view {
  double* threshold; /* u, in units of the data */
  double* shape;     /* xi, dimensionless */
  double* scale;     /* sigma, in units of the data */
  double* loglik;    /* sum of log gpd(excess), natural logarithm */
  int64_t* n_exceed; /* values strictly beyond u */
} tailfit_tail_view;

/* Structure of arrays. As output (tailfit_fit_into) every pointer is to caller's memory of n_fits
 * elements (counts: n_fits x bins, row-major), fully written; none may overlap the input or each
 * other. Parameters that do not exist are NaN. */
typedef struct tailfit_fits_view {
  size_t struct_size;
  int64_t n_fits;
  int64_t bins;
  int32_t counts_kind; /* tailfit_counts */
  int32_t memory;      /* tailfit_memory of all arrays */
  double laplace;
  int64_t* n;         /* finite values */
  int64_t* n_missing; /* NaN and +-inf */
  uint32_t* status;
  tailfit_tail_view lower;
  tailfit_tail_view upper;
  void* counts; /* uint16_t or uint32_t [n_fits][bins], NULL for TAILFIT_COUNTS_NONE. A
                   degenerate body has its whole count in bin 0. */
} tailfit_fits_view;

typedef struct tailfit_fits tailfit_fits; /* owns its memory; outlives the context */

TAILFIT_API void tailfit_fits_destroy(tailfit_fits* fits); /* NULL is allowed */
TAILFIT_API void tailfit_fits_get_view(const tailfit_fits* fits, tailfit_fits_view* view);

typedef enum tailfit_field {
  TAILFIT_FIELD_N = 1,
  TAILFIT_FIELD_N_MISSING = 2,
  TAILFIT_FIELD_STATUS = 3,
  TAILFIT_FIELD_COUNTS = 4,
  TAILFIT_FIELD_LOWER_THRESHOLD = 10,
  TAILFIT_FIELD_LOWER_N_EXCEED = 11,
  TAILFIT_FIELD_LOWER_SHAPE = 12,
  TAILFIT_FIELD_LOWER_SCALE = 13,
  TAILFIT_FIELD_LOWER_LOGLIK = 14,
  TAILFIT_FIELD_UPPER_THRESHOLD = 20,
  TAILFIT_FIELD_UPPER_N_EXCEED = 21,
  TAILFIT_FIELD_UPPER_SHAPE = 22,
  TAILFIT_FIELD_UPPER_SCALE = 23,
  TAILFIT_FIELD_UPPER_LOGLIK = 24
} tailfit_field;

/* data: first element, in the fits' memory; size: number of elements; dtype: tailfit_dtype. Valid
 * while fits is. */
TAILFIT_API tailfit_code tailfit_fits_get(const tailfit_fits* fits, int32_t field,
                                          const void** data, int64_t* size, int32_t* dtype);

/* ---- planning and fitting ------------------------------------------------------------------ */

typedef struct tailfit_fit_plan {
  size_t struct_size;
  int64_t n_fits;
  int64_t chunk_fits; /* fits handed to a worker at a time */
  int64_t n_chunks;
  int32_t workers; /* threads that take part at most; each has scratch */
  int32_t reserved;
  uint64_t scratch_bytes;  /* of all workers together; never over the budget */
  uint64_t minimum_budget; /* the smallest memory_budget this fit can run with */
  uint64_t result_bytes;   /* of tailfit_fit's result */
} tailfit_fit_plan;

/* Pure: looks at shapes and options only, never at values, allocates nothing. The plan of a fit on
 * the CPU. `threads` and `memory_budget` as in tailfit_context_options, but threads must be >= 1:
 * tailfit_context_threads says what a context's are. */
TAILFIT_API tailfit_code tailfit_plan_fit(const tailfit_series_view* series,
                                          const tailfit_fit_options* options, int32_t threads,
                                          uint64_t memory_budget, tailfit_fit_plan* plan);

/* Fits every series; the results are in host memory. They are bitwise the same for every number of
 * threads, memory budget and order of the series. options may be NULL: the defaults. A series in
 * device memory needs a context on that device. Work on a device runs in streams of its own: what
 * other streams do to the memory must be done before the call. */
TAILFIT_API tailfit_code tailfit_fit(tailfit_context* context, const tailfit_series_view* series,
                                     const tailfit_fit_options* options, tailfit_fits** fits);

/* The same with the results in the memory of the device that the series lie in, or of the context's
 * first one; it is the library's and outlives the context (a device_allocate of the context's
 * options must then, too). Work of the caller's own that reads the results must be done before
 * tailfit_fits_destroy. With several devices in the context one runs it. Fails with
 * TAILFIT_INVALID_ARGUMENT for a context on the CPU. */
TAILFIT_API tailfit_code tailfit_fit_on_device(tailfit_context* context,
                                               const tailfit_series_view* series,
                                               const tailfit_fit_options* options,
                                               tailfit_fits** fits);

/* A copy of fits in host memory, whichever memory they lie in: host, or that of one of the
 * context's devices. What other streams do to them must be done before. */
TAILFIT_API tailfit_code tailfit_fits_to_host(tailfit_context* context,
                                              const tailfit_fits_view* fits, tailfit_fits** copy);

/* tailfit_fit into the caller's memory, host or (with a context on that device) device;
 * out->n_fits, bins, counts_kind and laplace must match the call. That its arrays do not overlap is
 * not checked. */
TAILFIT_API tailfit_code tailfit_fit_into(tailfit_context* context,
                                          const tailfit_series_view* series,
                                          const tailfit_fit_options* options,
                                          const tailfit_fits_view* out);

/* ---- fits that only queue work on a device --------------------------------------------------- */

/* A stream of the CUDA runtime: a cudaStream_t is a pointer to one. NULL is the default stream. */
typedef struct tailfit_device_stream tailfit_device_stream;

typedef struct tailfit_async_plan {
  size_t struct_size; /* the caller sets it before the call that writes the plan */
  int64_t n_fits;
  int64_t chunk_fits; /* fits at a time: so many have room in the workspace */
  int64_t n_chunks;
  uint64_t workspace_bytes;
  int32_t device; /* ordinal of the context's first device, on which it runs */
  int32_t reserved;
} tailfit_async_plan;

/* Pure: looks at shapes and options only, allocates nothing and queues nothing. The workspace that
 * tailfit_fit_async needs for series of these shapes, options and device memory. Ragged series have
 * their offsets in device memory; of them n_series, n_values and `length`, the longest's, are
 * bounds. most_workspace: bytes, 0 = as many as suit the device. Fails with
 * TAILFIT_BUDGET_TOO_SMALL naming the minimum, with TAILFIT_NOT_COMPILED where the library was
 * built without CUDA, and with TAILFIT_INVALID_ARGUMENT for a context on the CPU, for memory that
 * is not the device's, and for a length whose counts could overflow the asked type. */
TAILFIT_API tailfit_code tailfit_plan_fit_async(tailfit_context* context,
                                                const tailfit_series_view* series,
                                                const tailfit_fit_options* options,
                                                uint64_t most_workspace, tailfit_async_plan* plan);

/* Queues the fits of series in device memory on `stream`, into results in device memory, and
 * returns: asynchronous. It allocates nothing, neither on the host nor on the device, and
 * synchronises with nothing, so it can be captured in a graph; every pointer is then the graph's,
 * and a replay fits what lies there when it runs. The bits are those of tailfit_fit.
 *
 * The context, series, options, thresholds of TAILFIT_THRESHOLD_PER_SERIES (in device memory, too)
 * and shapes are those of the plan, else TAILFIT_INVALID_ARGUMENT. workspace: plan->workspace_bytes
 * of device memory, 256-byte aligned; it, the series and the results must stay until the work is
 * done, and the workspace must not be used by other work at that time: two streams, or two graphs
 * that run side by side, need one each. The context may be destroyed before the work is done, its
 * progress callback and memory budget do not count. That pointers are to the device's memory is not
 * checked. Errors of the queued work show in the caller's next synchronisation. Before the first
 * capture call it once outside of one: CUDA reserves the kernels' stack then. */
TAILFIT_API tailfit_code tailfit_fit_async(tailfit_context* context, const tailfit_async_plan* plan,
                                           const tailfit_series_view* series,
                                           const tailfit_fit_options* options,
                                           const tailfit_fits_view* out, void* workspace,
                                           tailfit_device_stream* stream);

/* What is queued on `stream` from now on waits for `event` (a cudaEvent_t). Asynchronous. */
TAILFIT_API tailfit_code tailfit_device_stream_wait_for(tailfit_context* context,
                                                        tailfit_device_stream* stream, void* event);

/* ---- streams: more series than fit in memory ------------------------------------------------- */

/* What a source returns: it has written the next piece, or there are no more. Any other value is a
 * failure of its own. */
enum { TAILFIT_STREAM_END = 0, TAILFIT_STREAM_PIECE = 1 };

/* Writes the next piece to *piece, which comes zeroed but for its struct_size: any layout, type,
 * memory and number of series, none included. Called by one thread, not the caller's; never again
 * after anything but TAILFIT_STREAM_PIECE. The piece's memory must stay valid and unchanged until
 * the sink has returned for it. The source is asked for piece i+1 while piece i is fitted, and for
 * piece i+2 only after the sink has returned for piece i: two buffers in turn are enough. Must not
 * throw. */
typedef int32_t (*tailfit_source_fn)(void* user, tailfit_series_view* piece);

/* Takes the results of one piece: host memory that is valid until the sink returns, where fit i is
 * fit first_fit + i of the stream. Called on the caller's thread, in the order of the pieces; may
 * call into the same context. 0 goes on, any other value is a failure of its own. Must not throw.
 */
typedef int32_t (*tailfit_sink_fn)(void* user, const tailfit_fits_view* fits, int64_t first_fit);

typedef struct tailfit_stream {
  size_t struct_size;
  tailfit_source_fn source;
  void* source_user;
  tailfit_sink_fn sink;
  void* sink_user;
} tailfit_stream;

/* Written by every tailfit_fit_stream that has valid arguments, whatever it returns. */
typedef struct tailfit_stream_summary {
  size_t struct_size;
  int64_t n_pieces;    /* that the sink was called for */
  int64_t n_fits;      /* in these */
  int32_t source_code; /* what the source returned with TAILFIT_SOURCE_FAILED, else 0 */
  int32_t sink_code;   /* what the sink returned with TAILFIT_SINK_FAILED, else 0 */
  int32_t cancelled;   /* 1: the progress callback ended the stream */
  int32_t reserved;
} tailfit_stream_summary;

/* Fits a stream of pieces, each as tailfit_fit would; the bits are those of one fit of all. While a
 * piece is fitted the next one is read. One block of memory holds the results of one piece at a
 * time; it is as large as the largest so far. Synchronous: when it returns, neither callback runs
 * or will run. options may be NULL; TAILFIT_THRESHOLD_PER_SERIES has a threshold for each series of
 * the whole stream. summary may be NULL.
 *
 * The first failure in the order source, fit, sink of each piece ends the stream: a bad piece gives
 * the code that tailfit_fit gives, with the piece's number in the message, and a callback's own
 * code is in the summary. The context's progress callback hears the fits done and those in the
 * pieces begun, both counted from the stream's beginning. When it cancels, the sink still gets the
 * piece, its fits not begun with TAILFIT_STATUS_NOT_RUN; then the stream ends with TAILFIT_OK and
 * summary->cancelled. A source that waits keeps the call from returning until it answers. */
TAILFIT_API tailfit_code tailfit_fit_stream(tailfit_context* context,
                                            const tailfit_fit_options* options,
                                            const tailfit_stream* stream,
                                            tailfit_stream_summary* summary);

/* ---- the fitted distribution --------------------------------------------------------------- */

/* out[i] = Q_i(p) = inf{x : F_i(x) >= p} for 0 <= p <= 1; Q(0), Q(1) are the support's ends. NaN
 * where the level lies in a tail that could not be fitted, or in a body whose counts were not kept.
 * out: n_fits doubles, not overlapping the view's arrays. */
TAILFIT_API tailfit_code tailfit_quantile(tailfit_context* context, const tailfit_fits_view* fits,
                                          double p, double* out);

/* out[i] = (1/p) int_0^p Q for p < 0.5, else (1/(1-p)) int_p^1 Q; 0 < p < 1. -inf or +inf where
 * that tail's shape is >= 1, NaN where a tail it needs could not be fitted. */
TAILFIT_API tailfit_code tailfit_expected_shortfall(tailfit_context* context,
                                                    const tailfit_fits_view* fits, double p,
                                                    double* out);

#ifdef __cplusplus
}
#endif

#include <tailfit/tailfit_distribution.h> /* the other functions of it */
#include <tailfit/tailfit_serialize.h>    /* fits in files */

#endif
