"""HOUSE's import rules as functions: each takes one module and returns what is wrong with it, in words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "interviews", "accommodations", "recording", "captions", "review", "compliance")
KERNEL = (
    "config", "extensions", "errors", "transaction", "storage", "audit", "audit_actions", "clock", "clock_watch", "ids",
    "types", "security", "i18n", "sealing", "email_addresses", "mail", "request_guard", "batches", "temporary", "traces",
    "folding",
)  # fmt: skip
EDGES = ("routes", "commands", "pipeline")
PURE = ("rules", "permissions", "vtt")
WEB_KERNEL = (
    "app.accounts.access", "app.compression", "app.errors", "app.i18n", "app.pages", "app.request_limits", "app.retrying",
    "app.saved", "app.security", "app.signed_out", "app.static_files", "app.typed_forms",
)  # fmt: skip
MEDIA_READERS = ("media", "media_encoding", "media_pictures", "media_writing")
MAY_TRANSACT = ("app.batches", "app.pipeline", "app.heartbeat", "app.demo", "app.retrying", "app.transaction")
PURE_MODULES = (
    "__future__", "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "html", "io", "itertools",
    "math", "re", "string", "typing", "unicodedata", "webvtt",
)  # fmt: skip
IMPURE_CALLS = ("now", "today", "utcnow", "open", "print", "input")
NAMES_THAT_SAY_NOTHING = ("utils", "util", "helpers", "helper", "manager", "data", "misc", "common")


@dataclass(frozen=True)
class Module:
    """One module of the application: its dotted name and its syntax tree."""

    name: str
    tree: ast.Module
    lines: int = 0

    @property
    def room(self) -> str | None:
        """The room that it stands in; None for the kernel and its neighbours."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 and parts[1] in ROOMS else None

    @property
    def layer(self) -> str:
        """The last word of its file name: routes, services, models, ...; `manage_routes` is routes."""
        return self.name.rsplit(".", 1)[-1].rsplit("_", 1)[-1]

    def imports(self) -> Iterator[str]:
        """Yield every name imported, anywhere in the module: for `from a import b` both a and a.b."""
        yield from _imports(ast.walk(self.tree))

    def imports_at_once(self) -> Iterator[str]:
        """Yield what is imported as soon as the module is."""
        yield from _imports(self.tree.body)


def read_modules() -> list[Module]:
    """Return every module under app/."""
    return [_read(path) for path in sorted((ROOT / "app").rglob("*.py"))]


def module_from(name: str, source: str) -> Module:
    """Return a module from source text, to try a rule on."""
    return Module(name, ast.parse(source), source.count("\n") + 1)


def imports_only_leftward(module: Module) -> list[str]:
    """Between rooms, everything but routes and commands imports only leftward."""
    if module.room is None or module.layer in EDGES:
        return []
    to_the_right = ROOMS[ROOMS.index(module.room) + 1 :]
    return [f"imports {name}" for name in set(module.imports()) if _room_of(name) in to_the_right]


def kernel_imports_no_room(module: Module) -> list[str]:
    """The kernel knows nothing of the rooms."""
    if module.name.removeprefix("app.") not in KERNEL:
        return []
    return [f"imports {name}" for name in set(module.imports()) if _room_of(name)]


def nothing_inside_imports_the_edge(module: Module) -> list[str]:
    """Services, models, forms and rules import neither routes nor commands nor the pipeline."""
    if module.room is None or module.layer in EDGES:
        return []
    return [f"imports {name}" for name in set(module.imports()) if _layer_of(name) in EDGES]


def forms_and_models_import_no_services(module: Module) -> list[str]:
    """Forms and models do not reach up."""
    if module.layer not in ("forms", "models"):
        return []
    above = ("services", "forms") if module.layer == "models" else ("services",)
    return [f"imports {name}" for name in set(module.imports()) if _layer_of(name) in above]


