"""Who makes the network cards of which machines: the first half of a believable MAC address.

Prefixes are from the IEEE's public OUI register.
"""

VENDORS: dict[str, tuple[str, ...]] = {
    "Dell": ("00:14:22", "b8:ca:3a", "f8:bc:12", "18:66:da", "d4:be:d9"),
    "Hewlett Packard": ("3c:d9:2b", "9c:8e:99", "94:57:a5", "ec:9a:74"),
    "Hewlett Packard Enterprise": ("70:10:6f", "48:df:37"),
    "Super Micro Computer": ("00:25:90", "ac:1f:6b"),
    "VMware": ("00:50:56",),
    "Microsoft": ("00:15:5d",),
    "Raspberry Pi": ("b8:27:eb", "dc:a6:32", "e4:5f:01"),
    "Espressif": ("24:0a:c4", "30:ae:a4"),
    "TP-Link": ("50:c7:bf",),
    "Hewlett Packard printers": ("00:1b:78",),
    "Brother": ("00:80:77", "00:1b:a9"),
    "Canon": ("00:1e:8f",),
    "Seiko Epson": ("00:26:ab",),
    "Synology": ("00:11:32",),
    "QNAP Systems": ("24:5e:be", "00:08:9b"),
    "Siemens": ("00:1b:1b", "00:0e:8c"),
    "Telemecanique Electrique": ("00:80:f4",),
    "Rockwell Automation": ("00:00:bc",),
    "Yealink": ("00:15:65",),
    "Polycom": ("00:04:f2", "64:16:7f"),
    "Grandstream": ("00:0b:82",),
}
"""Vendor → prefixes registered to it."""

_BY_PREFIX = {prefix: vendor for vendor, prefixes in VENDORS.items() for prefix in prefixes}


def vendor_of(mac: str) -> str | None:
    """Return the vendor whose prefix *mac* carries, or None for one we do not know."""
    return _BY_PREFIX.get(mac.lower()[:8])


def prefixes_of(vendors: tuple[str, ...]) -> tuple[str, ...]:
    """Return all prefixes of *vendors*, in their order."""
    return tuple(prefix for vendor in vendors for prefix in VENDORS[vendor])
