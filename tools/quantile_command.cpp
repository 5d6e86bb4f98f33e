#include "tools/quantile_command.hpp"

#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/number_table.hpp"
#include "tools/saved_input.hpp"

namespace tailfit::tools {
namespace {

std::string header_of(const SavedInput& saved, const std::vector<AskedLevels>& asked) {
  std::string header;
  saved.append_key_header(header);
  for (const AskedLevels& one : asked) {
    for (const Level& level : one.levels) header.append(",").append(one.prefix).append(level.text);
  }
  return header;
}

// The numbers of all columns for each of these fits, [fit][column].
std::vector<double> answers_of(const Context& context, const SplicedFits& fits,
                               const std::vector<AskedLevels>& asked, std::size_t n_columns) {
  const auto n = static_cast<std::size_t>(fits.size());
  std::vector<double> table(n * n_columns);
  std::size_t column = 0;
  for (const AskedLevels& one : asked) {
    std::vector<double> levels;
    for (const Level& level : one.levels) levels.push_back(level.p);
    const std::vector<double> answers =
        evaluate(context, fits, one.function, Points::shared(levels));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t l = 0; l < levels.size(); ++l) {
        table[i * n_columns + column + l] = answers[i * levels.size() + l];
      }
    }
    column += levels.size();
  }
  return table;
}

}  // namespace

void run_quantile(const QuantileArguments& arguments) {
  const Context context(arguments.context);
  const std::vector<NumberTable::Input> inputs{{"the fits", arguments.fits}};
  NumberTable table(arguments.output, inputs);
  const SavedInput saved(arguments.fits);
  std::size_t n_columns = 0;
  for (const AskedLevels& one : arguments.asked) n_columns += one.levels.size();

  if (table.is_array()) {
    table.begin_array(saved.size(), static_cast<std::int64_t>(n_columns));
  } else {
    table.begin_csv(header_of(saved, arguments.asked));
  }
  const std::int64_t batch = saved.fits_per_batch(2 * static_cast<std::int64_t>(n_columns));
  for (std::int64_t first = 0; first < saved.size(); first += batch) {
    const std::int64_t n = std::min(batch, saved.size() - first);
    const std::vector<double> answers =
        answers_of(context, saved.file().read(first, n), arguments.asked, n_columns);
    for (std::int64_t i = 0; i < n; ++i) {
      if (!table.is_array()) saved.append_key(table.text(), first + i);
      table.end_row(std::span(answers).subspan(static_cast<std::size_t>(i) * n_columns, n_columns));
    }
  }
  table.publish();
}

}  // namespace tailfit::tools
