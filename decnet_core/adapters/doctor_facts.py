"""What the doctor knows of a host: plain values, read by one function and judged by others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network

from decnet_core.adapters.lan import InterfaceFacts
from decnet_core.domain.network import Driver

MEBIBYTE = 1 << 20


class Severity(StrEnum):
    """How bad a finding is; only a problem stops a fleet from working."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, how it stands, and the way out.

    Attributes:
        id: stable word for scripts, as ``engine-too-old``.
        remedy: what to do; empty where nothing needs doing.
    """

    id: str
    severity: Severity
    title: str
    detail: str = ""
    remedy: str = ""


class Answer(StrEnum):
    """How the engine met us."""

    OK = "ok"
    ABSENT = "absent"
    REFUSED = "refused"
    DENIED = "denied"
    SILENT = "silent"


class Support(StrEnum):
    """Whether the kernel can do something; not every kernel tells."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DockerNetwork:
    """One network of the engine; *fleet* is ours when it carries our label, *device* the bridge's interface."""

    name: str
    driver: str
    parent: str = ""
    subnets: tuple[IPv4Network, ...] = ()
    fleet: str = ""
    device: str = ""


@dataclass(frozen=True)
class EngineFacts:
    """The engine, as far as it answered.

    Attributes:
        words: the error in its own words, when it did not answer.
        skew: seconds that the engine's clock is ahead of ours; None when not known.
        running: how many deckies run on it.
    """

    address: str
    answer: Answer
    words: str = ""
    version: str = ""
    api: str = ""
    system: str = ""
    rootless: bool = False
    memory_limit: bool = True
    skew: float | None = None
    image_present: bool = False
    running: int = 0
    root_free: int | None = None
    networks: tuple[DockerNetwork, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether anything of it is known."""
        return self.answer is Answer.OK


@dataclass(frozen=True)
class ClientFacts:
    """The Docker command line: every ``docker`` on PATH with its version, first one first."""

    found: tuple[tuple[str, str], ...] = ()
    compose: str = ""
    compose_words: str = ""


@dataclass(frozen=True)
class MachineFacts:
    """The machine itself; sizes in bytes.

    Attributes:
        state_error: why the state directory cannot be written, or empty.
        forward_policy: the packet filter's policy for forwarded packets, or empty when not readable.
        docker_rules: whether that chain has the engine's own rules.
        firmware: maker and product, from DMI.
    """

    root: bool
    net_admin: bool
    net_raw: bool
    state_dir: str
    state_error: str
    state_free: int
    memory_available: int
    firmware: str = ""
    kernel: str = ""
    macvlan: Support = Support.UNKNOWN
    ipvlan: Support = Support.UNKNOWN
    low_ports: bool = True
    ip_forward: bool = True
    bridge_filter: bool = False
    forward_policy: str = ""
    docker_rules: bool = False
    routes: tuple[tuple[IPv4Network, str], ...] = ()
    dockerd: bool = False


@dataclass(frozen=True)
class Wish:
    """What the host is meant to carry.

    Attributes:
        certain: from a live fleet or asked for; otherwise the interface of the default route is looked at
            as a likely parent, and what is wrong with it is no more than a warning.
        deckies: how many more are to come.
    """

    fleet: str
    image: str
    driver: Driver = Driver.MACVLAN
    interface: str = ""
    subnet: IPv4Network | None = None
    certain: bool = False
    deckies: int = 0
    lan_probe: bool = True

    @property
    def on_lan(self) -> bool:
        """Whether deckies sit on the LAN by a parent interface."""
        return self.driver is not Driver.BRIDGE


@dataclass(frozen=True)
class Facts:
    """Everything the judges look at."""

    wish: Wish
    engine: EngineFacts
    client: ClientFacts
    machine: MachineFacts
    parent: InterfaceFacts | None = field(default=None)


def ok(ident: str, title: str, detail: str = "") -> Finding:
    """Return the finding that something is as it should be."""
    return Finding(ident, Severity.OK, title, detail)


def version_tuple(text: str) -> tuple[int, ...]:
    """Read ``2.26.1-4`` as (2, 26, 1), as far as it is numbers; empty for none."""
    numbers: list[int] = []
    for part in text.strip().lstrip("v").split("."):
        digits = part[: next((at for at, sign in enumerate(part) if not sign.isdigit()), len(part))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)


def listed(names: Iterable[str]) -> str:
    """Join *names* for a sentence."""
    return ", ".join(names)
