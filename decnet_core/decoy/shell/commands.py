"""The commands of the fake shell: each takes the context and its arguments, and gives text and a status."""

import posixpath
from collections.abc import Callable
from datetime import UTC, datetime

from decnet_core.decoy.shell import system
from decnet_core.decoy.shell.context import Context, Result


def _cd(context: Context, arguments: list[str]) -> Result:
    target = arguments[0] if arguments else "~"
    path = context.files.resolve(target, context.where)
    if context.files.is_directory(path):
        context.where = path
        return "", 0
    why = "Not a directory" if context.files.exists(path) else "No such file or directory"
    return f"-bash: cd: {target}: {why}\n", 1


def _ls(context: Context, arguments: list[str]) -> Result:
    options = "".join(entry[1:] for entry in arguments if entry.startswith("-"))
    targets = [entry for entry in arguments if not entry.startswith("-")] or ["."]
    text, status = "", 0
    for target in targets[:16]:
        path = context.files.resolve(target, context.where)
        if not context.files.exists(path):
            text += f"ls: cannot access '{target}': No such file or directory\n"
            status = 2
            continue
        is_directory = context.files.is_directory(path)
        names = context.files.children(path) if is_directory else [target]
        if "a" not in options:
            names = [name for name in names if not name.startswith(".")]
        if "l" not in options:
            text += "  ".join(names) + "\n" if names else ""
            continue
        if is_directory:
            text += f"total {4 * len(names)}\n"
        for name in names:
            text += _long_entry(context, posixpath.join(path, name) if is_directory else path, name)
    return text, status


def _long_entry(context: Context, path: str, name: str) -> str:
    directory = context.files.is_directory(path)
    mode = "drwxr-xr-x 2" if directory else "-rwxr-xr-x 1" if "/bin/" in path else "-rw-r--r-- 1"
    mine = (path + "/").startswith(context.files.home + "/")
    owner = context.user if mine else "root"
    date = context.files.installed.strftime("%b %e  %Y")
    return f"{mode} {owner} {owner} {context.files.size(path):>6} {date} {name}\n"


def _cat(context: Context, arguments: list[str]) -> Result:
    text, status = "", 0
    for target in [entry for entry in arguments if not entry.startswith("-")][:16]:
        path = context.files.resolve(target, context.where)
        content = context.files.text(path)
        if path == "/etc/shadow" and context.uid:
            text, status = text + f"cat: {target}: Permission denied\n", 1
        elif content is not None:
            text += content
        else:
            why = "Is a directory" if context.files.is_directory(path) else "No such file or directory"
            text, status = text + f"cat: {target}: {why}\n", 1
    return text, status


def _echo(_context: Context, arguments: list[str]) -> Result:
    end = "\n"
    escapes = False
    while arguments and arguments[0] in ("-n", "-e", "-ne", "-en"):
        option, arguments = arguments[0], arguments[1:]
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    text = " ".join(arguments)
    if escapes:
        # Loaders find out what a machine can do by echoing \x escapes and looking for the bytes.
        text = text.encode("latin-1", "backslashreplace").decode("unicode_escape", "replace")
    return text + end, 0


def _download(_context: Context, arguments: list[str]) -> Result:
    """No name resolves here: a decky fetches nothing for anybody."""
    target = next((entry for entry in arguments if not entry.startswith("-")), "")
    if not target:
        return "wget: missing URL\n", 1
    host = target.partition("://")[2].partition("/")[0] or target.partition("/")[0]
    return f"wget: unable to resolve host address '{host}'\n", 4


def _curl(_context: Context, arguments: list[str]) -> Result:
    target = next((entry for entry in arguments if not entry.startswith("-")), "")
    host = target.partition("://")[2].partition("/")[0] or target.partition("/")[0]
    return (f"curl: (6) Could not resolve host: {host}\n", 6) if target else ("curl: try 'curl --help'\n", 2)


def _mkdir(context: Context, arguments: list[str]) -> Result:
    text, status = "", 0
    for target in [entry for entry in arguments if not entry.startswith("-")][:16]:
        if not context.files.make_directory(context.files.resolve(target, context.where)):
            text, status = text + f"mkdir: cannot create directory '{target}': File exists\n", 1
    return text, status


def _touch(context: Context, arguments: list[str]) -> Result:
    for target in arguments[:16]:
        path = context.files.resolve(target, context.where)
        if not context.files.exists(path):
            context.files.write(path, "")
    return "", 0


def _rm(context: Context, arguments: list[str]) -> Result:
    for target in [entry for entry in arguments if not entry.startswith("-")][:16]:
        context.files.remove(context.files.resolve(target, context.where))
    return "", 0


def _export(context: Context, arguments: list[str]) -> Result:
    for entry in arguments:
        name, equals, value = entry.partition("=")
        if equals:
            context.set_variable(name, value)
    return "", 0


def _which(_context: Context, arguments: list[str]) -> Result:
    found = [f"/usr/bin/{name}\n" for name in arguments[:16] if name in COMMANDS]
    return "".join(found), 0 if len(found) == len(arguments) else 1


COMMANDS: dict[str, Callable[[Context, list[str]], Result]] = {
    "cat": _cat,
    "cd": _cd,
    "chmod": lambda _context, _arguments: ("", 0),
    "clear": lambda _context, _arguments: ("\x1b[H\x1b[2J", 0),
    "curl": _curl,
    "date": lambda _context, _arguments: (f"{datetime.now(UTC):%a %b %e %H:%M:%S UTC %Y}\n", 0),
    "df": system.df,
    "echo": _echo,
    "env": lambda context, _arguments: ("".join(f"{k}={v}\n" for k, v in context.variables().items() if k != "?"), 0),
    "export": _export,
    "false": lambda _context, _arguments: ("", 1),
    "free": system.free,
    "history": lambda _context, _arguments: ("", 0),
    "hostname": lambda context, _arguments: (f"{context.machine.hostname}\n", 0),
    "id": system.account,
    "ifconfig": system.ip,
    "ip": system.ip,
    "ls": _ls,
    "ll": lambda context, arguments: _ls(context, ["-l", *arguments]),
    "mkdir": _mkdir,
    "nproc": lambda context, _arguments: (f"{context.machine.cores}\n", 0),
    "ps": system.ps,
    "pwd": lambda context, _arguments: (f"{context.where}\n", 0),
    "rm": _rm,
    "touch": _touch,
    "true": lambda _context, _arguments: ("", 0),
    "uname": system.uname,
    "unset": lambda _context, _arguments: ("", 0),
    "uptime": system.uptime,
    "w": lambda context, arguments: (system.uptime(context, arguments)[0] + system.who(context, arguments)[0], 0),
    "wget": _download,
    "which": _which,
    "who": system.who,
    "whoami": lambda context, _arguments: (f"{context.user}\n", 0),
}
