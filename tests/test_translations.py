"""The translation catalogues contain all marked sentences, and all texts that people read are marked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import Environment, nodes

from app.catalogues import catalogue, catalogue_path
from app.i18n import LANGUAGES
from tools.translations import marked_sentences, read_catalogue

APP = Path(__file__).parent.parent / "app"
TEMPLATES = sorted((APP / "templates").rglob("*.html"))
MODULES = sorted(APP.rglob("*.py"))
TRANSLATED = [language for language in LANGUAGES if language != "en"]
MARKS = {"_", "_l", "gettext", "ngettext", "pgettext", "lazy_gettext"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|%%")
READ_ATTRIBUTES = {"alt", "aria-label", "aria-description", "aria-roledescription", "label", "placeholder", "title"}  # fmt: skip
NEVER_READ = {"code", "script", "style"}
NAMES = {"Fairtake", "UTC", "WebVTT", "SRT"}
CLASS_NAMES = re.compile(r"\{% block page_class %\}.*?\{% endblock page_class %\}")
NOT_READ = {
    '="" button button--', "countdown recording paused stopping", "Escape",
}  # fmt: skip
"""Strings (class names, phase names, attributes, keys) that the patterns below would mistake for sentences."""
WORDS = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"^[A-Z][a-z]+(?: [a-z’,.]+)*[^a-zA-Z]*$|^\w+(?: [a-z’']+){3,}")


# The content of the translation catalogues


def key(message: Message) -> tuple[str, str | None]:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def forms(text: str | tuple[str, ...] | None) -> list[str]:
    return [text or ""] if isinstance(text, str | None) else list(text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_has_its_translation_and_nothing_else_is_translated(language: str) -> None:
    said = {key(message) for message in marked_sentences() if message.id}
    translated = {key(message): message for message in read_catalogue(language) if message.id}
    assert (said - set(translated), set(translated) - said) == (set(), set()), "run `make translations`"
    assert [each for each, message in translated.items() if not all(forms(message.string)) or message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_has_every_form_that_its_language_has(language: str) -> None:
    there = read_catalogue(language)
    plurals = [message for message in there if isinstance(message.id, tuple)]
    assert len(plurals) > 10
    assert [message.id for message in plurals if len(forms(message.string)) != there.num_plurals] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = []
    for message in read_catalogue(language):
        if isinstance(message.id, str):
            if sorted(PLACEHOLDER.findall(message.id)) != sorted(PLACEHOLDER.findall(message.string)):
                wrong.append(message.id)
        elif any(set(PLACEHOLDER.findall(form)) - set(PLACEHOLDER.findall(message.id[1])) for form in message.string):
            wrong.append(message.id)
    assert wrong == []


def test_a_number_is_left_out_only_where_its_form_means_one_number_alone() -> None:
    for message in read_catalogue("ar"):
        if isinstance(message.id, tuple) and "%(num)s" in message.id[1]:
            few, many, others = message.string[3:]
            assert all("%(num)s" in form for form in (few, many, others)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_is_read_from_its_source_with_nothing_compiled_beside_it(language: str) -> None:
    assert catalogue(language).gettext("Sign in") != "Sign in"
    assert [path.name for path in catalogue_path(language).parent.iterdir()] == ["messages.po"]


# Texts are marked for translation


class Reader(HTMLParser):
    """Collects the texts that people read in a template without its Jinja code."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        self.found += [value for name, value in attrs if name in READ_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not NEVER_READ.intersection(self.inside):
            self.found.append(data)


def unmarked_text(template: str) -> list[str]:
    """Return the texts in a template that are outside Jinja code: between tags, or in attributes that people read."""
    reader = Reader()
    html = re.sub(r"<(/?)\{\{ tag \}\}", r"<\1video", CLASS_NAMES.sub("", template))
    reader.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", html, flags=re.DOTALL))
    reader.close()
    found = [" ".join(text.split()) for text in reader.found]
    return [text for text in found if set(WORDS.findall(text)) - NAMES and text not in NOT_READ]


def unmarked_in_jinja(template: str) -> list[str]:
    """Return the unmarked sentences among the string constants of a template's code."""
    tree = Environment(extensions=["jinja2.ext.do"], autoescape=True).parse(template)
    calls = [call for call in tree.find_all(nodes.Call) if getattr(call.node, "name", None) in MARKS]
    compared = list(tree.find_all(nodes.Compare))
    marked = {id(constant) for part in [*calls, *compared] for constant in part.find_all(nodes.Const)}
    return [
        constant.value
        for constant in tree.find_all(nodes.Const)
        if isinstance(constant.value, str) and id(constant) not in marked and is_sentence(constant.value)
    ]


def is_sentence(text: str) -> bool:
    return bool(SENTENCE.match(text)) and text not in NAMES | NOT_READ


def is_marked(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS


def unmarked_in_python(source: str) -> list[str]:
    """Return unmarked sentences passed to code that displays them: domain errors, form fields, validators."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and shows_its_words(node):
            values = [*node.args, *(each.value for each in node.keywords if each.arg not in ("render_kw", "choices"))]
            found += [text for value in values for text in constants(value) if is_sentence(text)]
        if isinstance(node, ast.Assign) and any(getattr(target, "attr", None) == "errors" for target in node.targets):
            found += [text for text in constants(node.value) if is_sentence(text)]
    return found


def shows_its_words(call: ast.Call) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    shown = {"Conflict", "DomainError", "Gone", "Invalid", "NotAllowed", "NotFound", "TooLarge", "Unavailable", "flash"}
    validators = {"DataRequired", "InputRequired", "Length", "NumberRange", "Email", "ValidationError", "SelectChoice"}
    return name in shown | validators or name.endswith("Field")


def constants(value: ast.AST) -> Iterator[str]:
    """Yield the unmarked strings in an expression."""
    if is_marked(value):
        return
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    for child in ast.iter_child_nodes(value):
        yield from constants(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(APP / "templates")))
def test_every_text_in_a_template_is_marked(path: Path) -> None:
    template = path.read_text()
    assert unmarked_text(template) + unmarked_in_jinja(template) == []


def test_every_sentence_that_python_shows_is_marked() -> None:
    found = {path.name: unmarked_in_python(path.read_text()) for path in MODULES}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('<p>Hello you</p>', ["Hello you"]),
        ('<p aria-label="A label">{{ name }}</p>', ["A label"]),
        ('{{ button("Save it") }}', ["Save it"]),
        ('{{ button(_("Save it")) }} <code>flask run</code> {# A comment #}', []),
    ],
)  # fmt: skip
def test_unmarked_text_in_a_template_is_found(template: str, words: list[str]) -> None:
    assert unmarked_text(template) + unmarked_in_jinja(template) == words


def test_unmarked_text_in_python_is_found() -> None:
    assert unmarked_in_python('raise Conflict("This has changed.", title=_("Changed"))') == ["This has changed."]
    assert unmarked_in_python('name = StringField(_l("Name"), description="How you are called.")') == [
        "How you are called."
    ]
    assert unmarked_in_python('form.file.errors = ["Choose a file."]') == ["Choose a file."]
    assert unmarked_in_python('raise ValueError("unknown options are given here")') == []
