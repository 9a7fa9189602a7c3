"""How far a crawl goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.discovery import Child, Found, Link
from crawler.spiders.scope import CHILDREN_OF_ONE, Scope, chosen_children, goes_on, is_silent
from pipelines.errors import UserError
from pipelines.store.polls import Memory

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # one o'clock at night of the 23rd in Seoul


@pytest.mark.parametrize("given", [("2026-13-01", None, None), (None, None, "viele"), ("2026-11-02", "2026-11-01", None)])
def test_arguments_that_make_no_sense_are_explained(given: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(UserError, match=r"2026|since"):
        Scope.of(*given)


def test_days_are_korean_and_run_backwards_from_today_at_the_latest() -> None:
    scope = Scope.of("2026-11-21", "2027-01-01", None)
    assert list(scope.days(NOW)) == [date(2026, 11, 23), date(2026, 11, 22), date(2026, 11, 21)]
    assert scope.covers(datetime(2026, 11, 20, 15, 0, tzinfo=UTC), is_bounded=False)
    assert not scope.covers(datetime(2026, 11, 20, 14, 59, tzinfo=UTC), is_bounded=False)
    assert scope.covers(None, is_bounded=False)


def test_a_limit_counts_down() -> None:
    scope = Scope.of(None, None, "2")
    assert [scope.take() for _ in range(4)] == [True, True, False, False]
    assert scope.is_spent


def test_a_day_is_done_when_it_was_read_after_it_had_ended() -> None:
    scope = Scope.of("2026-11-01", None, None)
    day = date(2026, 11, 10)
    assert scope.is_done(Memory(answered_at=datetime(2026, 11, 12, 1, tzinfo=UTC)), day)
    assert not scope.is_done(Memory(answered_at=datetime(2026, 11, 10, 1, tzinfo=UTC)), day)
    assert not scope.is_done(Memory(), day)


def page(*days: int, pinned: int = 0) -> Found:
    links = [Link(href=f"/{d}", published=datetime(2026, 11, d, 3, tzinfo=UTC)) for d in days]
    return Found(links=(*links, *(Link(href=f"/p{i}", is_pinned=True) for i in range(pinned))))


def test_a_poll_turns_the_page_only_while_everything_is_new() -> None:
    scope = Scope()
    assert goes_on(page(20, 19, pinned=1), 1, fresh=3, new=2, scope=scope)
    assert not goes_on(page(20, 19), 1, fresh=2, new=1, scope=scope)
    assert not goes_on(page(20, 19), 5, fresh=2, new=2, scope=scope)
    assert not goes_on(Found(), 1, fresh=0, new=0, scope=scope)


def test_a_back_fill_turns_pages_until_its_first_day_or_until_they_repeat() -> None:
    scope = Scope.of("2026-11-10", None, None)
    assert goes_on(page(12, 9), 40, fresh=2, new=0, scope=scope)
    assert not goes_on(page(9, 8), 40, fresh=2, new=2, scope=scope)
    assert not goes_on(page(12, 11), 40, fresh=0, new=0, scope=scope)
    assert not goes_on(page(12, 11), 1, fresh=2, new=2, scope=Scope.of(None, "2026-11-10", None))


def test_of_an_index_what_changed_lately_is_read_and_in_a_back_fill_what_may_hold_its_days() -> None:
    dated = tuple(Child(href=f"/{d}.xml", modified=NOW - timedelta(days=d)) for d in range(30))
    assert [c.href for c in chosen_children(dated, Scope(), NOW)] == ["/0.xml", "/1.xml", "/2.xml"]
    assert len(chosen_children(dated, Scope.of("2026-11-13", None, None), NOW)) == 11
    bare = tuple(Child(href=f"/sitemap-{i}.xml") for i in range(30))
    named = (*bare, Child(href="/sitemap-news.xml"))
    assert chosen_children(named, Scope(), NOW)[0].href == "/sitemap-news.xml"
    assert {c.href for c in chosen_children(bare, Scope(), NOW)} == {
        "/sitemap-0.xml",
        "/sitemap-1.xml",
        "/sitemap-28.xml",
        "/sitemap-29.xml",
    }
    assert len(chosen_children(tuple(Child(href=f"/news{i}.xml") for i in range(30)), Scope(), NOW)) == CHILDREN_OF_ONE


LAST = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BEFORE, AFTER = LAST - timedelta(hours=1), LAST + timedelta(hours=1)


@pytest.mark.parametrize(
    ("since", "last", "is_first_told", "silent"),
    [
        (None, None, False, [True, True, True]),  # the first crawl
        (None, None, True, [False, False, False]),  # and of a user who wants to hear of it
        (None, LAST, False, [False, False, False]),
        ("2026-01-01", None, True, [True, True, True]),
        ("2026-01-01", LAST, False, [True, False, True]),  # what is newer than the last crawl is news
    ],
)
def test_what_is_stored_and_not_told(
    since: str | None, last: datetime | None, silent: list[bool], *, is_first_told: bool
) -> None:
    until = Scope.of(since, None, None).silent_until(last, is_first_told=is_first_told)
    assert [is_silent(published, until) for published in (BEFORE, AFTER, None)] == silent
