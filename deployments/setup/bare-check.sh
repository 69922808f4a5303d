#!/usr/bin/env bash
# Prove the promise "two commands on a fresh machine": a bare Debian 12, a fresh clone, make.
#
#   bare-check.sh [demo | test | TARGET…]      default: demo demo-down test
#   BARE_SUITE=trixie Debian 13 instead of 12 (from the mirror of this machine's Debian 12)
#   BARE_CHROOT=1     a plain chroot, whose / is no mount, instead of a root of its own
#   BARE_WORKTREE=1   take the files as they lie here instead of a clone of what is committed
#
# The root file system is debootstrap's smallest plus make, git and CA certificates. It runs in namespaces of its own
# (mount, pid, net, uts, ipc, cgroup) with its own /dev, so its engine, its firewall rules, its networks and its control
# groups are its own. It differs from a real bare machine in two things: the kernel is this machine's, and its one way
# out is user-mode networking (slirp4netns) with this machine's name server, mirrors, CA certificates and pip settings.
. "$(dirname "$0")/lib.sh"

SUITE="${BARE_SUITE:-bookworm}"
NAME="decnet-bare-$$"
WORK="/var/tmp/$NAME"
ROOT="$WORK/root"

main() {
    local targets=("$@")
    case "$*" in
        "") targets=(demo demo-down test) ;;
        demo) targets=(demo demo-down) ;;
    esac
    need_root "A root file system of its own"
    install_missing "what a bare root is made with" debootstrap:debootstrap slirp4netns:slirp4netns git:git
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    heading "A bare Debian ($SUITE) in $ROOT"
    mkdir -m 700 "$WORK"
    step "Making it with debootstrap (about a minute)" make_root
    copy_settings
    copy_repository
    give_network
    give_cgroups
    run_targets "${targets[@]}"
}

# --- the root file system -------------------------------------------------------------------------------------------

debian_12_targets() {
    apt-get indextargets --format "\$($1)" 'Created-By: Packages' 'Origin: Debian' "Codename: $2" | sort -u
}

make_root() {
    local mirror
    mirror="$(debian_12_targets REPO_URI bookworm | head -n 1)"
    [[ -n "$mirror" ]] || { echo "This machine's apt knows no mirror of Debian 12." && return 1; }
    debootstrap --variant=minbase --include=make,git,ca-certificates "$SUITE" "$ROOT" "$mirror"
}

# How this machine reaches its package registries; nothing else of it.
copy_settings() {
    local file suite
    rm -f "$ROOT"/etc/apt/sources.list
    for suite in bookworm bookworm-updates bookworm-security; do debian_12_targets SOURCESENTRY "$suite"; done |
        sed 's/:[0-9]*$//' | sort -u | while read -r file; do sed "s/bookworm/$SUITE/g" "$file" >"$ROOT$file"; done
    apt-config dump | grep '^Acquire::' >"$ROOT/etc/apt/apt.conf.d/00-this-machine" || true
    [[ ! -e /etc/pip.conf ]] || install -m 644 /etc/pip.conf "$ROOT/etc/pip.conf"
    # Not the finished bundle: the next upgrade of the package would write over it.
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$ROOT/usr/local/share/ca-certificates" {} +
    step "Making its CA certificates known there" chroot "$ROOT" update-ca-certificates
    echo 'nameserver 10.0.2.3' >"$ROOT/etc/resolv.conf" # slirp4netns passes questions on to this machine's resolver
    echo bare >"$ROOT/etc/hostname"
    printf '127.0.0.1 localhost bare\n' >"$ROOT/etc/hosts"
}

copy_repository() {
    local place="$ROOT/root/decnet"
    if [[ -n "${BARE_WORKTREE:-}" ]]; then
        mkdir -p "$place"
        git -C "$REPO" ls-files -z -co --exclude-standard | tar -C "$REPO" --null -T - -c --ignore-failed-read | tar -C "$place" -x
        ok "The files as they lie in $REPO"
        return
    fi
    git clone --quiet --no-hardlinks "$REPO" "$place"
    ok "A fresh clone of $(git -C "$REPO" rev-parse --short HEAD)"
    [[ -z "$(git -C "$REPO" status --porcelain)" ]] || warn "There are changes that are not committed: they are not part of it."
}

