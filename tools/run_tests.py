"""`make test`: install what the tests need, and run all checks and tests.

These are lint, types, prose and scripts, and the tests on SQLite, on PostgreSQL, in Chromium, in Firefox and with a
screen reader. Steps run in lanes, at the same time, but their outputs are not mixed. All steps run, even after a failure.
The summary says what failed and what could not be run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.front_end import require_tools
from tools.node_packages import NodePackageError, install_packages
from tools.nu_checker import ADDRESS as NU_ADDRESS
from tools.nu_checker import NoNuChecker, running_nu_checker
from tools.postgres import NoPostgres, find_binaries, running_postgres
from tools.redis_server import NoRedis, find_redis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WORKERS = str((os.cpu_count() or 1) + 1)  # more workers than cores, because some tests wait for processes
BROWSER_WORKERS = str(2 * (os.cpu_count() or 1))  # recording takes real time, so tests wait half of their time
SLOWEST = ("--durations=30", "--durations-min=2")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
HEADLESS_SHELL = "chromium-headless-shell"
"""Chromium without its own interface, which takes half the processor time. The tests use Chromium if it is missing."""
FIREFOX = ("firefox-esr", "firefox")
NO_BROWSER = "not browser and not firefox and not screenreader and not realmodel"
IN_BROWSER, IN_FIREFOX, WITH_ORCA = "tests/browser", "tests/firefox", "tests/screenreader"
REAL_MODEL = "tests/captions/test_real_model.py"
"""The steps with a marker collect only these, because collecting the whole suite takes 15 s of processor time for each
process.
"""
SHARED = (
    "-n",
    WORKERS,
    "--dist",
    "worksteal",
    *(f"--ignore={folder}" for folder in (IN_BROWSER, IN_FIREFOX, WITH_ORCA)),
)
SCREEN_READER = {
    "orca": "orca", "Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "dbus-daemon": "dbus-daemon",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
}  # fmt: skip
"""Programs that the screen reader tests need, with their Debian packages."""
AUDIBLE = {
    "pulseaudio": "pulseaudio", "speech-dispatcher": "speech-dispatcher", "spd-say": "speech-dispatcher",
    "/usr/lib/speech-dispatcher-modules/sd_espeak-ng": "speech-dispatcher-espeak-ng",
}  # fmt: skip
"""Programs that the tests with an audible screen reader need too. They are not run without them."""
LANES = (
    ("lint", "types", "prose", "front end", "tests", "tests on PostgreSQL"),
    ("tests in Chromium",),
    ("tests with a screen reader", "tests in Firefox", "tests with a real speech model"),
)
"""Lanes run at the same time, and the steps of a lane one after another. The first lane keeps the processor busy. Tests
in a browser wait for half of their time, and tests with a screen reader nearly all of it.
"""
SIDE_BY_SIDE = (("lint", "types", "prose", "front end"),)
"""Groups of steps in one lane that run at the same time, because each step uses one process."""
IS_NIGHTLY = "--nightly"
"""The argument that runs the tests marked `nightly` instead of all others."""
NIGHTLY = ("tests", "tests on PostgreSQL", "tests in Chromium", "tests with a screen reader")
"""Steps with tests that are marked `nightly`, because they repeat what another test shows."""
missing: list[str] = []
unavailable: list[str] = []
"""Steps that could not run because a network service is unavailable. They are reported, but are not failures."""
unsteady: list[str] = []
_own = threading.local()
"""The output file for the step that runs in this thread, unless the step writes to the standard output."""
_printing = threading.Lock()


def main() -> int:
    """Run all steps, or those named on the command line. Returns 0 if all passed.

    With --nightly, run the tests that `make test` leaves out because they repeat what another test shows.
    With CI=true, a step that could not run because a program is missing counts as a failure too.
    """
    set_up()
    wanted = [name for name in sys.argv[1:] if name != IS_NIGHTLY]
    failed = run_steps(STEPS, wanted or (NIGHTLY if IS_NIGHTLY in sys.argv else ()))
    for line in [*missing, *unavailable]:
        print(f"\n!!! NOT RUN: {line}")
    for line in unsteady:
        print(f"\n!!! PASSED ONLY WHEN RUN AGAIN, ALONE; find out why: {line}")
    if failed:
        print("\nFailed: " + ", ".join(failed))
    return 1 if failed or (missing and os.environ.get("CI") == "true") else 0


def run_steps(steps: Mapping[str, Callable[[], bool]], wanted: Sequence[str]) -> list[str]:
    """Run all steps, or the `wanted` ones, and print the time of each. Returns the names of those that failed."""
    chosen = [name for name in steps if not wanted or name in wanted]
    together = lanes(chosen)
    failed: list[str] = []

    def run_lane(names: Sequence[str], *, is_alone: bool) -> None:
        for group in groups(names):
            failed.extend(_run_group(steps, group, is_alone=is_alone))

    with ThreadPoolExecutor(max(len(together), 1)) as pool:
        done = [pool.submit(run_lane, names, is_alone=len(together) == 1) for names in together]
        for lane in done:
            lane.result()
    return [name for name in chosen if name in failed]


def lanes(names: Sequence[str]) -> list[list[str]]:
    """Divide the steps into lanes, in order. Steps that are in no lane join the first."""
    divided: dict[int, list[str]] = {}
    for name in names:
        number = next((number for number, lane in enumerate(LANES) if name in lane), 0)
        divided.setdefault(number, []).append(name)
    return list(divided.values())


def groups(names: Sequence[str]) -> list[list[str]]:
    """Divide the steps of a lane, in order, into groups. The steps of a group run at the same time."""
    divided: list[list[str]] = []
    for name in names:
        beside = next((one for one in SIDE_BY_SIDE if name in one), ())
        if divided and divided[-1][0] in beside:
            divided[-1].append(name)
        else:
            divided.append([name])
    return divided


def _run_group(steps: Mapping[str, Callable[[], bool]], group: Sequence[str], *, is_alone: bool) -> list[str]:
    """Run the steps of a group at the same time. Returns the names of those that failed.

    A step that runs alone prints while it runs. The output of every other step is printed when the step has ended.
    """
    if is_alone and len(group) == 1:
        _say(_heading(group[0]))
        results = [_timed(steps[group[0]])]
    else:
        _say(f"(started: {', '.join(group)})")
        with ThreadPoolExecutor(len(group)) as pool:
            results = list(pool.map(lambda name: _timed(steps[name], heading=_heading(name)), group))
    for name, (_, seconds) in zip(group, results, strict=True):
        _say(f"-- {name}: {seconds:.0f} s")
    return [name for name, (passed, _) in zip(group, results, strict=True) if not passed]


def _say(line: str) -> None:
    with _printing:
        print(line, flush=True)


def _heading(name: str) -> str:
    return f"\n== {name} " + "=" * (76 - len(name))


def _timed(step: Callable[[], bool], *, heading: str | None = None) -> tuple[bool, float]:
    """Run a step. Returns whether it passed, and its duration in seconds.

    With `heading`, the output of the step is printed below the heading when the step has ended.
    """
    began = time.monotonic()
    if heading is None:
        return step(), time.monotonic() - began
    with tempfile.TemporaryFile() as kept:
        _own.output = kept
        passed, seconds = step(), time.monotonic() - began
        kept.seek(0)
        _say(f"{heading}\n{kept.read().decode(errors='replace')}")
    return passed, seconds


def set_up() -> None:
    """Install missing Debian and npm packages for the tests, if possible."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all tests again, in 8 s
    wanted = {
        "chromium": any(shutil.which(name) for name in CHROMIUM),
        "firefox-esr": any(shutil.which(name) for name in FIREFOX),
        "postgresql": _works(find_binaries),
        "redis-server": _works(find_redis),
        "npm": bool(shutil.which("npm")),
        "default-jre-headless": bool(shutil.which("java")),
    }
    lacking = [package for package, is_there in wanted.items() if not is_there]
    lacking += [SCREEN_READER[program] for program in lacking_for_a_screen_reader()]
    lacking += [package for program, package in AUDIBLE.items() if not shutil.which(program)]
    if "orca" in lacking:
        lacking += ["python3-pyatspi", "gir1.2-wnck-3.0"]
    if lacking:
        _install(*lacking)
    if not shutil.which(HEADLESS_SHELL):
        _install(HEADLESS_SHELL)  # by itself, because not every system has it and Chromium replaces it
    try:
        install_packages()
    except NodePackageError as problem:
        missing.append(f"the npm packages of package.json, and what needs them: {problem}")


