// tailfit: spliced binned-Pareto distributions (a histogram for the body, a generalized Pareto
// distribution for each tail) fitted to millions of independent series in one call.
//
// An inline layer over the C interface in tailfit.h: nothing here has to be linked beyond it.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/distribution.hpp>
#include <tailfit/distribution_async.hpp>
#include <tailfit/error.hpp>
#include <tailfit/fit.hpp>
#include <tailfit/fit_async.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/fit_stream.hpp>
#include <tailfit/gradients.hpp>
#include <tailfit/memory.hpp>
#include <tailfit/points.hpp>
#include <tailfit/serialize.hpp>
#include <tailfit/series_view.hpp>
#include <tailfit/spliced_fits.hpp>
#include <tailfit/status.hpp>
