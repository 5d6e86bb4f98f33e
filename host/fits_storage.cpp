#include "host/fits_storage.hpp"

#include <string>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

constexpr std::uint64_t line = 64;

std::uint64_t count_bytes(std::int32_t counts_kind) {
  switch (counts_kind) {
    case TAILFIT_COUNTS_U16:
      return sizeof(std::uint16_t);
    case TAILFIT_COUNTS_U32:
      return sizeof(std::uint32_t);
    default:
      return 0;
  }
}

// Hands out consecutive arrays; with a null block only the size is counted.
class Carver {
 public:
  explicit Carver(std::byte* block) : block_(block) {}

  template <class T>
  void take(T*& pointer, std::uint64_t bytes) {
    pointer = block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + used_);
    used_ += (bytes + line - 1) / line * line;
  }
  void take(void*& pointer, std::uint64_t bytes) {
    pointer = block_ == nullptr ? nullptr : block_ + used_;
    used_ += (bytes + line - 1) / line * line;
  }
  std::uint64_t used() const { return used_; }

 private:
  std::byte* block_;
  std::uint64_t used_ = 0;
};

void take_tail(Carver& carver, tailfit_tail_view& tail, std::uint64_t n) {
  carver.take(tail.threshold, n * sizeof(double));
  carver.take(tail.shape, n * sizeof(double));
  carver.take(tail.scale, n * sizeof(double));
  carver.take(tail.loglik, n * sizeof(double));
  carver.take(tail.n_exceed, n * sizeof(std::int64_t));
}

}  // namespace

FitsLayout::FitsLayout(std::int64_t n_fits, std::int64_t bins, std::int32_t counts_kind)
    : n_fits_(n_fits), bins_(bins), counts_kind_(counts_kind), bytes_(0) {
  std::int64_t cells = 0;
  if (__builtin_mul_overflow(n_fits, bins, &cells) || cells > (std::int64_t{1} << 56)) {
    fail_invalid("n_fits*bins", std::to_string(n_fits) + "*" + std::to_string(bins),
                 "at most 2^56");
  }
  bytes_ = walk(nullptr, nullptr);
}

std::uint64_t FitsLayout::walk(std::byte* block, tailfit_fits_view* view) const {
  tailfit_fits_view unused{};
  tailfit_fits_view& out = view != nullptr ? *view : unused;
  const auto n = static_cast<std::uint64_t>(n_fits_);
  Carver carver(block);
  carver.take(out.n, n * sizeof(std::int64_t));
  carver.take(out.n_missing, n * sizeof(std::int64_t));
  carver.take(out.status, n * sizeof(std::uint32_t));
  take_tail(carver, out.lower, n);
  take_tail(carver, out.upper, n);
  if (counts_kind_ != TAILFIT_COUNTS_NONE) {
    carver.take(out.counts, n * static_cast<std::uint64_t>(bins_) * count_bytes(counts_kind_));
  }
  return carver.used();
}

tailfit_fits_view FitsLayout::view(std::byte* block, double laplace) const noexcept {
  tailfit_fits_view view{};
  view.struct_size = sizeof view;
  view.n_fits = n_fits_;
  view.bins = bins_;
  view.counts_kind = counts_kind_;
  view.laplace = laplace;
  walk(block, &view);
  return view;
}

std::unique_ptr<tailfit_fits> allocate_fits(const FitsLayout& layout, double laplace,
                                            const MemoryResource& resource) {
  auto fits = std::make_unique<tailfit_fits>();
  fits->block = AlignedBlock(layout.bytes(), resource);
  fits->view = layout.view(fits->block.data(), laplace);
  return fits;
}

std::unique_ptr<tailfit_fits> allocate_fits(std::int64_t n_fits, const tailfit_fit_options& options,
                                            const MemoryResource& resource) {
  return allocate_fits(FitsLayout(n_fits, options.bins, options.counts), options.laplace, resource);
}

FieldData field_data(const tailfit_fits& fits, std::int32_t field) {
  const tailfit_fits_view& view = fits.view;
  const std::int64_t n = view.n_fits;
  switch (field) {
    case TAILFIT_FIELD_N:
      return {view.n, n, TAILFIT_I64};
    case TAILFIT_FIELD_N_MISSING:
      return {view.n_missing, n, TAILFIT_I64};
    case TAILFIT_FIELD_STATUS:
      return {view.status, n, TAILFIT_U32};
    case TAILFIT_FIELD_COUNTS:
      if (view.counts_kind == TAILFIT_COUNTS_NONE) break;
      return {view.counts, n * view.bins,
              view.counts_kind == TAILFIT_COUNTS_U16 ? TAILFIT_U16 : TAILFIT_U32};
    case TAILFIT_FIELD_LOWER_THRESHOLD:
      return {view.lower.threshold, n, TAILFIT_F64};
    case TAILFIT_FIELD_LOWER_N_EXCEED:
      return {view.lower.n_exceed, n, TAILFIT_I64};
    case TAILFIT_FIELD_LOWER_SHAPE:
      return {view.lower.shape, n, TAILFIT_F64};
    case TAILFIT_FIELD_LOWER_SCALE:
      return {view.lower.scale, n, TAILFIT_F64};
    case TAILFIT_FIELD_LOWER_LOGLIK:
      return {view.lower.loglik, n, TAILFIT_F64};
    case TAILFIT_FIELD_UPPER_THRESHOLD:
      return {view.upper.threshold, n, TAILFIT_F64};
    case TAILFIT_FIELD_UPPER_N_EXCEED:
      return {view.upper.n_exceed, n, TAILFIT_I64};
    case TAILFIT_FIELD_UPPER_SHAPE:
      return {view.upper.shape, n, TAILFIT_F64};
    case TAILFIT_FIELD_UPPER_SCALE:
      return {view.upper.scale, n, TAILFIT_F64};
    case TAILFIT_FIELD_UPPER_LOGLIK:
      return {view.upper.loglik, n, TAILFIT_F64};
    default:
      break;
  }
  fail_invalid("field", std::int64_t{field}, "a tailfit_field that this fit has");
}

}  // namespace tailfit::host
