"""Who a decky pretends to be, as handed over in one environment variable."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, TypeVar

VERSION = 1


class PersonaError(ValueError):
    """The persona cannot be used; the sentence says which part of it."""


@dataclass(frozen=True)
class Persona:
    """One fake machine. *services* maps a slug to the plain values of that service."""

    name: str
    hostname: str
    seed: bytes
    os_family: str
    distro: str
    services: Mapping[str, Mapping[str, Any]]


Options = TypeVar("Options")


def read_persona(text: str | None) -> Persona:
    """Understand the JSON text of a persona.

    Raises:
        PersonaError: it is missing, is not JSON, lacks a field, or was written for another version.
    """
    if not text:
        raise PersonaError("no persona given")
    try:
        values = json.loads(text)
    except ValueError as exc:
        raise PersonaError(f"the persona is not JSON: {exc}") from exc
    if not isinstance(values, dict):
        raise PersonaError("the persona is not an object")
    if values.get("v") != VERSION:
        raise PersonaError(f"the persona has version {values.get('v')!r}, this runtime reads {VERSION}")
    return Persona(
        name=_text(values, "name"),
        hostname=_text(values, "hostname"),
        seed=_seed(_text(values, "seed")),
        os_family=_text(values, "os_family"),
        distro=_text(values, "distro", default=""),
        services=_services(values.get("services")),
    )


def read_options(kind: Callable[..., Options], values: Mapping[str, Any]) -> Options:
    """Fill the dataclass of a service from plain values.

    Raises:
        PersonaError: a value is unknown to this service; a misspelt option would otherwise be lost silently.
    """
    unknown = sorted(set(values) - set(signature(kind).parameters))
    if unknown:
        raise PersonaError(f"unknown option(s): {', '.join(unknown)}")
    return kind(**values)


def _text(values: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    value = values.get(key, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise PersonaError(f"the persona's {key} is not a text")
    return value


def _seed(text: str) -> bytes:
    try:
        seed = bytes.fromhex(text)
    except ValueError as exc:
        raise PersonaError("the persona's seed is not hexadecimal") from exc
    if len(seed) < 16:
        raise PersonaError("the persona's seed is shorter than 16 bytes")
    return seed


def _services(value: object) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(options, dict) for options in value.values()):
        raise PersonaError("the persona's services are not a map of maps")
    if not value:
        raise PersonaError("the persona has no service")
    return value
