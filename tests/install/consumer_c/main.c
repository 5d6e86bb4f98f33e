/* A C11 program that knows tailfit from tailfit.h only. */
#include <stdio.h>
#include <tailfit/tailfit.h>

static int check(tailfit_code code, const char* what) {
  if (code == TAILFIT_OK) return 1;
  fprintf(stderr, "%s: code %d, %s\n", what, (int)code, tailfit_last_error());
  return 0;
}

int main(void) {
  /* 0, 1, ..., 1000: type 7 puts the upper threshold of tail mass 0.05 on 950 exactly. */
  double values[1001];
  tailfit_series_view series = {0};
  tailfit_context* context = NULL;
  tailfit_fits* fits = NULL;
  const void* data = NULL;
  int64_t size = 0;
  int32_t dtype = 0;
  double median = 0.0;
  tailfit_fits_view view = {0};
  int right = 0;
  int i;

  for (i = 0; i < 1001; ++i) values[i] = (double)i;
  series.struct_size = sizeof series;
  series.values = values;
  series.dtype = TAILFIT_F64;
  series.memory = TAILFIT_MEMORY_HOST;
  series.n_series = 1;
  series.n_windows = 1;
  series.length = 1001;
  series.series_stride = 1001;
  series.value_stride = 1;
  view.struct_size = sizeof view;

  if (check(tailfit_context_create(NULL, &context), "context") &&
      check(tailfit_fit(context, &series, NULL, &fits), "fit") &&
      check(tailfit_fits_get(fits, TAILFIT_FIELD_UPPER_THRESHOLD, &data, &size, &dtype), "field")) {
    tailfit_fits_get_view(fits, &view);
    if (check(tailfit_quantile(context, &view, 0.5, &median), "quantile")) {
      printf("tailfit %s, %s: upper threshold %.17g, median %.17g\n", tailfit_version(),
             tailfit_context_describe(context), ((const double*)data)[0], median);
      /* The median is known up to the width of a bin, 9. */
      right = size == 1 && dtype == TAILFIT_F64 && ((const double*)data)[0] == 950.0 &&
              median > 491.0 && median < 509.0;
    }
  }
  tailfit_fits_destroy(fits);
  tailfit_context_destroy(context);
  return right ? 0 : 1;
}