# --- what it runs in ------------------------------------------------------------------------------------------------

give_network() {
    ip netns add "$NAME"
    slirp4netns --configure --mtu=65520 --disable-host-loopback --netns-type=path "/run/netns/$NAME" uplink >"$WORK/slirp.log" 2>&1 &
    SLIRP=$!
}

# A control group in each hierarchy; a cgroup namespace made from inside it shows it as the root of all.
give_cgroups() {
    CGROUPS=()
    local mounted place
    while read -r _ mounted _; do
        place="$mounted/$NAME"
        mkdir "$place" 2>/dev/null || continue
        CGROUPS+=("$place")
        [[ ! -e "$place/cpuset.cpus" || -e "$place/cgroup.controllers" ]] || copy_cpuset "$mounted" "$place"
    done < <(grep -E '^\S+ \S+ cgroup2? ' /proc/mounts)
}

# Version 1 starts a cpuset empty, and then nobody may enter it.
copy_cpuset() {
    cat "$1/cpuset.cpus" >"$2/cpuset.cpus"
    cat "$1/cpuset.mems" >"$2/cpuset.mems"
}

# Only what decides how registries are reached, and how the output looks, comes along.
kept_environment() { env | grep -iE '^(pip_|uv_|[a-z]*_proxy=|ssl_cert|requests_ca|curl_ca|git_ssl|PYTEST_|BARE_CHROOT=|TERM=|NO_COLOR=)' || true; }

run_targets() {
    local kept status=0
    mapfile -t kept < <(kept_environment)
    [[ ! -t 1 ]] || kept+=("FORCE_COLOR=1")
    # nsenter, because 'ip netns exec' would hide /sys/fs/cgroup; default-signal, because what is in the background
    # starts deaf to Ctrl-C, and tests press it.
    nsenter --net="/run/netns/$NAME" unshare --mount --pid --uts --ipc --fork --kill-child --propagation private \
        env -i --default-signal=INT,QUIT "${kept[@]}" CGROUPS="${CGROUPS[*]}" HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash "$REPO/deployments/setup/bare-inside.sh" "$ROOT" "$@" &
    MACHINE=$! # in the background, so that a signal to this script is heard while it runs
    wait "$MACHINE" || status=$?
    ((status == 0)) || die "Not proven: make failed in the bare root (status $status)."
    ok "Proven on a bare Debian ($SUITE): $*"
}

# --- afterwards -----------------------------------------------------------------------------------------------------

clean_up() {
    switch_off
    [[ -z "${SLIRP:-}" ]] || kill "$SLIRP" 2>/dev/null || true
    ip netns delete "$NAME" 2>/dev/null || true
    local place
    for place in "${CGROUPS[@]:-}"; do
        [[ ! -d "$place" ]] || find "$place" -depth -type d -exec rmdir {} + || warn "The control group $place could not be removed."
    done
    ! grep -q " $WORK/" /proc/mounts || die "Something is still mounted below $WORK; it is left as it is."
    rm -rf --one-file-system "$WORK"
}

# With unshare goes the first process of its namespace, and with that one the kernel ends all others.
switch_off() {
    [[ -z "${MACHINE:-}" ]] || { kill -KILL "$MACHINE" && wait "$MACHINE"; } 2>/dev/null || true
    local _
    for _ in {1..100}; do
        [[ -n "$(processes_of_machine)" ]] || return 0
        sleep 0.2
    done
}

processes_of_machine() {
    local place
    for place in "${CGROUPS[@]:-}"; do
        [[ ! -d "$place" ]] || find "$place" -name cgroup.procs -exec cat {} + 2>/dev/null
    done
}

main "$@"
