#!/usr/bin/env bash
# Leave a Docker engine that answers: the one that is there, else the installed one started, else one installed.
# An engine that is there is used as it is; too old a one is refused and nothing is changed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/engine-packages.sh"
. "$(dirname "$0")/engine-start.sh"

OLDEST_ENGINE="25" # the first that takes a MAC address per network
OLDEST_API="1.44"  # how that engine says so
OLDEST_COMPOSE="2.26"
DOCKER=""

engine_api() { timeout 15 "${DOCKER:-docker}" version --format '{{.Server.APIVersion}}' 2>/dev/null; }
compose_version() { timeout 15 "$1" compose version --short 2>/dev/null | sed 's/^v//'; }

# A client alone in /usr/local/bin may hide the one the engine came with: take the first that has a good Compose.
find_docker() {
    local client fallback=""
    while read -r client; do
        [[ -n "$client" ]] || continue
        if is_at_least "$(compose_version "$client")" "$OLDEST_COMPOSE"; then
            printf '%s' "$client"
            return
        fi
        fallback="${fallback:-$client}"
    done < <(type -ap docker | awk '!seen[$0]++')
    printf '%s' "$fallback"
}

answers() {
    DOCKER="$(find_docker)"
    [[ -n "$DOCKER" ]] && engine_api >/dev/null
}

require_new_enough() {
    local api version compose
    api="$(engine_api)"
    version="$("$DOCKER" version --format '{{.Server.Version}}')"
    is_at_least "$api" "$OLDEST_API" || die "The engine that answers is too old: $version (API $api); needed is engine $OLDEST_ENGINE (API $OLDEST_API)." \
        "Upgrade it with the packages it came from and run the same command again. Nothing was changed." \
        "An engine elsewhere is taken from DOCKER_HOST."
    compose="$(compose_version "$DOCKER")"
    [[ -n "$compose" ]] || die "The engine answers, but 'docker compose' is missing." "$(compose_way_out)"
    is_at_least "$compose" "$OLDEST_COMPOSE" || die "Docker Compose is too old: $compose; needed is $OLDEST_COMPOSE." "$(compose_way_out)"
    ok "Docker engine $version (API $api), Compose $compose, $("$DOCKER" info --format '{{.Driver}}')"
}

# One that is too old is not even started.
require_new_enough_binary() {
    local version
    version="$(dockerd --version 2>/dev/null | sed -n 's/^Docker version \([^,]*\).*/\1/p')"
    is_at_least "$version" "$OLDEST_ENGINE" || die "The engine installed here is too old: ${version:-unknown}; needed is engine $OLDEST_ENGINE." \
        "Upgrade it with the packages it came from and run the same command again. Nothing was changed."
}

compose_way_out() {
    printf 'Install Compose %s or newer: docker-compose (Debian 13), docker-compose-v2 (Ubuntu), docker-compose-plugin (Docker'\''s own packages).' \
        "$OLDEST_COMPOSE"
}

# What was chosen by the user is never replaced by an engine of ours.
refuse_silent_choice() {
    [[ -z "${DOCKER_HOST:-}" ]] || die "No engine answers at DOCKER_HOST=$DOCKER_HOST." "Start it, or unset DOCKER_HOST to use this machine's own."
    [[ -n "$DOCKER" ]] || return 0
    local why context
    context="$("$DOCKER" context show 2>/dev/null || echo default)"
    [[ "$context" == default ]] || die "No engine answers in the Docker context '$context'." "Start it, or run: docker context use default"
    why="$("$DOCKER" version 2>&1 >/dev/null || true)"
    [[ "$why" != *"permission denied"* ]] || die "An engine is there, but this user may not talk to it." \
        "Run the same command with sudo, or add the user to the group docker."
}

main() {
    if ! answers; then
        refuse_silent_choice
        if have dockerd; then require_new_enough_binary; else install_engine; fi
        answers || start_engine answers
    fi
    require_new_enough
    warn_about_vfs
}

# Where overlay cannot be stacked on the file system below, the engine falls back to whole copies by itself.
warn_about_vfs() {
    [[ "$("$DOCKER" info --format '{{.Driver}}')" != vfs ]] || {
        warn "The engine uses the storage driver vfs: every decky costs a whole copy of its image (slow, but it works)."
        note "Give /var/lib/docker a file system of its own (ext4, xfs) to be rid of it."
    }
}

main
