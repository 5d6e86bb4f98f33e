# Configuring and building. To be sourced after common.sh.

# preset_build_dir PRESET: where the preset is built with $CXX. A compiler other than the default has
# its own directory, because CMake never changes the compiler of one that exists.
preset_build_dir() {
  local compiler=${CXX:-g++}
  compiler=$(basename "${compiler##* }")
  if [ "$compiler" = g++ ]; then
    say "$repo_root/build/$1"
  else
    say "$repo_root/build/$1-$compiler"
  fi
}

# forget_moved_build DIR: removes a build directory that was configured for another checkout (the
# repository was moved or copied), which CMake would refuse.
forget_moved_build() {
  local source
  [ -e "$1/CMakeCache.txt" ] || return 0
  source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$1/CMakeCache.txt")
  [ "$source" = "$repo_root" ] || rm -rf "$1"
}

# timed_build DIR CMAKE-ARGUMENT...: builds what is configured there and says how long it took, and the
# five files longest. Leaves the same in one line in $build_time. Ninja writes the files' times beside
# those of earlier builds, in no order that lasts; where it built nothing or left no log there are none.
timed_build() {
  local log=$1/.ninja_log begun=$SECONDS before longest
  before=$(cat "$log" 2>/dev/null || true)
  cmake --build "$1" --parallel "$(build_jobs)" "${@:2}"
  build_time="$((SECONDS - begun)) s"
  say "built in $build_time"
  # Milliseconds of begin and end, time of the output, output, hash of the command; a line for each
  # output of a command.
  longest=$({ grep -vxFf <(say "$before") "$log" 2>/dev/null || true; } |
    awk -F '\t' 'NF == 5 && !seen[$5]++ {
      file = $4; sub(/CMakeFiles\/[^\/]*\.dir\//, "", file); gsub(/__\//, "", file); sub(/\.o$/, "", file)
      printf "%.1f s %s\n", ($2 - $1) / 1000, file }' | sort -rn | sed -n '1,5p')
  [ -n "$longest" ] || return 0
  say "$longest" | sed 's/^/  /'
  build_time+=", the longest ${longest%%$'\n'*}"
}
