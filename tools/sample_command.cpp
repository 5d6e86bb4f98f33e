#include "tools/sample_command.hpp"

#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/number_table.hpp"
#include "tools/number_text.hpp"
#include "tools/saved_input.hpp"

namespace tailfit::tools {
namespace {

// Draws that are in memory at a time.
constexpr std::int64_t most_draws = std::int64_t{1} << 22;

// A bound as the library wants it: none, one number, or one for each fit.
std::vector<double> bounds_of(const std::optional<DrawBound>& bound,
                              std::span<const double> limits) {
  if (!bound.has_value()) return {};
  if (!bound->is_threshold) return {bound->value};
  return {limits.begin(), limits.end()};
}

// Some draws of some fits.
struct Piece {
  std::int64_t first_fit;
  std::int64_t n_fits;
  std::int64_t first_draw;  // of those that are written
  std::int64_t n_draws;
};

class Sampler {
 public:
  Sampler(const SampleArguments& arguments, const SavedInput& saved, NumberTable& table)
      : arguments_(arguments), context_(arguments.context), saved_(saved), table_(table) {}

  // Draws of each fit together, so that a fit's are adjacent in the table.
  void write(const SplicedFits& fits, const Piece& piece) {
    const std::vector<double> above = bounds_of(arguments_.above, fits.upper().threshold);
    const std::vector<double> at_most = bounds_of(arguments_.at_most, fits.lower().threshold);
    const std::vector<double> draws =
        sample(context_, fits, piece.n_draws,
               {.seed = arguments_.seed,
                .first_series = piece.first_fit,
                .first_draw = arguments_.first_draw + piece.first_draw,
                .above = above,
                .at_most = at_most});
    for (std::int64_t i = 0; i < piece.n_fits; ++i) {
      write_fit(piece, i,
                std::span(draws).subspan(static_cast<std::size_t>(i * piece.n_draws),
                                         static_cast<std::size_t>(piece.n_draws)));
    }
  }

 private:
  void write_fit(const Piece& piece, std::int64_t i, std::span<const double> draws) {
    if (table_.is_array()) return table_.end_row(draws);
    std::string key;
    saved_.append_key(key, piece.first_fit + i);
    key += ',';
    for (std::size_t j = 0; j < draws.size(); ++j) {
      table_.text() += key;
      append_number(table_.text(),
                    arguments_.first_draw + piece.first_draw + static_cast<std::int64_t>(j));
      table_.end_row(draws.subspan(j, 1));
    }
  }

  const SampleArguments& arguments_;
  const Context context_;
  const SavedInput& saved_;
  NumberTable& table_;
};

}  // namespace

void run_sample(const SampleArguments& arguments) {
  const std::array inputs{NumberTable::Input{"the fits", arguments.fits}};
  NumberTable table(arguments.output, inputs);
  const SavedInput saved(arguments.fits);
  Sampler sampler(arguments, saved, table);
  const std::int64_t n_draws = arguments.n_draws;
  if (table.is_array()) {
    // A column for each fit, as tailfit fit takes it: fit by fit in the file.
    table.begin_array(n_draws, saved.size(), true);
  } else {
    std::string header;
    saved.append_key_header(header);
    table.begin_csv(header + ",draw,value");
  }
  const std::int64_t batch =
      std::min(saved.fits_per_batch(0), std::max<std::int64_t>(most_draws / n_draws, 1));
  for (std::int64_t fit = 0; fit < saved.size(); fit += batch) {
    const std::int64_t n = std::min(batch, saved.size() - fit);
    const SplicedFits fits = saved.file().read(fit, n);
    for (std::int64_t draw = 0; draw < n_draws; draw += most_draws) {
      sampler.write(fits, {fit, n, draw, std::min(most_draws, n_draws - draw)});
    }
  }
  table.publish();
}

}  // namespace tailfit::tools
