"""The facts that a fake shell shows, by distribution."""

from dataclasses import dataclass
from datetime import UTC, datetime

from decnet_core.decoy.identity import Identity
from decnet_core.decoy.persona import Persona


@dataclass(frozen=True)
class Release:
    """A distribution: what /etc/os-release, uname and the prompt say."""

    id: str
    title: str
    version: str
    kernel: str
    build: str
    rpm: bool = False
    busybox: bool = False


RELEASES = {
    "debian": Release(
        "debian",
        "Debian GNU/Linux 12 (bookworm)",
        "12",
        "6.1.0-28-amd64",
        "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
    ),
    "debian11": Release(
        "debian",
        "Debian GNU/Linux 11 (bullseye)",
        "11",
        "5.10.0-33-amd64",
        "#1 SMP Debian 5.10.226-1 (2024-10-03)",
    ),
    "ubuntu22": Release(
        "ubuntu",
        "Ubuntu 22.04.5 LTS",
        "22.04",
        "5.15.0-126-generic",
        "#136-Ubuntu SMP Wed Nov 6 10:38:22 UTC 2024",
    ),
    "ubuntu20": Release(
        "ubuntu",
        "Ubuntu 20.04.6 LTS",
        "20.04",
        "5.4.0-200-generic",
        "#220-Ubuntu SMP Fri Sep 27 13:19:16 UTC 2024",
    ),
    "rocky9": Release(
        "rocky",
        "Rocky Linux 9.5 (Blue Onyx)",
        "9.5",
        "5.14.0-503.14.1.el9_5.x86_64",
        "#1 SMP PREEMPT_DYNAMIC Fri Nov 15 12:04:32 UTC 2024",
        rpm=True,
    ),
    "centos7": Release(
        "centos",
        "CentOS Linux 7 (Core)",
        "7",
        "3.10.0-1160.119.1.el7.x86_64",
        "#1 SMP Tue Jun 4 14:43:51 UTC 2024",
        rpm=True,
    ),
    "alpine": Release(
        "alpine",
        "Alpine Linux v3.20",
        "3.20.3",
        "6.6.58-0-lts",
        "#1-Alpine SMP PREEMPT_DYNAMIC 2024-10-22 12:14:04",
        busybox=True,
    ),
    "fedora": Release(
        "fedora",
        "Fedora Linux 41 (Server Edition)",
        "41",
        "6.11.10-300.fc41.x86_64",
        "#1 SMP PREEMPT_DYNAMIC Sat Nov 23 00:51:20 UTC 2024",
        rpm=True,
    ),
    "kali": Release(
        "kali",
        "Kali GNU/Linux Rolling",
        "2024.4",
        "6.11.2-amd64",
        "#1 SMP PREEMPT_DYNAMIC Kali 6.11.2-1kali1 (2024-10-15)",
    ),
    "arch": Release(
        "arch",
        "Arch Linux",
        "rolling",
        "6.12.1-arch1-1",
        "#1 SMP PREEMPT_DYNAMIC Fri, 22 Nov 2024 16:04:27 +0000",
    ),
}


@dataclass(frozen=True)
class Machine:
    """One fake machine as seen from inside; *started* is when it booted."""

    hostname: str
    address: str
    release: Release
    installed: datetime
    started: datetime
    cores: int
    memory_kib: int

    @property
    def short_name(self) -> str:
        """The hostname up to the first dot, as prompts show it."""
        return self.hostname.partition(".")[0]


def machine_of(persona: Persona, identity: Identity, address: str) -> Machine:
    """The machine that *persona* plays, reached at *address*; an unknown distribution is shown as Debian."""
    now = datetime.now(UTC)
    uptime = 86400 + identity.number("uptime", 60 * 86400)
    epoch = int(identity.moment("installed").timestamp())
    return Machine(
        hostname=persona.hostname,
        address=address,
        release=RELEASES.get(persona.distro, RELEASES["debian"]),
        installed=identity.moment(
            "installed",
        ),
        # The boot moves on in steps of *uptime*, so that it stays the same for weeks and never lies in the future.
        started=datetime.fromtimestamp(epoch + (int(now.timestamp()) - epoch) // uptime * uptime, UTC),
        cores=identity.choose("cores", (1, 2, 2, 4)),
        memory_kib=identity.choose("memory", (1_004_328, 2_017_244, 4_025_316, 8_141_796)),
    )
