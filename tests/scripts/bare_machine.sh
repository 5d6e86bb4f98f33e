#!/usr/bin/env bash
# Tries a command of the repository on a bare Debian or Ubuntu: a fresh minimal root file system
# (debootstrap) with a copy of this working tree in it. By hand, not in CI: it takes root, debootstrap
# and a package mirror, and a few minutes.
#
#     tests/scripts/bare_machine.sh SUITE MIRROR root|sudo|offline COMMAND...
#     tests/scripts/bare_machine.sh bookworm "$MIRROR" root ./scripts/quickstart
#
# SUITE: bookworm, noble, ...; MIRROR: address of the archive.
# root     the command runs as root
# sudo     as a normal user who may sudo without a password
# offline  as root with no network, after the command has run once with it
# The root file system is made once per suite and kept in out/bare-machine/; remove it to start afresh.
set -euo pipefail

[ $# -ge 4 ] || { sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
suite=$1 mirror=$2 who=$3
shift 3
case $who in root | sudo | offline) ;; *) echo "expected root, sudo or offline, not '$who'" >&2; exit 2 ;; esac

repo_root=$(cd "$(dirname "$0")/../.." && pwd -P)
store=$repo_root/out/bare-machine
base=$store/$suite.tar
mkdir -p "$store"

root=$(mktemp -d "${TMPDIR:-/tmp}/bare-machine.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT

if [ ! -e "$base" ]; then
  echo "Making a minimal $suite"
  components=main
  [[ $mirror == *ubuntu* ]] && components=main,universe
  debootstrap --variant=minbase --components="$components" "$suite" "$root" "$mirror" \
    >"$store/$suite.log" 2>&1 || { tail -n 20 "$store/$suite.log" >&2; exit 1; }
  # As on a machine whose package lists were never fetched.
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
  tar -C "$root" -cf "$base.partial" .
  mv "$base.partial" "$base"
else
  tar -C "$root" -xf "$base"
fi

chmod 755 "$root"  # mktemp made it for its owner only

# What a machine here needs in order to reach its package sources at all: names, certificates, pip's
# settings. The certificates lie elsewhere than ca-certificates puts its own.
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
cp "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/machine-certificates.crt"
settings=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb
  PIP_CERT=/etc/machine-certificates.crt)
for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST http_proxy https_proxy no_proxy; do
  [ -z "${!name-}" ] || settings+=("$name=${!name}")
done

mkdir -p "$root/srv/tailfit"
git -C "$repo_root" ls-files -z --cached --others --exclude-standard |
  (cd "$repo_root" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
  tar -C "$repo_root" --null -T - -cf - | tar -C "$root/srv/tailfit" -xf - --no-same-owner

# The mounts are in a name space of their own: they are gone when the command is, however it ends.
inside() {
  unshare --mount --pid --fork ${no_network+--net} bash -euo pipefail -c '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" /usr/bin/env -i "$@"' bare-machine "$root" "${settings[@]}" "$@"
}

in_repository=(HOME=/root bash -c 'cd /srv/tailfit && exec "$@"' bash)
if [ "$who" = sudo ]; then
  inside HOME=/root bash -euc 'apt-get -q update && apt-get -q -y install --no-install-recommends sudo &&
    useradd --create-home person && echo "person ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/person &&
    chown -R person: /srv/tailfit' >"$store/sudo.log" 2>&1
  in_repository=(setpriv --reuid=person --regid=person --init-groups env HOME=/home/person
    bash -c 'cd /srv/tailfit && exec "$@"' bash)
fi

time inside "${in_repository[@]}" "$@"
if [ "$who" = offline ]; then
  echo "Once more, without a network"
  no_network=1
  time inside "${in_repository[@]}" "$@"
fi
