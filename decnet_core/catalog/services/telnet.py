"""Telnet: a Linux telnetd, or busybox on small devices."""

from typing import Annotated, Any, Literal

from pydantic import Field

from decnet_core.catalog.service import Machine, Port, ServiceOptions, ServiceSpec
from decnet_core.catalog.services.accounts import Users

# /etc/issue.net as the distributions ship it. Busybox shows none on the small devices that run it.
BANNERS = {
    "debian": "Debian GNU/Linux 12\n",
    "debian11": "Debian GNU/Linux 11\n",
    "ubuntu22": "Ubuntu 22.04.5 LTS\n",
    "ubuntu20": "Ubuntu 20.04.6 LTS\n",
    "rocky9": "\nKernel 5.14.0-503.14.1.el9_5.x86_64 on an x86_64\n",
    "centos7": "\nKernel 3.10.0-1160.119.1.el7.x86_64 on an x86_64\n",
    "fedora": "\nKernel 6.11.10-300.fc41.x86_64 on an x86_64\n",
    "kali": "Kali GNU/Linux Rolling\n",
}


class TelnetOptions(ServiceOptions):
    """Options of telnet."""

    users: Users = Field(default_factory=dict)
    software: Annotated[
        Literal["auto", "linux", "busybox"],
        Field(description="which telnetd it plays; auto: busybox on alpine and embedded devices, linux elsewhere"),
    ] = "auto"
    banner: Annotated[
        str | None, Field(max_length=2000, description="text before the login; default: the distribution's")
    ] = None


def _persona(options: TelnetOptions, machine: Machine) -> dict[str, Any]:
    small = machine.distro == "alpine" or machine.os_family in ("embedded", "cisco")
    software = options.software if options.software != "auto" else "busybox" if small else "linux"
    usual = "" if software == "busybox" else BANNERS.get(machine.distro, "")
    return {
        "port": 23,
        "software": software,
        "banner": usual if options.banner is None else options.banner,
        "users": dict(options.users),
    }


SPEC = ServiceSpec("telnet", "Telnet", (Port(23),), TelnetOptions, _persona)
