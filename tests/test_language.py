"""The language of pages, and content in other languages: choosing it, remembering it, text direction, consent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale, gettext, ngettext

from app.accounts.models import Role
from app.audit import AuditEvent
from app.catalogues import END_OF_ISOLATE, ISOLATE, isolate
from app.extensions import db
from app.i18n import in_language, written_moment
from app.interviews.models import Attempt
from app.interviews.rules import consent_version_read
from tests.factories import PASSWORD, enter, make_attempt, make_interview, make_invitation, make_user
from tests.page_check import CheckingClient

ARABIC = {"Accept-Language": "ar-EG, en;q=0.5"}
SIGN_IN = {"en": "Sign in", "ar": "تسجيل الدخول"}


def spoken(client: CheckingClient, address: str = "/sign-in", **headers: str) -> tuple[str, str, str]:
    """Return the language, the direction and the heading of a page."""
    page = client.page(address, headers=headers)
    assert page.html
    assert page.h1
    return str(page.html["lang"]), str(page.html["dir"]), page.h1.get_text()


@pytest.mark.parametrize(
    ("asked", "language"), [("", "en"), ("de", "en"), ("ar-EG, en;q=0.5", "ar"), ("de, en;q=0.4, ar;q=0.2", "en")]
)
def test_page_is_in_the_language_that_the_browser_asks_for(client: CheckingClient, asked: str, language: str) -> None:
    directions = {"en": "ltr", "ar": "rtl"}
    assert spoken(client, **{"Accept-Language": asked}) == (language, directions[language], SIGN_IN[language])


def test_a_language_is_chosen_with_a_form_and_named_in_itself(client: CheckingClient) -> None:
    page = client.page("/sign-in?next=/review/")
    button = page.select_one("form.languages button")
    assert button
    assert (button["lang"], button["dir"], button.get_text()) == ("ar", "rtl", "العربية")
    sent = {str(field["name"]): str(field["value"]) for field in page.select("form.languages [name]")}
    answer = client.post("/language", data=sent)
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/review/")
    assert spoken(client) == ("ar", "rtl", SIGN_IN["ar"])
    back = client.page("/sign-in").select_one("form.languages button")
    assert back
    assert (back["lang"], back["dir"], back.get_text()) == ("en", "ltr", "English")


def test_chosen_language_takes_precedence_over_the_browsers(client: CheckingClient) -> None:
    client.submit("/language", {"language": "en", "back": "/sign-in"})
    assert spoken(client, **ARABIC)[0] == "en"


def test_the_choice_outlives_signing_in_entering_and_leaving(client: CheckingClient) -> None:
    client.submit("/language", {"language": "ar", "back": "/"})
    user = make_user(Role.COORDINATOR)
    client.submit("/sign-in", {"email": user.email, "password": PASSWORD})
    assert spoken(client, "/manage/")[0] == "ar"
    token = make_invitation(make_interview())[1]
    client.submit(f"/i/{token}")
    assert spoken(client, "/interview/consent")[0] == "ar"
    client.submit("/interview/leave")
    assert spoken(client, "/interview/left")[0] == "ar"


@pytest.mark.parametrize("language", ["xx", "", "../en"])
def test_unknown_language_changes_nothing(client: CheckingClient, language: str) -> None:
    client.submit("/language", {"language": language, "back": "/sign-in"})
    assert spoken(client)[0] == "en"


@pytest.mark.parametrize(
    ("back", "goes_to"),
    [
        ("/interview/help", "/interview/help"),
        ("/nowhere", "/nowhere"),
        ("/interview/submit", "/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_returns_only_to_pages_of_this_site(
    client: CheckingClient, back: str, goes_to: str
) -> None:
    assert client.submit("/language", {"language": "ar", "back": back}).location == goes_to


def test_errors_are_in_the_chosen_language(client: CheckingClient) -> None:
    client.submit("/language", {"language": "ar", "back": "/"})
    page = client.submit("/sign-in", {"email": "", "password": ""}, check=False).text
    assert "أدخل عنوان بريدك الإلكتروني." in page
    assert "هناك مشكلة" in page
    assert "<title>خطأ:" in page
    assert "لم يُعثر على الصفحة" in client.get("/nowhere").text


def test_prompt_in_another_language_is_marked(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(language="cy"))
    question = attempt.interview.questions[0]
    enter(client, attempt)
    prompt = client.page(f"/interview/questions/{question.id}").select_one(".prompt")
    assert prompt
    assert (prompt["lang"], prompt["dir"]) == ("cy", "ltr")
    client.submit("/language", {"language": "ar", "back": "/"})
    prompt = client.page(f"/interview/questions/{question.id}").select_one(".prompt")
    assert prompt
    assert (prompt["lang"], prompt["dir"]) == ("cy", "ltr")


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [("en", ""), (None, ""), ("und", ""), ("ar", ' lang="ar" dir="rtl"'), ("fa-IR", ' lang="fa-IR" dir="rtl"'),
     ("pt-BR", ' lang="pt-BR" dir="ltr"'), ("tlh", ' lang="tlh" dir="auto"')],
)  # fmt: skip
def test_text_of_another_language_is_marked_with_its_direction(app: Flask, tag: str | None, attributes: str) -> None:
    with app.test_request_context():
        assert in_language(tag) == attributes


@pytest.mark.parametrize(
    ("text", "direction", "is_isolated"),
    [
        ("Ada", "ltr", False),
        ("Ada", "rtl", True),
        ("ليلى", "ltr", True),
        ("ليلى", "rtl", False),
        ("12", "rtl", False),
        ("+44 20 7946 0000", "rtl", True),
        ("+44 20 7946 0000", "ltr", False),
    ],
)
def test_text_in_the_other_direction_is_isolated(text: str, direction: str, is_isolated: bool) -> None:
    assert isolate(text, direction) == (f"{ISOLATE}{text}{END_OF_ISOLATE}" if is_isolated else text)


def test_names_in_sentences_are_isolated_and_escaped(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ _('Link for %(name)s', name=name) }}")
    with app.test_request_context(headers=ARABIC):
        assert template.render(name="<Ada>") == f"رابط للمترشح {ISOLATE}&lt;Ada&gt;{END_OF_ISOLATE}"
        assert gettext("Link for %(name)s", name="Ada") == f"رابط للمترشح {ISOLATE}Ada{END_OF_ISOLATE}"


def test_names_in_the_direction_of_the_page_are_not_isolated(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ _('Link for %(name)s', name=name) }}")
    with app.test_request_context():
        assert template.render(name="<Ada>") == "Link for &lt;Ada&gt;"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 دقيقة"), (1, "دقيقة واحدة"), (2, "دقيقتان"), (3, "3 دقائق"), (11, "11 دقيقة"), (100, "100 دقيقة"), (103, "103 دقائق")],
)  # fmt: skip
def test_arabic_counts_in_its_six_forms(app: Flask, number: int, words: str) -> None:
    with app.test_request_context(headers=ARABIC):
        assert ngettext("%(num)s minute", "%(num)s minutes", number) == words


def test_times_are_in_the_language_with_western_digits(app: Flask) -> None:
    moment = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    with app.test_request_context(headers=ARABIC):
        words = written_moment(moment, "Europe/London")
    assert "27 نوفمبر 2026" in words
    assert "لندن" in words
    assert "5:00" in words


def test_outside_a_request_everything_is_english_unless_asked(app: Flask) -> None:
    assert gettext("Sign in") == "Sign in"
    with force_locale("ar"):
        assert gettext("Sign in") == SIGN_IN["ar"]


@pytest.mark.parametrize(("language", "shown"), [("en", "en"), ("ar", "ar"), ("xx", "en")])
def test_consent_is_recorded_with_the_language_in_which_it_was_read(
    client: CheckingClient, language: str, shown: str
) -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    client.submit("/language", {"language": language, "back": "/"})
    form = client.page("/interview/consent").select_one("form:has(input[name=shown])")
    assert form
    client.submit("/language", {"language": "en", "back": "/"})  # in another tab, after the consent text was read
    assert (
        client.submit("/interview/consent", {"shown": str(form.select("input[name=shown]")[0]["value"])}).location
        == "/interview/"
    )
    db.session.expire_all()
    given = db.session.get_one(Attempt, attempt.id)
    event = db.session.scalars(db.select(AuditEvent).where(AuditEvent.action == "consent given")).one()
    assert given.consent_version == consent_version_read(shown)
    assert event.details == {"version": consent_version_read(shown)}
    assert client.get("/interview/").status_code == 200
