"""From hits to a verdict: is the article about the topic, or does it name it in passing?

Koreans put the subject into the headline and the first sentence. So what stands there counts most, then how much of the rest.
The weights were chosen on the labelled corpus and tests/topics/cases.jsonl; see docs/topics.md for what each did.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipelines.match import Evidence, Field, Level, Match
from pipelines.topics.compile import Topic
from pipelines.topics.evidence import Findings, Hit
from pipelines.topics.passages import Passage, Prepared
from pipelines.topics.topicfile import Strength

TITLE = {Strength.STRONG: 0.60, Strength.FAINT: 0.30}
SUBTITLE = {Strength.STRONG: 0.30, Strength.FAINT: 0.15}
FIRST_SENTENCE = {Strength.STRONG: 0.40, Strength.FAINT: 0.20}
SECOND_SENTENCE = {Strength.STRONG: 0.25, Strength.FAINT: 0.10}
LEDE_MAX = 0.50  # both sentences together
SHARE = {Strength.STRONG: 0.40, Strength.FAINT: 0.15}  # when every sentence has a hit
UNSUPPORTED = -0.15  # the headline alone, over a text that says nothing of it
SUPPORT_CHARS = 120  # a shorter text may leave the topic to its headline
FAINT_MAX = 0.45  # faint hits alone are a mention, however many: 중국 보이스피싱을 AI로 잡는다
EVIDENCE_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The parts of a score, for `explain`."""

    title: float
    subtitle: float
    lede: float
    share: float
    unsupported: float

    is_faint: bool  # no strong hit at all

    @property
    def score(self) -> float:
        total = self.title + self.subtitle + self.lede + self.share + self.unsupported
        return round(min(FAINT_MAX if self.is_faint else 1.0, max(0.0, total)), 3)


def weigh(prepared: Prepared, hits: list[Hit]) -> Weighed:
    best: dict[int, Strength] = {}
    for hit in hits:
        if best.get(hit.passage) is not Strength.STRONG:
            best[hit.passage] = hit.strength
    title = subtitle = lede = covered = 0.0
    sentences = [i for i, p in enumerate(prepared.passages) if p.field in (Field.LEDE, Field.BODY)]
    first_sentence = FIRST_SENTENCE if prepared.headline == 0 else TITLE
    for i, strength in best.items():
        passage = prepared.passages[i]
        if passage.field is Field.TITLE:
            title = TITLE[strength]
        elif passage.field is Field.SUBTITLE:
            subtitle = SUBTITLE[strength]
        else:
            covered += SHARE[strength]
            lede += (first_sentence, SECOND_SENTENCE)[passage.order][strength] if passage.order < 2 else 0.0
    length = sum(prepared.passages[i].end - prepared.passages[i].start for i in sentences)
    is_bare = title and not (subtitle or covered) and length >= SUPPORT_CHARS
    return Weighed(
        title=title, subtitle=subtitle, lede=min(lede, max(LEDE_MAX, first_sentence[Strength.STRONG])),
        share=round(covered / len(sentences), 3) if sentences else 0.0, unsupported=UNSUPPORTED if is_bare else 0.0,
        is_faint=Strength.STRONG not in best.values())


def judge(topic: Topic, prepared: Prepared, findings: Findings) -> Match | None:
    """The verdict; None when the topic is not even mentioned."""
    score = weigh(prepared, findings.hits).score
    level = level_of(topic, score, findings.hits)
    if level is Level.NO:
        return None
    hits = sorted(findings.hits, key=lambda h: _telling(h, prepared))
    return Match(
        topic=topic.name, level=level, score=score, subtopics=_subtopics(topic, findings),
        evidence=_evidence(hits, prepared), sentence=_sentence(hits, prepared))


def level_of(topic: Topic, score: float, hits: list[Hit]) -> Level:
    """A name or one strong hit anywhere is a mention; faint rules must add up."""
    levels = topic.file.levels
    if not hits:
        return Level.NO
    if score >= levels.match:
        return Level.MATCH
    is_named = any(hit.strength is Strength.STRONG or hit.rule in topic.entities for hit in hits)
    return Level.MENTION if is_named or score >= levels.mention else Level.NO


def _telling(hit: Hit, prepared: Prepared) -> tuple[bool, int, int]:
    order = {Field.TITLE: 0, Field.SUBTITLE: 1, Field.LEDE: 2, Field.BODY: 3}
    return hit.strength is not Strength.STRONG, order[prepared.passages[hit.passage].field], hit.start


def _subtopics(topic: Topic, findings: Findings) -> tuple[str, ...]:
    """The most supported first."""
    counts = Counter(h.subtopic for h in findings.hits if h.subtopic and h.strength is Strength.STRONG)
    counts = counts or Counter(h.subtopic for h in findings.hits if h.subtopic)
    about = {h.passage for h in findings.hits} | {0}
    for subtopic, passages in findings.tags.items():
        if times := sum(p in about for p in passages):
            counts[subtopic] += times
    order = [s.id for s in topic.file.subtopic]
    return tuple(sorted(counts, key=lambda s: (-counts[s], order.index(s))))


def _evidence(hits: list[Hit], prepared: Prepared) -> tuple[Evidence, ...]:
    shown: dict[tuple[int, int], Evidence] = {}
    for hit in hits:
        if len(shown) < EVIDENCE_MAX:
            shown.setdefault((hit.start, hit.end), quoted(hit, prepared))
    return tuple(shown.values())


def quoted(hit: Hit, prepared: Prepared) -> Evidence:
    field = prepared.passages[hit.passage].field
    base = {Field.TITLE: 0, Field.SUBTITLE: prepared.subtitle_at}.get(field, prepared.text_at)
    start = prepared.whole.place(hit.start)
    end = prepared.whole.end_of(hit.end - 1) if hit.end > hit.start else start
    return Evidence(field=field, start=start - base, end=end - base, text=prepared.whole.original[start:end], rule=hit.rule)


def _sentence(hits: list[Hit], prepared: Prepared) -> str:
    """The first sentence of the text that proves it; the headline when none does."""
    strongest = [h for h in hits if h.strength is hits[0].strength] if hits else []
    in_text = (h for h in strongest if prepared.passages[h.passage].field in (Field.LEDE, Field.BODY))
    inside = sorted(in_text, key=lambda h: h.start)
    chosen = (inside or strongest)[:1]
    return written(prepared, prepared.passages[chosen[0].passage]) if chosen else ""


def written(prepared: Prepared, passage: Passage) -> str:
    """The passage as its publisher wrote it."""
    start, end = prepared.whole.place(passage.start), prepared.whole.place(passage.end)
    return prepared.whole.original[start:end].strip()
