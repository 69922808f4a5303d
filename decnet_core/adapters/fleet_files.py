"""Fleet files: YAML to submission and back; every problem at once, with file, line and column."""

import re
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from decnet_core.adapters.fleet_faults import Place, by_place, cause_of
from decnet_core.adapters.yaml_source import read_yaml
from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.submission import Submission

_MOST_BYTES = 16 * 2**20


def load_submission(path: Path | None, text: str | None = None) -> Submission:
    """Read a fleet file: *text* where it is given, else *path*, else (None, or ``-``) standard input.

    Raises:
        InvalidSubmissionError: no such file, not text, bad YAML, or not what a fleet file may say.
    """
    name = "<stdin>" if path is None or str(path) == "-" else str(path)
    if text is None:
        text = _decode(_read(name), name)
    source = read_yaml(text, name)
    if source.values is None:
        raise InvalidSubmissionError((Cause(name, "the file is empty", "see `decnet deploy --help` for an example"),))
    return check_submission(source.values, lambda at, key: source.at(at, key=key))


def check_submission(values: object, place: Place) -> Submission:
    """Make a submission of plain *values*; *place* names where a path (or its key) was written.

    Raises:
        InvalidSubmissionError: with a cause for each problem.
    """
    if not isinstance(values, dict):
        raise InvalidSubmissionError(
            (Cause(place((), False), "a fleet file is a mapping", "begin with `deckies:`, see `decnet schema`"),)
        )
    try:
        return Submission.model_validate(values)
    except ValidationError as exc:
        causes: dict[tuple[str, str], Cause] = {}
        for problem in exc.errors():
            cause = cause_of(problem, values, place)
            # Each branch of a union complains for itself; the first sentence about a place is enough.
            causes.setdefault((cause.where, cause.what), cause)
        raise InvalidSubmissionError(tuple(sorted(causes.values(), key=by_place))) from exc


def _read(name: str) -> bytes:
    try:
        if name == "<stdin>":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
    except OSError as exc:
        raise InvalidSubmissionError((Cause(name, f"cannot be read: {exc.strerror or exc}"),)) from exc
    if len(content) > _MOST_BYTES:
        raise InvalidSubmissionError((Cause(name, f"larger than {_MOST_BYTES >> 20} MB: no fleet file"),))
    return content


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = content[: exc.start]
        line, column = before.count(b"\n") + 1, exc.start - before.rfind(b"\n")
        raise InvalidSubmissionError(
            (Cause(f"{name}:{line}:{column}", "not UTF-8 text", "save the file as UTF-8"),)
        ) from exc


def dump_submission(submission: Submission) -> str:
    """Write *submission* as a fleet file that reads back equal, byte for byte in every option."""
    document: dict[str, Any] = {"fleet": submission.fleet}
    if submission.network is not None:
        document["network"] = _said(submission.network)
    if submission.mutation is not None:
        units = {"every": "m", "quiet": "m", "at_most": "%"}
        said = _said(submission.mutation)
        document["mutation"] = {key: f"{n}{units[key]}" if isinstance(n, int) else n for key, n in said.items()}
    if submission.deckies:
        document["deckies"] = [_said(decky) for decky in submission.deckies]
    yaml = YAML(typ="rt", pure=True)
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 2**20  # a folded line is a changed secret waiting to happen
    yaml.representer.add_representer(type(None), _null)
    stream = StringIO()
    yaml.dump(_styled(document), stream)
    return stream.getvalue()


def _null(representer: RoundTripRepresenter, _: None) -> ScalarNode:
    """Write null as a word; nothing at all looks like a mistake."""
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _said(request: BaseModel) -> dict[str, Any]:
    """Return the fields that differ from their defaults; a null inside an option is a value and stays."""
    defaults = {name: field.default for name, field in type(request).model_fields.items()}
    said = {name for name, default in defaults.items() if getattr(request, name) != default}
    return request.model_dump(mode="json", include=said)


def _styled(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Choose how a value is written: lists of words in one line, text that YAML might bend in double quotes."""
    if isinstance(value, dict):
        return CommentedMap({_styled(name): _styled(item) for name, item in value.items()})
    if isinstance(value, list):
        items = CommentedSeq(_styled(item) for item in value)
        if not any(isinstance(item, dict | list) for item in value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and not _PLAIN_TEXT.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value


_PLAIN_TEXT = re.compile(
    r"(?!(?i:true|false|yes|no|on|off|null|y|n)$)([A-Za-z][\w ./-]*[\w%]|[A-Za-z]|\d+[m%]|\d+\.\d+\.\d+\.\d+(/\d+)?)",
    re.ASCII,
)


def submission_schema() -> dict[str, Any]:
    """Return the JSON schema of a fleet file, with the catalogue's words, for editors."""
    schema = Submission.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "DECNET fleet file"}
    decky = schema["$defs"]["DeckyRequest"]["properties"]
    for key, slugs in (("archetype", ARCHETYPES), ("distro", DISTROS), ("nmap_os", OS_FAMILIES)):
        decky[key] |= {"anyOf": [{"enum": sorted(slugs)}, {"type": "null"}]}
    decky["services"] |= {"anyOf": [{"type": "array", "items": {"enum": sorted(SERVICES)}}, {"type": "null"}]}
    options = {}
    for slug, spec in sorted(SERVICES.items()):
        own = spec.options.model_json_schema(ref_template=f"#/$defs/{slug}.{{model}}")
        schema["$defs"] |= {f"{slug}.{name}": inner for name, inner in own.pop("$defs", {}).items()}
        options[slug] = own
    decky["service_config"] |= {
        "anyOf": [{"type": "object", "properties": options, "additionalProperties": False}, {"type": "null"}]
    }
    mutation = schema["$defs"]["MutationRequest"]["properties"]
    minutes = {"type": "string", "pattern": r"^\s*\d+\s*(m|min|h|d)\s*$"}
    mutation["every"]["anyOf"].append(minutes)
    mutation["quiet"]["anyOf"].append(minutes)
    mutation["at_most"]["anyOf"].append({"type": "string", "pattern": r"^\s*\d+\s*%?\s*$"})
    return schema
