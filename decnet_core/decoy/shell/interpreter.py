"""Reads a command line as a shell does, as far as intruders' lines go: lists, pipes, redirections, variables."""

import re
import shlex
from dataclasses import dataclass, field

from decnet_core.decoy.shell.commands import COMMANDS
from decnet_core.decoy.shell.context import Context
from decnet_core.decoy.shell.files import login_files
from decnet_core.decoy.shell.filters import FILTERS
from decnet_core.decoy.shell.machine import Machine

MAX_LINE = 4096
MAX_COMMANDS = 32
MAX_OUTPUT = 32 * 1024
MAX_DEPTH = 8
WRAPPERS = frozenset({"sudo", "busybox", "nohup", "command", "exec", "time"})
LIST_SPLIT = re.compile(r"""((?:[^;&|"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])*)(\|\||&&|;|\||&|$)""", re.DOTALL)
REDIRECTION = re.compile(r"\s(?:[12&]?>>?\s*(?P<target>[^\s&|;]+)|2>&1)")
VARIABLE = re.compile(r"\$\{?(\w+|\?)\}?")


@dataclass(frozen=True)
class Reply:
    """What a line brought: text with LF ends, the status, and whether the shell is left."""

    text: str
    status: int = 0
    left: bool = False


@dataclass
class Shell:
    """One login of *user* from *source*."""

    machine: Machine
    user: str
    source: str
    _context: Context = field(init=False)
    _depth: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        files = login_files(self.machine, self.user)
        self._context = Context(self.machine, self.user, self.source, files, files.home)

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        context, machine = self._context, self.machine
        mark = "#" if context.user == "root" else "$"
        home = context.files.home
        where = "~" + context.where[len(home) :] if (context.where + "/").startswith(home + "/") else context.where
        if machine.release.rpm:
            name = where.rpartition("/")[2] or where
            return f"[{context.user}@{machine.short_name} {name}]{mark} "
        return f"{context.user}@{machine.short_name}:{where}{mark} "

    def greeting(self, last_login: str = "") -> str:
        """What a login shows before the first prompt."""
        release = self.machine.release
        lines = ""
        if release.id == "debian":
            lines = (
                f"Linux {self.machine.short_name} {release.kernel} {release.build} x86_64\n\n"
                "The programs included with the Debian GNU/Linux system are free software;\n"
                "the exact distribution terms for each program are described in the\n"
                "individual files in /usr/share/doc/*/copyright.\n\n"
                "Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent\n"
                "permitted by applicable law.\n"
            )
        elif release.id == "ubuntu":
            lines = (
                f"Welcome to {release.title} (GNU/Linux {release.kernel} x86_64)\n\n"
                " * Documentation:  https://help.ubuntu.com\n * Management:     https://landscape.canonical.com\n"
                " * Support:        https://ubuntu.com/pro\n\n"
            )
        elif release.id == "alpine":
            lines = "Welcome to Alpine!\n\n"
        return lines + last_login

    def run(self, line: str) -> Reply:
        """Carry out one line; any text is answered, none raises."""
        output, status, go_on = "", 0, True
        line = line[:MAX_LINE]
        pipeline: list[str] = []
        for count, (words, separator) in enumerate(_pieces(line)):
            if count >= MAX_COMMANDS or len(output) > MAX_OUTPUT:
                break
            pipeline.append(words)
            if separator == "|":
                continue
            if go_on:
                reply = self._pipeline(pipeline)
                output, status = output + reply.text, reply.status
                self._context.status = status
                if reply.left:
                    return Reply(output, status, left=True)
            go_on = not (separator == "&&" and status) and not (separator == "||" and not status)
            pipeline = []
        return Reply(output[:MAX_OUTPUT], status)

    def _pipeline(self, parts: list[str]) -> Reply:
        reply = Reply("")
        for index, part in enumerate(parts):
            reply = self._command(part, reply.text if index else None)
            if reply.left:
                break
        return reply

    def _command(self, text: str, piped: str | None) -> Reply:
        text, targets = _without_redirections(text)
        try:
            words = shlex.split(self._expand(text), comments=True)
        except ValueError:
            return Reply("-bash: syntax error: unexpected end of file\n", 2)
        while words and re.fullmatch(r"\w+=.*", words[0], re.DOTALL):
            self._context.set_variable(*words.pop(0).split("=", 1))
        if not words:
            return Reply("", 0)
        reply = self._call(words, piped)
        for target, append in targets:
            reply = self._redirect(reply, target, append=append)
        return reply

    def _call(self, words: list[str], piped: str | None) -> Reply:
        name = words[0].rpartition("/")[2]
        while len(words) > 1 and name in WRAPPERS:
            wrapper, words = name, words[1:]
            name = words[0].rpartition("/")[2]
            if wrapper == "busybox" and name not in COMMANDS:
                # Bots tell a real busybox by its complaint about a name they made up.
                return Reply(f"{name}: applet not found\n", 127)
        if name in ("exit", "logout", "quit"):
            return Reply("logout\n" if name != "exit" else "", self._context.status, left=True)
        if name in ("sh", "bash", "ash") and len(words) > 2 and words[1].startswith("-") and "c" in words[1]:
            return self._nested(words[2])
        if piped is not None and name in FILTERS:
            return Reply(FILTERS[name](words[1:], piped))
        command = COMMANDS.get(name)
        if command is None:
            return Reply(self._not_found(words[0]), 127)
        text, status = command(self._context, words[1:])
        return Reply(text, status)

    def _nested(self, line: str) -> Reply:
        """``sh -c``: a shell in a shell, as deep as a person would."""
        if self._depth >= MAX_DEPTH:
            return Reply("", 1)
        self._depth += 1
        reply = self.run(line)
        self._depth -= 1
        return Reply(reply.text, reply.status)

    def _not_found(self, name: str) -> str:
        if self.machine.release.busybox:
            return f"-ash: {name}: not found\n"
        return f"-bash: {name}: command not found\n"

    def _expand(self, text: str) -> str:
        variables = self._context.variables()
        return VARIABLE.sub(
            lambda found: shlex.quote(variables.get(found[1], "")) if found[1] in variables else "", text
        )

    def _redirect(self, reply: Reply, target: str, *, append: bool) -> Reply:
        if target == "/dev/null":
            return Reply("", reply.status)
        files = self._context.files
        path = files.resolve(target, self._context.where)
        before = (files.text(path) or "") if append else ""
        if files.write(path, before + reply.text):
            return Reply("", reply.status)
        return Reply(f"-bash: {target}: No such file or directory\n", 1)


def _pieces(line: str) -> list[tuple[str, str]]:
    """Commands and the operators that follow them."""
    found = LIST_SPLIT.finditer(line.replace("\n", ";"))
    return [(piece[1], piece[2]) for piece in found if piece[1].strip() or piece[2]]


def _without_redirections(text: str) -> tuple[str, list[tuple[str, bool]]]:
    """*text* without its redirections, and the files its output goes to."""
    targets = [
        (found["target"], ">>" in found[0])
        for found in REDIRECTION.finditer(" " + text)
        if found["target"] and not found[0].lstrip().startswith("2")
    ]
    return REDIRECTION.sub(" ", " " + text).strip(), targets
