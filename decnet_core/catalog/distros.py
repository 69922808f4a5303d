"""What a decky says it runs: a distribution, or a Windows version. It decides banners and hostname."""

from dataclasses import dataclass
from enum import StrEnum


class HostnameStyle(StrEnum):
    """How machines of a kind are usually called."""

    SERVER = "SRV-WORD-nn"
    RHEL = "wordnn.localdomain"
    MINIMAL = "word-nn"
    ROLLING = "word-word"
    WINDOWS_DESKTOP = "DESKTOP-XXXXXXX"
    WINDOWS_SERVER = "WIN-XXXXXXXXXXX"


@dataclass(frozen=True)
class Distro:
    """One distribution: its slug, its full name, its hostname style and the OS families it fits."""

    slug: str
    title: str
    hostname: HostnameStyle
    os_families: frozenset[str] = frozenset({"linux"})


_LINUX_AND_DEVICES = frozenset({"linux", "embedded"})
_WINDOWS = frozenset({"windows", "windows_server"})

DISTROS: dict[str, Distro] = {
    distro.slug: distro
    for distro in (
        Distro("debian", "Debian 12 (bookworm)", HostnameStyle.SERVER, _LINUX_AND_DEVICES),
        Distro("debian11", "Debian 11 (bullseye)", HostnameStyle.SERVER, _LINUX_AND_DEVICES),
        Distro("ubuntu22", "Ubuntu 22.04 LTS", HostnameStyle.SERVER),
        Distro("ubuntu20", "Ubuntu 20.04 LTS", HostnameStyle.SERVER),
        Distro("rocky9", "Rocky Linux 9", HostnameStyle.RHEL),
        Distro("centos7", "CentOS 7", HostnameStyle.RHEL),
        Distro("fedora", "Fedora", HostnameStyle.RHEL),
        Distro("alpine", "Alpine Linux", HostnameStyle.MINIMAL, _LINUX_AND_DEVICES),
        Distro("kali", "Kali Linux", HostnameStyle.ROLLING),
        Distro("arch", "Arch Linux", HostnameStyle.ROLLING),
        Distro("windows10", "Windows 10", HostnameStyle.WINDOWS_DESKTOP, _WINDOWS),
        Distro("windows2019", "Windows Server 2019", HostnameStyle.WINDOWS_SERVER, _WINDOWS),
    )
}
