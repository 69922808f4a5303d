#!/usr/bin/env bash
# Build the decky image, or say that it is up to date.
#
#   build.sh [--fresh]      --fresh: make the base and the image anew
#
# DECNET_IMAGE        name of the image (default decnet/decky:VERSION; the tag latest is set too)
# DECNET_BASE         a Python image to build from where it is present or can be pulled
# DECNET_PULL_SECONDS how long to wait for a registry (default 20; 0: never ask)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${DECNET_BUILD_DIR:-$repo/build}
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$repo/decnet_core/__init__.py")
image=${DECNET_IMAGE:-decnet/decky:$version}
wanted_base=${DECNET_BASE:-python:3.11-slim-bookworm}
pull_seconds=${DECNET_PULL_SECONDS:-20}
package_base="decnet/decky-base:$(. /etc/os-release && echo "$ID-${VERSION_ID:-rolling}")"

say() { echo "image: $*" >&2; }
die() { say "$*"; exit 1; }
label_of() { docker image inspect --format '{{index .Config.Labels "com.decnet.inputs"}}' "$1" 2>/dev/null || true; }
present() { docker image inspect "$1" >/dev/null 2>&1; }

# The names are relative, so that the same sources give the same hash in every clone.
hash_of() { (cd "$repo" && find "$@" -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32); }

choose_base() {
  local inputs
  inputs=$(hash_of deployments/image/base.sh)
  if present "$wanted_base"; then
    base=$wanted_base
  elif [ "$(label_of "$package_base")" = "$inputs" ] && [ -z "$fresh" ]; then
    base=$package_base
  elif [ "$pull_seconds" != 0 ] && timeout "$pull_seconds" docker pull -q "$wanted_base" >/dev/null 2>&1; then
    base=$wanted_base
  elif command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    say "no registry answers for $wanted_base; making a base from this machine's packages"
    "$here/base.sh" "$package_base" "$inputs"
    base=$package_base
  else
    die "$wanted_base can neither be pulled nor made from packages; load it with 'docker load' or set DECNET_BASE"
  fi
}

# The wheels must fit the interpreter of the base, not the one of this machine.
fetch_wheels() {
  local machine python_version complete platforms=()
  read -r python_version machine < <(docker run --rm --network none --entrypoint python3 "$base" -c \
    'import platform, sys; print("%d.%d" % sys.version_info[:2], platform.machine())')
  wheels=$cache/wheels/$python_version-$machine
  complete=$wheels/.complete-$(hash_of deployments/image/requirements.lock)
  [ -e "$complete" ] && return
  local python=$repo/.venv/bin/python
  [ -x "$python" ] || python=python3
  for glibc in 2_17 2_24 2_26 2_27 2_28 2_31 2_34; do platforms+=(--platform "manylinux_${glibc}_$machine"); done
  rm -rf "$wheels"
  mkdir -p "$wheels"
  say "fetching wheels for Python $python_version on $machine"
  "$python" -m pip -qq --disable-pip-version-check download --no-deps --require-hashes --only-binary=:all: \
    --implementation cp --python-version "$python_version" --platform "manylinux2014_$machine" "${platforms[@]}" \
    --dest "$wheels" --requirement "$here/requirements.lock" || die "the wheels of requirements.lock cannot be had"
  touch "$complete"
}

assemble_context() {
  mkdir -p "$context/app/decnet_core"
  cp "$here/Dockerfile" "$here/rootfs.py" "$context/"
  cp "$repo/decnet_core/__init__.py" "$context/app/decnet_core/"
  cp -r "$repo/decnet_core/decoy" "$context/app/decnet_core/"
  cp -r "$wheels" "$context/wheels"
  find "$context" -name '__pycache__' -prune -exec rm -rf {} +
}

fresh=
[ "${1:-}" = --fresh ] && fresh=yes
docker version >/dev/null 2>&1 || die "no Docker engine answers"
inputs=$(hash_of decnet_core/__init__.py decnet_core/decoy deployments/image)
if [ -z "$fresh" ] && [ "$(label_of "$image")" = "$inputs" ]; then
  docker tag "$image" "${image%:*}:latest"
  say "$image is up to date"
  exit 0
fi

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
choose_base
fetch_wheels
assemble_context
say "building $image from $base"
docker build --quiet --network none --force-rm --build-arg "BASE=$base" --label "com.decnet.inputs=$inputs" \
  --label "com.decnet.base=$base" --tag "$image" "$context" >/dev/null
docker tag "$image" "${image%:*}:latest"
say "$image is ready ($(($(docker image inspect --format '{{.Size}}' "$image") / 1000000)) MB)"
