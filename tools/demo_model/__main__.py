"""The command `python -m tools.demo_model corpus | train | export | evaluate | all`. `make demo-model` runs `all`.

`all` makes the corpus, trains or resumes training, exports the model, and evaluates the new and the current model on
the same recordings. The new model is copied to models/demo if its word error is not higher than that of the current
model. `--smoke` runs every step in a minute or two with a tiny amount of data and publishes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from tools.demo_model.listening import DEMO_MODEL, PROJECT
from tools.demo_model.problems import Problem
from tools.demo_model.settings import FULL, SMOKE, Settings

_STEPS = ("corpus", "train", "export", "evaluate", "all")
_MISSING = (
    "The training needs {name}, which is not installed. `make demo-model` installs what it needs; by hand it is\n"
    "python -m pip install --require-hashes -r requirements/training.txt (tools/demo_model/README.md says more)."
)


def main(arguments: list[str] | None = None) -> int:
    """Run one step or all steps. Returns 0 for success, 1 for an error (with a message), 130 if interrupted."""
    asked = _parser().parse_args(arguments)
    settings = _settings(asked)
    work = asked.work or PROJECT / "var" / ("training-smoke" if asked.smoke else "training")
    work.mkdir(parents=True, exist_ok=True)
    steps = ("corpus", "train", "export", "evaluate") if asked.step == "all" else (asked.step,)
    try:
        for step in steps:
            print(f"== {step}", flush=True)
            _run(step, work, settings, asked)
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] == "tools":
            raise
        print(_MISSING.format(name=problem.name), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _run(step: str, work: Path, settings: Settings, asked: argparse.Namespace) -> None:
    """Run one step.

    Each step imports only what it needs, so that it works even if packages for other steps are missing.
    """
    if step == "corpus":
        from tools.demo_model.corpus import corpus_folder, make_corpus

        make_corpus(corpus_folder(work, settings), settings)
    elif step == "train":
        # Otherwise, waiting threads would take processor time from other programs. torch reads this when it is
        # imported.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from tools.demo_model.train import choose_device, train

        device = choose_device(asked.device)
        print(f"on {device}", flush=True)
        train(work, settings, device)
    elif step == "export":
        from tools.demo_model.checkpoints import load_network
        from tools.demo_model.export import export

        print(f"{export(load_network(work, settings), work / 'model')} bytes", flush=True)
    else:
        _evaluate(work, settings, may_publish=asked.step == "all" and not asked.smoke)


def _evaluate(work: Path, settings: Settings, may_publish: bool) -> None:
    from tools.demo_model.evaluate import evaluate, word_error, write_results

    made = evaluate(work / "model", settings)
    write_results(work / "evaluation.json", made)
    if not may_publish:
        return
    from tools.demo_model.export import publish

    new, present = word_error(made), word_error(evaluate(DEMO_MODEL, settings))
    print(f"words wrong: {100 * new:.2f} % with the new model, {100 * present:.2f} % with the present one")
    if new <= present:
        publish(work / "model")
        print(f"The new model is in {DEMO_MODEL}. Write its numbers into the README.md beside it.")
    else:
        print(f"The present model stays. The new one is in {work / 'model'}.")


def _settings(asked: argparse.Namespace) -> Settings:
    settings = SMOKE if asked.smoke else FULL
    given = {"steps": asked.steps, "sound_seconds": asked.sound_seconds, "seed": asked.seed}
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.demo_model", description="Make the demo speech model.")
    parser.add_argument("step", choices=_STEPS)
    parser.add_argument("--smoke", action="store_true", help="tiny numbers: proves that every step runs")
    parser.add_argument("--work", type=Path, help="folder of the corpus, the checkpoint and the model (in var/)")
    parser.add_argument("--device", default="auto", help="auto (a GPU when there is one), cpu, cuda, cuda:1 ...")
    parser.add_argument("--steps", type=int, help=f"training steps ({FULL.steps})")
    parser.add_argument("--sound-seconds", type=float, help=f"seconds of sound in a step ({FULL.sound_seconds:g})")
    parser.add_argument("--seed", type=int, help=f"of everything random ({FULL.seed})")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
