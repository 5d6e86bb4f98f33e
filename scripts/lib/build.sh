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
