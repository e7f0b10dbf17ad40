"""Read the files that a coordinator uploads as a version of a question's media. Problems are added to the form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask_babel import gettext as _

from app.captions import question_media
from app.captions.carried import MAX_CARRIED_BYTES, CaptionFile
from app.captions.file_reading import read_caption_file
from app.captions.file_wording import words_for_file_error, words_for_late
from app.captions.files.imported import ImportedFile
from app.captions.files.limits import MAX_FILE_BYTES
from app.captions.files.offsets import late_cues, moved_earlier
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.captions.forms import QuestionMediaForm
from app.captions.question_media import NoQuestionMediaError
from app.captions.question_versions import MediaRole
from app.media.sandbox import PreparedMedia

UPLOAD = "upload"
"""Name of the uploaded file while it is inspected."""


def inspect_upload(form: QuestionMediaForm, folder: Path, role: MediaRole) -> PreparedMedia | None:
    """Inspect the uploaded file in `folder`. If it cannot be used, the reason is added to the form field."""
    upload, made = folder / UPLOAD, folder / "made"
    form.file.data.save(upload)
    made.mkdir()
    try:
        found = question_media.inspect_file(upload, made)
        question_media.require_suitable(role, found)
        return found
    except NoQuestionMediaError as problem:
        form.file.errors = [str(problem)]
        return None


def read_captions(form: QuestionMediaForm, made: PreparedMedia, language: str) -> ImportedFile | None:
    """Read the uploaded caption file. Errors, including a missing file, are added to the form field."""
    if not form.captions.data:
        if made.has_audio:
            form.captions.errors = [_("There is sound in this file, so it needs captions. Choose both files again.")]
        return None
    file = CaptionFile(bytes_of(form), form.captions.data.filename or "")
    try:
        found = read_again(file, made.duration_ms, language)
    except CaptionFileError as error:
        form.captions.errors = [words_for_file_error(error)]
        return None
    late = late_cues(found.cues, made.duration_ms)
    if late and late.offset_ms is None:
        form.captions.errors = [words_for_late(late)]
    if len(file.content) > MAX_CARRIED_BYTES:
        form.captions.errors = [words_for_file_error(CaptionFileError(CaptionProblem.TOO_LARGE))]
    return found


def bytes_of(form: QuestionMediaForm) -> bytes:
    """Return the uploaded caption file."""
    form.captions.data.stream.seek(0)
    return bytes(form.captions.data.stream.read(MAX_FILE_BYTES + 1))


def read_again(
    file: CaptionFile, duration_ms: int, language: str, encoding: str = "", moved_ms: int = 0
) -> ImportedFile:
    """Read a caption file in this encoding ("": detected), with all captions `moved_ms` earlier."""
    found = read_caption_file(
        file.content, name=file.name, duration_ms=duration_ms, language=language, encoding=encoding
    )
    return replace(found, cues=moved_earlier(found.cues, moved_ms)) if moved_ms else found
