"""Scripts and style sheets: check them for `make test`, and build them for `make scripts`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.node_packages import ROOT, NodePackageError, find_package, install_packages

STATIC = ROOT / "app" / "static"
BUILT = STATIC / "built"
"""The files that browsers load. They are in the repository, so that Node is needed only to change them."""
PAGES = STATIC / "js" / "pages"
STYLES = STATIC / "css"
TESTS = ROOT / "tests" / "front_end"
OLDEST_NODE = (18, 18)
"""The oldest supported version of Node, which is the version in Debian 12."""
BUILD_OPTIONS = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--entry-names=[name]",
    "--log-level=warning",
)
RECORDER_SCRIPT, SHARED_SCRIPT = "recorder.js", "shared.js"
"""The script of pages with a recorder, and esbuild's file for the code that it shares with its other parts."""
LATER_SCRIPTS = ("later.js", "recorded_answer.js")
"""The scripts that it loads later, from the folder `recorder`."""


def require_tools() -> None:
    """Raise NodePackageError if Node or a tool for the checks is missing."""
    find_node()
    for package in ("eslint", "prettier", "typescript", "esbuild"):
        find_package(package)


def check_front_end() -> bool:
    """Check style, format, types and tests of all scripts. Raises NodePackageError if Node or a tool is missing."""
    return all(
        [
            run_tool("eslint", "bin/eslint.js", "--max-warnings", "0", "."),
            run_tool("prettier", "bin/prettier.cjs", "--check", "--log-level", "warn", "."),
            run_tool("typescript", "bin/tsc", "--project", "."),
            run_tool("typescript", "bin/tsc", "--project", "tsconfig.strict.json"),
            run_tests(),
            say_what_is_stale(),
        ]
    )


def format_scripts() -> bool:
    """Format all scripts, and fix the problems that ESLint can fix."""
    return run_tool("eslint", "bin/eslint.js", "--fix", ".") and run_tool(
        "prettier", "bin/prettier.cjs", "--write", "--log-level", "warn", "."
    )


def build_scripts(folder: Path = BUILT) -> bool:
    """Build every page's script and every style sheet into a folder. Other files in the folder are deleted."""
    pages = [path for path in PAGES.glob("*.js") if path.name != RECORDER_SCRIPT]
    entries = [str(path.relative_to(ROOT)) for path in sorted([*pages, *STYLES.glob("*.css")])]
    with tempfile.TemporaryDirectory() as fresh:
        is_built = run_tool("esbuild", "bin/esbuild", *entries, *BUILD_OPTIONS, f"--outdir={fresh}")
        if not is_built or not _build_recorder(Path(fresh)):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(fresh, folder)
    return True


def _build_recorder(folder: Path) -> bool:
    """Build the script of pages with a recorder in three files: itself, and what it loads later.

    Each module must exist only once on a page, so the other files import the first one and contain only the missing
    modules. esbuild moves code that two scripts share to a file of its own, which would be one more request. Here that
    file contains all of the first script and takes its name. So the later files may share only modules of the first.
    """
    with tempfile.TemporaryDirectory() as place:
        first = PAGES / RECORDER_SCRIPT
        entries = [first]
        for name in LATER_SCRIPTS:
            later, source = Path(place) / name, STATIC / "js" / "recorder" / name
            later.write_text(f'import "{first}";\nexport * from "{source}";\n', encoding="utf-8")
            entries.append(later)
        names = ("--splitting", f"--chunk-names={Path(SHARED_SCRIPT).stem}-[hash]", f"--outdir={folder}")
        if not run_tool("esbuild", "bin/esbuild", *map(str, entries), *BUILD_OPTIONS, *names):
            return False
    shared = list(folder.glob(f"{Path(SHARED_SCRIPT).stem}-*.js"))
    if len(shared) != 1:
        print(f"The parts of {RECORDER_SCRIPT} share code that it does not have itself: see _build_recorder()")
        return False
    (chunk,) = shared
    if (folder / RECORDER_SCRIPT).read_text(encoding="utf-8").strip() != f'import"./{chunk.name}";':
        print(f"esbuild put code of {RECORDER_SCRIPT} outside of {chunk.name}: see _build_recorder()")
        return False
    chunk.replace(folder / RECORDER_SCRIPT)
    for name in LATER_SCRIPTS:
        built = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(built.replace(f'"./{chunk.name}"', f'"./{RECORDER_SCRIPT}"'), encoding="utf-8")
    return True


def run_tests() -> bool:
    """Run the tests of script modules that need no page. The tests of whole pages are in tests/browser."""
    tests = [str(path.relative_to(ROOT)) for path in sorted(TESTS.glob("*.test.js"))]
    return run_node("--test", "--test-reporter=dot", *tests)


def say_what_is_stale() -> bool:
    """Return whether the built files match their sources. Prints the names of the built files that differ."""
    stale = list(stale_files())
    if stale:
        print(f"app/static/built is not what its sources build: {', '.join(stale)}. Run `make scripts` and commit.")
    return not stale


def stale_files() -> Iterator[str]:
    """Yield the names of the files in which the built folder differs from a new build."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "built"
        if not build_scripts(fresh):
            yield "all of it, for it cannot be built"
            return
        for name in sorted({path.name for place in (fresh, BUILT) for path in place.glob("*")}):
            if _content(fresh / name) != _content(BUILT / name):
                yield name


def run_tool(package: str, script: str, *arguments: str) -> bool:
    """Run a tool of package.json in the project's folder. Returns whether it succeeded."""
    return run_node(str(find_package(package) / script), *arguments)


def run_node(*arguments: str) -> bool:
    """Run Node in the project's folder. Returns whether it succeeded."""
    return subprocess.run([find_node(), *arguments], cwd=ROOT, check=False).returncode == 0  # noqa: S603


def find_node() -> str:
    """Return the path of `node`. Raises NodePackageError if it is missing or too old for the tools."""
    node = shutil.which("node")
    if not node:
        raise NodePackageError("node is not installed")
    said = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    major, minor = (int(number) for number in said.removeprefix("v").split(".")[:2])
    if (major, minor) < OLDEST_NODE:
        raise NodePackageError(f"node is {said}, and the tools need {'.'.join(map(str, OLDEST_NODE))} or newer")
    return node


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


COMMANDS = {"check": check_front_end, "format": format_scripts, "build": build_scripts}

if __name__ == "__main__":
    try:
        install_packages()
        sys.exit(0 if COMMANDS[sys.argv[1]]() else 1)
    except NodePackageError as problem:
        sys.exit(str(problem))
