// Context: the workers, or the device, that fits run on.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

namespace tailfit {
inline namespace v1 {

enum class Backend : std::int32_t {
  automatic = TAILFIT_BACKEND_AUTO,
  cpu = TAILFIT_BACKEND_CPU,
  cuda = TAILFIT_BACKEND_CUDA
};

// Memory of a CUDA device for the library's scratch; implement it over an allocator of one's own.
class DeviceMemoryResource {
 public:
  virtual ~DeviceMemoryResource() = default;
  // `bytes` > 0, aligned to 256 bytes, usable by work that is queued on `stream` (a cudaStream_t)
  // from now on. The device is the thread's current one. Null, or any exception: OutOfMemory.
  virtual void* allocate(std::size_t bytes, std::int32_t device, void* stream) = 0;
  // Takes it back, when the work that is queued on `stream` is done.
  virtual void deallocate(void* memory, std::size_t bytes, std::int32_t device,
                          void* stream) noexcept = 0;
};

// Thread-safe: any number of threads may fit through one Context. Not copyable; movable.
class Context {
 public:
  struct Options {
    Backend backend = Backend::automatic;  // a GPU if there is one, else the CPU
    // CPU threads at most for a call, 0 = every core this process may use. Other contexts' do not
    // change it, a tbb::global_control of the caller's that allows fewer does. Calls at one time
    // share as many worker threads as the largest of them, or one per core, would have.
    std::int32_t threads = 0;
    // Bytes of scratch and staging at most, on the host and on each device by itself; 0 = no
    // bound. The caller's input and the results are not counted.
    std::uint64_t memory_budget = 0;
    // Called after finished chunks with (fits done, fits in all), by one thread at a time. false
    // cancels and is the last call: fits not yet begun get status not_run (on a device some chunks
    // are in flight then, and are finished). An exception thrown in it cancels too and is
    // rethrown nowhere, so do not throw.
    std::function<bool(std::int64_t, std::int64_t)> progress = {};
    // Where scratch in host memory and the arrays of SplicedFits come from; null: operator new. Not
    // owned: it must outlive the Context and every SplicedFits made with it, and be thread-safe if
    // several threads use them (std::pmr::synchronized_pool_resource is, monotonic_buffer_resource
    // is not). What its allocate() throws becomes OutOfMemory.
    std::pmr::memory_resource* memory_resource = nullptr;
    // Work on the CPU runs in the oneTBB arena that the calling thread is in (the implicit one if
    // it is in none): its number of threads, priority and NUMA constraints hold, and calls from
    // several of its tasks share its threads. Every call stays synchronous: the calling thread
    // takes part, and takes none of the caller's other tasks until it returns
    // (tbb::this_task_arena::isolate). `threads` is then the most of the arena's threads that work
    // for one call, 0 = as many as it has at the call. Results have the same bits; errors and
    // cancellation are the same, and a cancelled task group of the caller's does not cut a call
    // short. fit_stream's source keeps its own thread. false: every call has an arena of its own.
    bool use_callers_arena = false;
    // CUDA devices by their ordinals, each once; none: the one that is current at the construction.
    // Each takes an equal share of a fit whose input and results are in host memory; what lies in
    // the memory of one of them is fitted there. Results have the same bits.
    std::vector<std::int32_t> devices = {};
    // Input in pageable host memory is pinned for the time of a fit on a device
    // (cudaHostRegister), which spares a copy and takes the system about as long as one. Memory
    // that cannot be pinned is staged.
    bool register_input = false;
    // Where scratch on a device comes from; null: a memory pool of the Context's own. Not owned: it
    // must outlive the Context, and be thread-safe if several threads use that.
    DeviceMemoryResource* device_memory_resource = nullptr;
  };

  Context() : Context(Options{}) {}

  // Throws std::invalid_argument for a bad option; with Backend::cuda NotCompiled where that is not
  // built in and NoDevice where no device can be used. Nothing of CUDA is touched before this call,
  // nor in it with Backend::cpu.
  explicit Context(Options options)
      : progress_(std::make_unique<std::function<bool(std::int64_t, std::int64_t)>>(
            std::move(options.progress))) {
    tailfit_context_options c_options;
    tailfit_context_options_init(&c_options);
    c_options.backend = static_cast<std::int32_t>(options.backend);
    c_options.threads = options.threads;
    c_options.memory_budget = options.memory_budget;
    if (*progress_) {
      c_options.progress = &call_progress;
      c_options.progress_user = progress_.get();
    }
    if (options.memory_resource != nullptr) {
      c_options.allocate = &allocate_from;
      c_options.release = &release_to;
      c_options.memory_user = options.memory_resource;
    }
    c_options.use_callers_arena = options.use_callers_arena ? 1 : 0;
    c_options.register_input = options.register_input ? 1 : 0;
    c_options.devices = options.devices.data();
    c_options.n_devices = static_cast<std::int32_t>(options.devices.size());
    if (options.device_memory_resource != nullptr) {
      c_options.device_allocate = &allocate_on_device;
      c_options.device_release = &release_on_device;
      c_options.device_memory_user = options.device_memory_resource;
    }
    tailfit_context* handle = nullptr;
    detail::check(tailfit_context_create(&c_options, &handle));
    handle_.reset(handle);
  }

  // What it runs on, in words: "cpu, 2 threads", "cpu, threads of the caller's arena", "cuda,
  // NVIDIA H200"; and where Backend::automatic found no device to use, why.
  std::string describe() const { return tailfit_context_describe(handle_.get()); }
  // CPU threads at most for a call, as Options::threads says; with use_callers_arena for one that
  // this thread makes here.
  std::int32_t threads() const noexcept { return tailfit_context_threads(handle_.get()); }
  Backend backend() const noexcept {
    return static_cast<Backend>(tailfit_context_backend(handle_.get()));
  }
  tailfit_context* c_handle() const noexcept { return handle_.get(); }

 private:
  static std::int32_t call_progress(void* user, std::int64_t n_done,
                                    std::int64_t n_total) noexcept {
    try {
      const auto& progress = *static_cast<std::function<bool(std::int64_t, std::int64_t)>*>(user);
      return progress(n_done, n_total) ? 0 : 1;
    } catch (...) {
      return 1;  // an exception must not cross the C interface
    }
  }

  static void* allocate_from(void* user, std::size_t bytes, std::size_t alignment) noexcept {
    try {
      return static_cast<std::pmr::memory_resource*>(user)->allocate(bytes, alignment);
    } catch (...) {
      return nullptr;
    }
  }
  static void release_to(void* user, void* memory, std::size_t bytes,
                         std::size_t alignment) noexcept {
    static_cast<std::pmr::memory_resource*>(user)->deallocate(memory, bytes, alignment);
  }

  static void* allocate_on_device(void* user, std::size_t bytes, std::int32_t device,
                                  void* stream) noexcept {
    try {
      return static_cast<DeviceMemoryResource*>(user)->allocate(bytes, device, stream);
    } catch (...) {
      return nullptr;
    }
  }
  static void release_on_device(void* user, void* memory, std::size_t bytes, std::int32_t device,
                                void* stream) noexcept {
    static_cast<DeviceMemoryResource*>(user)->deallocate(memory, bytes, device, stream);
  }

  struct Destroy {
    void operator()(tailfit_context* handle) const noexcept { tailfit_context_destroy(handle); }
  };

  // On the heap so that the C side's pointer to it survives a move of the Context.
  std::unique_ptr<std::function<bool(std::int64_t, std::int64_t)>> progress_;
  std::unique_ptr<tailfit_context, Destroy> handle_;
};

}  // namespace v1
}  // namespace tailfit
