"""`decnet archetypes`, `services`, `distros`: what there is to choose from."""

from typing import Annotated, Any

import typer
from rich.text import Text

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.service import ServiceSpec
from decnet_core.catalog.services import SERVICES
from decnet_core.cli import completion
from decnet_core.cli.errors import print_json
from decnet_core.cli.options import Json
from decnet_core.cli.render import cell, table
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.errors import Cause, InvalidSubmissionError

Slug = Annotated[
    str | None, typer.Argument(metavar="SERVICE", help="Show this one's options.", autocompletion=completion.service)
]


def archetypes(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the kinds of machines: what each offers, runs, and looks like from outside.

    [bold]Example[/bold]

    decnet archetypes --json
    """
    session = session_of(ctx, json=as_json)
    rows = [
        {
            "archetype": kind.slug,
            "title": kind.title,
            "services": list(kind.services),
            "distros": list(kind.distros),
            "os_family": kind.os_family,
            "vendors": list(kind.vendors),
        }
        for kind in ARCHETYPES.values()
    ]
    _list(session, rows, ("archetype", "services", "distros", "os_family"), flexible="services")
    if not as_json and any(slug not in SERVICES for row in rows for slug in row["services"]):
        session.out.print(Text("  dim services are not in this release yet", style="dim"))


def services(ctx: typer.Context, slug: Slug = None, *, as_json: Json = False) -> None:
    """List the services, or the options of one.

    [bold]Examples[/bold]

    decnet services
    decnet services ssh
    """
    session = session_of(ctx, json=as_json)
    if slug is None:
        rows = [
            {
                "service": spec.slug,
                "title": spec.title,
                "ports": [str(port) for port in spec.ports],
                "options": list(spec.options.model_fields),
            }
            for spec in SERVICES.values()
        ]
        _list(session, rows, ("service", "title", "ports", "options"), flexible="options")
    elif slug in SERVICES:
        _options(session, SERVICES[slug])
    else:
        raise InvalidSubmissionError((Cause("SERVICE", f"unknown service {slug!r}", f"known: {', '.join(SERVICES)}"),))


def distros(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the systems a decky can claim to run; each decides banners and the style of hostnames.

    [bold]Example[/bold]

    decnet distros --json
    """
    session = session_of(ctx, json=as_json)
    rows = [
        {
            "distro": distro.slug,
            "title": distro.title,
            "os_families": sorted(distro.os_families),
            "hostname": distro.hostname.value,
        }
        for distro in DISTROS.values()
    ]
    _list(session, rows, ("distro", "title", "os_families", "hostname"), flexible="os_families")


def _list(session: Session, rows: list[dict[str, Any]], columns: tuple[str, ...], *, flexible: str) -> None:
    if session.json:
        print_json(session, rows)
        return
    made = table(*columns, flexible=flexible)
    for row in rows:
        first, *rest = (row[column] for column in columns)
        made.add_row(cell(first, "bold"), *map(_words, rest))
    session.out.print(made)


def _words(value: object) -> Text:
    if not isinstance(value, list):
        return cell(value)
    known = set(SERVICES) | set(DISTROS)
    return Text(" ").join(cell(word, "" if word in known or not _is_service(word) else "dim") for word in value)


def _is_service(word: str) -> bool:
    return any(word in kind.services for kind in ARCHETYPES.values())


def _options(session: Session, spec: ServiceSpec) -> None:
    schema = spec.options.model_json_schema()
    if session.json:
        ports = [str(port) for port in spec.ports]
        print_json(session, {"service": spec.slug, "title": spec.title, "ports": ports, "options": schema})
        return
    heading = Text.assemble((spec.slug, "bold"), f"  {spec.title}, {' '.join(map(str, spec.ports))}\n")
    session.out.print(heading)
    made = table("option", "type", "default", "meaning", flexible="meaning")
    for name, option in spec.options.model_fields.items():
        shape = schema.get("properties", {}).get(name, {})
        kind = _kind(shape, schema.get("$defs", {}))
        made.add_row(cell(name, "bold"), cell(kind), cell(_default(shape)), cell(option.description))
    session.out.print(made)


def _kind(shape: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say a JSON schema's type in a few words."""
    if "$ref" in shape:
        return _kind(definitions.get(str(shape["$ref"]).rpartition("/")[2], {}), definitions)
    if "enum" in shape:
        return " | ".join(map(str, shape["enum"]))
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(_kind(branch, definitions) for branch in shape["anyOf"]))
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}), definitions)}"
    return {"object": "mapping", "string": "text", "integer": "whole number"}.get(
        str(shape.get("type")), str(shape.get("type", "any"))
    )


def _default(shape: dict[str, Any]) -> str:
    return "" if shape.get("default") is None else str(shape["default"])
