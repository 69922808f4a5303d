#!/usr/bin/env bash
# Make .venv from the lock file, with the command at .venv/bin/decnet. A second run finds nothing to do.
. "$(dirname "$0")/lib.sh"

VENV="$REPO/.venv"
STAMP="$VENV/.decnet-installed"
OLDEST="3.11"

is_new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < (${OLDEST/./, }))" 2>/dev/null; }

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if have "$name" && is_new_enough "$name"; then
            type -P "$name"
            return
        fi
    done
    return 1
}

require_python() {
    find_python && return
    have python3 || { install_packages "Python" python3 python3-venv >&2 && find_python && return; }
    die "Python $OLDEST or newer is needed; python3 here is $(python3 -V 2>&1 | cut -d' ' -f2)." \
        "Debian 12 and 13 and Ubuntu 24.04 have it as python3." \
        "Elsewhere install python$OLDEST and python$OLDEST-venv (or a newer one) beside it and run 'make install' again;" \
        "the python3 of the system stays as it is."
}

can_make_venv() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

# Debian splits venv off into a package of its own, named after the version of the interpreter.
require_venv_module() {
    can_make_venv "$1" && return
    local version
    version="$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    [[ "$1" == /usr/bin/* ]] || die "$1 cannot make virtual environments (modules venv and ensurepip are missing)." \
        "Install them for that Python, or put another Python $OLDEST+ first in PATH."
    install_packages "Python's venv module" "python$version-venv"
    can_make_venv "$1" || die "$1 still cannot make virtual environments."
}

# Everything the result depends on: what is to be installed, by which Python, and where (scripts hold the path).
fingerprint() {
    { cat "$REPO/requirements.lock" "$REPO/pyproject.toml" && "$1" -VV && printf '%s' "$REPO"; } | sha256sum | cut -d' ' -f1
}

is_up_to_date() {
    [[ -x "$VENV/bin/decnet" && -f "$STAMP" && "$(<"$STAMP")" == "$1" ]] && "$VENV/bin/python" -c '' 2>/dev/null
}

# A venv of another Python, or a half-made one, is made anew; one of the same Python is brought up to date.
make_venv() {
    if [[ -x "$VENV/bin/pip" && "$("$VENV/bin/python" -VV 2>/dev/null)" == "$("$1" -VV)" ]]; then return; fi
    rm -rf "$VENV"
    step "Making the virtual environment with $("$1" -V)" "$1" -m venv "$VENV"
}

pip_install() { "$VENV/bin/python" -m pip --disable-pip-version-check --no-input install "$@"; }

install_locked() { pip_install --require-hashes -r "$REPO/requirements.lock"; }

# The lock holds the build backend too, so nothing outside the lock is ever fetched.
install_project() { pip_install --no-deps --no-build-isolation -e "$REPO"; }

main() {
    local python mark
    python="$(require_python)"
    require_venv_module "$python"
    mark="$(fingerprint "$python")"
    if is_up_to_date "$mark"; then
        ok "Python packages: up to date ($("$python" -V))"
        return
    fi
    rm -f "$STAMP"
    make_venv "$python"
    step "Installing the $(grep -c '==' "$REPO/requirements.lock") locked Python packages (a minute or two)" install_locked
    step "Installing the command .venv/bin/decnet" install_project
    printf '%s' "$mark" >"$STAMP"
}

main