def _install(*packages: str) -> None:
    subprocess.run([str(ROOT / "tools" / "install-packages"), *packages], check=False)  # noqa: S603


def lint() -> bool:
    """Check style, imports and formatting of Python and templates."""
    return all(
        [
            run([str(BIN / "ruff"), "check", "."]),
            run([str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
            run([str(BIN / "djlint"), "app/templates", "--lint", "--quiet"]),
        ]
    )


def types() -> bool:
    """Check the types of the Python code."""
    return run([str(BIN / "mypy")])


def english() -> bool:
    """Check the English of messages, docstrings, comments and documents."""
    return run([sys.executable, "-m", "tools.prose"])


def front_end() -> bool:
    """Check scripts and style sheets."""
    try:
        require_tools()
    except NodePackageError as problem:
        missing.append(f"all checks of scripts and style sheets: {problem}")
        return True
    return run([sys.executable, "-m", "tools.front_end", "check"])


def on_sqlite() -> bool:
    """Run all tests that need no browser. The queue tests use a real Redis."""
    return pytest("-m", marked(NO_BROWSER), *SHARED)


def on_postgresql() -> bool:
    """Run the tests that need no browser again, on PostgreSQL."""
    given = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    if given:
        return pytest("-m", marked(NO_BROWSER), *SHARED, database=given)
    try:
        with running_postgres() as address:
            return pytest("-m", marked(NO_BROWSER), *SHARED, database=address)
    except NoPostgres as problem:
        missing.append(f"all database tests on PostgreSQL: {problem}")
        return True


def with_real_model() -> bool:
    """Run the tests that need a real speech model. The model is downloaded if possible."""
    fetch = [sys.executable, "-m", "flask", "--app", "wsgi", "model", "fetch", "base"]
    if not run(fetch, {**os.environ, "FAIRTAKE_SECRET_KEY": "no secret: only a model is fetched with it"}):
        tests = collected("-m", "realmodel", REAL_MODEL)
        unavailable.append("whisper base could not be fetched, so these were not run:\n  " + "\n  ".join(tests))
        return True
    return pytest("-m", marked("realmodel"), "-n", "0", REAL_MODEL)


def in_browser() -> bool:
    """Run the tests in Chromium."""
    if not any(shutil.which(name) for name in CHROMIUM):
        tests = collected("-m", "browser", IN_BROWSER)
        missing.append("there is no Chromium, so these were not run:\n  " + "\n  ".join(tests))
        return True
    arguments = ("-m", marked("browser and not screens"), "-n", BROWSER_WORKERS, "--dist", "worksteal", IN_BROWSER)
    try:
        with running_nu_checker() as address:
            return watched(*arguments, environment={NU_ADDRESS: address})
    except NoNuChecker as problem:
        missing.append(f"the Nu HTML checker on every page and state: {problem}")
        return watched(*arguments)


def in_firefox() -> bool:
    """Run the tests in Firefox."""
    if not any(shutil.which(name) for name in FIREFOX):
        missing.append(
            "there is no Firefox, so these were not run:\n  " + "\n  ".join(collected("-m", "firefox", IN_FIREFOX))
        )
        return True
    return watched("-m", marked("firefox"), "-n", "0", IN_FIREFOX)


def with_screen_reader() -> bool:
    """Run the tests in which the screen reader Orca reads pages in Chromium."""
    lacking = lacking_for_a_screen_reader()
    if not any(shutil.which(name) for name in CHROMIUM):
        lacking.append("chromium")
    if lacking:
        tests = collected("-m", "screenreader", WITH_ORCA)
        missing.append(f"there is no {', '.join(lacking)}, so these were not run:\n  " + "\n  ".join(tests))
        return True
    silent = [program for program in AUDIBLE if not shutil.which(program)]
    if silent:
        missing.append(f"whether a screen reader is heard in a recording: there is no {', '.join(silent)}")
    return watched("-m", marked("screenreader"), "-n", "0", WITH_ORCA)


def lacking_for_a_screen_reader() -> list[str]:
    """Return the programs that are missing for the screen reader tests."""
    return [program for program in SCREEN_READER if not shutil.which(program)]


def marked(expression: str) -> str:
    """Return the marker expression for the tests of this run: those marked `nightly`, or all others."""
    return f"{expression} and {'nightly' if IS_NIGHTLY in sys.argv else 'not nightly'}"


def pytest(*arguments: str, database: str | None = None, environment: Mapping[str, str] | None = None) -> bool:
    """Run pytest on the PostgreSQL database `database`, or on SQLite without it. Returns whether it passed.

    `environment` adds variables. The temporary files of each run get a folder of their own, because pytest deletes those
    of earlier runs, even if they are still going on in another lane.
    """
    variables = {name: value for name, value in os.environ.items() if name != "FAIRTAKE_TEST_DATABASE_URL"}
    if database:
        variables["FAIRTAKE_TEST_DATABASE_URL"] = database
    with tempfile.TemporaryDirectory(prefix="t", ignore_cleanup_errors=True) as folder:  # short, for paths of sockets
        variables |= {"PYTEST_DEBUG_TEMPROOT": folder, **(environment or {})}
        return run([sys.executable, "-m", "pytest", "-q", *SLOWEST, *arguments], variables)


def watched(*arguments: str, environment: Mapping[str, str] | None = None) -> bool:
    """Run browser tests. A test that fails is run once more, alone. If it passes then, it is listed at the end.

    A browser shares this machine's cores, sound and screen with everything else that runs on it.
    """
    own_cache = f"cache_dir=.pytest_cache/{arguments[1].split()[0]}"  # other steps store failures too
    arguments = ("-o", own_cache, *arguments)
    if pytest(*arguments, environment=environment):
        return True
    again = ["--last-failed", "--last-failed-no-failures=none", *arguments, "-n", "0"]
    failed = collected(*again)
    if not failed or not pytest(*again, environment=environment):
        return False
    unsteady.extend(failed)
    return True


def collected(*arguments: str) -> list[str]:
    """Return the names of the tests that the arguments select."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", *arguments]
    found = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    return [line for line in found.stdout.splitlines() if "::" in line]


def run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run a program in the project's folder. Returns whether it succeeded."""
    output = getattr(_own, "output", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=output, stderr=output)  # noqa: S603
    return done.returncode == 0


def _works(find: Callable[[], object]) -> bool:
    try:
        find()
    except (NoPostgres, NoRedis):
        return False
    return True


STEPS: dict[str, Callable[[], bool]] = {
    "lint": lint,
    "types": types,
    "prose": english,
    "front end": front_end,
    "tests": on_sqlite,
    "tests on PostgreSQL": on_postgresql,
    "tests in Chromium": in_browser,
    "tests with a screen reader": with_screen_reader,
    "tests in Firefox": in_firefox,
    "tests with a real speech model": with_real_model,
}

if __name__ == "__main__":
    sys.exit(main())
