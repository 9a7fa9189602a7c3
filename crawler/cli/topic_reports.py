"""What the commands of topics print: lists, accounts and trials, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pipelines.match import Level
from pipelines.topics.topicfile import Strength
from pipelines.wording import Wording

if TYPE_CHECKING:
    from pipelines.article import Article
    from pipelines.topics import Topics
    from pipelines.topics.explain import Account
    from pipelines.topics.lab import Change, Trial

PASSAGE_MAX = 160  # characters of a quoted sentence


def tell_topics(topics: Topics, *, watched: int, say: Wording) -> str:
    lines = []
    for i, topic in enumerate(topics.topics):
        state = say("topics.watched" if i < watched else "topics.unwatched")
        title = topic.titled(say.language)
        lines.append(say("topics.row", name=topic.name, title=title, state=state, words=len(topic.duties), path=topic.path))
        if topic.file.query:
            lines.append(f"    {topic.file.query}")
        elif topic.file.subtopic:
            lines.append("    " + " · ".join(f"{s.titled(say.language)} ({s.id})" for s in topic.file.subtopic))
    return "\n".join(lines)


def tell_account(account: Account, article: Article, say: Wording) -> str:
    """The reckoning, passage by passage, with the words marked."""
    return "\n".join(_account(account, article, say))


def _account(account: Account, article: Article, say: Wording) -> Iterator[str]:
    weighed = account.weighed
    yield f"{article.title or say('topics.untitled')}"
    yield say(f"topics.level_{account.level}", topic=account.topic, score=weighed.score, match=account.levels.match,
              mention=account.levels.mention)
    yield say("topics.weights", title=weighed.title, subtitle=weighed.subtitle, lede=weighed.lede, share=weighed.share,
              unsupported=weighed.unsupported)
    for part, holds in account.parts:
        yield f"  {'✓' if holds else '✗'} {part}"
    last = ""
    for fired in account.fired:
        if fired.passage != last:
            last = fired.passage
            yield f"\n  [{say(f'topics.field_{fired.evidence.field}')}] {_cut(last)}"
        strength = say("topics.strong" if fired.strength is Strength.STRONG else "topics.faint")
        place = f"{fired.evidence.start}–{fired.evidence.end}"
        yield f"    {click.style(fired.evidence.text, bold=True)}  ← {fired.evidence.rule} ({strength}, {place})"
    if not account.fired:
        yield say("topics.nothing_fired")
    if account.dropped:
        yield "\n  " + say("topics.dropped")
        for dropped in account.dropped:
            why = {"needs": "topics.why_needs", "unless": "topics.why_unless"}.get(dropped.why)
            yield f"    {dropped.name}: {say(why) if why else say('topics.why_veto', veto=dropped.why)}"


def tell_trial(trial: Trial, topic: str, say: Wording, *, examples: int) -> str:
    """Gains and losses with sentences, then precision and recall on judged articles."""
    return "\n".join(_trial(trial, topic, say, examples))


def _trial(trial: Trial, topic: str, say: Wording, examples: int) -> Iterator[str]:
    yield say("topics.trial", topic=topic, count=trial.articles, matches=trial.matches, mentions=trial.mentions)
    yield say("topics.changes", gained=len(trial.gained), lost=len(trial.lost), shifted=trial.shifted)
    for key, changes in (("topics.gained", trial.gained), ("topics.lost", trial.lost)):
        for change in changes[:examples]:
            yield from _change(say(key), change, say)
        if len(changes) > examples:
            yield say("topics.more", count=len(changes) - examples)
    quality = trial.quality
    if trial.judged:
        yield say("topics.quality", count=trial.judged, precision=_percent(quality.precision), recall=_percent(quality.recall),
                  right=quality.right, wrong=quality.wrong, missed=quality.missed)
    else:
        yield say("topics.unjudged")


def _change(sign: str, change: Change, say: Wording) -> Iterator[str]:
    levels = (say(f"topics.name_{level}") for level in (change.before, change.after))
    before = "" if change.before is Level.NO else f" ({' → '.join(levels)})"
    yield f"{sign} {change.article_id} {change.title}{before}"
    if change.sentence:
        yield f"      “{_cut(change.sentence)}”  [{', '.join(change.words[:4])}]"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _cut(text: str) -> str:
    return text if len(text) <= PASSAGE_MAX else text[:PASSAGE_MAX] + "…"
