"""An answer that reviewers can neither hear nor read waits for a coordinator, who may hear and caption it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.audit import AuditEvent
from app.captions.models import CaptionTrack
from app.captions.needed import is_needed, needed_among
from app.captions.services import current_track
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.interviews.separation import CannotReviewError, require_may_review
from app.recording.models import Answer, Media, StageState, Take, TakeKind
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, set_stages
from tests.captions.withheld.withheld_answer import ABOUT_THE_VOICE, SAID, said_by, words_in
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database
LIST = "/manage/captions"


@dataclass(frozen=True, slots=True)
class Desk:
    """A blind review of words with one answer that was not understood, its reviewer and a coordinator."""

    client: CheckingClient
    interview: Interview
    answer: Answer
    reviewer: StaffUser
    coordinator: StaffUser

    @property
    def editor(self) -> str:
        return f"/review/captions/{self.answer.take_id}"

    @property
    def page(self) -> str:
        return f"/review/answers/{self.answer.id}"

    def listed(self) -> str:
        """Return the text of the coordinator's list."""
        main = self.client.page(LIST).select_one("main")
        assert main
        return " ".join(main.get_text().split())

    def correct(self, *texts: str, source: str = "") -> None:
        """Save these texts as the coordinator."""
        sign_in(self.client, self.coordinator)
        form = self.client.page(self.editor)
        times = {
            name: [str(field["value"]) for field in form.select(f"input[name={name}]")] for name in ("start", "end")
        }
        base = str(form.select_one("input[name=base]")["value"])  # type: ignore[index]
        sent = {"base": base, "source": source, "language": "en", **times, "text": list(texts), "do": "save"}
        assert self.client.submit(self.editor, sent).status_code == 303


@pytest.fixture
def desk(client: CheckingClient) -> Desk:
    reviewer, coordinator = make_user(Role.REVIEWER), make_user(Role.COORDINATOR, name="Cora Coordinates")
    interview = make_interview(questions=1, reviewers=[reviewer], blind=str(BlindMode.TEXT))
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer(*SAID, attempt=attempt, verdict="not understood")
    return Desk(client, interview, answer, reviewer, coordinator)


class TestReviewer:
    def test_reads_that_the_answer_waits_and_for_whom(self, desk: Desk) -> None:
        sign_in(desk.client, desk.reviewer)
        page = desk.client.page(desk.page)
        section = page.select_one("#transcript")
        assert section
        text = " ".join(section.get_text().split())
        assert "A coordinator has this answer in a list of captions to make." in text
        assert section.select("a") == []
        assert said_by({"page": text}, ("understand", "speech model", "voice", "accent")) == {}
        listed = desk.client.page(f"/review/interviews/{desk.interview.id}").get_text()
        assert "Needs captions by a person" in listed

    def test_may_save_a_draft_but_not_hand_it_in(self, desk: Desk) -> None:
        sign_in(desk.client, desk.reviewer)
        assert "Hand in the score" not in desk.client.page(desk.page).get_text()
        draft = {"version": "0", "comment": "A guess"}
        refused = desk.client.submit(f"{desk.page}/score", {**draft, "do": "hand in"})
        assert refused.status_code == 409
        assert "You cannot hand in a score yet" in refused.text
        assert "A guess" in desk.client.page(desk.page).get_text(), "the draft is kept"
        assert desk.client.submit(f"{desk.page}/score/hand-in", {"version": "1"}).status_code == 409

    def test_may_hand_in_as_soon_as_a_person_has_captioned_it(self, desk: Desk) -> None:
        desk.correct("Kittens sit", "under a teapot")
        sign_in(desk.client, desk.reviewer)
        page = desk.client.page(desk.page)
        assert "Kittens sit" in page.get_text()
        assert "Hand in the score" in page.get_text()
        desk.client.submit(f"{desk.page}/score", {"version": "0", "comment": "Clear", "do": "hand in"})
        assert desk.client.submit(f"{desk.page}/score/hand-in", {"version": "1"}).status_code == 303
        assert "Needs captions" not in desk.client.page(f"/review/interviews/{desk.interview.id}").get_text()

    @pytest.mark.parametrize("kind", [TakeKind.SIGNED, TakeKind.VIDEO])
    def test_of_words_is_not_told_that_an_answer_is_signed(self, desk: Desk, kind: TakeKind) -> None:
        answer = make_captioned_answer(attempt=make_attempt(desk.interview, submitted_at=NOON))
        with transaction() as session:
            session.get_one(Take, answer.take_id).kind = str(kind)
        sign_in(desk.client, desk.reviewer)
        section = desk.client.page(f"/review/answers/{answer.id}").select_one("#transcript")
        assert section
        assert said_by({"page": section.get_text()}, ("signed", "speech", *ABOUT_THE_VOICE)) == {}
        assert "A person has to make it." in section.get_text()


