"""Kinds of machines: which services they offer, what they run, who made them."""

from dataclasses import dataclass

_SERVERS = ("Dell", "Hewlett Packard Enterprise", "Super Micro Computer", "VMware")
_DESKTOPS = ("Dell", "Hewlett Packard")
_WINDOWS_SERVERS = ("Dell", "Hewlett Packard Enterprise", "VMware", "Microsoft")
_PRINTERS = ("Hewlett Packard printers", "Brother", "Canon", "Seiko Epson")
_THINGS = ("Espressif", "TP-Link", "Raspberry Pi")
_CONTROLLERS = ("Siemens", "Telemecanique Electrique", "Rockwell Automation")
_STORAGE = ("Synology", "QNAP Systems", "Dell", "Super Micro Computer")
_PHONES = ("Yealink", "Grandstream", "Polycom", "Dell")


@dataclass(frozen=True)
class Archetype:
    """One kind of machine.

    Attributes:
        services: what it offers, most telling first; some may not be in this release's catalogue yet.
        distros: what it may run, most likely first.
        vendors: whose network cards it has.
    """

    slug: str
    title: str
    services: tuple[str, ...]
    distros: tuple[str, ...]
    os_family: str
    vendors: tuple[str, ...]


ARCHETYPES: dict[str, Archetype] = {
    archetype.slug: archetype
    for archetype in (
        Archetype("windows-workstation", "Windows workstation", ("smb", "rdp"), ("windows10",), "windows", _DESKTOPS),
        Archetype(
            "windows-server",
            "Windows server",
            ("smb", "rdp", "ldap"),
            ("windows2019",),
            "windows_server",
            _WINDOWS_SERVERS,
        ),
        Archetype(
            "domain-controller",
            "Active Directory domain controller",
            ("ldap", "smb", "rdp", "llmnr", "dns"),
            ("windows2019",),
            "windows_server",
            _WINDOWS_SERVERS,
        ),
        Archetype(
            "linux-server",
            "Linux server",
            ("ssh", "http"),
            ("debian", "ubuntu22", "rocky9", "fedora"),
            "linux",
            _SERVERS,
        ),
        Archetype(
            "web-server", "web server", ("http", "https", "ftp"), ("debian", "ubuntu22", "ubuntu20"), "linux", _SERVERS
        ),
        Archetype(
            "database-server",
            "database server",
            ("mysql", "postgres", "redis"),
            ("debian", "ubuntu22"),
            "linux",
            _SERVERS,
        ),
        Archetype("mail-server", "mail server", ("smtp", "pop3", "imap"), ("debian", "ubuntu22"), "linux", _SERVERS),
        Archetype(
            "file-server", "file server", ("smb", "ftp", "ssh"), ("debian", "ubuntu22", "rocky9"), "linux", _STORAGE
        ),
        Archetype(
            "printer",
            "network printer",
            ("snmp", "ftp", "http", "jetdirect"),
            ("alpine", "debian"),
            "embedded",
            _PRINTERS,
        ),
        Archetype("iot-device", "IoT device", ("mqtt", "telnet", "http"), ("alpine",), "embedded", _THINGS),
        Archetype(
            "industrial-control", "industrial controller", ("modbus", "snmp"), ("debian",), "embedded", _CONTROLLERS
        ),
        Archetype("voip-server", "telephone system", ("sip", "http"), ("debian", "ubuntu22"), "linux", _PHONES),
        Archetype("monitoring-node", "monitoring node", ("snmp", "ssh"), ("debian", "rocky9"), "linux", _SERVERS),
        Archetype(
            "devops-host",
            "build and container host",
            ("docker_api", "ssh", "k8s"),
            ("ubuntu22", "debian"),
            "linux",
            _SERVERS,
        ),
    )
}
"""Slug → archetype."""

ANY_VENDOR = _SERVERS
"""For deckies without an archetype."""
