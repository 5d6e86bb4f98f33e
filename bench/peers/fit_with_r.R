# Rscript fit_with_r.R PACKAGE FILE: fits each line of excesses with evd or fExtremes; prints "shape
# scale" or "failed failed" for each.
arguments <- commandArgs(trailingOnly = TRUE)
package <- arguments[1]
suppressMessages(library(package, character.only = TRUE))

fit_one <- function(y) {
  if (package == "evd") {
    fit <- fpot(y, threshold = 0)
    if (fit$convergence != "successful") stop("no convergence")
    c(fit$estimate[["shape"]], fit$estimate[["scale"]])
  } else {
    fit <- gpdFit(y, u = 0, type = "mle")
    if (fit@fit$convergence != 0) stop("no convergence")
    c(fit@fit$par.ests[["xi"]], fit@fit$par.ests[["beta"]])
  }
}

for (line in readLines(arguments[2])) {
  y <- as.numeric(strsplit(line, " ")[[1]])
  result <- suppressWarnings(tryCatch(fit_one(y), error = function(e) NULL))
  if (is.null(result) || any(!is.finite(result))) {
    cat("failed failed\n")
  } else {
    cat(sprintf("%.17g %.17g\n", result[1], result[2]))
  }
}
