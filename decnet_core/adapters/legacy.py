"""The predecessor's files, read once to move in: an INI of deckies, or its ``decnet-state.json``.

Lenient, because these files were written by hand or by another program: what is not understood is
left out and said. What comes out is an ordinary submission.
"""

import json
import re
from collections.abc import Collection
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)
from configparser import Error as IniError
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from decnet_core.adapters.fleet_files import check_submission
from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.network import Driver
from decnet_core.domain.submission import Submission

_SYNONYMS = {"net": "subnet", "gw": "gateway", "amount": "count", "service": "services", "mac": "mac_address"}
_LEFT_OUT = {"base_image", "build_base", "host_uuid", "last_mutated", "last_login_attempt"}
_TAKEN_OVER = {"ip", "mac_address", "hostname", "mutate_interval", "protected", "count"}


@dataclass(frozen=True)
class Imported:
    """A submission, and what could not be carried over into it."""

    submission: Submission
    warnings: tuple[str, ...] = ()


def read_legacy(path: Path, fleet: str) -> Imported:
    """Read either file of the predecessor, told apart by its content.

    Raises:
        InvalidSubmissionError: it cannot be read, or nothing in it makes sense.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "not UTF-8 text"
        raise InvalidSubmissionError((Cause(str(path), f"cannot be read: {why}"),)) from exc
    return (read_state if text.lstrip().startswith("{") else read_ini)(text, fleet, name=str(path))


def read_ini(text: str, fleet: str = "decnet", *, name: str = "<ini>") -> Imported:
    """Read an INI: ``[general]``, a section a decky, and ``[decky.service]`` for a service's options."""
    parser = RawConfigParser(interpolation=None, comment_prefixes=("#", ";"), inline_comment_prefixes=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # options of services keep their case
    try:
        parser.read_string(text, source=name)
    except IniError as exc:
        raise InvalidSubmissionError(tuple(_ini_faults(exc, name))) from exc
    move = _Move(fleet, name)
    deckies: dict[str, dict[str, Any]] = {}
    values: dict[str, Any]
    options: dict[str, dict[str, dict[str, Any]]] = {}
    for section in parser.sections():
        values = dict(parser.items(section))
        owner, dot, service = section.rpartition(".")
        if section.lower() == "general":
            move.general(_lowered(values))
        elif dot and owner in parser:
            options.setdefault(owner, {})[service.strip().lower()] = values
        else:
            deckies[section] = _lowered(values)
    for section, values in deckies.items():
        services = values.get("services")
        if isinstance(services, str):
            values["services"] = [slug for slug in re.split(r"[,\s]+", services.lower()) if slug]
        move.decky({"name": section, "service_config": options.get(section, {}), **values})
    return move.done()


def read_state(text: str, fleet: str = "decnet", *, name: str = "<state>") -> Imported:
    """Read ``decnet-state.json``: ``config`` with the network and its ``deckies``."""
    try:
        document = json.loads(text)
    except ValueError as exc:
        line = f":{exc.lineno}:{exc.colno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise InvalidSubmissionError((Cause(f"{name}{line}", f"not JSON: {getattr(exc, 'msg', exc)}"),)) from exc
    config = document.get("config", document) if isinstance(document, dict) else None
    if not isinstance(config, dict) or not isinstance(config.get("deckies"), list):
        raise InvalidSubmissionError((Cause(name, "has no config.deckies, so it is no state file of DECNET"),))
    move = _Move(fleet, name)
    move.general({key: value for key, value in config.items() if key != "deckies" and value is not None})
    for index, decky in enumerate(config["deckies"]):
        if isinstance(decky, dict):
            move.decky({key: value for key, value in decky.items() if value is not None})
        else:
            move.warn(f"deckies[{index}]: not a decky, left out")
    return move.done()


@dataclass
class _Move:
    """One move: plain values collected for a submission, and what was left behind."""

    fleet: str
    name: str
    network: dict[str, Any] = field(default_factory=dict)
    mutation: dict[str, Any] = field(default_factory=dict)
    deckies: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def general(self, values: dict[str, Any]) -> None:
        for given, value in values.items():
            key = _SYNONYMS.get(given, given)
            if key in ("interface", "gateway", "ip_range"):
                self.network[key] = str(value)
            elif key == "subnet":
                self.network[key] = self._subnet(str(value))
            elif key in ("mode", "driver") and str(value).lower() in [driver.value for driver in Driver]:
                self.network["driver"] = str(value).lower()
            elif key == "ipvlan" and str(value).lower() in ("true", "yes", "on", "1"):
                self.network["driver"] = Driver.IPVLAN.value
            elif key == "mutate_interval" and str(value).isdigit() and int(value) > 0:
                self.mutation["every"] = int(value)
            else:
                self.warn(f"general setting {given!r} has no counterpart, left out")
        if "subnet" in self.network and "driver" not in self.network:
            self.network["driver"] = (Driver.MACVLAN if "interface" in self.network else Driver.BRIDGE).value
            self.warn(f"no driver is said, so {self.network['driver']} is assumed")

    def _subnet(self, text: str) -> str:
        try:
            return str(ip_network(text, strict=False))
        except ValueError:
            return text  # the check of the whole submission says what is wrong with it

    def decky(self, values: dict[str, Any]) -> None:
        given = str(values.pop("name", ""))
        name = re.sub(r"[^a-z0-9-]+", "-", given.lower()).strip("-")
        if name != given:
            self.warn(f"{given!r} is not a name here, taken over as {name!r}")
        decky: dict[str, Any] = {"name": name}
        for key, value in ((_SYNONYMS.get(key, key), value) for key, value in values.items()):
            self._take(decky, key, value)
        self._options(decky, values.get("service_config") or {})
        self.deckies.append(decky)

    def _take(self, decky: dict[str, Any], key: str, value: Any) -> None:  # noqa: ANN401 - whatever was in the file
        catalogues: dict[str, Collection[str]] = {"archetype": ARCHETYPES, "distro": DISTROS, "nmap_os": OS_FAMILIES}
        name = decky["name"]
        if key in _LEFT_OUT:
            self.left[key] = self.left.get(key, 0) + 1
        elif key in catalogues:
            slug = str(value).strip().lower()
            if slug in catalogues[key]:
                decky[key] = slug
            else:
                self.warn(f"{name}: {key} {slug!r} is not in the catalogue, left out")
        elif key == "services" and isinstance(value, list):
            known = [slug for slug in value if slug in SERVICES]
            decky |= {"services": known} if known else {}
            self.warnings += [
                f"{name}: service {s!r} is not in the catalogue, left out" for s in value if s not in known
            ]
        elif key in _TAKEN_OVER:
            decky[key] = int(value) if isinstance(value, str) and value.isdigit() else value
        elif key != "service_config":
            self.warn(f"{name}: {key!r} was not understood, left out")

    def _options(self, decky: dict[str, Any], options: Any) -> None:  # noqa: ANN401 - whatever was in the file
        kept: dict[str, dict[str, Any]] = {}
        for slug, values in options.items() if isinstance(options, dict) else ():
            if slug not in SERVICES or not isinstance(values, dict):
                self.warn(f"{decky['name']}: options of {slug!r} were not understood, left out")
                continue
            known = SERVICES[slug].options.model_fields
            kept[slug] = {key: value for key, value in values.items() if key in known}
            strange = ", ".join(key for key in values if key not in known)
            if strange:
                self.warn(f"{decky['name']}: {slug} has no option {strange} here, left out")
        decky |= {"service_config": kept} if any(kept.values()) else {}

    def done(self) -> Imported:
        for key, times in sorted(self.left.items()):
            self.warn(f"{key} of {times} deckies left out: it is decided here anew")
        document: dict[str, Any] = {"fleet": self.fleet, "deckies": self.deckies}
        document |= {"network": self.network} if self.network else {}
        document |= {"mutation": self.mutation} if self.mutation else {}
        return Imported(check_submission(document, lambda path, _: self._place(path)), tuple(self.warnings))

    def _place(self, path: tuple[int | str, ...]) -> str:
        decky = self.deckies[int(path[1])]["name"] if path[:1] == ("deckies",) and len(path) > 1 else ""
        return f"{self.name}: {decky}" if decky else self.name


def _lowered(values: dict[str, str]) -> dict[str, Any]:
    return {key.lower(): value for key, value in values.items()}


def _ini_faults(exc: IniError, name: str) -> list[Cause]:
    match exc:
        case MissingSectionHeaderError(lineno=line):
            return [Cause(f"{name}:{line}", "stands before any section", "begin with [general] or a decky's [name]")]
        case DuplicateOptionError(lineno=line, section=section, option=option):
            return [Cause(f"{name}:{line}", f"{option!r} stands twice in [{section}]")]
        case DuplicateSectionError(lineno=line, section=section):
            return [Cause(f"{name}:{line}", f"[{section}] stands twice")]
        case ParsingError(errors=lines):
            return [Cause(f"{name}:{line}", f"not a line of an INI file: {text}") for line, text in lines]
    return [Cause(name, exc.message)]
