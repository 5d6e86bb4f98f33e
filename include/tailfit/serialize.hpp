// Fits in a file, to be asked later: save(), load(), and both piece by piece. The file is NumPy's
// .npz; docs/saved-fits.md has every member.
//
// All functions are synchronous. They throw FileError for what the system says, BadFile for a file
// that is damaged or none, std::invalid_argument for a bad call, and OutOfMemory.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/error.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tailfit {
inline namespace v1 {

namespace detail {

template <class T>
constexpr std::int32_t array_type() {
  if constexpr (std::is_same_v<T, float>) return TAILFIT_F32;
  if constexpr (std::is_same_v<T, double>) return TAILFIT_F64;
  if constexpr (std::is_same_v<T, std::uint16_t>) return TAILFIT_U16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return TAILFIT_U32;
  if constexpr (std::is_same_v<T, std::int64_t>) return TAILFIT_I64;
  if constexpr (std::is_same_v<T, std::uint8_t> || std::is_same_v<T, char>) return TAILFIT_U8;
  return 0;
}

}  // namespace detail

// What the fits of a file are, as its writer must know beforehand.
struct SavedShape {
  std::int64_t n_fits = 0;  // in all
  std::int64_t bins = 100;
  Counts counts = Counts::u32;
  double laplace = 0.0;
};

// Writes fits piece by piece: more than memory holds, or those of fit_stream(). What is not
// finished leaves nothing behind. Movable. Memory: 64 KiB for each array.
class FitsWriter {
 public:
  // `options`: null, or what the fits were made with.
  FitsWriter(const std::string& path, const SavedShape& shape,
             const FitOptions* options = nullptr) {
    create(path.c_str(), -1, shape, options);
  }
  // Into a regular file that is open for writing, empty and at its beginning; it stays the caller's
  // to make durable, to name and to close.
  FitsWriter(int descriptor, const SavedShape& shape, const FitOptions* options = nullptr) {
    create(nullptr, descriptor, shape, options);
  }

  // The next fits, in host memory.
  void append(const SplicedFitsView& fits) {
    detail::check(tailfit_fits_writer_append(handle_.get(), &fits));
  }
  void append(const FitsSpans& fits) { append(fits.view()); }

  // An array of the caller's own, after all fits. name: 1 to 64 letters, digits and underscores.
  template <class T>
  void attach(const std::string& name, std::span<const T> values) {
    static_assert(detail::array_type<T>() != 0, "tailfit: no such type of numbers in a file");
    const tailfit_array array{name.c_str(),
                              values.data(),
                              detail::array_type<T>(),
                              1,
                              static_cast<std::int64_t>(values.size()),
                              1};
    detail::check(tailfit_fits_writer_attach(handle_.get(), &array));
  }
  // Texts, as two arrays: NAME_bytes has all of them one after the other, NAME_ends where each
  // ends.
  void attach_texts(const std::string& name, std::span<const std::string> texts) {
    std::string bytes;
    std::vector<std::int64_t> ends;
    ends.reserve(texts.size());
    for (const std::string& text : texts) {
      bytes += text;
      ends.push_back(static_cast<std::int64_t>(bytes.size()));
    }
    attach(name + "_bytes", std::span<const char>(bytes));
    attach(name + "_ends", std::span<const std::int64_t>(ends));
  }

  // Everything is in the file, which is durable and has its name now.
  void finish() { detail::check(tailfit_fits_writer_finish(handle_.get())); }

 private:
  struct Destroy {
    void operator()(tailfit_fits_writer* handle) const noexcept {
      tailfit_fits_writer_destroy(handle);
    }
  };

  void create(const char* path, int descriptor, const SavedShape& shape,
              const FitOptions* options) {
    tailfit_fit_options c_options{};
    if (options != nullptr) c_options = options->c_options();
    const tailfit_saving saving{sizeof(tailfit_saving),
                                path,
                                descriptor,
                                static_cast<std::int32_t>(shape.counts),
                                shape.n_fits,
                                shape.bins,
                                shape.laplace,
                                options != nullptr ? &c_options : nullptr};
    tailfit_fits_writer* handle = nullptr;
    detail::check(tailfit_fits_writer_create(&saving, &handle));
    handle_.reset(handle);
  }

  std::unique_ptr<tailfit_fits_writer, Destroy> handle_;
};

// A file of fits, opened: its bytes are checked then, through 1 MiB of memory, and read when they
// are asked for. Movable; any number of threads may read one.
class FitsFile {
 public:
  explicit FitsFile(const std::string& path) {
    tailfit_fits_file* handle = nullptr;
    detail::check(tailfit_fits_file_open(path.c_str(), &handle));
    handle_.reset(handle);
    facts_.struct_size = sizeof facts_;
    detail::check(tailfit_fits_file_describe(handle, &facts_));
  }

  std::int64_t size() const noexcept { return facts_.n_fits; }
  std::int64_t bins() const noexcept { return facts_.bins; }
  Counts counts_kind() const noexcept { return static_cast<Counts>(facts_.counts_kind); }
  double laplace() const noexcept { return facts_.laplace; }
  std::string library_version() const { return facts_.library_version; }
  // Null where the file does not say; a rule of thresholds of each series has none of them: they
  // are the fits'.
  const tailfit_fit_options* options() const noexcept {
    return facts_.has_options != 0 ? &facts_.options : nullptr;
  }

  // Fits [first, first + n), with the bits that were saved.
  SplicedFits read(std::int64_t first, std::int64_t n) const {
    tailfit_fits* handle = nullptr;
    detail::check(tailfit_fits_file_read(handle_.get(), first, n, &handle));
    return SplicedFits(handle);
  }

  // Whether there is an array of this name; its values, row-major. array() throws
  // std::invalid_argument where there is none, or one of another type.
  bool has_array(std::string_view name) const { return find(name).has_value(); }
  template <class T>
  std::vector<T> array(const std::string& name) const {
    const std::optional<std::int64_t> i = find(name);
    if (!i.has_value()) {
      throw std::invalid_argument("tailfit: the file has no array '" + name + "'");
    }
    const tailfit_array facts = describe(*i);
    if (facts.dtype != detail::array_type<T>()) {
      throw std::invalid_argument("tailfit: the array '" + name + "' is of type " +
                                  std::to_string(facts.dtype) + ", expected " +
                                  std::to_string(detail::array_type<T>()));
    }
    std::vector<T> values = detail::allocated<T>(facts.n_rows * facts.n_columns);
    detail::check(tailfit_fits_file_read_array(handle_.get(), *i, values.data()));
    return values;
  }

  bool has_texts(const std::string& name) const {
    return has_array(name + "_bytes") && has_array(name + "_ends");
  }
  // What FitsWriter::attach_texts() wrote. Throws BadFile for ends that are none.
  std::vector<std::string> texts(const std::string& name) const {
    const std::vector<char> bytes = array<char>(name + "_bytes");
    const std::vector<std::int64_t> ends = array<std::int64_t>(name + "_ends");
    std::vector<std::string> texts;
    texts.reserve(ends.size());
    std::int64_t begin = 0;
    for (const std::int64_t end : ends) {
      if (end < begin || end > static_cast<std::int64_t>(bytes.size())) {
        throw BadFile("tailfit: the array '" + name + "_ends' has " + std::to_string(end) +
                      ", expected " + std::to_string(begin) + " to " +
                      std::to_string(bytes.size()));
      }
      texts.emplace_back(bytes.begin() + begin, bytes.begin() + end);
      begin = end;
    }
    return texts;
  }

 private:
  struct Close {
    void operator()(tailfit_fits_file* handle) const noexcept { tailfit_fits_file_close(handle); }
  };

  tailfit_array describe(std::int64_t i) const {
    tailfit_array array{};
    detail::check(tailfit_fits_file_array(handle_.get(), i, &array));
    return array;
  }
  std::optional<std::int64_t> find(std::string_view name) const {
    for (std::int64_t i = 0; i < facts_.n_arrays; ++i) {
      if (describe(i).name == name) return i;
    }
    return std::nullopt;
  }

  std::unique_ptr<tailfit_fits_file, Close> handle_;
  tailfit_file_facts facts_{};
};

// All fits of a batch, in host memory, to a file; `names` of the series, none or one for each fit,
// become the texts "series". Throws std::invalid_argument for another number of them.
inline void save(const FitsSpans& fits, const std::string& path,
                 const FitOptions* options = nullptr, std::span<const std::string> names = {}) {
  if (!names.empty() && static_cast<std::int64_t>(names.size()) != fits.size()) {
    throw std::invalid_argument("tailfit: names has " + std::to_string(names.size()) +
                                " texts, expected none or " + std::to_string(fits.size()));
  }
  FitsWriter writer(path, {fits.size(), fits.bins(), fits.counts_kind(), fits.view().laplace},
                    options);
  writer.append(fits);
  if (!names.empty()) writer.attach_texts("series", names);
  writer.finish();
}

inline SplicedFits load(const std::string& path) {
  const FitsFile file(path);
  return file.read(0, file.size());
}

}  // namespace v1
}  // namespace tailfit
