#include <gtest/gtest.h>

#include <set>
#include <string>

#include <tailfit/tailfit.hpp>

namespace {

TEST(Status, ZeroIsOkAndBitsAreWordsInBitOrder) {
  EXPECT_EQ(tailfit::status_text(0), "ok");
  EXPECT_EQ(tailfit::status_text(tailfit::status::upper_irregular | tailfit::status::empty |
                                 tailfit::status::lower_shape_capped),
            "empty|lower_shape_capped|upper_irregular");
}

TEST(Status, BitNumbersAreTheFormats) {
  EXPECT_EQ(tailfit::status::empty, 0x1u);
  EXPECT_EQ(tailfit::status::not_run, 0x40u);
  EXPECT_EQ(tailfit::status::bad_offsets, 0x80u);
  EXPECT_EQ(tailfit::status::lower_too_few_exceedances, 0x100u);
  EXPECT_EQ(tailfit::status::lower_not_converged, 0x2000u);
  EXPECT_EQ(tailfit::status::upper_too_few_exceedances, 0x10000u);
  EXPECT_EQ(tailfit::status::upper_not_converged, 0x200000u);
}

TEST(Status, EveryWordIsItsOwnAndBitsWithoutOneSaySo) {
  std::set<std::string> words;
  int n_words = 0;
  for (std::int32_t bit = -1; bit < 40; ++bit) {
    if (const char* word = tailfit_status_word(bit)) {
      words.insert(word);
      ++n_words;
    }
  }
  EXPECT_EQ(n_words, 20);
  EXPECT_EQ(words.size(), 20u);
  EXPECT_EQ(tailfit::status_text(1u << 30), "bit_30");
}

TEST(Status, FailureMeansThatSomethingCouldNotBeFitted) {
  using namespace tailfit::status;
  EXPECT_NE(failure_mask & no_spread, 0u);
  EXPECT_NE(failure_mask & bad_offsets, 0u);
  EXPECT_NE(failure_mask & upper_too_few_exceedances, 0u);
  EXPECT_EQ(failure_mask & infinite_dropped, 0u);
  EXPECT_EQ(failure_mask & lower_no_interior_maximum, 0u);
  EXPECT_EQ(failure_mask & degenerate_body, 0u);
}

}  // namespace
