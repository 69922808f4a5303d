"""The rules of the house that no linter knows: each takes one file and says what is wrong with it."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("decnet_core", "tasks", "flows", "deployments")
OURS = (*PRODUCT, "tests", "benchmarks", ".ci")
MAX_FILE, MAX_FLOW = 300, 40

_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|common)(_|$)")
_ENVIRONMENT = {
    "decnet_core/settings.py": "the one reader of settings",
    "decnet_core/decoy/__main__.py": "a decky's own persona; the decoy imports nothing of ours",
    "decnet_core/adapters/compose.py": "hands it on to Compose, without Compose's own variables",
    "decnet_core/adapters/orchestrator.py": "hands it on to the flow's process",
    "flows/__main__.py": "Prefect reads its settings from there when it is imported",
    "flows/embedded.py": "hands it on to Prefect's server",
}


@dataclass(frozen=True)
class Source:
    """One file of ours: its path from the root, and its text."""

    path: str
    text: str

    @property
    def product(self) -> bool:
        """Whether operators run it."""
        return self.path.startswith(PRODUCT)

    def walk(self) -> Iterator[ast.AST]:
        """Yield every node of a Python file; nothing for any other."""
        yield from ast.walk(ast.parse(self.text)) if self.path.endswith(".py") else ()


Rule = Callable[[Source], Iterable[str]]


def sources() -> Iterator[Source]:
    """Yield every Python and shell file of ours."""
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".py", ".sh"} or (top == ".ci" and path.is_file()):
                yield Source(str(path.relative_to(ROOT)), path.read_text())


def no_file_is_long(source: Source) -> Iterable[str]:
    lines = source.text.count("\n")
    return [f"{lines} lines"] if lines > MAX_FILE and "/migrations/versions/" not in source.path else []


def no_flow_is_long(source: Source) -> Iterable[str]:
    for node in source.walk():
        if source.path.startswith("flows/") and isinstance(node, ast.FunctionDef):
            first = min((node.lineno, *(one.lineno for one in node.decorator_list)))
            lines = (node.end_lineno or first) - first + 1
            if lines > MAX_FLOW:
                yield f"{node.name} has {lines} lines"


def no_module_is_a_drawer(source: Source) -> Iterable[str]:
    return [part for part in Path(source.path).with_suffix("").parts if _NAMES.search(part)]


def nobody_removes_the_unnamed(source: Source) -> Iterable[str]:
    """Compose's ``down`` and its way with orphans took whole fleets away."""
    if not source.product:
        return
    if "--remove-orphans" in source.text or re.search(r"compose\b[^\n#]*\bdown\b", source.text):
        yield "removes what nobody named"
    for node in source.walk():
        if isinstance(node, ast.Constant) and node.value == "down":
            yield f"says 'down' in line {node.lineno}"


def settings_alone_read_the_environment(source: Source) -> Iterable[str]:
    if not source.product or source.path in _ENVIRONMENT:
        return
    for node in source.walk():
        name = node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else ""
        if name in {"environ", "environb", "getenv"}:
            yield f"reads the environment in line {getattr(node, 'lineno', 0)}"


def imports_stand_at_the_top(source: Source) -> Iterable[str]:
    for node in source.walk():
        if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
            yield f"hides imports from run time in line {node.lineno}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{node.name} imports in line {inner.lineno}"


def tests_patch_nothing(source: Source) -> Iterable[str]:
    for node in source.walk():
        if source.path.startswith("tests/") and isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
            if any(name.startswith(("unittest.mock", "pytest_mock")) for name in names):
                yield f"patches in line {node.lineno}"


RULES: tuple[Rule, ...] = (
    no_file_is_long,
    no_flow_is_long,
    no_module_is_a_drawer,
    nobody_removes_the_unnamed,
    settings_alone_read_the_environment,
    imports_stand_at_the_top,
    tests_patch_nothing,
)
