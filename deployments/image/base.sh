#!/usr/bin/env bash
# Make a base image from this machine's own Debian or Ubuntu packages, for engines that reach no image registry.
#
#   base.sh IMAGE [INPUTS]    imports IMAGE, labelled with INPUTS
#
# apt resolves the packages against an empty system, with the sources, pins and signatures of this machine.
set -euo pipefail
image=$1 inputs=${2:-}
packages=(python3-minimal libpython3-stdlib libnettle8 libc-bin)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/archives/partial" "$work/root"

download() {
  apt-get -qq -y --no-install-recommends --download-only install "${packages[@]}" \
    -o Dir::State::status=/dev/null -o Dir::Cache::archives="$work/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o Debug::NoLocking=true -o APT::Sandbox::User=root >"$work/log" 2>&1
}

# A machine that never asked for its package lists, or asked long ago, fails the first time.
if ! download; then
  apt-get -qq update >"$work/log.update" 2>&1 || true
  download || { echo "image: no base from packages:" >&2; tail -n 5 "$work/log.update" "$work/log" >&2; exit 1; }
fi

for package in "$work"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" --keep-directory-symlink --no-same-owner \
    --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'
done

# Unpacked by hand, a merged-/usr release lacks its links, and the dynamic loader's own path runs through one.
for directory in bin sbin lib lib64; do
  if [ -d "$work/root/$directory" ] && [ ! -L "$work/root/$directory" ]; then
    mkdir -p "$work/root/usr/$directory"
    cp -a "$work/root/$directory/." "$work/root/usr/$directory/"
    rm -rf "${work:?}/root/$directory"
  fi
  if [ -d "$work/root/usr/$directory" ] && [ ! -e "$work/root/$directory" ]; then
    ln -s "usr/$directory" "$work/root/$directory"
  fi
done

mkdir -p "$work/root/etc" "$work/root/tmp"
chmod 1777 "$work/root/tmp"
printf 'root:x:0:0:root:/root:/usr/sbin/nologin\n' >"$work/root/etc/passwd"
printf 'root:x:0:\n' >"$work/root/etc/group"
tar -c -C "$work/root" --numeric-owner --owner=0 --group=0 . |
  docker import --change "LABEL com.decnet.inputs=$inputs" --change 'CMD ["python3"]' - "$image" >/dev/null
