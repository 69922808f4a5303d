"""A tiny fake file system: shared text, and a bounded layer of what one visitor wrote."""

import posixpath
from collections.abc import Iterable, Mapping
from datetime import datetime

from decnet_core.decoy.shell.machine import Machine

MAX_WRITTEN = 64 * 1024
MAX_ENTRIES = 128

DIRECTORIES = (
    "/", "/bin", "/boot", "/dev", "/etc", "/etc/ssh", "/home", "/lib", "/media", "/mnt", "/opt", "/proc", "/root",
    "/run", "/sbin", "/srv", "/sys", "/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/usr/sbin",
    "/usr/share", "/var", "/var/backups", "/var/lib", "/var/log", "/var/mail", "/var/spool", "/var/www",
    "/var/www/html",
    "/tmp", "/var/tmp",  # noqa: S108 (a fake tree's)
)  # fmt: skip
PROGRAMS = (
    "awk", "bash", "cat", "chmod", "cp", "curl", "date", "df", "echo", "free", "grep", "head", "hostname", "id",
    "ip", "kill", "ls", "mkdir", "mv", "ping", "ps", "python3", "rm", "sed", "sh", "ssh", "sudo", "systemctl",
    "tail", "tar", "top", "touch", "uname", "uptime", "vi", "w", "wget", "who", "whoami",
)  # fmt: skip
ACCOUNTS = (
    ("root", 0, "/root", "/bin/bash"),
    ("daemon", 1, "/usr/sbin", "/usr/sbin/nologin"),
    ("bin", 2, "/bin", "/usr/sbin/nologin"),
    ("sys", 3, "/dev", "/usr/sbin/nologin"),
    ("mail", 8, "/var/mail", "/usr/sbin/nologin"),
    ("www-data", 33, "/var/www", "/usr/sbin/nologin"),
    ("sshd", 101, "/run/sshd", "/usr/sbin/nologin"),
    ("nobody", 65534, "/nonexistent", "/usr/sbin/nologin"),
)


class Files:
    """Files and directories by absolute path."""

    def __init__(self, home: str, installed: datetime, directories: Iterable[str], texts: Mapping[str, str]) -> None:
        self.home = home
        self.installed = installed
        self._directories = {"/", home, *directories}
        self._texts = dict(texts)
        self._written = 0

    def resolve(self, path: str, start: str) -> str:
        """*path* as an absolute one, seen from *start*."""
        if path == "~" or path.startswith("~/"):
            path = self.home + path[1:]
        return posixpath.normpath(posixpath.join("/", start, path)).replace("//", "/")

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at *path*."""
        return path in self._directories

    def text(self, path: str) -> str | None:
        """What the file at *path* says; None where there is none."""
        return self._texts.get(path)

    def exists(self, path: str) -> bool:
        """Whether there is anything at *path*."""
        return path in self._directories or path in self._texts

    def children(self, path: str) -> list[str]:
        """Names in the directory at *path*, sorted."""
        prefix = path.rstrip("/") + "/"
        names = {entry[len(prefix) :] for entry in (*self._directories, *self._texts) if entry.startswith(prefix)}
        return sorted(name for name in names if name and "/" not in name)

    def size(self, path: str) -> int:
        """Size in bytes as ``ls -l`` shows it."""
        text = self._texts.get(path)
        return 4096 if text is None else len(text.encode("utf-8", "replace"))

    def write(self, path: str, text: str) -> bool:
        """Keep *text* at *path*; False when this visitor's space is used up or the directory is missing."""
        if posixpath.dirname(path) not in self._directories or path in self._directories:
            return False
        if self._written + len(text) + len(path) > MAX_WRITTEN or len(self._texts) > MAX_ENTRIES:
            return False
        self._written += len(text) + len(path)
        self._texts[path] = text
        return True

    def make_directory(self, path: str) -> bool:
        """Add a directory; False when its parent is missing, it exists, or there is no space."""
        if posixpath.dirname(path) not in self._directories or self.exists(path):
            return False
        if len(self._directories) > MAX_ENTRIES:
            return False
        self._directories.add(path)
        return True

    def remove(self, path: str) -> None:
        """Forget what is at and below *path*."""
        prefix = path.rstrip("/") + "/"
        for entry in [entry for entry in self._texts if entry == path or entry.startswith(prefix)]:
            del self._texts[entry]
        self._directories -= {entry for entry in self._directories if entry == path or entry.startswith(prefix)} - {"/"}


def login_files(machine: Machine, user: str) -> Files:
    """What a user sees who logged in to *machine*."""
    # A name is whatever the visitor typed; as a path it must stay one directory.
    home = "/root" if user == "root" else "/home/" + (user.replace("/", "").strip(".") or "user")
    return Files(home, machine.installed, DIRECTORIES, _texts(machine, user, home))


def public_files(machine: Machine) -> Files:
    """What an anonymous FTP user sees."""
    texts = {
        "/pub/README": f"Files on {machine.short_name} are for internal use.\n",
        "/pub/drivers/readme.txt": "Printer drivers moved to the intranet.\n",
        "/pub/backup/hosts.bak": f"127.0.0.1\tlocalhost\n{machine.address}\t{machine.hostname}\n",
    }
    return Files("/", machine.installed, ("/pub", "/pub/drivers", "/pub/backup"), texts)


def _texts(machine: Machine, user: str, home: str) -> dict[str, str]:
    release = machine.release
    accounts = list(ACCOUNTS) + ([] if user == "root" else [(user, 1000, home, "/bin/bash")])
    shown = "".join(f"{name}:x:{number}:{number}:{name}:{where}:{shell}\n" for name, number, where, shell in accounts)
    name = release.title.partition(" (")[0]
    return {
        "/etc/hostname": f"{machine.hostname}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n127.0.1.1\t{machine.hostname}\n\n::1\tlocalhost ip6-localhost\n",
        "/etc/passwd": shown,
        "/etc/group": "".join(f"{entry[0]}:x:{entry[1]}:\n" for entry in accounts),
        "/etc/shadow": "",
        "/etc/issue": f"{name} \\n \\l\n\n",
        "/etc/motd": "",
        "/etc/os-release": (
            f'PRETTY_NAME="{release.title}"\nNAME="{name.rstrip(" 0123456789.")}"\n'
            f'VERSION_ID="{release.version}"\nID={release.id}\n'
        ),
        "/etc/resolv.conf": "nameserver 127.0.0.53\noptions edns0\n",
        "/etc/crontab": "SHELL=/bin/sh\n\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n",
        "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\n",
        "/proc/cpuinfo": "".join(
            f"processor\t: {core}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) CPU E5-2680 v4\n\n"
            for core in range(machine.cores)
        ),
        "/proc/version": f"Linux version {release.kernel} (gcc) {release.build}\n",
        "/proc/mounts": "/dev/sda1 / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw,nosuid,nodev 0 0\n",
        "/var/www/html/index.html": "<html><body><h1>It works!</h1></body></html>\n",
        f"{home}/.bashrc": "# ~/.bashrc\nalias ll='ls -l'\n",
        f"{home}/.profile": "# ~/.profile\n",
        **{f"/usr/bin/{program}": "" for program in PROGRAMS},
    }
