#!/usr/bin/env bash
# mounted-root.sh COMMAND…: run it where / is a mount.
#
# In a plain chroot / is none, and then no container can leave it by pivot_root, and 'ip -n' refuses to work. There the
# command sees the same files through a bind mount of / that nobody else sees and that ends with it. Everywhere else
# it simply runs.
set -euo pipefail

if [[ $EUID -ne 0 ]] || awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; then
    exec "$@"
fi

# shellcheck disable=SC2016  # it is expanded by the shell that runs it
exec unshare --mount --propagation unchanged bash -c '
    place=/run/decnet-mounted-root
    mkdir -p "$place" && mount --rbind / "$place" && mount --make-rprivate "$place"
    exec chroot "$place" env --chdir="$PWD" "$@"' -- "$@"
