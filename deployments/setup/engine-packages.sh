# shellcheck shell=bash
# Which packages make an engine on which system. Sourced by engine.sh.

NEXT_SUITE="trixie" # Debian 12's own engine is 20.10; that of Debian 13 runs beside its runc and tini (tried)
BORROWED=(docker.io docker-cli docker-compose docker-buildx containerd)
SOURCES_FILE="/etc/apt/sources.list.d/decnet-engine.sources"
PREFERENCES_FILE="/etc/apt/preferences.d/decnet-engine"
DEBIAN_KEYRING="/usr/share/keyrings/debian-archive-keyring.gpg"

install_engine() {
    need_root "Installing a Docker engine"
    case "$(os_value ID) $(os_value VERSION_ID)" in
        "debian 12") borrow_engine ;;
        "debian 1"[01] | "debian "?) refuse_system ;;
        "debian "*) install_engine_packages docker.io docker-cli docker-compose docker-buildx ;;
        "ubuntu "*) install_engine_packages docker.io docker-compose-v2 docker-buildx ;;
        *) refuse_system ;;
    esac
}

refuse_system() {
    die "No Docker engine answers and none is installed; on $(os_value PRETTY_NAME) it cannot be installed from here." \
        "Install engine $OLDEST_ENGINE or newer with Compose $OLDEST_COMPOSE or newer, and run the same command again."
}

install_engine_packages() {
    step "Reading the package lists" apt_update
    require_new_enough_candidate
    install_packages "Docker engine" "$@" iptables iproute2 ca-certificates
}

require_new_enough_candidate() {
    local candidate
    candidate="$(apt-cache policy docker.io | awk '$1 == "Candidate:" { print $2 }')"
    is_at_least "$candidate" "$OLDEST_ENGINE" || die "The package docker.io here is ${candidate:-not to be had}; needed is $OLDEST_ENGINE or newer. Nothing was installed." \
        "On Ubuntu it is in the components main and universe of the -updates suite: see /etc/apt/sources.list.d." \
        "Or install a newer Docker engine by hand and run the same command again."
}

borrow_engine() {
    install_packages "Debian's archive keys" debian-archive-keyring
    # A suite that cannot be read would leave the machine's apt failing.
    trap 'rm -f "$SOURCES_FILE" "$PREFERENCES_FILE"' EXIT
    next_suite_is_known || write_sources
    write_preferences
    unset APT_UPDATED # the new suite has not been read yet
    install_engine_packages "${BORROWED[@]}"
    trap - EXIT
}

next_suite_is_known() { [[ -n "$(apt_targets "Codename: $NEXT_SUITE")" ]]; }

apt_targets() { apt-get indextargets --format "\$(REPO_URI)|\$(RELEASE)|\$(SOURCESENTRY)" 'Created-By: Packages' 'Origin: Debian' "$@" | sort -u; }

# The same mirrors as for the machine's own suite, so that a machine which knows only a private mirror asks no other.
write_sources() {
    local uri release entry target=""
    while IFS='|' read -r uri release entry; do
        [[ "$release" == bookworm* ]] || continue
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
            "$uri" "${release/bookworm/$NEXT_SUITE}" "$(keyring_of "$entry")"
    done < <(apt_targets 'Component: main') >"$BUILD/decnet-engine.sources"
    target="$(<"$BUILD/decnet-engine.sources")"
    [[ -n "$target" ]] || die "None of the machine's apt sources is Debian 12's own archive (suite bookworm, component main)." \
        "Add it to /etc/apt/sources.list.d and run the same command again, or install a Docker engine 25 or newer by hand."
    { echo "# Written by DECNET's 'make engine': only the engine comes from here, see $PREFERENCES_FILE." && echo "$target"; } >"$SOURCES_FILE"
    ok "Debian 13 added as a source for the engine only ($SOURCES_FILE)"
}

# A private mirror may be signed with a key of its own, named where the machine names it for its own suite.
keyring_of() {
    local file="${1%:*}" number="${1##*:}" key=""
    case "$file" in
        *.sources) key="$(awk -v RS= -v n="$number" 'NR == n' "$file" | sed -n 's/^[Ss]igned-[Bb]y: *\(\/[^ ]*\) *$/\1/p')" ;;
        *.list) key="$(sed -n "${number}s/.*[[ ]signed-by=\(\/[^] ]*\).*/\1/p" "$file")" ;;
    esac
    printf '%s' "${key:-$DEBIAN_KEYRING}"
}

# Priority 1: nothing else ever comes from the next suite, neither now nor with the next upgrade.
# Where the user has that suite already, its other priorities are theirs.
write_preferences() {
    {
        printf "# Written by DECNET's 'make engine': Debian 12's own engine is too old.\n"
        printf 'Package: %s\nPin: release o=Debian,n=%s*\nPin-Priority: 990\n' "${BORROWED[*]}" "$NEXT_SUITE"
        if [[ -e "$SOURCES_FILE" ]]; then
            printf '\nPackage: *\nPin: release o=Debian,n=%s*\nPin-Priority: 1\n' "$NEXT_SUITE"
        fi
    } >"$PREFERENCES_FILE"
}
