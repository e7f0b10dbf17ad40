"""The test runner reports every step that it could not run. A speech model that could not be downloaded is no failure."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.waiting import LONG_SECONDS
from tools import lanes, pytest_runs, run_tests


def test_unavailable_real_model_is_reported_and_is_not_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(run_tests, "set_up", lambda: None)
    monkeypatch.setattr(run_tests, "run", lambda *_: False)
    monkeypatch.setattr(run_tests, "collected", lambda *_: ["tests/x.py::test_y"])
    monkeypatch.setattr(run_tests, "missing", [])
    monkeypatch.setattr(run_tests, "unavailable", [])
    monkeypatch.setattr("sys.argv", ["run_tests", "tests with a real speech model"])
    assert run_tests.main() == 0
    said = capsys.readouterr().out
    assert "!!! NOT RUN: whisper base could not be fetched, so these were not run:\n  tests/x.py::test_y" in said


def test_missing_program_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(run_tests, "set_up", lambda: run_tests.missing.append("a browser"))
    monkeypatch.setattr(run_tests, "missing", [])
    monkeypatch.setattr("sys.argv", ["run_tests", "no such step"])
    assert run_tests.main() == 1


def test_steps_that_follow_each_other_run_side_by_side() -> None:
    assert lanes.groups(["lint", "types", "tests", "tests on PostgreSQL"]) == [
        ["lint", "types"],
        ["tests"],
        ["tests on PostgreSQL"],
    ]
    assert lanes.groups(["types", "tests", "prose"]) == [["types"], ["tests"], ["prose"]]


def test_every_step_is_in_one_lane_and_steps_of_no_lane_follow_in_the_first() -> None:
    assert sorted(name for lane in lanes.LANES for name in lane) == sorted(run_tests.STEPS)
    assert lanes.lanes(["lint", "tests in Firefox", "tests", "pure tests"]) == [
        ["lint", "tests", "pure tests"],
        ["tests in Firefox"],
    ]


def test_lanes_run_at_the_same_time_and_steps_of_a_lane_one_after_another(capfd: pytest.CaptureFixture[str]) -> None:
    both_have_begun = threading.Barrier(2, timeout=LONG_SECONDS)
    ended: list[str] = []

    def step(name: str, *, waits: bool, passes: bool = True) -> Callable[[], bool]:
        def run() -> bool:
            if waits:
                both_have_begun.wait()
            ended.append(name)
            return passes

        return run

    steps = {
        "tests": step("tests", waits=True),
        "tests on PostgreSQL": step("tests on PostgreSQL", waits=False, passes=False),
        "tests in Chromium": step("tests in Chromium", waits=True, passes=False),
    }
    assert lanes.run_steps(steps, []) == ["tests on PostgreSQL", "tests in Chromium"]
    assert ended.index("tests") < ended.index("tests on PostgreSQL")
    assert "(started: tests)" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("marker", "collected"),
    [
        ("browser", run_tests.IN_BROWSER),
        ("firefox", run_tests.IN_FIREFOX),
        ("screenreader", run_tests.WITH_ORCA),
        ("realmodel", run_tests.REAL_MODEL),
    ],
)
def test_every_test_with_a_marker_is_where_its_step_collects(marker: str, collected: str) -> None:
    marks = [
        path.relative_to(lanes.ROOT).as_posix()
        for path in (lanes.ROOT / "tests").rglob("*.py")
        if f"pytest.mark.{marker}" in path.read_text(encoding="utf-8") and path != Path(__file__)
    ]
    assert marks
    assert [path for path in marks if not path.startswith(collected)] == []


def test_steps_side_by_side_start_together_print_apart_and_fail_alone(capfd: pytest.CaptureFixture[str]) -> None:
    both_have_begun = threading.Barrier(2, timeout=LONG_SECONDS)

    def step(name: str, status: int) -> Callable[[], bool]:
        def run() -> bool:
            both_have_begun.wait()
            lines = f"print('{name} begins', flush=True); print('{name} ends'); raise SystemExit({status})"
            return lanes.run([sys.executable, "-c", lines])

        return run

    assert lanes.run_steps({"lint": step("lint", 0), "types": step("types", 1)}, []) == ["types"]
    printed = capfd.readouterr().out
    for name in ("lint", "types"):
        assert f"{name} begins\n{name} ends\n" in printed


@pytest.fixture
def two_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tests. One fails at its first run."""
    monkeypatch.setattr(pytest_runs, "ROOT", tmp_path)
    monkeypatch.setattr(lanes, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_two.py").write_text(
        "from pathlib import Path\n"
        "def test_steady(): Path('runs').open('a').write('steady ')\n"
        "def test_unsteady():\n"
        "    ran = Path('runs').read_text()\n"
        "    Path('runs').open('a').write('unsteady ')\n"
        "    assert 'unsteady' in ran\n"
    )
    return tmp_path


def test_failed_test_is_run_again_by_itself_and_named_if_it_passes_then(two_tests: Path) -> None:
    def step() -> bool:
        return pytest_runs.pytest("tests of two", "test_two.py")

    assert not step()
    assert pytest_runs.passes_again("tests of two", step) == ["test_two.py::test_unsteady"]
    assert (two_tests / "runs").read_text() == "steady unsteady unsteady "


def test_test_that_fails_again_is_a_failure(two_tests: Path) -> None:
    (two_tests / "test_two.py").write_text("def test_broken(): assert False\n")

    def step() -> bool:
        return pytest_runs.pytest("tests of two", "test_two.py")

    assert not step()
    assert pytest_runs.passes_again("tests of two", step) == []


def test_many_failures_are_not_run_again(two_tests: Path) -> None:
    many = "".join(f"def test_{n}(): assert False\n" for n in range(pytest_runs.MAX_RUN_AGAIN + 1))
    (two_tests / "test_two.py").write_text(many)
    assert not pytest_runs.pytest("tests of two", "test_two.py")
    assert pytest_runs.passes_again("tests of two", lambda: pytest.fail("it ran again")) == []


def test_steps_run_pytest_by_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failures of a step are found by its name."""
    named: list[str] = []

    def note(step: str, *_: str, **__: object) -> bool:
        named.append(step)
        return True

    monkeypatch.setattr(run_tests, "pytest", note)
    for lacking in ("lacking_for_a_screen_reader", "lacking_for_its_voice"):
        monkeypatch.setattr(run_tests, lacking, list)
    for name in ("has_chromium", "has_firefox", "run"):
        monkeypatch.setattr(run_tests, name, lambda *_: True)
    monkeypatch.setenv("FAIRTAKE_TEST_DATABASE_URL", "postgresql:///x")
    monkeypatch.setattr(run_tests, "running_nu_checker", lambda: nullcontext("http://127.0.0.1:1"))
    tests = [name for name in run_tests.STEPS if name.startswith("tests")]
    for name in tests:
        run_tests.STEPS[name]()
    assert named == tests
