#!/usr/bin/env bash
# Install what the tests' intruder and the throw-away PostgreSQL need. Finds nothing to do on a second run.
. "$(dirname "$0")/lib.sh"

TOOLS=(
    nmap:nmap ssh:openssh-client sshpass:sshpass telnet:telnet ftp:ftp curl:curl arping:iputils-arping
    ip:iproute2 unshare:util-linux ps:procps
)
# While this file is there, installing PostgreSQL makes no cluster, and so starts none.
NO_CLUSTER="/etc/postgresql-common/createcluster.d/decnet-test-tools.conf"

# The server's binaries are not in PATH: Debian keeps each version in a directory of its own.
have_postgres_server() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { have initdb && have postgres; }; }

install_postgres_server() {
    need_root "Installing PostgreSQL"
    trap 'rm -f "$NO_CLUSTER"' EXIT
    mkdir -p "$(dirname "$NO_CLUSTER")"
    echo 'create_main_cluster = false' >"$NO_CLUSTER"
    install_packages "PostgreSQL for a throw-away database" postgresql
}

main() {
    install_missing "the tests' tools" "${TOOLS[@]}"
    have_postgres_server || install_postgres_server
    ok "Tests' tools: all there"
}

main
