// What the sanitizers' run time asks a test program for, where one is linked: an allocation that
// cannot be served returns null, as malloc does, so that the tests of failing memory run there too.
#define TAILFIT_SEEN_BY_RUNTIME extern "C" __attribute__((visibility("default"))) const char*

TAILFIT_SEEN_BY_RUNTIME __asan_default_options();
TAILFIT_SEEN_BY_RUNTIME __asan_default_options() { return "allocator_may_return_null=1"; }

TAILFIT_SEEN_BY_RUNTIME __tsan_default_options();
TAILFIT_SEEN_BY_RUNTIME __tsan_default_options() { return "allocator_may_return_null=1"; }

// oneTBB's own calls of memset and kin: its library is not instrumented, so the order it gives them
// is unknown to the tool. Calls from anywhere else are watched.
TAILFIT_SEEN_BY_RUNTIME __tsan_default_suppressions();
TAILFIT_SEEN_BY_RUNTIME __tsan_default_suppressions() { return "called_from_lib:libtbb.so\n"; }
