/* tailfit: the fitted distribution as functions, each for a whole batch. Part of tailfit.h, whose
 * conventions hold; include that. */
#ifndef TAILFIT_TAILFIT_DISTRIBUTION_H
#define TAILFIT_TAILFIT_DISTRIBUTION_H

#include <tailfit/tailfit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Functions of one distribution F with density f, support from x_0 to x_1. Where a function needs a
 * tail that could not be fitted, bin counts that were not kept, or a distribution that does not
 * exist (a series without values, crossed thresholds, parameters that are none), it is NaN; so it
 * is at a NaN, and for a probability outside [0, 1]. Logarithms are natural. */
typedef enum tailfit_function {
  /* of a value x, in units of the data */
  TAILFIT_LOG_PDF = 1, /* log f; -inf outside of the support, +inf at an atom */
  TAILFIT_PDF = 2,
  TAILFIT_CDF = 3, /* F(x) = P(X <= x) */
  TAILFIT_SF = 4,  /* 1 - F(x), computed as such: exact far in the upper tail */
  TAILFIT_LOG_SF = 5,
  TAILFIT_LOG_CDF = 9,
  TAILFIT_MID_PIT = 8,         /* F(x), at an atom the middle of its jump */
  TAILFIT_RANDOMIZED_PIT = 10, /* F(x), at an atom a random part of its jump: uniform on (0, 1) for
                                  an X of this distribution */
  /* of a probability */
  TAILFIT_QUANTILE = 6,            /* Q(p) = inf{x : F(x) >= p}; Q(0), Q(1) are x_0, x_1 */
  TAILFIT_ISF = 7,                 /* inf{x : 1 - F(x) <= q}: exact for tiny q */
  TAILFIT_EXPECTED_SHORTFALL = 20, /* (1/p) int_0^p Q for p < 0.5, else (1/(1-p)) int_p^1 Q (Acerbi
                                      & Tasche 2002); 0 < p < 1; -inf or +inf for a shape >= 1 */
  /* of a value: E[X - x | X > x]; +inf for an upper shape >= 1, NaN from x_1 on */
  TAILFIT_MEAN_EXCESS = 21,
  /* of a period >= 1: the value that is exceeded once in so many observations on average */
  TAILFIT_RETURN_LEVEL = 22,
  /* of nothing: one number for each distribution */
  TAILFIT_MEAN = 30,     /* -inf or +inf for a shape >= 1, NaN if both are */
  TAILFIT_VARIANCE = 31, /* +inf for a shape >= 1/2 */
  TAILFIT_MODE = 32, /* where f is greatest: the middle of a bin, a threshold or, for a shape below
                        -1, an end of the support; the leftmost of several */
  TAILFIT_ENTROPY = 33, /* -E log f(X); -inf with an atom */
  /* scores of an observation x; smaller is better */
  TAILFIT_CRPS = 40,           /* int (F(z) - 1{x <= z})^2 dz (Matheson & Winkler 1976); +inf for a
                                  shape >= 2 */
  TAILFIT_LOG_SCORE = 41,      /* -log f(x) */
  TAILFIT_QUANTILE_SCORE = 42, /* 2 (1{x <= Q(p)} - p) (Q(p) - x), parameter = p: its mean over p is
                                  the CRPS */
  TAILFIT_TWCRPS = 43,         /* the CRPS' integral from parameter on (Gneiting & Ranjan 2011) */
  /* the training loss of the published spliced binned-Pareto programs, of rows of parameters only:
   * -log p_b - [x beyond a threshold] log(mass * gpd), where edges and weights are those of a
   * histogram of the whole range (weights sum to 1, values beyond go to the outer bins) and the
   * thresholds its quantiles at lower.mass and 1 - upper.mass. NOT A PROPER SCORE, nor the -log of
   * any density: exp(-it) does not integrate to 1, p_b is not divided by its bin's width, and a
   * value in a tail is counted in both. Only for comparison with models trained so; to be compared
   * between models with the same bins alone. TAILFIT_LOG_SCORE is the likelihood. */
  TAILFIT_COMPOSITE_LOG_SCORE = 44,
  /* of a new observation: log10 of 2 min(F(x), 1 - F(x)), the two-sided tail probability, negative
   * on the lower side; its negative, positive, on the upper side. An atom counts half. Beside
   * an end of the body without a tail, where F or 1 - F runs to 0, half of the end's bin is what a
   * value has beyond it at least (see docs/distribution.md). -inf and +inf beyond the support and
   * at the end of a tail. */
  TAILFIT_ANOMALY_SCORE = 50
} tailfit_function;

