#include "tools/table_writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tailfit::tools {
namespace {

std::string cell(const std::string& text) {
  std::string out;
  append_text_cell(out, text);
  return out;
}

TEST(TableWriter, QuotesTextWhereCsvWantsIt) {
  EXPECT_EQ(cell("AAPL"), "AAPL");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a b"), "a b");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("5\""), "\"5\"\"\"");
  EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(cell("a\rb"), "\"a\rb\"");
}

TEST(TableWriter, HasTheColumnsOfTheDesign) {
  std::string header;
  append_key_header(header, true);
  append_fits_header(header, {{"0.010", 0.01}}, {{".5", 0.5}});
  EXPECT_EQ(header,
            "series,window_start,window_end,n,n_missing,status,"
            "lower_threshold,lower_n,lower_shape,lower_scale,lower_loglik,"
            "upper_threshold,upper_n,upper_shape,upper_scale,upper_loglik,q0.010,es.5\n");
}

TEST(TableWriter, HasNoWindowColumnsWithoutWindows) {
  std::string header;
  append_key_header(header, false);
  append_bins_header(header, 3);
  EXPECT_EQ(header, "series,c1,c2,c3\n");
}

TEST(TableWriter, NamesTheFirstAndLastRowOfAWindow) {
  Panel panel;
  panel.names = {"A,B"};
  std::string row;
  append_key(row, panel, {0, 10, 5}, true);
  EXPECT_EQ(row, "\"A,B\",10,14");
  row.clear();
  append_key(row, panel, {0, 10, 5}, false);
  EXPECT_EQ(row, "\"A,B\"");
}

TEST(TableWriter, WritesTheFieldsOfAFit) {
  // 1..40: thresholds by numpy.quantile, no tail long enough to be fitted.
  std::vector<double> values;
  for (int i = 1; i <= 40; ++i) values.push_back(i);
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  const Context context(Context::Options{.backend = Backend::cpu, .threads = 1});
  FitOptions options;
  options.bins = 4;
  const GroupFits group{
      fit(context, SeriesView<double>::rows(values.data(), 1, 41), options), {{7.5}}, {{-0.25}}};
  std::string row;
  append_fit(row, group, 0);
  EXPECT_EQ(row,
            ",40,1,lower_too_few_exceedances|upper_too_few_exceedances,"
            "2.95,2,nan,nan,nan,38.05,2,nan,nan,nan,7.5,-0.25\n");
  std::string bins;
  append_bins(bins, group, 0);
  EXPECT_EQ(bins, ",9,9,9,9\n");
}

}  // namespace
}  // namespace tailfit::tools
