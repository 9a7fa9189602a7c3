"""What users, publishers, mail servers and time do to one database, in any order, and what stays true throughout."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter
from pipelines.alerts.deliver import deliver, is_due, make_ready
from pipelines.alerts.policy import AlertPolicy, Mode, Recipient
from pipelines.article import Article
from pipelines.errors import ChannelDown, DeliveryLater, DeliveryNever, DeliveryUnknown, UserError
from pipelines.outcome import Outcome
from pipelines.record import record, reread, withdraw
from pipelines.store import alert_book, by_hand
from pipelines.store.database import open_store
from pipelines.store.retention import drop_unmatched
from pipelines.store.upkeep import check
from pipelines.wording import Wording
from tests.store.kills import sentence
from tests.store.making import NOW, article, match, page, reading

READERS = (
    Recipient(address="once@example.org"), Recipient(address="daily@example.org", mode=Mode.DIGEST),
    Recipient(address="both@example.org", mode=Mode.BOTH),
)
POLICY = AlertPolicy(recipients=READERS)
HEAD = Letterhead(say=Wording("en"), sender="sosik@example.org")
NAMES = st.sampled_from([f"a{number}" for number in range(8)])
EVENTS, VERSIONS = st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True), st.integers(0, 2)
IS_MATCH = st.sampled_from([True, True, False])
TROUBLES = {
    "taken": None, "later": DeliveryLater("busy"), "unknown": DeliveryUnknown("silence"), "never": DeliveryNever("no such user"),
    "down": ChannelDown("nobody there"), "killed": KeyboardInterrupt(),
}
# the story that an article lies in now, and with it whatever tells it; a story's articles are always in a living one
LIVING = """WITH RECURSIVE living (id, now) AS (
  SELECT id, id FROM story WHERE joined_into IS NULL
  UNION SELECT story.id, living.now FROM story JOIN living ON joined_into = living.id)
