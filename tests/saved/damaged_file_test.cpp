// Whatever happens to a file, what is read of it is what was saved, or it is refused in words.
#include <fcntl.h>
#include <unistd.h>

#include "tests/saved/saved_files.hpp"

namespace tailfit::tests {
namespace {

class DamagedFile : public SavedFiles {
 protected:
  DamagedFile() {
    const FitOptions options{.bins = 2};
    const std::vector<std::string> names{"A", "BC"};
    save(some_fits(options, 2), path(), &options, names);
    whole_ = read();
  }

  // Opens and reads all of what is in the file, and expects words.
  void expect_refusal(const std::string& what) const {
    try {
      load(path());
      ADD_FAILURE() << what << ": was read";
    } catch (const BadFile& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("tailfit: " + folder_)) << message;
      EXPECT_NE(message.find(", expected "), std::string::npos) << message;
      for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << message;
    }
  }

  std::string whole_;
};

TEST_F(DamagedFile, IsRefusedAfterEveryNumberOfBytes) {
  for (std::size_t n = whole_.size(); n-- > 0;) {
    ASSERT_EQ(truncate(path().c_str(), static_cast<off_t>(n)), 0);
    expect_refusal(std::to_string(n) + " bytes");
  }
}

TEST_F(DamagedFile, IsRefusedWithAnyByteFlipped) {
  const int file = open(path().c_str(), O_WRONLY);
  ASSERT_GE(file, 0);
  for (std::size_t i = 0; i < whole_.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      const char damaged = static_cast<char>(whole_[i] ^ flip);
      ASSERT_EQ(pwrite(file, &damaged, 1, static_cast<off_t>(i)), 1);
      expect_refusal("byte " + std::to_string(i) + " flipped by " + std::to_string(flip));
    }
    ASSERT_EQ(pwrite(file, &whole_[i], 1, static_cast<off_t>(i)), 1);
  }
  close(file);
  EXPECT_EQ(load(path()).size(), 2);
}

TEST_F(DamagedFile, IsRefusedWithBytesInsertedOrAppended) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{40}, whole_.size() / 2,
                               whole_.size() - 70, whole_.size() - 1, whole_.size()}) {
    write(whole_.substr(0, at) + "x" + whole_.substr(at));
    expect_refusal("a byte inserted at " + std::to_string(at));
    write(whole_.substr(0, at) + whole_ + whole_.substr(at));
    expect_refusal("itself inserted at " + std::to_string(at));
  }
}

TEST_F(DamagedFile, NamesTheMemberAndBothChecksums) {
  std::string bytes = whole_;
  const std::size_t at = bytes.find("lower_shape.npy") + 15 + 128;
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  write(bytes);
  const std::string message = refusal_of<BadFile>(folder_, [&] { load(path()); });
  EXPECT_TRUE(
      message.starts_with("tailfit: fits.npz: member lower_shape is damaged: its checksum is "))
      << message;
}

TEST_F(DamagedFile, OfAnotherKindIsRefused) {
  const std::string whole = ", expected a whole .npz file as tailfit or numpy.savez writes it";
  const auto refusal = [&](std::string_view bytes) {
    write(bytes);
    return refusal_of<BadFile>(folder_, [&] { load(path()); });
  };
  EXPECT_EQ(refusal(""), "tailfit: fits.npz: 0 bytes" + whole);
  EXPECT_EQ(refusal("series,n,n_missing,status,lower_threshold\n"),
            "tailfit: fits.npz: no record of a ZIP archive's end at the end" + whole);
}

TEST_F(DamagedFile, ThatIsNoneIsAnErrorOfTheSystem) {
  EXPECT_EQ(refusal_of<FileError>(folder_, [&] { load(path("none.npz")); }),
            "tailfit: cannot read none.npz: No such file or directory");
  EXPECT_EQ(refusal_of<FileError>(folder_, [&] { load(folder_); }).substr(0, 20),
            "tailfit: cannot read");
  EXPECT_EQ(refusal_of<FileError>(folder_, [&] { load("/dev/null"); }),
            "tailfit: cannot read /dev/null: it is a pipe or a device, expected a regular file");
}

}  // namespace
}  // namespace tailfit::tests
