"""What is wrong with a fleet file, said so that an operator can put it right: place, sentence, way out."""

from collections.abc import Callable
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from decnet_core.adapters.yaml_source import NodePath
from decnet_core.domain.errors import Cause
from decnet_core.domain.network import Driver
from decnet_core.domain.submission import DeckyRequest, MutationRequest, NetworkRequest, Submission

Place = Callable[[NodePath, bool], str]
"""Names where a path was written; with True, where its key was."""

_SECTIONS: dict[str, type[BaseModel]] = {
    "network": NetworkRequest,
    "mutation": MutationRequest,
    "deckies": DeckyRequest,
}
_NAME = "lower-case letters, digits and '-', not at the ends, at most {} characters"


def cause_of(problem: ErrorDetails, values: dict[str, Any], place: Place) -> Cause:
    """Translate one of pydantic's findings about *values*."""
    path = _written(problem["loc"], values)
    kind = problem["type"]
    if kind == "extra_forbidden":
        what, remedy = _unknown_key(path)
        return Cause(place(path, True), what, remedy)
    if kind == "missing":
        missing = str(problem["loc"][-1])
        return Cause(place(path, False), f"{_title((*path, missing), values)} is missing")
    what, remedy = _sentence(problem, path)
    return Cause(place(path, False), f"{_title(path, values)}: {what}", remedy)


def _written(loc: tuple[int | str, ...], values: object) -> NodePath:
    """Return the part of pydantic's *loc* that exists in the file; unions add words of their own."""
    path: NodePath = ()
    for step in loc:
        inside = (isinstance(values, dict) and step in values) or (
            isinstance(values, list) and isinstance(step, int) and step < len(values)
        )
        if not inside:
            break
        values = values[step]  # type: ignore[index]  # checked above
        path = (*path, step)
    return path


def _title(path: NodePath, values: dict[str, Any]) -> str:
    """Name a path as an operator would: ``deckies[2] (web-01) ip``."""
    if path[:1] != ("deckies",) or len(path) < 2:
        return ".".join(map(str, path)) or "the file"
    decky = values["deckies"][path[1]]
    name = decky.get("name") if isinstance(decky, dict) else None
    title = f"deckies[{path[1]}]" + (f" ({name})" if isinstance(name, str) and name.isprintable() else "")
    return " ".join([title, ".".join(map(str, path[2:]))]).strip()


def _unknown_key(path: NodePath) -> tuple[str, str]:
    key = str(path[-1])
    model = Submission if len(path) == 1 else _SECTIONS[str(path[0])]
    known = list(model.model_fields)
    if near := get_close_matches(key, known, n=1):
        return f"unknown key {key!r}", f"did you mean {near[0]!r}?"
    for section, owner in _SECTIONS.items():
        if owner is not model and key in owner.model_fields:
            return f"unknown key {key!r} here", f"it belongs under '{section}'"
    if key in Submission.model_fields:
        return f"unknown key {key!r} here", "it belongs at the top of the file"
    return f"unknown key {key!r}", f"known: {', '.join(known)}"


def _sentence(problem: ErrorDetails, path: NodePath) -> tuple[str, str]:
    """Say what is wrong and the way out; what stands inside service options may be a secret and is not repeated."""
    kind, value, key = problem["type"], problem["input"], str(path[-1]) if path else ""
    short = isinstance(value, str | int | float) and len(str(value)) <= 80
    shown = repr(value) if short and "service_config" not in path else "this"
    match kind, key:
        case _, "mutate_interval":
            said = ("is not an interval", 'whole minutes (1 or more), or "off"')
        case _, "every":
            said = ("is not an interval", 'minutes (1 or more), as 30m, 2h or 1d, or "off"')
        case "string_pattern_mismatch" | "string_too_long", "name" | "fleet":
            said = ("is not a name", _NAME.format(32 if key == "fleet" else 63) + _name_hint(value))
        case "enum", "driver":
            said = ("is not a driver", _driver_hint(value))
        case "string_type", _ if isinstance(value, int | float):
            said = ("is a number where text is wanted", f'put it in quotes: "{value}"')
        case _ if kind.startswith("ip_v4_network"):
            said = ("is not a network", _network_hint(value))
        case _ if kind in _PLAIN:
            said = _PLAIN[kind]
        case _:
            return _lower(problem["msg"].removeprefix("Value error, ")), ""
    return f"{shown} {said[0]}", said[1]


_PLAIN = {
    "ip_v4_address": ("is not an IPv4 address", "as 192.168.1.20"),
    "tuple_type": ("is not a list", "as [a, b]"),
    "string_type": ("is not text", ""),
    "dict_type": ("is not a mapping", "as {key: value}"),
    "model_type": ("is not a mapping", "as {key: value}"),
    "bool_parsing": ("is neither true nor false", ""),
    "bool_type": ("is neither true nor false", ""),
    "int_parsing": ("is not a whole number", ""),
    "int_type": ("is not a whole number", ""),
    "int_from_float": ("is not a whole number", ""),
    "string_pattern_mismatch": ("is not a hostname", "letters, digits, '-' and '.', at most 64"),
}


def _name_hint(value: object) -> str:
    near = str(value).lower().replace("_", "-").replace(" ", "-").strip("-")
    letters = near.replace("-", "")
    return f"; as {near!r}" if letters.isascii() and letters.isalnum() and len(near) <= 32 else ""


def _driver_hint(value: object) -> str:
    near = get_close_matches(str(value).lower(), [driver.value for driver in Driver], n=1)
    return f"did you mean {near[0]!r}?" if near else "macvlan, ipvlan or bridge"


def _network_hint(value: object) -> str:
    try:
        return f"did you mean {IPv4Network(str(value), strict=False)}?"
    except ValueError:
        return "as 192.168.1.0/24"


def _lower(sentence: str) -> str:
    return (sentence[:1].lower() + sentence[1:]).replace("input should be", "must be")


def by_place(cause: Cause) -> tuple[int, ...]:
    """Sort key: line and column, where the place has them."""
    return tuple(int(part) for part in cause.where.rsplit(":", 2)[1:] if part.isdigit())
