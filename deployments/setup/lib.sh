# shellcheck shell=bash
# What the set-up scripts share: how they speak, how they run long steps, how they install packages.
# Sourced, never run.

set -euo pipefail

REPO="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
BUILD="$REPO/build"
LOG="$BUILD/$(basename "${0%.sh}").log"
mkdir -p "$BUILD"
# A container's PATH may lack the places where ip, iptables and dockerd live.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

if [[ -t 1 && -z "${NO_COLOR:-}" || -n "${FORCE_COLOR:-}" ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' CYAN=$'\e[36m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' GREEN='' YELLOW='' CYAN='' PLAIN=''
fi

# --- speaking -------------------------------------------------------------------------------------------------------

heading() { printf '\n%s%s%s\n' "$BOLD$CYAN" "$*" "$PLAIN"; }
ok() { printf '  %s✓%s %s\n' "$GREEN" "$PLAIN" "$*"; }
note() { printf '    %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
warn() { printf '  %s!%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }

# die WHAT [WAY-OUT]…: say what is wrong, then each way out on a line of its own, and stop.
die() {
    printf '\n  %s✗ %s%s\n' "$RED" "$1" "$PLAIN" >&2
    shift
    local line
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}

# --- long steps -----------------------------------------------------------------------------------------------------

# step LABEL COMMAND…: one line on the screen, the command's output in the log, shown only when it fails.
step() {
    local label="$1" begun=$SECONDS
    shift
    printf '  %s…%s %s' "$CYAN" "$PLAIN" "$label"
    : >"$LOG.step"
    if "$@" >"$LOG.step" 2>&1 </dev/null; then
        finish_step "$label" "$((SECONDS - begun)) s"
        return
    fi
    printf '\n'
    keep_step_log "$label"
    tail -n 40 "$LOG" | sed 's/^/    | /' >&2
    die "$label: failed." "The whole output is in $LOG"
}

finish_step() {
    # On a terminal the line is written over; in a pipe a second half is added to it.
    if [[ -t 1 ]]; then
        printf '\r  %s✓%s %s %s(%s)%s\n' "$GREEN" "$PLAIN" "$1" "$DIM" "$2" "$PLAIN"
    else
        printf ' (%s)\n' "$2"
    fi
    keep_step_log "$1"
}

keep_step_log() {
    { printf '\n== %s, %s\n' "$(date -u +%FT%TZ)" "$1" && cat "$LOG.step"; } >>"$LOG"
    rm -f "$LOG.step"
}

# --- the machine ----------------------------------------------------------------------------------------------------

have() { type -P "$1" >/dev/null; }

# is_at_least VERSION MINIMUM
is_at_least() { [[ -n "$1" && "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

os_value() { (set +u && . /etc/os-release 2>/dev/null && printf '%s' "${!1}"); }

is_debian_like() { [[ " $(os_value ID) $(os_value ID_LIKE) " =~ \ (debian|ubuntu)\  ]] && have apt-get; }

need_root() {
    [[ $EUID -eq 0 ]] || die "$1 needs root." "Run the same command with sudo."
}

# --- packages -------------------------------------------------------------------------------------------------------

apt_quietly() {
    # confold: a configuration file of the user's stays as it is; no-remove: nothing of the user's has to make room.
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

apt_update() { apt_quietly update && APT_UPDATED=yes; }

apt_install() { apt_quietly install --no-install-recommends --no-remove "$@"; }

# install_packages WHAT PACKAGE…: the packages are known to be missing; get them or say what to do.
install_packages() {
    local what="$1"
    shift
    is_debian_like || die "$what is missing, and this is neither Debian nor Ubuntu." \
        "Install what these packages hold, then run the same command again: $*"
    need_root "Installing $*"
    [[ -n "${APT_UPDATED:-}" ]] || step "Reading the package lists" apt_update
    step "Installing $what ($*)" apt_install "$@"
}

# install_missing WHAT COMMAND:PACKAGE…: the packages of those commands that are not there.
install_missing() {
    local what="$1" tool packages=()
    shift
    for tool in "$@"; do have "${tool%%:*}" || packages+=("${tool##*:}"); done
    ((${#packages[@]} == 0)) || install_packages "$what" "${packages[@]}"
}
