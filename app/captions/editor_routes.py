"""The caption editor: a form that works without scripts. Each button either changes the form or saves a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.captions import corrections, editing, wording
from app.captions.alignment import compare
from app.captions.clock import write_time
from app.captions.corrections import EditConflictError
from app.captions.editing import CueFault, EditedCue
from app.captions.editing_context import EditingContext, author_name
from app.captions.file_wording import clock_words, words_for_late, words_for_move
from app.captions.files.offsets import late_cues, latest_start
from app.captions.forms import EditorForm
from app.captions.merging import Side, Stretch, merged, side_of, three_way
from app.captions.models import TrackKind
from app.captions.open_context import open_context
from app.captions.services import current_track, notes_on
from app.captions.shaping.cues import MAX_CUE_MS, MAX_LINE_LENGTH, MAX_LINES, MAX_READING_SPEED, MIN_CUE_MS, Cue
from app.clock import now
from app.errors import InvalidInputError, TooLargeError
from app.extensions import db
from app.language_tags import UNKNOWN_LANGUAGE
from app.request_guard import whole_number
from app.review.search.services import index_track
from app.saved import confirm
from app.transaction import transaction

BARS = {"fast": MAX_READING_SPEED, "line": MAX_LINE_LENGTH, "lines": MAX_LINES, "shortest": MIN_CUE_MS,
        "longest": MAX_CUE_MS}  # fmt: skip
"""The thresholds that the page's script uses for its advice, the same as in `editing.advice_on`."""
MAX_DIGITS = 9
"""An offset in milliseconds must have fewer digits than this. Eight digits are about a day."""
Problem = tuple[str, str]
"""An error message, and the link to its field."""


@dataclass(frozen=True, slots=True)
class LanguageConflict:
    """The caption language in both versions after an edit conflict, and which of the two languages is used."""

    side: Side
    yours: str
    theirs: str


@requires("captions.correct")
def editor(take_id: str) -> ResponseReturnValue:
    """Show the current captions of a take in the editor."""
    place = open_context(take_id)
    track = current_track(db.session(), take_id)
    form = EditorForm(
        formdata=None,
        base=track.version if track else 0,
        source="",
        language=track.language if track else UNKNOWN_LANGUAGE,
    )
    return editor_page(place, form, editing.drafts_of(place.cues_of(track)))


@requires("captions.correct")
def edit(take_id: str) -> ResponseReturnValue:
    """Change the form as the pressed button says, or save the form as a new version of the captions.

    If a caption has a fault, nothing is saved, and the form is shown again with all typed text.
    """
    place, form, drafts = open_context(take_id), EditorForm(), _drafts()
    if not form.validate_on_submit() and "base" in form.errors:
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    action, _dash, number = request.form.get("do", "save").partition("-")
    if action != "save":
        changed, message = _changed(drafts, action, number)
        return editor_page(place, form, changed, message=message)
    cues, faults = editing.cues_of_drafts(drafts, duration_ms=place.media.duration_ms)
    if faults or form.errors:
        return editor_page(place, form, drafts, problems=problems_of(faults)), 422
    return _save(place, form, cues)


def _save(
    place: EditingContext, form: EditorForm, cues: Sequence[Cue], *, base: int | None = None
) -> ResponseReturnValue:
    kind = TrackKind.UPLOADED if form.source.data == "file" else place.correction_kind
    try:
        with transaction() as session:
            track = corrections.save_correction(
                session, place.take_id, cues, base=form.base.data if base is None else base, kind=kind, actor=_actor(),
                now=now(), language=form.language.data,
            )  # fmt: skip
            index_track(session, track.id)
    except EditConflictError:
        return _choices_page(open_context(place.take_id), form, cues), 409
    confirm(
        _("Version %(number)s is saved. Everybody now sees this version, and searches find it.", number=track.version)
    )
    return redirect(url_for("captions.versions", take_id=place.take_id), 303)


@requires("captions.correct")
def choose(take_id: str) -> ResponseReturnValue:
    """Save the merge of two conflicting versions, using the second editor's choice for each conflict."""
    place, form = open_context(take_id), EditorForm()
    cues, faults = editing.cues_of_drafts(_drafts())
    against = whole_number(request.form.get("against"))
    if not form.validate_on_submit() or faults:
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    track = current_track(db.session(), take_id)
    if track is None or track.version != against:
        return _choices_page(place, form, cues), 409
    stretches = _stretches(place, form.base.data, cues)
    asked = [index for index, stretch in enumerate(stretches) if stretch.side is Side.CHOOSE]
    given = {index: request.form.get(f"choice-{index}") for index in asked}
    missing: list[int | str] = [index for index in asked if given[index] not in (Side.YOURS, Side.THEIRS)]
    language = _language(take_id, form)
    side = request.form.get("choice-language") if language.side is Side.CHOOSE else language.side
    if side == Side.CHOOSE or side not in tuple(Side):
        missing.insert(0, "language")
    if missing:
        return _choices_page(place, form, cues, missing=missing), 422
    form.language.data = language.theirs if side == Side.THEIRS else language.yours
    chosen = merged(stretches, {index: Side(str(side)) for index, side in given.items()})
    drafts = editing.drafts_of(chosen)
    found = {fault for _index, fault in editing.cues_of_drafts(drafts, duration_ms=place.media.duration_ms)[1]}
    if found:  # let the editor correct the merged captions
        form.base.data, form.base.raw_data = against, None  # or the form would still contain the old version number
        if CueFault.AFTER_END in found:
            message = _(
                "The two versions are combined. Some captions come after the end of the recording: correct them, "
                "then save."
            )
        else:
            message = _("The two versions are combined. Some captions now overlap: correct them, then save.")
        return editor_page(place, form, drafts, message=message)
    return _save(place, form, chosen, base=against)


