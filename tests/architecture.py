"""The rules of docs/architecture.md as functions. Each function checks one module and returns its violations as text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.layers import (
    BELOW_GROUND,
    EDGES,
    GROUND_FLOOR,
    IMPURE_CALLS,
    KERNEL,
    LAYERS,
    MAY_TRANSACT,
    MEDIA_READERS,
    NAMES_THAT_SAY_NOTHING,
    PURE_MODULES,
    PURE_ROOMS,
    ROOMS,
    WEB_KERNEL,
)

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Module:
    """One module of the application: its dotted name and its source text."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.source)

    @property
    def lines(self) -> int:
        """The number of lines."""
        return self.source.count("\n")

    @property
    def room(self) -> str | None:
        """The room (an entry of ROOMS) that contains the module, or None if no room contains it."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 and parts[1] in ROOMS else None

    @property
    def layer(self) -> str | None:
        """The layer of the module in LAYERS (routes, services, models ...), or None if the module is not listed there."""
        return LAYERS.get(self.name)

    def imports(self) -> Iterator[str]:
        """Yield every name imported anywhere in the module. `from a import b` yields both a and a.b."""
        yield from _imports(ast.walk(self.tree))

    def imports_at_once(self) -> Iterator[str]:
        """Yield the names that are imported when the module is loaded."""
        yield from _imports(self.tree.body)


def read_modules() -> list[Module]:
    """Return every module under app/."""
    return [_read(path) for path in sorted((ROOT / "app").rglob("*.py"))]


def module_from(name: str, source: str) -> Module:
    """Return a module with this source text, for testing a rule."""
    return Module(name, source)


def imports_only_leftward(module: Module) -> list[str]:
    """Return imports that break this rule: a module imports only rooms to its left.

    Routes, request parts, commands and the pipeline may import any room.
    """
    if module.room is None or module.layer in EDGES:
        return []
    to_the_right = ROOMS[ROOMS.index(module.room) + 1 :]
    return [f"imports {name}" for name in set(module.imports()) if _room_of(name) in to_the_right]


def kernel_imports_no_room(module: Module) -> list[str]:
    """Return imports that break this rule: the kernel (KERNEL, modules for all rooms) imports no room."""
    if module.name.removeprefix("app.") not in KERNEL:
        return []
    return [f"imports {name}" for name in set(module.imports()) if _room_of(name)]


def ground_floor_knows_no_database(module: Module) -> list[str]:
    """Return imports that break this rule: packages in GROUND_FLOOR import from `app` only each other and
    the modules in BELOW_GROUND, and never Flask or SQLAlchemy.
    """
    if not module.name.startswith(GROUND_FLOOR):
        return []
    above = [
        name
        for name in set(module.imports())
        if name.startswith("app.") and not name.startswith((*GROUND_FLOOR, *BELOW_GROUND))
    ]
    libraries = [
        name for name in set(module.imports()) if name.split(".")[0] in ("flask", "flask_sqlalchemy", "sqlalchemy")
    ]
    return [f"imports {name}" for name in (*above, *libraries)]


def nothing_inside_imports_the_edge(module: Module) -> list[str]:
    """Return imports that break this rule: services, models, forms and rules import no routes, commands or pipeline
    modules.
    """
    if module.room is None or module.layer in EDGES:
        return []
    return [f"imports {name}" for name in set(module.imports()) if _layer_of(name) in EDGES]


def forms_and_models_import_no_services(module: Module) -> list[str]:
    """Return imports that break this rule: forms import no services, and models import neither services nor forms."""
    if module.layer not in ("forms", "models"):
        return []
    above = ("services", "forms") if module.layer == "models" else ("services",)
    return [f"imports {name}" for name in set(module.imports()) if _layer_of(name) in above]


def pure_modules_are_pure(module: Module) -> list[str]:
    """Return violations of this rule: pure modules and everything that they import use no Flask, no SQLAlchemy, no
    clock, and no input or output.
    """
    if module.layer != "pure" and not module.name.startswith(tuple(f"{room}." for room in PURE_ROOMS)):
        return []
    return list(_impurities(module, set()))


def only_touched_by(library: str, *owners: str, lazily: bool = False) -> Callable[[Module], list[str]]:
    """Return the rule that only the modules `owners` import `library`; if `lazily` is set, they import it only inside
    functions.
    """

    def rule(module: Module) -> list[str]:
        touched = [name for name in set(module.imports()) if name.split(".")[0] == library]
        if module.name not in owners:
            return [f"imports {name}" for name in touched]
        early = [name for name in set(module.imports_at_once()) if name.split(".")[0] == library]
        return [f"imports {name} before it is needed" for name in early] if lazily else []

    return rule


def only_the_child_reads_caption_files(module: Module) -> list[str]:
    """Return imports that break this rule: only the confined child process reads uploaded caption files."""
    if module.name == "app.captions.file_child":
        return []
    return ["imports read_file"] * ("app.captions.files.reading.read_file" in set(module.imports()))


def only_routes_touch_the_request(module: Module) -> list[str]:
    """Return imports that break this rule: only routes and the modules in WEB_KERNEL use `request`, `session` and `g`."""
    if module.layer in ("routes", "parts") or module.name in WEB_KERNEL:
        return []
    edge = {"flask.request", "flask.session", "flask.g", "htmx_flask.request"}
    return [f"imports {name}" for name in edge.intersection(module.imports())]


def numbers_of_requests_are_bounded(module: Module) -> list[str]:
    """Return lines that break this rule: numbers in requests are parsed by `request_guard.whole_number`, not by `int`,
    which accepts hundreds of digits.
    """
    reads = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _called(node) == "get")
    given = ((node, [*node.args, *(keyword.value for keyword in node.keywords)]) for node in reads)
    return [
        f"line {node.lineno} reads a number with int"
        for node, values in given
        if any(isinstance(value, ast.Name) and value.id == "int" for value in values)
    ]


def transactions_open_at_the_edge(module: Module) -> list[str]:
    """Return imports that break this rule: only routes, request parts, commands, the pipeline and MAY_TRANSACT import
    `app.transaction`.
    """
    if module.layer in EDGES or module.name in MAY_TRANSACT:
        return []
    return [f"imports {name}" for name in set(module.imports()) if name.startswith("app.transaction")]


def services_never_commit(module: Module) -> list[str]:
    """Return violations of this rule: no module in a room commits, rolls back or begins a savepoint itself."""
    if module.room is None:
        return []
    attributes = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    return [f"uses .{name}" for name in sorted(attributes & {"commit", "rollback", "begin_nested"})]


def is_of_a_readable_size(module: Module) -> list[str]:
    """Return a violation if the module has more than 300 lines. From 250 lines on, consider splitting it."""
    return [f"has {module.lines} lines"] if module.lines > 300 else []


def says_what_it_is_for(module: Module) -> list[str]:
    """Return violations of this rule: a module has a docstring and a meaningful name."""
    problems = [] if ast.get_docstring(module.tree) else ["has no docstring"]
    name = module.name.rsplit(".", 1)[-1]
    return problems + [f"is called {name}"] * (name in NAMES_THAT_SAY_NOTHING)


RULES: tuple[Callable[[Module], list[str]], ...] = (
    imports_only_leftward,
    kernel_imports_no_room,
    nothing_inside_imports_the_edge,
    forms_and_models_import_no_services,
    pure_modules_are_pure,
    ground_floor_knows_no_database,
    only_touched_by(
        "faster_whisper", "app.captions.speech.transcriber", "app.captions.speech.windowed_run", lazily=True
    ),
    only_touched_by("ctranslate2", "app.captions.speech.transcriber", lazily=True),
    only_touched_by("tempfile", "app.temporary"),
    only_touched_by("av", *MEDIA_READERS),
    only_the_child_reads_caption_files,
    only_routes_touch_the_request,
    numbers_of_requests_are_bounded,
    transactions_open_at_the_edge,
    services_never_commit,
    is_of_a_readable_size,
    says_what_it_is_for,
)


def problems_of(module: Module) -> list[str]:
    """Return all violations of a module."""
    return [problem for rule in RULES for problem in rule(module)]


def _read(path: Path) -> Module:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return Module(name, path.read_text())


def _imports(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "app" and parts[1] in ROOMS else None


def _layer_of(name: str) -> str | None:
    """Return the layer of the module `name`; if `name` is an object in a module, return the layer of that module."""
    return LAYERS.get(name) or LAYERS.get(name.rpartition(".")[0])


def _impurities(module: Module, seen: set[str]) -> Iterator[str]:
    seen.add(module.name)
    for name in set(module.imports()):
        if name.startswith("app."):
            path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if path.exists() and name not in seen:
                yield from _impurities(_read(path), seen)
        elif name.split(".")[0] not in PURE_MODULES:
            yield f"{module.name} imports {name}"
    calls = {_called(node) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    yield from (f"{module.name} calls {name}" for name in sorted(calls & set(IMPURE_CALLS)))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
