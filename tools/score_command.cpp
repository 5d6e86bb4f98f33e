#include "tools/score_command.hpp"

#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tools/errors.hpp"
#include "tools/input_file.hpp"
#include "tools/message_text.hpp"
#include "tools/number_table.hpp"
#include "tools/open_panels.hpp"
#include "tools/saved_input.hpp"
#include "tools/series_match.hpp"
#include "tools/table_writer.hpp"

namespace tailfit::tools {
namespace {

// What the results of one call may take up.
constexpr std::int64_t result_bytes = std::int64_t{64} << 20;

// Consecutive series of a panel of one length, whose fits are consecutive too: one call each.
struct Run {
  std::size_t first_series;
  std::int64_t n;
  std::int64_t length;
  std::int64_t first_fit;
};

Transform transform_of(const SavedInput& saved, const ScoreArguments& arguments) {
  if (!arguments.transform.has_value()) return saved.transform().value_or(Transform::none);
  if (!saved.transform().has_value() || *saved.transform() == *arguments.transform) {
    return *arguments.transform;
  }
  throw BadInput("--transform is '" + std::string(transform_word(*arguments.transform)) +
                 "', expected '" + transform_word(*saved.transform()) + "', with which " +
                 saved.name() + " was made");
}

class Scorer {
 public:
  Scorer(const ScoreArguments& arguments, const SavedInput& saved, SeriesMatch& match,
         NumberTable& table)
      : arguments_(arguments),
        context_(arguments.context),
        saved_(saved),
        match_(match),
        table_(table) {}

  void begin(std::int64_t n_series, std::int64_t n_observations) {
    const std::size_t n_scores = arguments_.scores.size();
    if (table_.is_array()) {
      const bool per_series = arguments_.per_series;
      table_.begin_array(per_series ? n_series : n_observations,
                         static_cast<std::int64_t>(per_series ? 2 + 4 * n_scores : 1 + n_scores));
      return;
    }
    std::string header = arguments_.per_series ? "series,n,n_missing" : "series,row,value";
    for (const AskedScore& score : arguments_.scores) {
      if (!arguments_.per_series) {
        header.append(",").append(score.text);
        continue;
      }
      for (const char* what : {"scored_", "mean_", "min_", "max_"}) {
        header.append(",").append(what).append(score.text);
      }
    }
    table_.begin_csv(header);
  }

  void write(const Panel& panel) {
    std::vector<std::int64_t> fits;
    for (const std::string& name : panel.names) fits.push_back(match_.next_fit(name));
    for (std::size_t s = 0; s < panel.n_series();) {
      const Run run = next_run(panel, fits, s);
      write(panel, run);
      s += static_cast<std::size_t>(run.n);
    }
  }

 private:
  Run next_run(const Panel& panel, const std::vector<std::int64_t>& fits, std::size_t first) const {
    Run run{first, 1, panel.length(first), fits[first]};
    const auto n_scores = static_cast<std::int64_t>(arguments_.scores.size());
    const std::int64_t most =
        std::min(saved_.fits_per_batch(0), result_bytes / (8 * n_scores * run.length + 1));
    for (std::size_t s = first + 1; s < panel.n_series() && run.n < most; ++s, ++run.n) {
      if (panel.length(s) != run.length || fits[s] != run.first_fit + run.n) break;
    }
    return run;
  }

  std::vector<double> scores_of(const SplicedFits& fits, const AskedScore& score,
                                const Points& points, std::int64_t first_fit) const {
    if (score.is_randomized) {
      return randomized_pit(context_, fits, points, arguments_.seed, first_fit);
    }
    return evaluate(context_, fits, score.function, points, score.parameter);
  }

  void write(const Panel& panel, const Run& run) {
    const SplicedFits fits = saved_.file().read(run.first_fit, run.n);
    std::visit(
        [&]<class T>(const std::vector<T>& all) {
          const auto values =
              std::span(all).subspan(static_cast<std::size_t>(panel.offsets[run.first_series]),
                                     static_cast<std::size_t>(run.n * run.length));
          const Points points = Points::each(values, run.n);
          std::vector<std::vector<double>> scores;
          for (const AskedScore& score : arguments_.scores) {
            scores.push_back(scores_of(fits, score, points, run.first_fit));
          }
          for (std::int64_t i = 0; i < run.n; ++i) {
            const auto begin = static_cast<std::size_t>(i * run.length);
            const std::size_t series = run.first_series + static_cast<std::size_t>(i);
            const auto length = static_cast<std::size_t>(run.length);
            if (arguments_.per_series) {
              write_summary(panel, series, values.subspan(begin, length), scores, begin);
            } else {
              write_rows(panel, series, values.subspan(begin, length), scores, begin);
            }
          }
        },
        panel.values);
  }

