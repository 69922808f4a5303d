# shellcheck shell=bash
# Starting an installed engine, with a service manager or without one. Sourced by engine.sh.

ENGINE_LOG="/var/log/decnet-dockerd.log"
ENGINE_PID="/var/run/docker.pid" # dockerd's own default
PATIENCE=60                      # seconds until an engine that was started must answer

# start_engine ANSWERS: start it and wait until the command ANSWERS succeeds.
start_engine() {
    need_root "Starting the Docker engine"
    if [[ -d /run/systemd/system ]]; then
        step "Starting the Docker engine (systemd)" systemctl start docker
    else
        mount_kernel_views
        dockerd_runs || launch_dockerd
    fi
    step "Waiting for the engine to answer" wait_until "$1"
}

launch_dockerd() {
    note "no service manager here: dockerd runs by hand, its log is $ENGINE_LOG"
    # A session of its own, so that neither the end of make nor Ctrl-C takes the engine and the fleet with it;
    # default-signal, because what a script starts in the background ignores SIGINT, and so would every container.
    setsid env --default-signal=INT,QUIT "$REPO/deployments/setup/mounted-root.sh" dockerd >>"$ENGINE_LOG" 2>&1 </dev/null &
    DOCKERD=$!
}

wait_until() {
    local deadline=$((SECONDS + PATIENCE))
    until "$1"; do
        if ((SECONDS > deadline)) || { [[ -n "${DOCKERD:-}" ]] && ! kill -0 "$DOCKERD" 2>/dev/null; }; then
            echo "The engine does not answer. The end of its log:"
            engine_log
            return 1
        fi
        sleep 0.5
    done
}

engine_log() {
    if [[ -n "${DOCKERD:-}" ]]; then tail -n 25 "$ENGINE_LOG"; else journalctl -u docker -n 25 --no-pager; fi
}

# The packages may have started it a moment ago; a second one would fail.
dockerd_runs() {
    [[ -f "$ENGINE_PID" ]] || return 1
    [[ "$(cat "/proc/$(<"$ENGINE_PID")/comm" 2>/dev/null)" != dockerd ]] || return 0
    # A machine that went down hard leaves the file, and dockerd takes whoever has that number now for itself.
    rm -f "$ENGINE_PID"
    return 1
}

# In a bare root file system nobody has mounted them; the engine limits and counts containers with control groups.
mount_kernel_views() {
    [[ -e /proc/self ]] || step "Mounting /proc" mount -t proc proc /proc
    mountpoint -q /sys/fs/cgroup || step "Mounting the control groups" mount_cgroups
}

mount_cgroups() {
    mountpoint -q /sys || mount -t sysfs sysfs /sys || explain_cgroups || return 1
    if ! grep -q '^[1-9]' /proc/self/cgroup; then
        mount -t cgroup2 cgroup2 /sys/fs/cgroup || explain_cgroups
        return
    fi
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup || explain_cgroups || return 1
    local controllers place
    # The kernel has bound the controllers already: each hierarchy is mounted in the very combination it has.
    while IFS=: read -r _ controllers _; do
        [[ -n "$controllers" ]] || continue
        place="/sys/fs/cgroup/${controllers#name=}"
        mkdir -p "$place"
        mount -t cgroup -o "$(cgroup_option "$controllers")" cgroup "$place" || explain_cgroups || return 1
    done </proc/self/cgroup
}

cgroup_option() { case "$1" in name=*) printf 'none,%s' "$1" ;; *) printf '%s' "$1" ;; esac; }

explain_cgroups() {
    echo "The control groups cannot be mounted from in here; the engine cannot run without them."
    echo "Start this container with full privileges, or mount /sys/fs/cgroup into it."
    return 1
}