/* Points that a function is asked at. */
typedef struct tailfit_points {
  size_t struct_size;
  const void* values; /* point m of distribution i is values[i*stride + m]; not kept */
  int32_t dtype;      /* TAILFIT_F32 or TAILFIT_F64; computed in double */
  int32_t memory;     /* tailfit_memory: that of the distributions; host for a single shared one */
  int64_t n_points;   /* of each distribution */
  int64_t stride;     /* in values; 0: all distributions have the same points */
  double parameter;   /* of TAILFIT_QUANTILE_SCORE and TAILFIT_TWCRPS */
  uint64_t seed;      /* of TAILFIT_RANDOMIZED_PIT, as those of tailfit_sampling */
  int64_t first_series;
} tailfit_points;

/* One tail of rows of parameters: values as `dtype` of the rows says, i*stride of row i. */
typedef struct tailfit_given_tail {
  const void* mass;  /* P(X beyond the threshold), 0 <= mass < 1; 0: no such tail */
  const void* shape; /* xi, any finite number; ignored with mass 0, as scale is */
  const void* scale; /* sigma > 0, in units of the edges */
  int64_t stride;    /* 0: all rows have the same tail */
} tailfit_given_tail;

typedef enum tailfit_weights {
  TAILFIT_WEIGHTS_MASSES = 0, /* >= 0; scaled so that they sum to 1 - lower.mass - upper.mass */
  TAILFIT_WEIGHTS_LOGITS = 1  /* the same of exp(weight): a softmax over the body */
} tailfit_weights;

/* Distributions by their parameters, such as a neural network emits. A row whose parameters are
 * none (NaN, edges that do not rise, masses beyond 1) has NaN for every function. */
typedef struct tailfit_parameters_view {
  size_t struct_size;
  int64_t n_rows;
  int64_t bins;         /* 1 to 2^20 */
  int32_t dtype;        /* TAILFIT_F32 or TAILFIT_F64, of all arrays */
  int32_t memory;       /* tailfit_memory, of all arrays */
  int32_t weights_kind; /* tailfit_weights */
  int32_t reserved;
  const void* weights; /* bin b of row i is weights[i*weights_stride + b] */
  int64_t weights_stride;
  const void* edges;    /* bins+1 rising numbers, edges[i*edges_stride + b]; the outer ones are the
                           thresholds */
  int64_t edges_stride; /* 0: all rows have the same edges */
  tailfit_given_tail lower;
  tailfit_given_tail upper;
} tailfit_parameters_view;

/* out[i*n_points + m] = the function of distribution i at its point m; points may be NULL for a
 * function of nothing, which has one number for each distribution. out: in the memory that the
 * distributions are in, not overlapping any input.
 *
 * Distributions in host memory are evaluated by the CPU, whatever the context; those in the memory
 * of one of the context's devices on that device, with the same bits. Calls of this header that are
 * not _async return when all is written. What other streams do to the device's memory must be done
 * before. On a device they take scratch of up to 256 MiB, or the memory_budget; of at least what
 * one distribution needs (TAILFIT_BUDGET_TOO_SMALL, TAILFIT_OUT_OF_MEMORY). */
TAILFIT_API tailfit_code tailfit_evaluate(tailfit_context* context, const tailfit_fits_view* fits,
                                          int32_t function, const tailfit_points* points,
                                          double* out);
