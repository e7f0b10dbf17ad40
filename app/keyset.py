"""Lists in pages by key, and counts with a limit.

A page begins after (or ends before) a row that its address names by id. So a page costs the same anywhere in a list,
and rows that are added or removed meanwhile neither repeat nor hide others. No name or email address is in the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 50
MAX_COUNTED = 1000
"""Maximum number of rows that are counted. If there are more, the page says "more than"."""
MAX_ID_LENGTH = 26
MAX_DIGITS = 6
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a page in a list: after or before the row with this id, or (both empty) at the start of the list.

    `number` is the number of the page for people, counted from 1. It does not decide which rows are shown.
    """

    after: str = ""
    before: str = ""
    number: int = 1


START = Place()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    `previous` and `next` are the parameters of the addresses of its neighbours, or None; `here` are those of its own.
    """

    rows: Sequence[T]
    number: int = 1
    previous: Mapping[str, str | int] | None = None
    next: Mapping[str, str | int] | None = None
    here: Mapping[str, str | int] = field(default_factory=dict)

    def map(self, make: Callable[[T], U]) -> Page[U]:
        """Return the same page with `make(row)` in place of each row."""
        return self.with_rows([make(row) for row in self.rows])

    def with_rows(self, rows: Sequence[U]) -> Page[U]:
        """Return the same page with other rows, for example objects made from these."""
        return Page(rows, self.number, self.previous, self.next, self.here)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows. If `has_more`, there are more than `number`."""

    number: int
    has_more: bool = False

    @classmethod
    def of(cls, found: int | None, most: int = MAX_COUNTED) -> Count:
        """Return the count for a result of `counted`, which is at most `most` + 1."""
        found = found or 0
        return cls(min(found, most), found > most)

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: columns of one table, the last of which is its id, all ascending or all descending.

    `within` are conditions for the row that a page begins after, such as "of this interview". `name` begins the
    parameters of addresses, if a page has several lists.
    """

    keys: Sequence[InstrumentedAttribute[Any]]
    descending: bool = False
    within: Sequence[ColumnElement[bool]] = ()
    name: str = ""

    def by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """Return the columns for ORDER BY."""
        return [key.desc() if self.descending != backwards else key.asc() for key in self.keys]


def place_in(parameters: Mapping[str, str], name: str = "") -> Place:
    """Return the place that an address names in a list, `Order.name`. Invalid values give the start of the list."""
    after, before = (parameters.get(name + side, "")[:MAX_ID_LENGTH] for side in ("after", "before"))
    typed = parameters.get(f"{name}page", "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MAX_DIGITS else 1
    return Place(after, "" if after else before, max(1, number)) if after or before else START


def page_of(
    session: Session, query: Select[*tuple[Any, ...]], order: Order, place: Place, *, size: int = PAGE
) -> Page[Any]:
    """Return the page of `query` at a place. If the row that the place names does not exist, return the first page.

    The first page takes one statement, other pages take two. A third statement reads the first page instead if the
    place is less than a page from the start, or if no rows follow it.
    """
    query = query.add_columns(order.keys[-1].label("keyset_id"))
    values = _values_at(session, order, place.after or place.before)
    if values is None:
        return _first(session, query, order, size)
    backwards = bool(place.before)
    keys = tuple_(*order.keys)
    there = tuple_(*(literal(value, key.type) for value, key in zip(values, order.keys, strict=True)))
    is_beyond = keys < there if order.descending != backwards else keys > there
    found = session.execute(query.where(is_beyond).order_by(*order.by(backwards=backwards)).limit(size + 1)).all()
    has_more, rows = len(found) > size, list(found[:size])
    if not rows or (backwards and not has_more):
        return _first(session, query, order, size)
    if backwards:
        rows.reverse()
    here: dict[str, str | int] = {"after": place.after, "before": place.before, "page": max(2, place.number)}
    page = _page(rows, order, max(2, place.number), has_previous=True, has_next=backwards or has_more)
    return replace(page, here={f"{order.name}{name}": value for name, value in here.items() if value})


def count_of(session: Session, query: Select[*tuple[Any, ...]], *, most: int = MAX_COUNTED) -> Count:
    """Return the number of rows of a query, counted up to `most`. The query needs no order."""
    limited = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(most + 1).subquery()
    return Count.of(session.scalar(select(func.count()).select_from(limited)), most)


def counted(query: Select[*tuple[Any, ...]], *outer: Any, most: int = MAX_COUNTED) -> ScalarSelect[int]:
    """Return a subquery that counts the rows of `query`, up to `most` + 1, for each row of the `outer` tables."""
    limited = (
        query.with_only_columns(literal(1), maintain_column_froms=True)
        .correlate(*outer)
        .order_by(None)
        .limit(most + 1)
        .subquery()
    )
    return select(func.count()).select_from(limited).correlate(*outer).scalar_subquery()


def _values_at(session: Session, order: Order, row_id: str) -> Row[*tuple[Any, ...]] | None:
    if not row_id:
        return None
    query = select(*order.keys).where(order.keys[-1] == row_id, *order.within)
    return session.execute(query).one_or_none()


def _first(session: Session, query: Select[*tuple[Any, ...]], order: Order, size: int) -> Page[Any]:
    found = session.execute(query.order_by(*order.by()).limit(size + 1)).all()
    return _page(found[:size], order, 1, has_previous=False, has_next=len(found) > size)


def _page(rows: Sequence[Row[Any]], order: Order, number: int, *, has_previous: bool, has_next: bool) -> Page[Any]:
    def to(side: str, row: Row[Any], page: int) -> dict[str, str | int]:
        return {f"{order.name}{side}": row.keyset_id, f"{order.name}page": page}

    return Page(
        rows,
        number,
        to("before", rows[0], number - 1) if has_previous else None,
        to("after", rows[-1], number + 1) if has_next else None,
    )
