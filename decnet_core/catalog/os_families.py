"""How an operating system's TCP/IP looks from outside, as sysctls of a decky's own network namespace.

Figures: defaults as documented by the systems' vendors; for Linux, Documentation/networking/ip-sysctl.rst.
Sysctls reach the fields that a scanner reads from one packet (time to live, options, ECN), not the
order of TCP options, so a Windows stays recognisable to a thorough scanner.
"""

_KEYS = (
    "ip_default_ttl",
    "tcp_syn_retries",
    "tcp_timestamps",
    "tcp_window_scaling",
    "tcp_sack",
    "tcp_ecn",
    "ip_no_pmtu_disc",
    "tcp_fin_timeout",
    "icmp_ratelimit",
    "icmp_ratemask",
)

_VALUES = {
    "linux": (64, 6, 1, 1, 1, 2, 0, 60, 1000, 6168),
    "windows": (128, 2, 1, 1, 1, 0, 0, 30, 0, 0),
    "windows_server": (128, 2, 1, 1, 1, 1, 0, 30, 0, 0),
    "bsd": (64, 6, 1, 1, 1, 0, 0, 60, 250, 6168),
    "embedded": (255, 3, 0, 0, 0, 0, 1, 15, 0, 0),
    "cisco": (255, 2, 0, 0, 0, 0, 1, 15, 0, 0),
}

OS_FAMILIES: dict[str, dict[str, str]] = {
    family: {f"net.ipv4.{key}": str(value) for key, value in zip(_KEYS, values, strict=True)}
    for family, values in _VALUES.items()
}
"""OS family → sysctl → value."""
