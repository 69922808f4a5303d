#!/usr/bin/env bash
# The part of bare-check.sh that runs in the new namespaces: becomes the bare machine and runs make there.
#   bare-inside.sh ROOT TARGET…
set -euo pipefail

# Only this process and its children live in the control groups, so that the namespace's root can be emptied.
if [[ -n "${CGROUPS:-}" ]]; then
    for place in $CGROUPS; do echo 0 >"$place/cgroup.procs"; done
    exec env -u CGROUPS unshare --cgroup bash "$0" "$@"
fi

ROOT="$1"
shift

mount_devices() {
    local node
    mount -t tmpfs -o mode=755 tmpfs dev
    for node in null zero full random urandom tty; do
        mknod -m 666 "dev/$node" c "0x$(stat -c %t "/dev/$node")" "0x$(stat -c %T "/dev/$node")"
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
}

# The control groups stay unmounted where the kernel lets 'make engine' show that it can mount them (version 1);
# in version 2 no process may sit in the root of a namespace whose controllers are handed on.
prepare_cgroups() {
    ! grep -q '^[1-9]' /proc/self/cgroup || return 0
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mkdir sys/fs/cgroup/init
    echo $$ >sys/fs/cgroup/init/cgroup.procs
}

become_root() {
    [[ -n "${BARE_CHROOT:-}" ]] || mount --bind "$ROOT" "$ROOT"
    cd "$ROOT"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t tmpfs -o mode=755 tmpfs run
    mount_devices
    prepare_cgroups
    hostname bare
    [[ -z "${BARE_CHROOT:-}" ]] || return 0
    pivot_root . mnt
    umount -l /mnt
}

make_target() {
    local begun=$SECONDS status=0
    printf '\n$ make %s\n' "$1"
    chroot . make -C /root/decnet --no-print-directory "$1" || status=$?
    printf '\n  make %s: status %d after %d s\n' "$1" "$status" "$((SECONDS - begun))"
    return "$status"
}

become_root
for target in "$@"; do make_target "$target"; done