TAILFIT_API tailfit_code tailfit_evaluate_parameters(tailfit_context* context,
                                                     const tailfit_parameters_view* parameters,
                                                     int32_t function, const tailfit_points* points,
                                                     double* out);

/* Derivatives with respect to a row's logits l (bin masses proportional to e^l), both tails' shapes
 * and scales, and the value x. Where weights are masses, and of fits, they are with respect to
 * their logarithms: divided by a weight they are with respect to it. Held fixed are
 *   - the edges, and so the thresholds, which of a fit depend on the series;
 *   - the tails' masses: a row's lower.mass and upper.mass, k/n of a fit. Logits move mass between
 *     bins of the body, never to or from a tail;
 *   - for TAILFIT_COMPOSITE_LOG_SCORE the thresholds too, although they depend on logits and masses
 *     (the published programs do the same).
 * All derivatives are smooth through shape 0. Where the function is infinite (beyond the support,
 * at an atom, CRPS of a shape >= 2) they are 0, where it is NaN they are NaN; at an edge, where
 * log f jumps, those of the side that the value belongs to. Beyond the largest double they are
 * infinite. */
typedef struct tailfit_gradients {
  size_t struct_size;
  /* NULL, or what the derivatives at point m of distribution i are multiplied by, such as a loss'
   * own derivative: weights[i*weights_stride + m]. A point of weight 0 counts nothing, even NaN. */
  const double* weights;
  int64_t weights_stride;  /* 0: all distributions have the same, else >= n_points */
  int32_t sum_over_points; /* 1: the parameters' derivatives are summed over a distribution's
                              points, in their order; 0: they are of each point */
  int32_t reserved;
  /* Written; each may be NULL. Where the distributions are, not overlapping any input. Row-major:
   * N distributions, M points of each. Points and weights must be there, too. */
  double* value;       /* [N][M]: the function itself, without weights */
  double* x;           /* [N][M], never summed */
  double* logits;      /* [N][M][bins], summed [N][bins] */
  double* lower_shape; /* [N][M], summed [N], as the next three */
  double* lower_scale;
  double* upper_shape;
  double* upper_scale;
} tailfit_gradients;

/* The derivatives of function: TAILFIT_LOG_PDF, TAILFIT_LOG_SCORE, TAILFIT_CRPS or, for rows of
 * parameters, TAILFIT_COMPOSITE_LOG_SCORE. Synchronous; the same bits for any number of threads and
 * any batch. */
TAILFIT_API tailfit_code tailfit_gradient(tailfit_context* context, const tailfit_fits_view* fits,
                                          int32_t function, const tailfit_points* points,
                                          const tailfit_gradients* gradients);
TAILFIT_API tailfit_code tailfit_gradient_parameters(tailfit_context* context,
                                                     const tailfit_parameters_view* parameters,
                                                     int32_t function, const tailfit_points* points,
                                                     const tailfit_gradients* gradients);

/* Draws of random numbers: Philox4x32-10 (Salmon et al. 2011) by inversion. A draw is a function of
 * (seed, series, draw) alone, whatever the batch, the order and the threads:
 *
 *   counter  words 0 and 1: draw/2, words 2 and 3: series; the low 32 bits first
 *   key      words 0 and 1: seed, the low 32 bits first
 *   output   r = word 0 + 2^32*word 1 for an even draw, word 2 + 2^32*word 3 for an odd one
 *   X        Q(p), p = (floor(r/2) + 1/2)/2^63
 *
 * Seed 0, series 0: draw 0 has r = 0xe169c58d6627e8d5, p = 0.8805201978886142; draw 1 has
 * r = 0x9b00dbd8bc57ac4c, p = 0.6054818538799214. TAILFIT_RANDOMIZED_PIT takes p of (seed,
 * first_series + i, m) as its random part. */
