# Prints a dozen rows per series, spread evenly over time, of what
#     tailfit fit --window ... --quantiles 0.01 --expected-shortfall 0.01
# wrote. Numbers in units of the data (log-returns) are shown in percent.
#
#     awk -v rows=12 -f rolling_table.awk fits.csv

function give_up(message) {
  print "rolling_table.awk: " message > "/dev/stderr"
  failed = 1
  exit 1
}

# text as a number times factor; what is not a number (nan, inf, nothing) stays as it is.
function shown(text, factor, format) {
  if (text !~ /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/) return text == "" ? "-" : text
  return sprintf(format, text * factor)
}

function print_row(line, cell) {
  split(line, cell, ",")
  printf "  %-12s %8s %8s   %8s %8s   %9s %9s   %s\n", cell[column["window_end"]],
    shown(cell[column["lower_shape"]], 1, "%.3f"), shown(cell[column["lower_scale"]], 100, "%.3f"),
    shown(cell[column["upper_shape"]], 1, "%.3f"), shown(cell[column["upper_scale"]], 100, "%.3f"),
    shown(cell[column["q0.01"]], 100, "%.2f"), shown(cell[column["es0.01"]], 100, "%.2f"),
    cell[column["status"]]
}

NR == 1 {
  for (i = 1; i <= NF; ++i) column[$i] = i
  n_wanted = split("series window_end status lower_shape lower_scale upper_shape upper_scale " \
                   "q0.01 es0.01", wanted, " ")
  for (i = 1; i <= n_wanted; ++i) {
    if (!(wanted[i] in column)) give_up(FILENAME " has no column " wanted[i])
  }
  next
}

{
  name = $column["series"]
  if (!(name in n_lines)) order[++n_series] = name
  lines[name, ++n_lines[name]] = $0
}

BEGIN {
  FS = ","
}

END {
  if (failed) exit 1
  for (s = 1; s <= n_series; ++s) {
    name = order[s]
    printf "\n  %s, %d windows\n", name, n_lines[name]
    printf "  %-12s %17s   %17s   %19s\n", "", "lower tail", "upper tail", "at 1 %, in percent"
    printf "  %-12s %8s %8s   %8s %8s   %9s %9s   %s\n", "window end", "xi", "sigma %", "xi",
      "sigma %", "quantile", "shortfall", "status"
    # The last window is always shown, and the first one where there is more than one row.
    n_rows = n_lines[name] < rows ? n_lines[name] : rows
    for (r = 1; r <= n_rows; ++r) {
      at = n_rows == 1 ? n_lines[name] : 1 + int((r - 1) * (n_lines[name] - 1) / (n_rows - 1))
      print_row(lines[name, at])
    }
  }
}
