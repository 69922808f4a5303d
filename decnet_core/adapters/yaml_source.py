"""YAML as plain values, with the line and column of each: every problem at once, nothing guessed.

Only what JSON can carry comes out: mappings with text keys, lists, text, numbers, booleans, null.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from decnet_core.domain.errors import Cause, InvalidSubmissionError

NodePath = tuple[int | str, ...]

_TAG = "tag:yaml.org,2002:"
_DEEPEST = 50  # JSON's readers and writers give up somewhere above 200
_MOST_NODES = 500_000  # a file of 1,000 deckies has about 20,000; aliases of aliases can have billions

_REMEDIES = (
    ("'\\t'", "indent with spaces, never with tabs"),
    ("mapping values are not allowed", "check the indentation, or quote a value that contains ': '"),
    ("cannot start any token", "put the value in quotes"),
    ("undefined alias", "put a value that begins with '*' in quotes"),
    ("end of stream while scanning a quoted", "close the quotes"),
    ("expected a single document", "one document a file: remove everything from '---' on"),
    ("expected ',' or", "close the bracket or brace"),
)


@dataclass
class YamlSource:
    """What a text says, and where it says it.

    Attributes:
        name: of the file, for positions.
        values: the plain values.
        keys, places: (line, column), from 1, of the key and of the value at each path.
    """

    name: str
    values: Any = None
    keys: dict[NodePath, tuple[int, int]] = field(default_factory=dict)
    places: dict[NodePath, tuple[int, int]] = field(default_factory=dict)

    def at(self, path: NodePath, *, key: bool = False) -> str:
        """Name the place of *path*, or of the nearest thing around it, as ``file:line:column``."""
        where = self.keys if key else self.places
        while path and path not in where:
            path, where = path[:-1], self.places
        line, column = where.get(path, (1, 1))
        return f"{self.name}:{line}:{column}"


def read_yaml(text: str, name: str) -> YamlSource:
    """Read *text*, one YAML document (JSON is one, too).

    Raises:
        InvalidSubmissionError: bad syntax, duplicate keys, or values that JSON cannot carry.
    """
    # The C parser would be seven times as fast, and takes the process down on input nested too deep.
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as exc:
        raise InvalidSubmissionError((_syntax(exc, name),)) from exc
    except ReaderError as exc:
        raise InvalidSubmissionError((_unprintable(exc, text, name),)) from exc
    except (YAMLError, ValueError) as exc:
        raise InvalidSubmissionError((Cause(name, f"not YAML: {exc}"),)) from exc
    except RecursionError:
        raise InvalidSubmissionError((Cause(name, "nested too deep to be a fleet file"),)) from None
    walk = _Walk(YamlSource(name), yaml)
    if root is not None:
        walk.source.values = walk.value(root, ())
    if walk.causes:
        raise InvalidSubmissionError(tuple(walk.causes))
    return walk.source


def _syntax(exc: MarkedYAMLError, name: str) -> Cause:
    mark = exc.problem_mark or exc.context_mark
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    parts = [part for part in (exc.problem, exc.context) if part]
    said = ", ".join(reversed(parts)) if exc.problem and exc.problem.startswith("but ") else " ".join(parts)
    return Cause(where, said, next((remedy for sign, remedy in _REMEDIES if sign in said), ""))


def _unprintable(exc: ReaderError, text: str, name: str) -> Cause:
    before = text[: exc.position]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    character = exc.character if isinstance(exc.character, int) else ord(str(exc.character)[:1] or "\0")
    return Cause(f"{name}:{line}:{column}", f"character U+{character:04X} is not allowed in YAML", "in quotes: \\x..")


class _Walk:
    """One pass over the nodes, collecting values, places and problems."""

    def __init__(self, source: YamlSource, yaml: YAML) -> None:
        self.source = source
        self.causes: list[Cause] = []
        self._yaml = yaml
        self._above: list[Node] = []
        self._seen = 0

    def value(self, node: Node, path: NodePath) -> Any:  # noqa: ANN401 - any JSON value
        """Return what *node* says, and note where each part of it stands."""
        self.source.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._seen += 1
        if node in self._above:
            return self._problem(node, "an alias that contains itself")
        if len(path) > _DEEPEST:
            return self._problem(node, "nested too deep to be a fleet file")
        if self._seen > _MOST_NODES:
            if self._seen == _MOST_NODES + 1:
                self._problem(node, f"more than {_MOST_NODES} values are no fleet file")
            return None
        self._above.append(node)
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return self._sequence(node, path)
            return self._scalar(node)
        finally:
            self._above.pop()

    def _problem(self, node: Node, what: str, remedy: str = "") -> None:
        where = f"{self.source.name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
        self.causes.append(Cause(where, what, remedy))

    def _sequence(self, node: SequenceNode, path: NodePath) -> list[Any]:
        if str(node.tag) != _TAG + "seq":
            self._problem(node, f"the tag {node.tag} has no meaning here")
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: NodePath) -> dict[str, Any]:
        if str(node.tag) != _TAG + "map":
            self._problem(node, f"the tag {node.tag} has no meaning here")
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if str(key.tag) == _TAG + "merge":
                merged |= self._merge(value, path)
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if str(key_node.tag) == _TAG + "merge":
                continue
            key = self._key(key_node)
            if key is None:
                continue
            if key in own:
                first = self.source.keys[(*path, key)][0]
                self._problem(key_node, f"duplicate key {key!r}", f"it stands in line {first} already")
                continue
            self.source.keys[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            own[key] = self.value(value_node, (*path, key))
        return merged | own

    def _merge(self, node: Node, path: NodePath) -> dict[str, Any]:
        """Take over the keys of what ``<<`` names; of several, the first named wins."""
        parts = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[str, Any] = {}
        here = self.source.places[path]
        for part in reversed(parts):
            if isinstance(part, MappingNode):
                merged |= self.value(part, path)
            else:
                self._problem(part, "'<<' merges mappings only")
        self.source.places[path] = here
        return merged

    def _key(self, node: Node) -> str | None:
        """Return a key as text: ``1001: x`` is the key ``"1001"``."""
        if not isinstance(node, ScalarNode) or str(node.tag) == _TAG + "null":
            self._problem(node, "a key must be a word", "put it in quotes")
            return None
        return self._text(node)

    def _scalar(self, node: Node) -> Any:  # noqa: ANN401 - any JSON scalar
        kind = str(node.tag).removeprefix(_TAG)
        if kind in ("str", "timestamp"):  # a date is text here: JSON has none
            return self._text(node)
        if kind not in ("null", "bool", "int", "float"):
            return self._problem(node, f"the tag {node.tag} has no meaning here", "put the value in quotes")
        try:
            value = self._yaml.constructor.construct_object(node, deep=True)
        except (ValueError, YAMLError):
            return self._problem(node, f"not a readable {kind}", "put it in quotes if it is text")
        if isinstance(value, float) and not math.isfinite(value):
            return self._problem(node, f"{node.value} is no number here", "put it in quotes if it is text")
        return value

    def _text(self, node: Node) -> str:
        """Return the text, with the surrogate pairs of JSON escapes joined."""
        try:
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._problem(node, "half a surrogate pair is no character")
            return ""