typedef struct tailfit_sampling {
  size_t struct_size;
  uint64_t seed;
  int64_t first_series; /* number of the batch's first distribution, >= 0 */
  int64_t first_draw;   /* >= 0 */
  int64_t n_draws;      /* of each distribution */
  /* NULL, or the values of X given X > above, and given X <= at_most: the excesses beyond a
   * threshold, a limit of the support. With stride 1 one for each distribution, in the memory that
   * the distributions are in; with stride 0 one for all, in host memory. NaN where nothing lies
   * between. */
  const double* above;
  int64_t above_stride; /* 0 or 1 */
  const double* at_most;
  int64_t at_most_stride;
} tailfit_sampling;

/* out[i*n_draws + j] = draw first_draw + j of distribution i. NaN where a draw falls into a tail
 * that could not be fitted. */
TAILFIT_API tailfit_code tailfit_sample(tailfit_context* context, const tailfit_fits_view* fits,
                                        const tailfit_sampling* sampling, double* out);
TAILFIT_API tailfit_code tailfit_sample_parameters(tailfit_context* context,
                                                   const tailfit_parameters_view* parameters,
                                                   const tailfit_sampling* sampling, double* out);

/* ---- the same on a stream of the caller's -----------------------------------------------------
 */

/* Where work on a device is queued, and its scratch. */
typedef struct tailfit_device_queue {
  size_t struct_size;
  tailfit_device_stream* stream; /* NULL: the default stream */
  void* workspace;               /* memory of the device, 256-byte aligned; NULL where none is
                                    needed. Work that runs at the same time needs one each. */
  uint64_t workspace_bytes;
} tailfit_device_queue;

/* Bytes with which every call below, for distributions of so many bins, is as fast as with more;
 * fewer do, down to those of one distribution: 32*(bins+1), of derivatives 40*(bins+1), rounded up
 * to a multiple of 64. Densities, probabilities, moments and entropy of fits at up to two points
 * each need none. Pure. */
TAILFIT_API tailfit_code tailfit_distribution_workspace(tailfit_context* context, int64_t bins,
                                                        uint64_t* bytes);

/* What the calls without _async do, queued and not waited for: no allocation, no synchronisation,
 * nothing kept but the pointers, so a call can be captured in a graph and replayed, and then reads
 * what the arrays hold at that time. A single shared point in host memory, and bounds of draws with
 * stride 0, are read at the call. All other arrays are in the memory of the context's first device,
 * and stay until the work is done. Errors of the queued work show in the caller's next
 * synchronisation. */
TAILFIT_API tailfit_code tailfit_evaluate_async(tailfit_context* context,
                                                const tailfit_fits_view* fits, int32_t function,
                                                const tailfit_points* points, double* out,
                                                const tailfit_device_queue* queue);
TAILFIT_API tailfit_code tailfit_evaluate_parameters_async(
    tailfit_context* context, const tailfit_parameters_view* parameters, int32_t function,
    const tailfit_points* points, double* out, const tailfit_device_queue* queue);
TAILFIT_API tailfit_code tailfit_gradient_async(tailfit_context* context,
                                                const tailfit_fits_view* fits, int32_t function,
                                                const tailfit_points* points,
                                                const tailfit_gradients* gradients,
                                                const tailfit_device_queue* queue);
TAILFIT_API tailfit_code tailfit_gradient_parameters_async(
    tailfit_context* context, const tailfit_parameters_view* parameters, int32_t function,
    const tailfit_points* points, const tailfit_gradients* gradients,
    const tailfit_device_queue* queue);
TAILFIT_API tailfit_code tailfit_sample_async(tailfit_context* context,
                                              const tailfit_fits_view* fits,
                                              const tailfit_sampling* sampling, double* out,
                                              const tailfit_device_queue* queue);
TAILFIT_API tailfit_code tailfit_sample_parameters_async(tailfit_context* context,
                                                         const tailfit_parameters_view* parameters,
                                                         const tailfit_sampling* sampling,
                                                         double* out,
                                                         const tailfit_device_queue* queue);

#ifdef __cplusplus
}
#endif

#endif
