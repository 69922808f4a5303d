# shellcheck shell=bash
# The demo's private LAN: a cable between this host and the intruder. Sourced by demo.sh.

PARENT="dcndemo0"
SPACE="decnet-demo"
SUBNET="10.213.77.0/24"
INTRUDER="10.213.77.1"
BRIDGED_INTRUDER="10.213.77.2" # on a bridge, the first address is the bridge's own
DRIVER="macvlan"

make_lan() {
    lan_is_whole || lay_cable
    can_macvlan || use_bridge
    ok "LAN $SUBNET by $DRIVER on $PARENT; the intruder sits at $INTRUDER in the network namespace $SPACE"
}

lan_is_whole() { ip link show "$PARENT" && inside ip link show lan0; } &>/dev/null

lan_is_gone() { ! ip link show "$PARENT" &>/dev/null && [[ ! -e "/run/netns/$SPACE" ]]; }

# Not 'ip netns exec': it wants to change the propagation of /, which a plain chroot does not have as a mount.
inside() { nsenter --net="/run/netns/$SPACE" "$@"; }

# A LAN somewhere that uses the same addresses would be cut off from this host.
require_free_subnet() {
    local route
    route="$(ip -4 route show root "$SUBNET" | head -n 1)"
    [[ -z "$route" ]] || die "The demo's addresses $SUBNET are in use here: $route" "The demo cannot run on this machine."
}

lay_cable() {
    require_free_subnet
    ip netns add "$SPACE"
    ip link add "$PARENT" type veth peer name lan0 netns "$SPACE"
    ip link set "$PARENT" up
    inside ip link set lo up
    inside ip address add "$INTRUDER/24" dev lan0
    inside ip link set lan0 up
}

can_macvlan() {
    ip link add dcndemo1 link "$PARENT" type macvlan mode bridge 2>/dev/null && ip link delete dcndemo1
}

use_bridge() {
    warn "This kernel makes no macvlan interfaces; the demo uses a bridge instead."
    DRIVER="bridge"
    INTRUDER="$BRIDGED_INTRUDER"
    inside ip address flush dev lan0
    inside ip address add "$INTRUDER/24" dev lan0
}

own_bridge() {
    local network
    network="$(fleet_network)"
    printf 'br-%s' "${network:0:12}"
}

# On macvlan the cable is the LAN; a bridge is made with the fleet, and the cable plugged into it then.
join_bridge() { [[ "$DRIVER" != bridge ]] || ip link set "$PARENT" master "$(own_bridge)"; }

remove_lan() {
    ip link delete "$PARENT" 2>/dev/null || true
    ip netns delete "$SPACE" 2>/dev/null || true
}