"""


def told(events: Sequence[int], version: int) -> Article:
    """A report of one event, or of several in one text. Versions of it say much the same; a later one says more."""
    lines = [sentence(random.Random(100 * event + line)) for event in events for line in range(6 // len(events))]
    lines += [sentence(random.Random(1000 * events[0] + more)) for more in range(version)]
    stage = ("", "(종합)", "(종합2보)")[version]
    return article(f"소식 {events[0]}호 위성 배터리 공장 발표{stage}", lines, press=f"신문{version}")


class History(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self.folder.name) / "sosik.db")
        self.now = NOW
        self.trouble = "taken"
        self.faults: list[str] = []
        self.taken: set[tuple[object, ...]] = set()  # (alert, reader, mode) whose message was taken
        self.apart: set[frozenset[int]] = set()  # articles that the user put into two stories
        for number, (events, version) in enumerate((([0], 0), ([0], 1), ([1], 0), ([1], 1), ([2], 0))):
            self.publish(f"a{number}", events, version, is_match=True)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.store.query(query, values).fetchall()

    def story(self, pick: int, least: int = 1) -> int:
        """One of the stories with so many articles; 0 without any."""
        found = self.rows("SELECT id FROM story WHERE articles >= ? ORDER BY id", least)
        return found[pick % len(found)][0] if found else 0

    def articles_of(self, story: int) -> list[int]:
        return [each for (each,) in self.rows("SELECT id FROM article WHERE story_id = ? ORDER BY id", story)]

    # ------------------------------------------------------------ publishers

    @rule(name=NAMES, events=EVENTS, version=VERSIONS, is_match=IS_MATCH)
    def publish(self, name: str, events: list[int], version: int, is_match: bool) -> None:
        got = reading(told(events, version), page(name), matches=[match()] if is_match else [])
        receipt = record(self.store, got, now=self.now, policy=POLICY)
        is_muted = self.rows(LIVING + "SELECT 1 FROM mute JOIN living ON id = story_id WHERE now = ?", receipt.story_id)
        first = self.rows(
            "SELECT alert.id FROM alert JOIN article ON article.id = article_id WHERE kind = 'new' AND article.story_id = ?",
            receipt.story_id)
        if is_match and receipt.outcome in (Outcome.STORED, Outcome.REVISED) and not is_muted:
            assert first, "a matched article of a story that nobody was told of"
        if receipt.alerts and ("new",) in self.rows("SELECT kind FROM alert ORDER BY id DESC LIMIT 1"):
            silent = self.rows("SELECT count(*) FROM alert WHERE is_silent = 1 AND id IN (SELECT value FROM json_each(?))",
                               str([each for (each,) in first]))
            assert len(first) - silent[0][0] == 1, "a story that was told already is told as a new one"

    @rule(pick=st.integers(0, 4), is_whole=st.booleans())
    def take_down(self, pick: int, is_whole: bool) -> None:
        """One article of a story, or all."""
        urls = self.rows("SELECT url FROM article WHERE story_id = ? ORDER BY id", self.story(pick))
        for (url,) in urls if is_whole else urls[:1]:
            withdraw(self.store, key=url, url=url, source="yna", reason="404", now=self.now)

    # ------------------------------------------------------------ the user

    @rule(name=NAMES, events=EVENTS, is_match=IS_MATCH)
    def replay(self, name: str, events: list[int], is_match: bool) -> None:
        reread(self.store, reading(told(events, 0), page(name), matches=[match()] if is_match else []), now=self.now)

    @rule(pick=st.integers(0, 4), chosen=st.integers(1, 30))
    def split(self, pick: int, chosen: int) -> None:
        held = self.articles_of(story := self.story(pick, least=2))
        out = [each for place, each in enumerate(held) if chosen >> place & 1]
        if not 0 < len(out) < len(held):
            return
        with self.store.transaction() as connection:
            by_hand.split(connection, story, out, now=self.now)
        self.apart |= {frozenset((one, other)) for one in out for other in held if other not in out}

    @rule(picks=st.tuples(st.integers(0, 4), st.integers(0, 4)))
    def join(self, picks: tuple[int, int]) -> None:
        one, other = map(self.story, picks)
        here, there = map(self.articles_of, (one, other))
        with suppress(UserError), self.store.transaction() as connection:
            by_hand.join(connection, one, other)
            self.apart -= {frozenset((a, b)) for a in here for b in there}

    @rule(story=st.integers(1, 8), undo=st.booleans())
    def mute(self, story: int, undo: bool) -> None:
        """Any story, also one that was joined into another."""
        with suppress(LookupError), self.store.transaction() as connection:
            (alert_book.unmute if undo else alert_book.mute)(connection, story, self.now)

    @rule()
    def try_again(self) -> None:
        with self.store.transaction() as connection:
            alert_book.revive(connection, self.now)

    # ------------------------------------------------------------ time, and the mail server

    @rule(hours=st.sampled_from([0.2, 3, 25]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=st.sampled_from([1, 5]))
    def forget(self, days: int) -> None:
        drop_unmatched(self.store, before=self.now - timedelta(days=days))
        left = {each for (each,) in self.rows("SELECT id FROM article")}
        self.apart = {pair for pair in self.apart if pair <= left}

    @rule(trouble=st.sampled_from(sorted(TROUBLES)))
    def send_out(self, trouble: str) -> None:
        self.trouble = trouble
        make_ready(self.store, ["mail"], POLICY, now=self.now, storm=2)
        if is_due(self.store, "mail", self.now):
            with suppress(KeyboardInterrupt):
                deliver(self.store, "mail", self, lambda _: HEAD, now=self.now)
        assert self.faults == []  # `deliver` takes whatever a channel raises for a failed delivery

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:
        """The mail server; the first message of a round meets with its trouble."""
        lines = self.rows(
            LIVING + """SELECT alert_id, mode, now FROM delivery JOIN alert ON alert.id = alert_id
              JOIN article ON article.id = article_id JOIN living ON living.id = article.story_id WHERE state = 'sending'""")
        for alert, mode, story in lines:
            if (alert, recipient, mode) in self.taken:
                self.faults.append(f"{alert} is told twice")
            if self.rows(LIVING + "SELECT 1 FROM mute JOIN living ON id = story_id WHERE now = ?", story):
                self.faults.append(f"{alert} is told of a muted story")
            if not self.rows("SELECT 1 FROM article WHERE story_id = ? AND withdrawn_at IS NULL", story):
                self.faults.append(f"{alert} is told of a story that was taken down")
        trouble, self.trouble = TROUBLES[self.trouble], "taken"
        if trouble:
            raise trouble
        self.taken |= {(alert, recipient, mode) for alert, mode, _ in lines}
        return ""

    # ------------------------------------------------------------ what stays true

    @invariant()
    @precondition(lambda self: hasattr(self, "store"))
    def all_is_well(self) -> None:
        assert check(self.store) == ()
        assert self.rows("PRAGMA foreign_key_check") == []
        elsewhere = self.rows(
            LIVING + """SELECT alert.id FROM alert JOIN article ON article.id = article_id
              JOIN living ON living.id = alert.story_id WHERE now <> article.story_id""")
        assert elsewhere == [], "alerts that tell an article of another story"

    @invariant()
    @precondition(lambda self: hasattr(self, "store"))
    def what_the_user_split_stays_apart(self) -> None:
        lies_in = dict(self.rows("SELECT id, story_id FROM article"))
        assert [pair for pair in self.apart if len({lies_in[each] for each in pair}) == 1] == []


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=30, stateful_step_count=20, deadline=None, derandomize=True)
