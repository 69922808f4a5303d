"""FTP: vsftpd, ProFTPD, Pure-FTPd or Microsoft's."""

from typing import Annotated, Any, Literal

from pydantic import Field

from decnet_core.catalog.service import Machine, Port, ServiceOptions, ServiceSpec
from decnet_core.catalog.services.accounts import Users

# Packaged version by distribution.
VSFTPD = {
    "debian": "3.0.3",
    "debian11": "3.0.3",
    "ubuntu22": "3.0.5",
    "ubuntu20": "3.0.5",
    "rocky9": "3.0.5",
    "centos7": "3.0.2",
    "alpine": "3.0.5",
    "fedora": "3.0.5",
    "kali": "3.0.3",
    "arch": "3.0.5",
}
# Debian's ProFTPD greets without a version, everybody else's with one.
PROFTPD_DEBIAN = "Server (Debian)"
PROFTPD = {
    "rocky9": "1.3.8c Server (ProFTPD Default Installation)",
    "centos7": "1.3.5e Server (ProFTPD Default Installation)",
    "alpine": "1.3.8b Server (ProFTPD Default Installation)",
    "fedora": "1.3.8c Server (ProFTPD Default Installation)",
    "arch": "1.3.8c Server (ProFTPD Default Installation)",
}


class FtpOptions(ServiceOptions):
    """Options of ftp."""

    users: Users = Field(default_factory=dict)
    software: Annotated[
        Literal["auto", "vsftpd", "proftpd", "pure-ftpd", "microsoft"],
        Field(description="which server it plays; auto: microsoft on Windows, vsftpd elsewhere"),
    ] = "auto"
    anonymous: Annotated[bool, Field(description="let anonymous users in to a small public tree")] = False


def _persona(options: FtpOptions, machine: Machine) -> dict[str, Any]:
    software = options.software
    if software == "auto":
        software = "microsoft" if machine.os_family.startswith("windows") else "vsftpd"
    versions = {
        "vsftpd": VSFTPD.get(machine.distro, "3.0.3"),
        "proftpd": PROFTPD.get(machine.distro, PROFTPD_DEBIAN),
        "pure-ftpd": "1.0.50",
        "microsoft": "10.0",
    }
    return {
        "port": 21,
        "software": software,
        "version": versions[software],
        "anonymous": options.anonymous,
        "users": dict(options.users),
    }


SPEC = ServiceSpec("ftp", "FTP", (Port(21),), FtpOptions, _persona)
