# The stages of .ci/run, one function each, to be sourced. Each runs in a shell of its own with
# `set -euo pipefail` and writes to its own log. A line `note: ...` is shown in the summary, a line
# `skipped: ...` too, and marks the stage so.

stage_packages() {
  ensure_packages "$logs/apt.log" build tests bench format
  CXX=clang++ ensure_packages "$logs/apt.log" build
  g++ --version | head -n 1
  clang++ --version | head -n 1
  cmake --version | head -n 1
}

# What git tracks, and what it would if it were added.
listed_files() {
  git ls-files -z --cached --others --exclude-standard -- "$@"
}

stage_format() {
  local files
  mapfile -d '' -t files < <(listed_files '*.cpp' '*.hpp' '*.c' '*.h' '*.cu' '*.cuh')
  [ ${#files[@]} -gt 0 ] || fail "git lists no C++ file"
  clang-format-14 --dry-run -Werror "${files[@]}" ||
    fail "the lines above are not formatted; clang-format-14 -i FILE mends them"
  echo "note: ${#files[@]} files"
}

stage_shell() {
  local files
  mapfile -d '' -t files < <(listed_files '*.sh' scripts/quickstart scripts/test scripts/fuzz scripts/compare-scipy .ci/run)
  # Each file is read alone, so variables of the files that it sources look unassigned or unused.
  shellcheck --shell=bash --severity=warning --exclude=SC2154,SC2034 "${files[@]}"
  echo "note: ${#files[@]} files"
}

# Files that want splitting. A warning, not a failure: a table of constants may be long.
stage_sizes() {
  local file lines long=0
  while IFS= read -r -d '' file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 450 ]; then
      echo "warning: $file has $lines lines, expected at most 450"
      long=$((long + 1))
    fi
  done < <(listed_files kernels host include tools)
  echo "note: $long files over 450 lines"
}

# Tests that the shared library can be installed and used are among these.
stage_gcc() {
  CXX=g++ ./scripts/test --preset dev
  # A thousand random fits on the fake device, every lane of every group in shuffled order.
  TAILFIT_RANDOM_CASES=1000 TAILFIT_SEED=3 build/dev/tests/device/device_test \
    --gtest_filter='*RandomCases*'
}

# Warnings are errors, so this is also the second compiler's opinion of every file. It takes half the
# time that g++ takes to instrument the kernels. With the fuzzers' counters, so that the stage fuzz has
# nothing left to compile.
stage_asan_ubsan() {
  CXX=clang++ ./scripts/test --preset fuzz -- --label-exclude scripts
}

# The library, whose threads share what a user hands them. `./scripts/test --preset tsan` runs the
# program, too: it reads ahead and hashes by a thread of its own each. Tests marked ONE_THREAD (tests of
# the numbers: functions, steps of a fit, golden values) are left out, on the fake device as well; the
# stages gcc and asan-ubsan have them all.
stage_tsan() {
  CXX=g++ ./scripts/test --preset tsan-library -- --label-exclude scripts
}

# One result, whatever computed it.
stage_bits() {
  ensure_packages "$logs/apt.log" emulation
  bash tests/bits/equal_bits.sh build/bits | tee build/bits.txt
  echo "note: $(tail -n 1 build/bits.txt)"
}

# Some new inputs for each target; the committed ones are a test of every build.
stage_fuzz() {
  ./scripts/fuzz --seconds 25 --jobs 2 | tee build/fuzz.txt
  echo "note: $(grep ' inputs hold$' build/fuzz.txt | tr '\n' ';')"
}

# Where the stages static and cuda build: what g++ makes of the library is the same in both, position
# independent too, and is compiled once. Each says all that the other might have left in the cache.
release_build=build/ci-release

# The library as an archive, as it is released: it must install and serve its users as the shared one does.
stage_static() {
  cmake --preset release -B $release_build -DBUILD_SHARED_LIBS=OFF -DTAILFIT_BUILD_TESTS=OFF \
    -DTAILFIT_BUILD_EXAMPLES=OFF -DTAILFIT_BUILD_TOOLS=OFF -DTAILFIT_BUILD_BENCH=OFF
  timed_build $release_build
  bash tests/install/run.sh $release_build
  echo "note: static library installed and used"
}

# A file compiled for one instruction set must not define a weak symbol: the linker might let it replace
# the portable one of the same name, and the library would then need that instruction set everywhere.
no_weak_symbols() {
  local object weak
  while IFS= read -r -d '' object; do
    weak=$(nm --defined-only --demangle "$object" | awk '$2 ~ /^[WVu]$/')
    [ -z "$weak" ] || fail "$object, compiled for one instruction set, defines weak symbols:" "$weak"
  done < <(find build/dev/kernels -name '*_v[34].cpp.o' -print0)
}

stage_symbols() {
  local library text
  no_weak_symbols
  library=$(find build/dev -name 'libtailfit.so*' -type f -print -quit)
  [ -n "$library" ] || fail "no libtailfit.so under build/dev; run the stage gcc first"
  text=$(bash tests/install/exported_symbols.sh "$library")
  echo "note: ${text#*/host/}"
}

# The whole CUDA side, compiled for one architecture and PTX; what a machine without a GPU can run of
# it: the fallback, PTX and register budgets, and verify-gpu.sh saying "no device".
stage_cuda() {
  local rc=0 compiler
  if ! compiler=$(cuda_program nvcc); then
    echo "skipped: no nvcc on PATH nor in $cuda_bin: CUDA compile skipped"
    return
  fi
  PATH=$PATH:$(dirname "$compiler")
  cmake --preset cuda -B $release_build -DBUILD_SHARED_LIBS=ON -DTAILFIT_BUILD_TESTS=ON \
    -DTAILFIT_BUILD_EXAMPLES=OFF -DTAILFIT_BUILD_TOOLS=OFF -DTAILFIT_BUILD_BENCH=ON
  timed_build $release_build --target tailfit device_ptx kernel_ptx network_ptx ptx_cases ptx_distribution_cases gpu_programs cuda_absent_test cuda_search_test
  ctest --test-dir $release_build --label-regex 'cuda|gpu' --output-on-failure --no-tests=error \
    --parallel "$(build_jobs)"
  ctest --test-dir $release_build --tests-regex 'CudaAbsent|CudaSearch' --output-on-failure --no-tests=error
  bash tests/install/exported_symbols.sh "$(find $release_build/host -name 'libtailfit.so*' -type f)"
  if ! has_command nvidia-smi; then
    ./scripts/verify-gpu.sh --prebuilt $release_build/gpu --report build/ci/gpu-report.json || rc=$?
    [ "$rc" -eq 77 ] || fail "verify-gpu.sh ended with $rc, expected 77: no device"
  fi
  echo "note: compiled with $(nvcc --version | sed -n 's/.*release \([0-9.]*\).*/nvcc \1/p') in $build_time"
}