class TestCoordinator:
    def test_sees_the_answer_with_the_reason_and_that_reviewers_wait(self, desk: Desk) -> None:
        sign_in(desk.client, desk.coordinator)
        text = desk.listed()
        assert "1 answer needs captions by a person." in text
        assert "The speech model did not understand this recording well." in text
        assert "They cannot score it before it has captions." in text
        assert "Captions to make" in desk.client.page(LIST).select_one("nav").get_text()  # type: ignore[union-attr]

    def test_hears_the_recording_and_gets_the_words_to_correct(self, desk: Desk) -> None:
        sign_in(desk.client, desk.coordinator)
        page = desk.client.page(desk.editor)
        assert page.select("#recording")
        assert [box.get_text().strip() for box in page.select("textarea[name=text]")] == list(SAID)
        with desk.client.get(f"/media/{desk.answer.take_id}") as media:
            assert media.status_code == 200

    def test_is_logged_when_opening_and_when_saving(self, desk: Desk) -> None:
        desk.correct("Kittens sit", "under a teapot")
        query = select(AuditEvent.action).where(AuditEvent.actor_id == desk.coordinator.id).order_by(AuditEvent.number)
        assert list(db.session.scalars(query)) == ["answer viewed", "captions corrected"]

    @pytest.mark.parametrize("blind", BlindMode)
    def test_is_named_as_a_coordinator_where_the_captions_are_shown(self, desk: Desk, blind: BlindMode) -> None:
        with transaction() as session:
            session.get_one(Interview, desk.interview.id).blind = str(blind)
        desk.correct("Kittens sit", "under a teapot")
        sign_in(desk.client, desk.reviewer)
        shown = {address: desk.client.get(address).text for address in (desk.page, f"{desk.editor}/versions")}
        shown |= {
            kind: desk.client.get(f"/captions/{desk.answer.take_id}.{kind}").text for kind in ("vtt", "srt", "txt")
        }
        for place, text in shown.items():
            assert "A coordinator corrected these captions, but has not checked all of them." in text, place
            assert "reviewer corrected" not in text, place
        assert "corrected by Cora Coordinates, a coordinator" in shown[desk.page]

    def test_who_adds_a_caption_file_is_not_named_as_a_reviewer(self, desk: Desk) -> None:
        desk.correct("Kittens sit", "under a teapot", source="file")
        sign_in(desk.client, desk.reviewer)
        page = desk.client.page(desk.page).get_text()
        assert "Captions from a file, not checked by a person here." in page
        assert "from a file, by Cora Coordinates" in page

    def test_may_correct_their_own_mistakes_afterwards(self, desk: Desk) -> None:
        desk.correct("Kittens sit", "under a teapot")
        assert "No captions to make" in desk.listed()
        desk.correct("Kittens sat", "under a teapot")
        other = make_user(Role.COORDINATOR)
        sign_in(desk.client, other)
        assert desk.client.get(desk.editor).status_code == 404

    def test_lifts_it_by_checking_words_that_are_right(self, desk: Desk) -> None:
        sign_in(desk.client, desk.coordinator)
        assert desk.client.submit(f"{desk.editor}/check", {"base": "1"}).status_code == 303
        assert "No captions to make" in desk.listed()
        sign_in(desk.client, desk.reviewer)
        assert "Gibberish" in desk.client.page(desk.page).get_text()

    def test_confirms_that_nothing_is_said(self, desk: Desk) -> None:
        answer = make_captioned_answer(attempt=make_attempt(desk.interview, submitted_at=NOON))
        sign_in(desk.client, desk.coordinator)
        assert "The speech model heard no speech." in desk.listed()
        desk.client.submit(f"/review/captions/{answer.take_id}/check", {"base": "1"})
        assert "The speech model heard no speech." not in desk.listed()
        sign_in(desk.client, desk.reviewer)
        page = desk.client.page(f"/review/answers/{answer.id}").get_text()
        assert "No speech was heard in this recording." in page
        assert "Hand in the score" in page

    def test_has_the_captions_made_again_in_another_language(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.captions.remaking_routes.languages_in_use", lambda _config: frozenset({"en", "de"}))
        sign_in(desk.client, desk.coordinator)
        sent = desk.client.submit(f"{desk.editor}/language", {"language": "de"})
        assert sent.status_code == 303
        assert sent.headers["Location"].endswith(LIST)
        assert "Captions are being made in this language: German." in desk.listed()

    def test_who_reviews_the_interview_hears_nothing_of_it(self, desk: Desk) -> None:
        both = make_user(Role.REVIEWER, Role.COORDINATOR)
        with transaction() as session:
            session.get_one(Interview, desk.interview.id).reviewers.append(session.merge(both))
        sign_in(desk.client, both)
        text = desk.listed()
        assert "1 more answer is not shown: you review that interview." in text
        assert desk.client.get(f"/media/{desk.answer.take_id}").status_code == 404
        assert words_in({"editor": desk.client.get(desk.editor).text}) == {}
        assert desk.client.submit(f"{desk.editor}/check", {"base": "1"}).status_code == 403

    def test_who_has_heard_it_cannot_become_a_reviewer(self, desk: Desk) -> None:
        sign_in(desk.client, desk.coordinator)
        desk.client.page(desk.editor)
        with transaction() as session, pytest.raises(CannotReviewError) as refusal:
            require_may_review(session, desk.interview.id, [session.get_one(StaffUser, desk.coordinator.id)])
        assert "they have opened recordings to caption them" in str(refusal.value.message)

    def test_gets_no_other_recording(self, desk: Desk) -> None:
        understood = make_captioned_answer("I led a team", attempt=make_attempt(desk.interview, submitted_at=NOON))
        unsent = make_captioned_answer(*SAID, attempt=make_attempt(desk.interview), verdict="not understood")
        sign_in(desk.client, desk.coordinator)
        for take_id in (understood.take_id, unsent.take_id):
            for address in ("/review/captions/%s", "/media/%s", "/captions/%s.vtt"):
                assert desk.client.get(address % take_id).status_code == 404
        assert "1 answer needs captions by a person." in desk.listed()

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.COMPLIANCE])
    def test_other_staff_have_neither_the_list_nor_the_recording(self, desk: Desk, role: Role) -> None:
        sign_in(desk.client, make_user(role))
        for address in (LIST, desk.editor, f"/media/{desk.answer.take_id}"):
            assert desk.client.get(address).status_code == 403


