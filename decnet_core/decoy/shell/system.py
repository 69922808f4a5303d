"""Commands that tell about the fake machine."""

from datetime import UTC, datetime

from decnet_core.decoy.shell.context import Context, Result


def uname(context: Context, arguments: list[str]) -> Result:
    """``uname`` with any of its letters."""
    release = context.machine.release
    name = context.machine.hostname
    parts = {"s": "Linux", "n": name, "r": release.kernel, "v": release.build, "m": "x86_64", "o": "GNU/Linux"}
    options = "".join(entry.lstrip("-") for entry in arguments if entry.startswith("-")) or "s"
    if "a" in options:
        options = "snrvmo"
    return " ".join(parts[key] for key in "snrvmo" if key in options) + "\n", 0


def account(context: Context, arguments: list[str]) -> Result:
    """``id``."""
    if "-u" in arguments:
        return f"{context.uid}\n", 0
    name, number = context.user, context.uid
    more = "" if number == 0 else ",27(sudo)"
    return f"uid={number}({name}) gid={number}({name}) groups={number}({name}){more}\n", 0


def uptime(context: Context, _arguments: list[str]) -> Result:
    """``uptime``, true to the machine's fixed boot."""
    now = datetime.now(UTC)
    up = now - context.machine.started
    clock = f"{up.seconds // 3600}:{up.seconds // 60 % 60:02}"
    return f" {now:%H:%M:%S} up {up.days} days, {clock},  1 user,  load average: 0.08, 0.03, 0.01\n", 0


def who(context: Context, _arguments: list[str]) -> Result:
    """``who``: the visitor alone."""
    return f"{context.user:<8} pts/0        {datetime.now(UTC):%Y-%m-%d %H:%M} ({context.source})\n", 0


def ps(context: Context, _arguments: list[str]) -> Result:
    """``ps``: what such a server runs."""
    boot = f"{context.machine.started:%b%d}"
    rows = [
        ("root", 1, "?", "/sbin/init"),
        ("root", 412, "?", "/usr/sbin/cron -f"),
        ("root", 498, "?", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
        ("www-data", 577, "?", "nginx: worker process"),
        (context.user, 2114, "pts/0", "-bash"),
        (context.user, 2131, "pts/0", "ps aux"),
    ]
    head = "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
    return head + "".join(
        f"{user:<10} {pid:>5}  0.0  0.1 {15420 + 37 * pid:>6} {5120 + 3 * pid:>5} "
        f"{tty:<8} Ss   {boot}   0:0{pid % 7} {what}\n"
        for user, pid, tty, what in rows
    ), 0


def free(context: Context, _arguments: list[str]) -> Result:
    """``free``."""
    total = context.machine.memory_kib
    used, cached = total * 31 // 100, total * 42 // 100
    head = "               total        used        free      shared  buff/cache   available\n"
    row = f"{total:>12}{used:>12}{total - used - cached:>12}{1024:>12}{cached:>12}{total - used:>12}\n"
    return head + "Mem:    " + row + "Swap:   " + f"{0:>12}{0:>12}{0:>12}\n", 0


def df(_context: Context, _arguments: list[str]) -> Result:
    """``df``."""
    return (
        "Filesystem     1K-blocks    Used Available Use% Mounted on\n"
        "udev              984200       0    984200   0% /dev\n"
        "tmpfs             201412     620    200792   1% /run\n"
        "/dev/sda1       20466256 3812404  15588820  20% /\n"
    ), 0


def ip(context: Context, _arguments: list[str]) -> Result:
    """``ip`` and ``ifconfig``, whatever was asked of them."""
    return (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n"
        "    inet 127.0.0.1/8 scope host lo\n"
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n"
        f"    inet {context.machine.address}/24 scope global eth0\n"
    ), 0
