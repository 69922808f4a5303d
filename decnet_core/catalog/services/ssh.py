"""SSH: an OpenSSH server of the distribution's version."""

from typing import Annotated, Any

from pydantic import Field

from decnet_core.catalog.service import Machine, Port, ServiceOptions, ServiceSpec
from decnet_core.catalog.services.accounts import Users

# The text after "SSH-2.0-" of each distribution's packaged server, security updates included.
VERSIONS = {
    "debian": "OpenSSH_9.2p1 Debian-2+deb12u10",
    "debian11": "OpenSSH_8.4p1 Debian-5+deb11u5",
    "ubuntu22": "OpenSSH_8.9p1 Ubuntu-3ubuntu0.13",
    "ubuntu20": "OpenSSH_8.2p1 Ubuntu-4ubuntu0.13",
    "rocky9": "OpenSSH_8.7",
    "centos7": "OpenSSH_7.4",
    "alpine": "OpenSSH_9.7",
    "fedora": "OpenSSH_9.8",
    "kali": "OpenSSH_9.9p1 Debian-3",
    "arch": "OpenSSH_9.9",
    "windows10": "OpenSSH_for_Windows_8.1",
    "windows2019": "OpenSSH_for_Windows_8.1",
}


class SshOptions(ServiceOptions):
    """Options of ssh."""

    users: Users = Field(default_factory=dict)
    version: Annotated[
        str,
        Field(
            pattern=r"^(OpenSSH_[ -~]{1,120})?$",
            description="what the server calls itself, as OpenSSH_9.2p1; empty: the distribution's",
        ),
    ] = ""
    banner: Annotated[str, Field(max_length=2000, description="text shown before the login")] = ""


def _persona(options: SshOptions, machine: Machine) -> dict[str, Any]:
    return {
        "port": 22,
        "version": options.version or VERSIONS.get(machine.distro, VERSIONS["debian"]),
        "users": dict(options.users),
        "banner": options.banner,
    }


SPEC = ServiceSpec("ssh", "SSH (OpenSSH)", (Port(22),), SshOptions, _persona)
