#!/usr/bin/env bash
# An office of five deckies on a private LAN of its own, and an intruder who visits it.
#   demo.sh up | down
# Everything of it is called dcndemo0 (the LAN's end on this host), decnet-demo (the intruder's network namespace),
# office (the fleet) or lies in build/demo-state; nothing else is touched.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/demo-lan.sh"
. "$(dirname "$0")/demo-visit.sh"

FLEET="office"
EXAMPLE="$REPO/deployments/examples/office.yaml"
DECNET="$REPO/.venv/bin/decnet"
# The demo is a fleet of its own, and its state is removed with it: a state directory, a database or an orchestrator
# that the environment names are a real fleet's, and are not told of it.
export DECNET_STATE_DIR="$BUILD/demo-state" DECNET_FLEET="$FLEET"
unset DECNET_DATABASE_URL PREFECT_API_URL

up() {
    need_root "A private LAN"
    install_missing "the intruder's tools" ip:iproute2 ssh:openssh-client sshpass:sshpass curl:curl telnet:telnet
    refuse_strangers_fleet
    heading "1  A private LAN"
    lan_is_whole || clean_slate
    make_lan
    heading "2  Five machines that do not exist"
    deploy || die "The deployment failed; what it made so far stays for you to look at." "Take it away with: make demo-down"
    join_bridge
    heading "3  An intruder comes by"
    visit
    heading "4  What was recorded"
    show_visits
    say_what_next
}

down() {
    need_root "Taking the demo down"
    require_engine_for_fleet
    refuse_strangers_fleet
    retire_fleet
    remove_lan
    rm -rf "$DECNET_STATE_DIR"
    require_nothing_left
    ok "The demo is gone"
}

# --- the fleet ------------------------------------------------------------------------------------------------------

deploy() {
    local file="$EXAMPLE"
    if [[ "$DRIVER" == bridge ]]; then
        mkdir -p "$DECNET_STATE_DIR"
        file="$DECNET_STATE_DIR/office-bridge.yaml"
        sed -e 's/driver: macvlan/driver: bridge/' -e '/^  interface:/d' "$EXAMPLE" >"$file"
    fi
    "$DECNET" deploy "$file" --yes
}

fleet_network() { docker network ls --quiet --no-trunc --filter "label=com.decnet.fleet=$FLEET" 2>/dev/null || true; }

fleet_containers() { docker ps --all --quiet --filter "label=com.decnet.fleet=$FLEET" 2>/dev/null || true; }

# Somebody may have a real fleet of that name; the demo's is told from it by its LAN, or else by the state it left.
refuse_strangers_fleet() {
    local network
    network="$(fleet_network)"
    if [[ -n "$network" ]]; then
        ! docker network inspect "$network" --format '{{json .IPAM.Config}}' | grep -qF "\"$SUBNET\"" || return 0
    else
        [[ -n "$(fleet_containers)" && ! -d "$DECNET_STATE_DIR" ]] || return 0
    fi
    die "There is a fleet called '$FLEET' on this engine that is not the demo's; it is left alone." \
        "See it with: DECNET_FLEET=$FLEET .venv/bin/decnet status"
}

# With a silent engine nobody can say whether the deckies are gone.
require_engine_for_fleet() {
    [[ ! -d "$DECNET_STATE_DIR" ]] || timeout 15 docker version &>/dev/null ||
        die "The engine does not answer, and the demo's deckies may be on it." "Start it with 'make engine', then run 'make demo-down' again."
}

# A half-made demo, or one from before a reboot, is taken away and made anew.
clean_slate() {
    retire_fleet
    remove_lan
    rm -rf "$DECNET_STATE_DIR"
}

retire_fleet() {
    local network
    network="$(fleet_network)"
    [[ -n "$network$(fleet_containers)" ]] || return 0
    step "Retiring the fleet" retire "$network"
}

retire() { { "$DECNET" teardown --all --yes --force && "$DECNET" network rm --yes && fleet_is_gone; } || retire_by_label "$1"; }

fleet_is_gone() { [[ -z "$(fleet_network)$(fleet_containers)" ]]; }

# Without the command, or with its state broken, the labels still tell what belongs to the demo.
retire_by_label() {
    local containers
    [[ -n "$1" ]] || return 1
    mapfile -t containers < <(docker ps --all --quiet --filter "label=com.decnet.fleet=$FLEET" --filter "network=$1")
    ((${#containers[@]} == 0)) || docker rm --force "${containers[@]}"
    docker network rm "$1"
}

require_nothing_left() {
    fleet_is_gone || die "Something of the fleet is still there." "Look at $LOG, then run 'make demo-down' again."
    lan_is_gone || die "$PARENT or the namespace $SPACE is still there: a process may be using it." \
        "See who: ip netns pids $SPACE"
}

# --- the end --------------------------------------------------------------------------------------------------------

say_what_next() {
    heading "What next"
    local line
    for line in \
        "export DECNET_STATE_DIR=$DECNET_STATE_DIR DECNET_FLEET=$FLEET|so that the commands below mean this fleet" \
        ".venv/bin/decnet status|who is there, and how they are" \
        ".venv/bin/decnet show files-01|everything about one of them" \
        "nsenter --net=/run/netns/$SPACE bash|be the intruder: nmap -sV $SUBNET, ssh, curl …" \
        "make demo-down|take it all away again"; do
        printf '  %s%s%s\n    %s%s%s\n' "$BOLD" "${line%%|*}" "$PLAIN" "$DIM" "${line##*|}" "$PLAIN"
    done
}

case "${1:-}" in
    up | down) "$1" ;;
    *) die "Usage: demo.sh up | down" ;;
esac
