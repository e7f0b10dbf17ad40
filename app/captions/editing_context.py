"""The recording and the answer whose captions a member of staff edits, and whether they may hear and see it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.captions.models import CaptionTrack, TrackKind
from app.captions.needed import find_media_for_staff
from app.captions.services import cues_of
from app.captions.shaping.cues import Cue
from app.interviews.models import BlindMode
from app.recording.blind_playback import hears_media
from app.recording.models import Answer, Media
from app.recording.viewing import answer_with


@dataclass(frozen=True, slots=True)
class EditingContext:
    """The recording and the answer whose captions are edited.

    It has no candidate name, because the review may be blind.
    """

    media: Media
    answer: Answer
    is_captioner: bool = False
    """True for a coordinator who makes the captions, and does not review the interview."""

    @property
    def take_id(self) -> str:
        """Id of the take that the captions belong to."""
        return self.media.take_id

    @property
    def is_heard(self) -> bool:
        """True if this person may hear the recording.

        In a blind review, reviewers may have only the words of the recording.
        """
        return self.is_captioner or hears_media(self.media)

    @property
    def is_blind(self) -> bool:
        """True if this person reviews the interview and does not learn who the candidate is."""
        return not self.is_captioner and self.answer.question.interview.blind != BlindMode.OFF

    @property
    def is_seen(self) -> bool:
        """True if the recording has a picture and the review is not blind."""
        return self.media.has_video and not self.is_blind

    @property
    def correction_kind(self) -> TrackKind:
        """The kind of captions that this person writes here."""
        return TrackKind.COORDINATOR if self.is_captioner else TrackKind.REVIEWER

    def cues_of(self, track: CaptionTrack | None) -> list[Cue]:
        """Return the cues of a version for editing. Without a version there are none.

        If the speech model did not understand the recording, only a reviewer who may hear it gets its words to correct.
        """
        return [] if track is None or (track.is_withheld and not self.is_heard) else cues_of(track)


def find_place(session: Session, user: StaffUser, take_id: str) -> EditingContext:
    """Return the editing context of a take for a reviewer, or for a coordinator who makes its captions.

    Raises NotFoundError if the take does not exist or the person may not see it.
    """
    media, is_captioner = find_media_for_staff(session, user, take_id)
    return EditingContext(media, answer_with(session, take_id), is_captioner)


def author_name(session: Session, user_id: str | None) -> str | None:
    """Return the name of the staff member who wrote a version, or None if no member of staff did."""
    user = session.get(StaffUser, user_id) if user_id else None
    return user.name if user else None
