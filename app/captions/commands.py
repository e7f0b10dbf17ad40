"""The commands `flask --app wsgi transcribe FILE` and `flask --app wsgi sweep`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Blueprint

from app import pipeline, temporary
from app.captions.files.vtt import write_vtt
from app.captions.model_choice import settings_in_use
from app.captions.shaping.shaper import shape_cues
from app.captions.speech.languages import whisper_name
from app.captions.speech.sound import SampleFile
from app.captions.speech.transcriber import (
    SpeechModelMissingError,
    get_transcriber,
)
from app.captions.verdicts import Verdict, verdict_on
from app.config import current_config
from app.media.sandbox import MediaRefusedError, prepare_media

blueprint = Blueprint("caption_commands", __name__, cli_group=None)
VERDICT_NOTES = {
    Verdict.CARE: ["Read with care: the speech model understood parts of this recording badly."],
    Verdict.NOT_UNDERSTOOD: ["The speech model did not understand this recording well."],
}


@blueprint.cli.command("transcribe")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", "languages", multiple=True, help="What is spoken: en, pt-BR. Give several to choose from.")
def transcribe(file: Path, languages: tuple[str, ...]) -> None:
    """Transcribe a media FILE and write its captions to standard output as WebVTT. Nothing is stored."""
    for tag in languages:
        if whisper_name(tag) is None:
            raise click.BadParameter(f"the speech model knows no language {tag}", param_hint="--language")
    with temporary.workspace("command") as folder:
        try:
            prepared = prepare_media([file], folder)
        except MediaRefusedError as refusal:
            raise click.ClickException(f"{file.name} could not be read: {refusal}") from None
        if prepared.audio_path is None:
            raise click.ClickException(f"{file.name} has no sound")
        sound = SampleFile(prepared.audio_path)
        try:
            transcript = get_transcriber(settings_in_use(current_config())).transcribe(sound, languages=languages)
        except SpeechModelMissingError as missing:
            raise click.ClickException(str(missing)) from None
    cues = shape_cues(transcript.words, duration_ms=sound.size // 16, language=transcript.language)
    verdict = verdict_on(transcript.signals) if transcript.signals else Verdict.GOOD
    notes = ["Automatic captions, not checked by a person.", transcript.notice, *VERDICT_NOTES.get(verdict, [])]
    click.echo(write_vtt(cues, language=transcript.language, notes=[note for note in notes if note]), nl=False)


@blueprint.cli.command("sweep")
def sweep() -> None:
    """Enqueue lost or interrupted pipeline stages of recordings."""
    click.echo(f"Stages enqueued: {pipeline.sweep()}.")
