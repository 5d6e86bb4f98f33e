# Rscript spd_of_file.R FILE LOWER UPPER: fits the numbers in FILE with spd; prints one number a line:
# the lower tail's threshold, number of excesses, shape and scale, the same of the upper tail, the
# distribution function at both thresholds, quantiles at LOWER/2 and (1 + UPPER)/2, and the
# distribution function at these.
suppressMessages(library(spd))
arguments <- commandArgs(trailingOnly = TRUE)
x <- scan(arguments[1], quiet = TRUE)
lower <- as.numeric(arguments[2])
upper <- as.numeric(arguments[3])
fit <- spdfit(x, upper = upper, lower = lower)
show <- function(number) cat(sprintf("%.17g\n", number))
for (tail in list(list(fit@threshold$lower, fit@fit$lowerFit), list(fit@threshold$upper, fit@fit$upperFit))) {
  show(tail[[1]])
  show(length(tail[[2]]@data$exceedances))
  show(tail[[2]]@fit$par.ests[[1]])
  show(tail[[2]]@fit$par.ests[[2]])
}
for (p in pspd(c(fit@threshold$lower, fit@threshold$upper), fit)) show(p)
q <- qspd(c(lower / 2, (1 + upper) / 2), fit)
for (one in q) show(one)
for (p in pspd(q, fit)) show(p)