class TestWhatIsListed:
    @pytest.mark.parametrize("blind", BlindMode)
    @pytest.mark.parametrize("sound", ["sound", None])
    def test_page_and_list_agree(self, client: CheckingClient, blind: BlindMode, sound: str | None) -> None:
        interview = make_interview(questions=1, blind=str(blind))
        states = {}
        for name, cues, verdict in (
            ("good", SAID, "good"), ("empty", (), None), ("not understood", SAID, "not understood"),
            ("wordless", (), "not understood"),
        ):  # fmt: skip
            attempt = make_attempt(interview, submitted_at=NOON)
            states[name] = make_captioned_answer(*cues, attempt=attempt, verdict=verdict)
        for name, state in (("failed", StageState.FAILED), ("running", StageState.RUNNING)):
            states[name] = make_answer(make_attempt(interview, submitted_at=NOON))
            add_media(str(states[name].take_id))
            set_stages(str(states[name].take_id), StageState.DONE, state)
        with transaction() as session:
            for media in session.scalars(select(Media)):
                media.sound_key = sound
        session, found = db.session(), needed_among(db.session(), [str(each.take_id) for each in states.values()])
        expected = {"not understood", "wordless", "failed"}
        if blind == BlindMode.TEXT or (blind == BlindMode.VOICE and sound is None):
            expected.add("empty")
        assert {name for name, each in states.items() if each.take_id in found} == expected
        for name, each in states.items():
            take = session.get_one(Take, each.take_id)
            assert is_needed(take, current_track(session, take.id)) == (name in expected), name
        sign_in(client, make_user(Role.COORDINATOR))
        assert len(client.page(LIST).select("#needed tbody tr")) == len(expected)

    def test_costs_the_same_for_one_and_for_many(self, desk: Desk) -> None:
        from tests.review.desk_pages import counted_queries

        sign_in(desk.client, desk.coordinator)
        numbers = []
        for more in (1, 9):
            for _ in range(more):
                attempt = make_attempt(desk.interview, submitted_at=NOON)
                make_captioned_answer(*SAID, attempt=attempt, verdict="not understood")
            db.session.expire_all()
            with counted_queries() as statements:
                desk.client.page(LIST)
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]


def test_the_candidate_reads_what_happens_to_captions_that_were_not_understood(desk: Desk) -> None:
    enter(desk.client, desk.answer.attempt)
    assert "somebody else types its captions" in desk.client.page("/interview/receipt").get_text()


def test_versions_say_whether_they_are_empty(desk: Desk) -> None:
    make_captioned_answer(attempt=make_attempt(desk.interview, submitted_at=NOON))
    tracks = db.session.scalars(select(CaptionTrack)).all()
    assert {track.is_empty == (not track.cues) for track in tracks} == {True}
