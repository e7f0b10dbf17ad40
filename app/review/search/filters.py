"""Filters of a search, such as question or language: SQL conditions on the answer, separate from the full-text query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNSCORED = "none"

_SCORED = "SELECT 1 FROM score WHERE score.answer_id = answer.id AND score.reviewer_id = :reviewer"
_TRACK = "SELECT 1 FROM caption_track AS track WHERE track.take_id = answer.take_id AND track.is_current"
CAPTIONS: Mapping[str, str] = {
    "written": "answer.take_id IS NULL",
    "checked": f"EXISTS ({_TRACK} AND track.checked_at IS NOT NULL)",
    "unchecked": f"EXISTS ({_TRACK} AND track.checked_at IS NULL)",
}
"""The filter by the origin of an answer's words: typed, captions that somebody has checked, or unchecked captions."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen filters. An empty string means no filter.

    `reviewer` is the id of the reviewer who searches. `score` is a level that this reviewer has given, or UNSCORED.
    """

    reviewer: str
    question: str = ""
    candidate: str = ""
    score: str = ""
    captions: str = ""
    language: str = ""

    def condition(self, document: str) -> tuple[str, dict[str, Any]]:
        """Return SQL to append to a search, with its parameters, or ("", {}) if no filter is chosen.

        `document` is the SQL expression for the id of a document.
        """
        wanted: list[str] = []
        values: dict[str, Any] = {}
        if self.question:
            wanted.append("answer.question_id = :question")
            values["question"] = self.question
        if self.candidate:
            wanted.append("answer.attempt_id = :candidate")
            values["candidate"] = self.candidate
        if self.score:
            values["reviewer"] = self.reviewer
            if self.score == UNSCORED:
                wanted.append(f"NOT EXISTS ({_SCORED} AND score.handed_in_at IS NOT NULL)")
            else:
                wanted.append(f"EXISTS ({_SCORED} AND score.level = :level)")
                values["level"] = int(self.score)
        if self.captions in CAPTIONS:
            wanted.append(CAPTIONS[self.captions])
        if self.language:
            wanted.append("filtered.language = :language")
            values["language"] = self.language
        if not wanted:
            return "", {}
        found = "SELECT 1 FROM cue_search_document AS filtered JOIN answer ON answer.id = filtered.answer_id"
        return f" AND EXISTS ({found} WHERE filtered.id = {document} AND {' AND '.join(wanted)})", values
