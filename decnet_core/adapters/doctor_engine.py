"""Judgement of the engine and its command line: facts in, findings out."""

from collections.abc import Iterator

from decnet_core.adapters.doctor_facts import MEBIBYTE, Answer, Facts, Finding, Severity, ok, version_tuple

OLDEST_API = (1, 44)
OLDEST_COMPOSE = (2, 26)
_SKEW = 5.0
_ROOM_FOR_LAYERS = 1024 * MEBIBYTE


def engine(facts: Facts) -> Iterator[Finding]:
    """Is there an engine, does it answer, is it new enough."""
    seen = facts.engine
    match seen.answer:
        case Answer.ABSENT if facts.machine.dockerd:
            yield _problem(
                "engine-stopped",
                "the Docker engine is not running",
                f"nothing listens at {seen.address}",
                "start it: `systemctl start docker`, or `make engine` where there is no service manager",
            )
        case Answer.ABSENT:
            yield _problem(
                "engine-missing",
                "there is no Docker engine",
                f"nothing listens at {seen.address}, and no dockerd is installed",
                "`make engine` installs the distribution's own, or set DOCKER_HOST to the one you use",
            )
        case Answer.REFUSED:
            yield _problem(
                "engine-stopped",
                "the Docker engine is not running",
                f"{seen.address} refuses connections: {seen.words}",
                "start it: `systemctl start docker`, or `make engine` where there is no service manager",
            )
        case Answer.DENIED:
            yield _problem(
                "engine-denied",
                "no permission on the engine's socket",
                f"{seen.address}: {seen.words}",
                "run as root, or add this user to the group `docker` and log in again",
            )
        case Answer.SILENT:
            yield _problem(
                "engine-silent",
                "the Docker engine does not answer",
                f"{seen.address}: {seen.words}",
                "look at its log (`journalctl -u docker`); a hung engine needs a restart, deckies come back with it",
            )
        case Answer.OK:
            yield ok("engine", "the Docker engine answers", f"{seen.version} (API {seen.api}) at {seen.address}")


def engine_version(facts: Facts) -> Iterator[Finding]:
    """A per-network MAC address needs API 1.44."""
    if not facts.engine.answers:
        return
    if version_tuple(facts.engine.api)[:2] < OLDEST_API:
        yield _problem(
            "engine-too-old",
            "the Docker engine is too old",
            f"API {facts.engine.api} (engine {facts.engine.version}); 1.44 is needed to give a decky its MAC address",
            "upgrade to Docker Engine 25 or newer",
        )


def engine_kind(facts: Facts) -> Iterator[Finding]:
    """An engine that lives in a virtual network of its own has no LAN to put deckies on."""
    seen = facts.engine
    if seen.answers and seen.rootless and facts.wish.on_lan:
        yield _problem(
            "engine-rootless",
            "the engine runs rootless",
            "its networks live in a namespace of their own, so no decky reaches the LAN",
            "use an engine that runs as root, or a bridge network",
        )
    if seen.answers and "Docker Desktop" in seen.system:
        yield _problem(
            "engine-desktop",
            "the engine is Docker Desktop",
            "its containers live in a hidden virtual machine, away from the LAN",
            "use Docker Engine on Linux",
        )
    if not seen.address.startswith("unix://"):
        yield Finding(
            "engine-remote",
            Severity.NOTE,
            "the engine is on another machine",
            f"{seen.address}: what is said here of interfaces, rights and memory is about this machine",
            "run the doctor on the engine's own host",
        )


def clock(facts: Facts) -> Iterator[Finding]:
    """Times of starts and events are compared with the engine's."""
    skew = facts.engine.skew
    if skew is None:
        return
    if abs(skew) > _SKEW:
        yield Finding(
            "clock-skew",
            Severity.WARNING,
            "the engine's clock is not ours",
            f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}: ages and start times come out wrong",
            "run a time service on both machines",
        )
    else:
        yield ok("clock", "the engine's clock agrees")


def image(facts: Facts) -> Iterator[Finding]:
    """Without it no decky can be made."""
    if not facts.engine.answers:
        return
    if facts.engine.image_present:
        yield ok("image", "the decky image is there", facts.wish.image)
    else:
        yield _problem(
            "image-missing", "the decky image is missing", f"{facts.wish.image} is not on this engine", "`make image`"
        )


def limits(facts: Facts) -> Iterator[Finding]:
    """A decky that cannot be limited can be used against its host."""
    if facts.engine.answers and not facts.engine.memory_limit:
        yield Finding(
            "memory-limit-unsupported",
            Severity.WARNING,
            "the kernel cannot limit a container's memory",
            "an intruder could exhaust the host through one decky",
            "boot with `cgroup_enable=memory swapaccount=1`",
        )


def layers(facts: Facts) -> Iterator[Finding]:
    """The engine needs room for images and container logs."""
    free = facts.engine.root_free
    if free is not None and free < _ROOM_FOR_LAYERS:
        yield Finding(
            "engine-disk-low",
            Severity.WARNING,
            "little room in the engine's data directory",
            f"{free // MEBIBYTE} MiB left for images and logs",
            "free some, or move the engine's data-root",
        )


def command_line(facts: Facts) -> Iterator[Finding]:
    """Is there a ``docker`` command, and is it the one that came with the engine."""
    found = facts.client.found
    if not found:
        yield _problem(
            "client-missing",
            "there is no `docker` command",
            "deckies are made through Docker Compose, a plug-in of it",
            "`make engine` installs it, or install your distribution's docker-cli",
        )
        return
    (path, version), others = found[0], found[1:]
    own = [other for other, of in others if of == facts.engine.version.split("+")[0]]
    if facts.engine.answers and own and version != facts.engine.version.split("+")[0]:
        yield Finding(
            "client-foreign",
            Severity.NOTE,
            "another `docker` comes first on PATH than the engine's own",
            f"{path} is {version}; {own[0]} came with engine {facts.engine.version}",
            f"put {own[0].rpartition('/')[0]} first on PATH if commands behave oddly",
        )
    else:
        yield ok("client", "the `docker` command is there", f"{path} {version}")


def compose(facts: Facts) -> Iterator[Finding]:
    """Compose carries out every step."""
    if not facts.client.found:
        return
    seen = facts.client.compose
    if not seen:
        yield _problem(
            "compose-missing",
            "Docker Compose is missing",
            facts.client.compose_words,
            "install the plug-in: docker-compose on Debian 13, docker-compose-v2 on Ubuntu",
        )
    elif version_tuple(seen)[:2] < OLDEST_COMPOSE:
        yield _problem(
            "compose-too-old",
            "Docker Compose is too old",
            f"{seen}; 2.26 is needed",
            "upgrade the plug-in; `docker compose version` tells which one is used",
        )
    else:
        yield ok("compose", "Docker Compose is there", seen)


JUDGES = (engine, engine_version, engine_kind, clock, command_line, compose, image, limits, layers)


def _problem(ident: str, title: str, detail: str, remedy: str) -> Finding:
    return Finding(ident, Severity.PROBLEM, title, detail, remedy)
