"""The right-hand sides of pipes: each takes its arguments and the text before it, and gives text."""

from collections.abc import Callable


def _head(arguments: list[str], text: str) -> str:
    return "".join(text.splitlines(keepends=True)[: _count(arguments)])


def _tail(arguments: list[str], text: str) -> str:
    return "".join(text.splitlines(keepends=True)[-_count(arguments) :])


def _count(arguments: list[str]) -> int:
    numbers = [entry.lstrip("-n") for entry in arguments]
    digits = next((number for number in numbers if number.isascii() and number.isdigit()), "10")
    return max(1, int(digits[:6]))


def _grep(arguments: list[str], text: str) -> str:
    options = "".join(entry[1:] for entry in arguments if entry.startswith("-"))
    wanted = next((entry for entry in arguments if not entry.startswith("-")), "")
    fold: Callable[[str], str] = str.lower if "i" in options else str
    keep = [line for line in text.splitlines(keepends=True) if (fold(wanted) in fold(line)) != ("v" in options)]
    return f"{len(keep)}\n" if "c" in options else "".join(keep)


def _wc(arguments: list[str], text: str) -> str:
    lines, words, size = text.count("\n"), len(text.split()), len(text.encode("utf-8", "replace"))
    return (
        f"{lines}\n"
        if "-l" in arguments
        else f"{size}\n"
        if "-c" in arguments
        else f"{lines:>7} {words:>7} {size:>7}\n"
    )


FILTERS: dict[str, Callable[[list[str], str], str]] = {
    "grep": _grep,
    "head": _head,
    "tail": _tail,
    "wc": _wc,
    "cat": lambda _arguments, text: text,
    "more": lambda _arguments, text: text,
    "sort": lambda _arguments, text: "".join(sorted(text.splitlines(keepends=True))),
    "sh": lambda _arguments, _text: "",
    "bash": lambda _arguments, _text: "",
}
