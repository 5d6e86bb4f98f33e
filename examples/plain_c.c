/* tailfit from C11: fits one series of waiting times and asks for high quantiles. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tailfit/tailfit.h>

enum { n_values = 5000 };

static void require(tailfit_code code) {
  if (code == TAILFIT_OK) return;
  fprintf(stderr, "%s\n", tailfit_last_error());
  exit(EXIT_FAILURE);
}

/* Waiting times with a Pareto tail: the quantile function of a generalized Pareto distribution with
 * shape 0.25 at evenly spread levels. */
static void fill_waiting_times(double* values) {
  int i;
  for (i = 0; i < n_values; ++i) {
    const double survival = 1.0 - (i + 0.5) / n_values;
    values[i] = (pow(survival, -0.25) - 1.0) / 0.25;
  }
}

static tailfit_series_view one_series(const double* values) {
  tailfit_series_view series = {0};
  series.struct_size = sizeof series;
  series.values = values;
  series.dtype = TAILFIT_F64;
  series.memory = TAILFIT_MEMORY_HOST;
  series.n_series = 1;
  series.n_windows = 1;
  series.length = n_values;
  series.series_stride = n_values;
  series.value_stride = 1;
  return series;
}

int main(void) {
  static double values[n_values];
  static const double levels[] = {0.5, 0.99, 0.999};
  tailfit_context* context = NULL;
  tailfit_fits* fits = NULL;
  tailfit_fit_options options;
  tailfit_fits_view view = {0};
  size_t i;

  fill_waiting_times(values);
  const tailfit_series_view series = one_series(values);

  require(tailfit_context_create(NULL, &context));
  tailfit_fit_options_init(&options);
  options.lower.value = 0.0; /* waiting times have no lower tail of interest: switch it off */
  require(tailfit_fit(context, &series, &options, &fits));

  view.struct_size = sizeof view;
  tailfit_fits_get_view(fits, &view);
  printf("tailfit %s on %s\n", tailfit_version(), tailfit_context_describe(context));
  printf("upper tail: threshold %.4f, %lld exceedances, shape %.4f, scale %.4f, status %#x\n",
         view.upper.threshold[0], (long long)view.upper.n_exceed[0], view.upper.shape[0],
         view.upper.scale[0], (unsigned)view.status[0]);
  for (i = 0; i < sizeof levels / sizeof levels[0]; ++i) {
    double quantile = 0.0;
    require(tailfit_quantile(context, &view, levels[i], &quantile));
    printf("quantile %.3f: %.4f\n", levels[i], quantile);
  }

  tailfit_fits_destroy(fits);
  tailfit_context_destroy(context);
  return EXIT_SUCCESS;
}
