# What the project needs from the machine, and how to get it with apt-get where something is missing.
# To be sourced after common.sh.
#
# A thing is missing when it cannot be used, whatever dpkg says: a compiler or library that was
# installed some other way counts. So a machine that has everything needs neither apt-get nor root.
#
# Packages come in groups:
#   build   library and program       tests   GoogleTest on top      bench   Google Benchmark on top
#   data    python3 with pip          format  clang-format 14, shellcheck
#   emulation   AArch64: a cross compiler and an emulator

# One line per library: package, then a header that it brings.
build_headers='libtbb-dev tbb/parallel_for.h
zlib1g-dev zlib.h
libcli11-dev CLI/CLI.hpp
nlohmann-json3-dev nlohmann/json.hpp
libssl-dev openssl/evp.h'
tests_headers='libgtest-dev gtest/gtest.h
libgmock-dev gmock/gmock.h
libmpfr-dev mpfr.h'
bench_headers='libbenchmark-dev benchmark/benchmark.h'

oldest_cmake=3.25

has_command() {
  command -v "$1" >/dev/null 2>&1
}

# The package that brings $CXX (g++ if it is unset). Fails for a compiler that nobody packages.
compiler_package() {
  local compiler=${CXX:-g++}
  case $(basename "${compiler%% *}") in
    g++) say g++ ;;
    clang++) say clang ;;
    g++-* | clang++-*) basename "${compiler%% *}" | sed 's/^clang++-/clang-/' ;;
    *) fail "CXX is '$compiler', which is not on this machine; expected g++ or clang++" ;;
  esac
}

# missing_headers LIST: the packages of LIST whose header the compiler does not find. Without a
# compiler nobody can look, and dpkg is asked.
missing_headers() {
  local package header compiler
  read -ra compiler <<<"${CXX:-g++}"
  if has_command "${compiler[0]}"; then
    # Lines that survive the preprocessor are the packages wanted.
    while read -r package header; do
      printf '#if !__has_include(<%s>)\nmissing %s\n#endif\n' "$header" "$package"
    done <<<"$1" | "${compiler[@]}" -std=c++20 -E -P -x c++ - | sed -n 's/^missing //p' | tr -d ' '
    return
  fi
  while read -r package header; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      say "$package"
    fi
  done <<<"$1"
}

# missing_packages GROUP...: the Debian packages whose contents this machine lacks, one a line.
missing_packages() {
  local group compiler
  for group in "$@"; do
    case $group in
      build)
        read -ra compiler <<<"${CXX:-g++}"
        has_command "${compiler[0]}" || compiler_package
        has_command cmake || say cmake
        has_command ninja || say ninja-build
        missing_headers "$build_headers"
        ;;
      tests) missing_headers "$tests_headers" ;;
      bench) missing_headers "$bench_headers" ;;
      data)
        has_command python3 || say python3
        python3 -m pip --version >/dev/null 2>&1 || say python3-pip
        [ -e "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" ] || say ca-certificates
        ;;
      format)
        has_command clang-format-14 || say clang-format-14
        has_command shellcheck || say shellcheck
        ;;
      emulation)
        has_command aarch64-linux-gnu-g++ || say g++-aarch64-linux-gnu
        has_command qemu-aarch64-static || say qemu-user-static
        ;;
      *) fail "no group of packages is called '$group'" ;;
    esac
  done
}

# Sets the array as_root to what must stand before a command to run it as root.
find_root() {
  as_root=()
  [ "$(id -u)" -ne 0 ] || return 0
  # Without a terminal nobody can type a password.
  if has_command sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    # sudo drops the environment; apt-get needs the proxy of the caller.
    as_root=(sudo env ${http_proxy+"http_proxy=$http_proxy"} ${https_proxy+"https_proxy=$https_proxy"})
    return 0
  fi
  fail "these packages are missing, and installing them takes root (no usable sudo here): $*" \
    "As root, run:" \
    "    apt-get update && apt-get install --no-install-recommends $*"
}

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@"
}

install_packages() {
  local log=$1
  shift
  if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
    logged "$log" "apt-get update" apt_get update
  fi
  if apt_get install --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then return; fi
  # Package lists that are months old name files that the mirror no longer has.
  logged "$log" "apt-get update" apt_get update
  logged "$log" "apt-get install $*" apt_get install --no-install-recommends "$@"
}

require_cmake_version() {
  local found
  found=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  if [ "$(printf '%s\n' "$oldest_cmake" "$found" | sort -V | head -n 1)" != "$oldest_cmake" ]; then
    fail "cmake is $found, expected $oldest_cmake or newer (Debian 12, Ubuntu 24.04 or later have it)"
  fi
}

# ensure_packages LOG GROUP...: installs what is missing. Says what it does; silent where it need not
# do anything.
ensure_packages() {
  local log=$1 missing
  shift
  missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
  missing=${missing% }
  if [ -n "$missing" ]; then
    has_command apt-get || fail "this machine lacks what these Debian packages bring: $missing" \
      "There is no apt-get here to install them with; please install their equivalents."
    # shellcheck disable=SC2086  # a list of names
    find_root $missing
    say "Installing $missing"
    # shellcheck disable=SC2086
    install_packages "$log" $missing
    hash -r
    missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
    [ -z "$missing" ] || fail "apt-get installed them, yet these cannot be used: $missing" \
      "Is another ${CXX:-g++}, cmake or python3 in front on PATH? The log is $log"
  fi
  case " $* " in *" build "*) require_cmake_version ;; esac
}
