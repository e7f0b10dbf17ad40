"""Scripts: what is checked of them in `make test`, and their format."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tools.node_packages import ROOT, NodePackageError, find_package, install_packages

OLDEST_NODE = (18, 18)
"""That of Debian 12."""


def check_front_end() -> bool:
    """Check style, format and types of all scripts; raises NodePackageError where Node or a tool is missing."""
    return all(
        [
            run_tool("eslint", "bin/eslint.js", "--max-warnings", "0", "."),
            run_tool("prettier", "bin/prettier.cjs", "--check", "--log-level", "warn", "."),
            run_tool("typescript", "bin/tsc", "--project", "."),
        ]
    )


def run_tool(package: str, script: str, *arguments: str) -> bool:
    """Run a tool of package.json in the project's folder; return whether it succeeded."""
    command = [find_node(), str(find_package(package) / script), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0  # noqa: S603


def find_node() -> str:
    """Return the program `node`; raises NodePackageError if there is none, or one that is too old for the tools."""
    node = shutil.which("node")
    if not node:
        raise NodePackageError("node is not installed")
    said = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    major, minor = (int(number) for number in said.removeprefix("v").split(".")[:2])
    if (major, minor) < OLDEST_NODE:
        raise NodePackageError(f"node is {said}, and the tools need {'.'.join(map(str, OLDEST_NODE))} or newer")
    return node


def format_scripts() -> bool:
    """Format all scripts, and mend what ESLint can mend."""
    return run_tool("eslint", "bin/eslint.js", "--fix", ".") and run_tool(
        "prettier", "bin/prettier.cjs", "--write", "--log-level", "warn", "."
    )


if __name__ == "__main__":
    commands = {"check": check_front_end, "format": format_scripts}
    try:
        install_packages()
        sys.exit(0 if commands[sys.argv[1]]() else 1)
    except NodePackageError as problem:
        sys.exit(str(problem))