def problems_of(faults: Sequence[tuple[int, CueFault]]) -> list[Problem]:
    """Return an error message for each fault, with the link to its field."""
    return [(wording.words_for_fault(fault, index + 1), f"#{fault.field}-{index + 1}") for index, fault in faults]


def _actor() -> Actor:
    return Actor("staff", access.signed_in_user().id)


def _stretches(place: EditingContext, base: int, yours: Sequence[Cue]) -> list[Stretch]:
    session = db.session()
    track = current_track(session, place.take_id)
    began_with = place.cues_of(corrections.find_version(session, place.take_id, base)) if base else []
    return three_way(began_with, yours, place.cues_of(track))


def _language(take_id: str, form: EditorForm) -> LanguageConflict:
    session = db.session()
    base = corrections.find_version(session, take_id, form.base.data).language if form.base.data else UNKNOWN_LANGUAGE
    track = current_track(session, take_id)
    yours, theirs = str(form.language.data), track.language if track else base
    return LanguageConflict(side_of(base, yours, theirs), yours, theirs)


def _choices_page(
    place: EditingContext, form: EditorForm, cues: Sequence[Cue], *, missing: Sequence[int | str] = ()
) -> str:
    track = current_track(db.session(), place.take_id)
    problems = [
        (_("Choose one version of each caption that you both changed."), f"#choice-{i}-yours") for i in missing[:1]
    ]
    return render_template(
        "captions/choose.html",
        place=place,
        form=form,
        errors=problems,
        track=track,
        author=author_name(db.session(), track.author_id) if track else None,
        stretches=_stretches(place, form.base.data, cues),
        language=_language(place.take_id, form),
        drafts=editing.drafts_of(cues),
        compare=compare_cues,
        write_time=write_time,
        given=request.form,
    )


def compare_cues(earlier: Sequence[Cue], later: Sequence[Cue]) -> object:
    """Compare two lists of cues word by word."""
    return compare(*("\n".join(cue.text for cue in cues) for cues in (earlier, later)))


def editor_page(
    place: EditingContext,
    form: EditorForm,
    drafts: Sequence[EditedCue],
    *,
    problems: Sequence[Problem] = (),
    repairs: Sequence[str] = (),
    message: str | None = None,
) -> str:
    track = current_track(db.session(), place.take_id)
    duration_ms = place.media.duration_ms
    late = late_cues(editing.cues_of_drafts(drafts)[0], duration_ms)
    return render_template(
        "captions/editor.html",
        place=place,
        form=form,
        errors=list(problems),
        field_errors=_by_field(problems),
        drafts=drafts,
        advice=_advice(drafts, duration_ms),
        advice_templates=wording.advice_templates(duration_ms),
        bars={**BARS, "end": latest_start(duration_ms) if duration_ms else None},
        late=late,
        words_for_late=words_for_late,
        words_for_move=words_for_move,
        notes=notes_on(track) if track else [],
        is_withheld=track is not None and track.is_withheld,
        version=track.version if track else 0,
        repairs=repairs,
        message=message,
        find=request.form.get("find", ""),
        replacement=request.form.get("replacement", ""),
    )


def _by_field(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """Return the error messages of each field by the id of the field."""
    found: dict[str, list[str]] = {}
    for message, link in problems:
        found.setdefault(link.removeprefix("#"), []).append(message)
    return found


def _advice(drafts: Sequence[EditedCue], duration_ms: int) -> list[list[str]]:
    """Return a list of advice for each caption. The list is empty for a caption that has a fault."""
    read = [editing.cues_of_drafts([draft])[0] for draft in drafts]
    said = iter(wording.advice_texts([cue for cues in read for cue in cues], duration_ms=duration_ms))
    return [next(said) if cues else [] for cues in read]


def _drafts() -> list[EditedCue]:
    fields = [request.form.getlist(name) for name in ("start", "end", "text")]
    if max(map(len, fields)) > editing.MAX_EDITED_CUES:
        raise TooLargeError(_("More was sent than this address accepts."))
    return [EditedCue(start, end, text.replace("\r\n", "\n")) for start, end, text in zip(*fields, strict=False)]


def _changed(drafts: list[EditedCue], action: str, number: str) -> tuple[list[EditedCue], str | None]:
    """Apply the action of a button that changes only the form. Return the captions, and a message for the user or None."""
    if action == "look":
        return drafts, None
    if action == "replace":
        find, replacement = request.form.get("find", ""), request.form.get("replacement", "")
        changed, count = editing.replace_text(drafts, find, replacement, only_first=number == "first")
        return changed, wording.words_for_replaced(count)
    if action == "move" and number.isascii() and number.isdigit() and len(number) < MAX_DIGITS:
        moved = editing.move_earlier(drafts, int(number))
        return moved, _(
            "All captions were moved %(time)s earlier. Compare one with the recording, then save.",
            time=clock_words(int(number)),
        )
    changes = {"split": editing.split, "merge": editing.merge, "remove": editing.remove, "add": editing.add_after}
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 7 else len(drafts)
    change = changes.get(action)
    if change is None or not (0 <= place < len(drafts) or (action == "add" and place == -1)):
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    return change(drafts, place), None
