# Building and packing the programs that scripts/verify-gpu.sh runs. To be sourced after common.sh,
# packages.sh and build.sh.

gpu_programs=(gpu_info gpu_math_parity gpu_tests gpu_calls_tests gpu_fit_parity gpu_bench)
# The folder of CUDA's own programs. Installers do not put it on PATH.
cuda_bin=${CUDA_HOME:-/usr/local/cuda}/bin

# cuda_program NAME: where it is. Fails where it is not on this machine.
cuda_program() {
  command -v "$1" || { [ -x "$cuda_bin/$1" ] && say "$cuda_bin/$1"; }
}

# The commit of this checkout, with -dirty where tracked files differ from it. Nothing without git.
checkout_commit() {
  local commit
  commit=$(git -C "$repo_root" rev-parse HEAD 2>/dev/null) || return 0
  [ -z "$(git -C "$repo_root" status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=-dirty
  say "$commit"
}

# build_gpu_programs BUILD ARCHITECTURES: leaves the programs in BUILD/gpu.
build_gpu_programs() {
  local build=$1 architectures=$2 log=$1/build.log fresh=() program
  mkdir -p "$build" && : >"$log" || fail "cannot write to $build"
  ensure_packages "$log" build tests bench
  if ! has_command nvcc; then
    [ -x "$cuda_bin/nvcc" ] || fail "no nvcc on PATH nor in $cuda_bin, which compiling for a GPU takes" \
      "Programs from another machine need none: --make-prebuilt DIR there, --prebuilt DIR here."
    PATH=$PATH:$cuda_bin
  fi
  # A build directory of another checkout is configured anew; the reports in it stay.
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$repo_root" "$build/CMakeCache.txt" || fresh=(--fresh)
  say "Building the programs for architectures '$architectures' (log: $log)"
  logged "$log" "Configuring" cmake --preset cuda "${fresh[@]}" -B "$build" -DTAILFIT_BUILD_TESTS=ON \
    -DTAILFIT_BUILD_BENCH=ON -DCMAKE_CUDA_ARCHITECTURES="$architectures"
  logged "$log" "Building" cmake --build "$build" --target gpu_programs --parallel "$(build_jobs)"
  for program in "${gpu_programs[@]}"; do
    [ -x "$build/gpu/$program" ] || fail "the target gpu_programs left no $build/gpu/$program"
  done
}

# packed_libraries PROGRAM...: the shared libraries that a bare machine may lack, one path a line. What
# every machine with a driver and a C++ run time has stays where it is.
packed_libraries() {
  local text
  text=$(ldd "$@") || fail "ldd cannot read the programs: $text"
  if grep 'not found' <<<"$text" >&2; then fail "the programs need the libraries above, not found here"; fi
  sed -nE 's/^.* => ([^ ]*\/lib(tbb|tbbmalloc|benchmark|gtest|gmock|tailfit|cudart|mpfr|gmp)[^/ ]*) .*/\1/p' \
    <<<"$text" | sort -u
}

# make_prebuilt DIR ARCHITECTURES
make_prebuilt() {
  local dir=$1 build=$repo_root/build/verify-gpu-prebuilt commit libraries library program
  commit=$(checkout_commit)
  # Tried before the build, which takes minutes.
  { mkdir -p "$dir/lib" "$dir/golden" && : >"$dir/lib/.partial" && rm "$dir/lib/.partial"; } 2>/dev/null ||
    fail "cannot write to $dir"
  build_gpu_programs "$build" "$2"
  # Written again at the end, so that a folder that is half made has none.
  rm -f "$dir/commit"
  libraries=$(packed_libraries "${gpu_programs[@]/#/$build/gpu/}")
  for program in "${gpu_programs[@]}"; do
    # Stripped aside and moved: a program of that name may be running.
    strip -o "$dir/$program.partial" "$build/gpu/$program"
    chmod 755 "$dir/$program.partial"
    mv "$dir/$program.partial" "$dir/$program"
  done
  while IFS= read -r library; do
    [ -z "$library" ] || strip --strip-unneeded -o "$dir/lib/${library##*/}" "$library"
  done <<<"$libraries"
  cp "$repo_root"/tests/golden/*.csv "$dir/golden/"
  say "${commit:-unknown}" >"$dir/commit"
  say "$dir: ${#gpu_programs[@]} programs, $(grep -c . <<<"$libraries" || true) shared libraries, of commit" \
    "${commit:-unknown}; $(du -sb "$dir" | awk '{ printf "%.1f", $1 / 1048576 }') MiB"
}
