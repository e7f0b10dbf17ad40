"""Sentences for candidates about the captions of a take: their state, their language, and why there are none."""

from __future__ import annotations

from flask_babel import gettext as _

from app.i18n import language_name
from app.language_tags import UNKNOWN_LANGUAGE
from app.recording.models import Take, TakeKind
from app.recording.processing import TakeState, state_of
from app.recording.wording import NOT_PLAYABLE, unreadable_words


def captions_words(take: Take) -> str | None:
    """Return the state of a take's captions in words, or None while the take cannot be played."""
    state = state_of(take)
    if take.kind == TakeKind.SIGNED and state not in NOT_PLAYABLE:
        return _("A signed answer gets no automatic captions. Reviewers watch it as it is.")
    return {
        TakeState.TRANSCRIBING: _("Captions are being made."),
        TakeState.WAITING_FOR_MODEL: _("Captions will be made later. You do not need to wait for them."),
        TakeState.CAPTIONED: _("Automatic captions are ready. They may have mistakes."),
        TakeState.CAPTIONS_FAILED: _("Captions could not be made. Your recording is kept and can be played."),
    }.get(state)


def care_words() -> str:
    """Return a message for a candidate whose recording the speech model understood only in part."""
    return _("Automatic captions are ready. Read them with care: parts of them are probably wrong.")


def not_understood_words() -> str:
    """Return a message, without blame, for a candidate whose recording the speech model did not understand."""
    return _(
        "The computer could not make good captions of this recording. This is not your fault, and your recording is"
        " kept. Reviewers do not see these captions unless you correct them. If you do not, reviewers listen to your"
        " recording, or somebody else types its captions."
    )


def language_words(shown: str | None, coming: str | None, *, is_begun: bool) -> list[str]:
    """Return sentences that name the language of a take's captions and, if captions are being made again, the new
    language.
    """
    words = []
    if shown and shown != UNKNOWN_LANGUAGE:
        words.append(_("Language of the captions: %(language)s.", language=language_name(shown)))
    if coming and coming != shown:
        name = language_name(coming)
        words.append(
            _("Captions are being made in this language: %(language)s.", language=name)
            if is_begun
            else _("Captions will be made in this language: %(language)s.", language=name)
        )
    return words


def language_button(number: int, tag: str) -> str:
    """Return the label of the button that requests captions in another language."""
    return _("Make the captions of recording %(number)s in %(language)s", number=number, language=language_name(tag))


def no_captions_words(take: Take, *, is_withheld: bool = False) -> str:
    """Return why a sent take has no captions to download, and whether captions will follow.

    `is_withheld` is true if its captions are not shown, because the speech model did not understand the recording.
    """
    state = state_of(take)
    if state == TakeState.MEDIA_FAILED:
        return " ".join(
            [
                _("This recording could not be read, so you cannot play or download it here."),
                *unreadable_words(take)[:1],
            ]
        )
    if state in NOT_PLAYABLE:
        return _("Not ready yet.")
    if take.kind == TakeKind.SIGNED:
        return captions_words(take) or ""
    if state == TakeState.TRANSCRIBING:
        return _("Captions are still being made.")
    if state == TakeState.CAPTIONED and is_withheld:
        return _(
            "The computer could not make good captions of this recording, so there are none to download. Reviewers"
            " do not see them either. They listen to your recording, or somebody else types its captions."
        )
    if state == TakeState.CAPTIONED:
        return _("No speech was heard in this recording, so there are no captions of it.")
    return captions_words(take) or ""