  template <class T>
  void write_rows(const Panel& panel, std::size_t series, std::span<const T> values,
                  const std::vector<std::vector<double>>& scores, std::size_t begin) {
    std::vector<double> numbers(1 + scores.size());
    for (std::size_t t = 0; t < values.size(); ++t) {
      numbers[0] = static_cast<double>(values[t]);
      for (std::size_t k = 0; k < scores.size(); ++k) numbers[k + 1] = scores[k][begin + t];
      if (!table_.is_array()) {
        append_text_cell(table_.text(), panel.names[series]);
        table_.text() += ',';
        append_text_cell(table_.text(), panel.index.text(series, static_cast<std::int64_t>(t)));
      }
      table_.end_row(numbers);
    }
  }

  // Sums go from the first row to the last: a series lies in one panel, so that no piece changes
  // them.
  template <class T>
  void write_summary(const Panel& panel, std::size_t series, std::span<const T> values,
                     const std::vector<std::vector<double>>& scores, std::size_t begin) {
    double n = 0.0;
    for (const T value : values) n += std::isnan(value) ? 0.0 : 1.0;
    std::vector<double> numbers{n, static_cast<double>(values.size()) - n};
    for (const std::vector<double>& score : scores) {
      double n_scored = 0.0;
      double sum = 0.0;
      double least = std::numeric_limits<double>::infinity();
      double most = -least;
      for (std::size_t t = 0; t < values.size(); ++t) {
        const double x = score[begin + t];
        if (std::isnan(values[t]) || std::isnan(x)) continue;
        n_scored += 1.0;
        sum += x;
        least = std::min(least, x);
        most = std::max(most, x);
      }
      const double nothing = std::numeric_limits<double>::quiet_NaN();
      const bool exists = n_scored > 0.0;
      numbers.push_back(n_scored);
      numbers.push_back(exists ? sum / n_scored : nothing);
      numbers.push_back(exists ? least : nothing);
      numbers.push_back(exists ? most : nothing);
    }
    if (!table_.is_array()) append_text_cell(table_.text(), panel.names[series]);
    table_.end_row(numbers);
  }

  const ScoreArguments& arguments_;
  const Context context_;
  const SavedInput& saved_;
  SeriesMatch& match_;
  NumberTable& table_;
};

}  // namespace

void run_score(const ScoreArguments& arguments, std::int64_t piece_bytes) {
  const std::array inputs{NumberTable::Input{"the fits", arguments.fits},
                          NumberTable::Input{"the data", arguments.input.path}};
  NumberTable table(arguments.output, inputs);
  const SavedInput saved(arguments.fits);
  const Transform transform = transform_of(saved, arguments);
  const bool transforms = transform != Transform::none;
  InputFile input(arguments.input.path);
  const std::unique_ptr<PanelSource> source =
      open_panels(input, arguments.input,
                  {.bytes = piece_bytes,
                   .more_bytes_per_value = transforms ? std::int64_t{sizeof(double)} : 0,
                   .needs_digest = false});
  const bool data_have_names = names_its_series(input.path());
  SeriesMatch match(saved, data_have_names, source->lengths(), input.name());

  std::int64_t n_series = 0;
  std::int64_t n_observations = 0;
  for (const auto& [length, n] : source->lengths()) {
    n_series += n;
    n_observations += n * std::max<std::int64_t>(length - (transforms ? 1 : 0), 0);
  }
  if (n_observations == 0) {
    throw BadInput(input.name() + ": no series has more than 1 row, expected at least 2: " +
                   transform_word(transform) +
                   " makes a value of two rows, so begin with the last old one");
  }
  Scorer scorer(arguments, saved, match, table);
  bool has_begun = false;
  while (std::optional<Panel> panel = source->next()) {
    apply_transform(*panel, transform, input.name());
    // Not before there is a row: a bad call writes nothing.
    if (!has_begun) scorer.begin(n_series, n_observations);
    has_begun = true;
    scorer.write(*panel);
  }
  input.check_unchanged();
  table.publish();
}

}  // namespace tailfit::tools