def rules_are_pure(module: Module) -> list[str]:
    """Rules, permissions and vtt, and all that they import: no Flask, no SQLAlchemy, no clock, no input or output."""
    if module.room is None or module.layer not in PURE:
        return []
    return list(_impurities(module, set()))


def only_touched_by(library: str, *owners: str, lazily: bool = False) -> Callable[[Module], list[str]]:
    """Return the rule that a library is imported by its owners alone, and perhaps not before it is needed."""

    def rule(module: Module) -> list[str]:
        touched = [name for name in set(module.imports()) if name.split(".")[0] == library]
        if module.name not in owners:
            return [f"imports {name}" for name in touched]
        early = [name for name in set(module.imports_at_once()) if name.split(".")[0] == library]
        return [f"imports {name} before it is needed" for name in early] if lazily else []

    return rule


def only_routes_touch_the_request(module: Module) -> list[str]:
    """Only routes (and the kernel's web files) know of `request`, `session` and `g`."""
    if module.layer == "routes" or module.name in WEB_KERNEL:
        return []
    edge = {"flask.request", "flask.session", "flask.g"}
    return [f"imports {name}" for name in edge.intersection(module.imports())]


def numbers_of_requests_are_bounded(module: Module) -> list[str]:
    """A number in a field is read by `request_guard.whole_number`: `int` takes hundreds of digits."""
    reads = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _called(node) == "get")
    given = ((node, [*node.args, *(keyword.value for keyword in node.keywords)]) for node in reads)
    return [
        f"line {node.lineno} reads a number with int"
        for node, values in given
        if any(isinstance(value, ast.Name) and value.id == "int" for value in values)
    ]


def transactions_open_at_the_edge(module: Module) -> list[str]:
    """transaction() and after_commit() belong to routes, commands and the pipeline."""
    if module.layer in EDGES or module.name in MAY_TRANSACT:
        return []
    return [f"imports {name}" for name in set(module.imports()) if name.startswith("app.transaction")]


def services_never_commit(module: Module) -> list[str]:
    """In a room nothing commits or rolls back by itself."""
    if module.room is None:
        return []
    attributes = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    return [f"uses .{name}" for name in sorted(attributes & {"commit", "rollback", "begin_nested"})]


def is_of_a_readable_size(module: Module) -> list[str]:
    """At 250 lines think again; 300 is the end."""
    return [f"has {module.lines} lines"] if module.lines > 300 else []


def says_what_it_is_for(module: Module) -> list[str]:
    """A module has a docstring and a name that says something."""
    problems = [] if ast.get_docstring(module.tree) else ["has no docstring"]
    return problems + [f"is called {module.layer}"] * (module.layer in NAMES_THAT_SAY_NOTHING)


RULES: tuple[Callable[[Module], list[str]], ...] = (
    imports_only_leftward,
    kernel_imports_no_room,
    nothing_inside_imports_the_edge,
    forms_and_models_import_no_services,
    rules_are_pure,
    only_touched_by("faster_whisper", "app.captions.transcriber", "app.captions.window_hearing", lazily=True),
    only_touched_by("ctranslate2", "app.captions.transcriber", lazily=True),
    only_touched_by("tempfile", "app.temporary"),
    only_touched_by("av", *(f"app.recording.{name}" for name in MEDIA_READERS)),
    only_routes_touch_the_request,
    numbers_of_requests_are_bounded,
    transactions_open_at_the_edge,
    services_never_commit,
    is_of_a_readable_size,
    says_what_it_is_for,
)


def problems_of(module: Module) -> list[str]:
    """Return everything that is wrong with a module."""
    return [problem for rule in RULES for problem in rule(module)]


def _read(path: Path) -> Module:
    source = path.read_text()
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return Module(name, ast.parse(source), source.count("\n"))


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
    parts = name.split(".")
    words = [part.rsplit("_", 1)[-1] for part in parts[1:3]] if parts[0] == "app" else []
    return next((word for word in words if word in (*EDGES, "services", "forms")), None)


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
