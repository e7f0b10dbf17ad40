"""Where captions belong: a take that a reviewer may see, and what the pages say of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.interviews.models import BlindMode
from app.recording.blind_playback import hears_media
from app.recording.models import Answer, Media
from app.recording.services import find_media_for_reviewer
from app.recording.viewing import answer_with


@dataclass(frozen=True, slots=True)
class EditingContext:
    """The file and the answer whose captions are looked at. No name of a candidate: a panel may be blind."""

    media: Media
    answer: Answer

    @property
    def take_id(self) -> str:
        """The take that the captions belong to."""
        return self.media.take_id

    @property
    def is_heard(self) -> bool:
        """Whether the reviewer may hear the recording: blind review can be of the words alone."""
        return hears_media(self.media)

    @property
    def is_seen(self) -> bool:
        """Whether there is a picture, and the review is not blind."""
        return self.media.has_video and self.answer.question.interview.blind == BlindMode.OFF


def find_place(session: Session, user: StaffUser, take_id: str) -> EditingContext:
    """Return the take that this reviewer may see. Raises NotFoundError if it does not exist or is not theirs."""
    media = find_media_for_reviewer(session, user, take_id)
    return EditingContext(media, answer_with(session, take_id))


def author_name(session: Session, user_id: str | None) -> str | None:
    """Return the name of a member of staff, None where nobody of the staff wrote it."""
    user = session.get(StaffUser, user_id) if user_id else None
    return user.name if user else None
