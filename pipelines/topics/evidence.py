"""What the rules of one topic find in one article: hits and vetoes, before anything is weighed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.match import Field
from pipelines.topics.compile import Role, Topic
from pipelines.topics.passages import Prepared
from pipelines.topics.scan import Found
from pipelines.topics.topicfile import Entity, Rule, Spot, Strength, Within

OPENING = 4  # signs that may stand before a word that opens a headline
OPENING_SENTENCES = 2
HITS_MAX = 400  # of one topic in one article: more prove nothing more, and hostile texts stay cheap

QUOTATION = re.compile(r"""["'][^"'\n]{2,60}["'][\s….,]*""")  # "100배 빠르다" 中 연구진: what opens a headline may follow one
BREAK = re.compile(r"…|\.\.\.|···|[다요]\.[\"']? ")  # parts the clauses of a headline, and the sentences of what is given as one
CLAUSE_OPENS = re.compile(r"""(?:…|\.\.\.|···)\s?["'(]?\Z""")
CLOSED = re.compile(r", |…|\.\.\.|···|[\"'\s.]*(?:\([^)\n]{1,8}\)\s*)?\Z")  # what may follow a word that closes a clause: (종합)
# What follows a name that another is compared with, or whose blow is past; a bracket may stand between: 화웨이(Pan-GU)에 이어
COMPARED = re.compile(
    r"\)?(?:\([^)\n]{0,30}\))?[\"']?"
    r"(?:에 이어|처럼|와 달리|과 달리|와 같은|과 같은| 같은|보다| 못지"
    r"| ?(?:쇼크|충격)[\"']?(?:에도| 대응| 딛고| 이후| 넘어| 극복)"
    r"|(?: ?[\"']?[a-z]{0,2}\d[a-z\d.]{0,4}[\"']?)?(?: ?모델)?"  # 딥시크 R1을 능가; not 딥시크 챗GPT 제치고
    r"(?:[을를] (?:능가|제치|제쳤|앞질|앞섰|앞서는|뛰어넘|넘어섰|넘어서|꺾)| (?:제치|제쳤|능가)))"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule or name that fired, in which passage and where."""

    rule: str
    passage: int
    start: int
    end: int
    strength: Strength
    subtopic: str = ""


@dataclass(slots=True)
class Findings:
    """Everything a topic saw in an article; `explain` shows it."""

    hits: list[Hit] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)  # what did not count, and why
    tags: dict[str, list[int]] = field(default_factory=dict)  # sub-topic → passages in which its words stand
    is_vetoed: bool = False


class Gathered:
    """The found words of one topic, by role and owner."""

    def __init__(self, topic: Topic, found: Iterable[Found], prepared: Prepared) -> None:
        self.spans: dict[tuple[Role, str], list[Span]] = {}
        self.vetoes: dict[str, set[int]] = {}
        self.prepared = prepared
        for each in found:
            for duty in topic.duties.get(each.number, ()):
                if duty.role is Role.VETO:
                    self.vetoes.setdefault(duty.owner, set()).add(duty.part)
                self.spans.setdefault((duty.role, duty.owner), []).append((each.start, each.end))
        for (role, owner), exempt in list(self.spans.items()):
            if role is Role.EXEMPT:
                for kind in (Role.ANCHOR, Role.STRONG, Role.WEAK, Role.PRODUCT):
                    self._exempt((kind, owner), exempt)

    def _exempt(self, key: tuple[Role, str], exempt: list[Span]) -> None:
        if kept := self.spans.get(key):
            self.spans[key] = [s for s in kept if not any(a <= s[0] and s[1] <= b for a, b in exempt)]

    def of(self, role: Role, owner: str) -> list[Span]:
        return self.spans.get((role, owner), [])

    def in_passage(self, role: Role, owner: str, passage: int) -> list[Span]:
        spans = self.of(role, owner)
        bounds = self.prepared.passages[passage]
        return spans[bisect_left(spans, (bounds.start, 0)) : bisect_left(spans, (bounds.end, 0))]


def find_evidence(topic: Topic, found: Iterable[Found], prepared: Prepared) -> Findings:
    gathered = Gathered(topic, found, prepared)
    findings = Findings()
    if not gathered.spans:
        return findings
    _veto(topic, gathered, findings)
    if findings.is_vetoed:
        return findings
    for entity in topic.file.entity:
        findings.hits += _named(entity, gathered, findings)
    for rule in topic.file.rule:
        findings.hits += _together(rule, gathered)
    del findings.hits[HITS_MAX:]
    for subtopic in topic.file.subtopic:
        if spans := gathered.of(Role.TAG, subtopic.id):
            findings.tags[subtopic.id] = [prepared.passage_of(start) for start, _ in spans]
    return findings


def _veto(topic: Topic, gathered: Gathered, findings: Findings) -> None:
    for veto in topic.file.veto:
        parts = gathered.vetoes.get(veto.id)
        if not parts or not (-1 in parts or (veto.all and all(n in parts for n in range(len(veto.all))))):
            continue
        if any(gathered.of(Role.ANCHOR, name) for name in veto.unless):
            continue
        if not veto.drops:
            findings.is_vetoed = True
            findings.dropped.append(("article", veto.id))
        for name in veto.drops:
            for role in (Role.ANCHOR, Role.STRONG, Role.WEAK, Role.PRODUCT):
                if gathered.spans.pop((role, name), None):
                    findings.dropped.append((name, veto.id))


def _named(entity: Entity, gathered: Gathered, findings: Findings) -> list[Hit]:
    """The names of one entity: strong ones, weak ones with context, products beside either."""
    strong = [_hit(entity.id, span, gathered, Strength.STRONG, entity.subtopic) for span in gathered.of(Role.STRONG, entity.id)]
    is_known = any(hit.strength is Strength.STRONG for hit in strong)
    taken = {h.start for h in strong}
    weak_spans = [span for span in gathered.of(Role.WEAK, entity.id) if span[0] not in taken]
    if weak_spans and gathered.of(Role.UNLESS, entity.id):
        findings.dropped.append((entity.id, "unless"))
        weak_spans = []
    hits = list(strong)
    contexts = [(span, _context(entity, span, gathered)) for span in weak_spans]
    is_known = is_known or any(strength is Strength.STRONG and _in_opening(span, gathered) for span, strength in contexts)
    for span, context in contexts:
        if strength := Strength.STRONG if is_known else context:
            hits.append(_hit(entity.id, span, gathered, strength, entity.subtopic))
        else:
            findings.dropped.append((entity.id, "needs"))
    if hits:
        hits += [_hit(entity.id, s, gathered, Strength.FAINT, entity.subtopic) for s in gathered.of(Role.PRODUCT, entity.id)]
    return hits


def _in_opening(span: Span, gathered: Gathered) -> bool:
    """Headline, subtitle, first two sentences: only there does a name beside its context vouch for the name elsewhere.

    Deep in a text it does not: an article about a shopping festival says once that the shop uses AI.
    """
    return gathered.prepared.passages[gathered.prepared.passage_of(span[0])].order < OPENING_SENTENCES


def _context(entity: Entity, span: Span, gathered: Gathered) -> Strength | None:
    """How well a weak name is supported by what stands around it."""
    passage = gathered.prepared.passage_of(span[0])
    for name in entity.needs:
        near = _nearest(span, gathered.in_passage(Role.ANCHOR, name, passage), entity.reach)
        if near:
            return Strength.STRONG
    if entity.within is Within.WINDOW:
        return None
    places: Iterable[int] = (passage, gathered.prepared.headline)
    for name in entity.needs:
        if entity.within is Within.ARTICLE and gathered.of(Role.ANCHOR, name):
            return Strength.FAINT
        if any(_nearest(span, gathered.in_passage(Role.ANCHOR, name, place), None) for place in places):
            return Strength.FAINT
    return None


def _nearest(span: Span, others: list[Span], reach: int | None) -> Span | None:
    """The closest of the other places that does not overlap, at most `reach` characters away."""
    best: tuple[int, Span] | None = None
    at = bisect_right(others, span)
    for other in others[max(0, at - 3) : at + 3]:
        gap = max(other[0] - span[1], span[0] - other[1])
        if gap >= 0 and (reach is None or gap <= reach) and (best is None or gap < best[0]):
            best = (gap, other)
    return best[1] if best else None


def _hit(rule: str, span: Span, gathered: Gathered, strength: Strength, subtopic: str) -> Hit:
    """A name that only serves a comparison (딥시크처럼, 화웨이에 이어) is a faint hit."""
    if COMPARED.match(gathered.prepared.whole.text, span[1]):
        strength = Strength.FAINT
    return Hit(rule, gathered.prepared.passage_of(span[0]), span[0], span[1], strength, subtopic)


def _together(rule: Rule, gathered: Gathered) -> Iterator[Hit]:
    """At most one hit a passage: more of the same prove nothing more."""
    for passage in _passages_with(rule, gathered):
        bond = None if _is_barred(rule, passage, gathered) else _first_bond(rule, passage, gathered)
        if bond:
            yield Hit(rule.id, passage, bond[0], bond[1], rule.strength, rule.subtopic)


def _is_barred(rule: Rule, passage: int, gathered: Gathered) -> bool:
    if any(gathered.in_passage(Role.ANCHOR, name, passage) for name in rule.none):
        return True
    text, lead = gathered.prepared.whole.text, gathered.prepared.passages[passage].lead
    leads = (span for name in rule.not_led_by for span in gathered.in_passage(Role.ANCHOR, name, passage))
    if not any(opens(text, lead, span) for span in leads):
        return False
    return not any(opens_clause(text, span) for name in rule.all for span in gathered.in_passage(Role.ANCHOR, name, passage))


def _first_bond(rule: Rule, passage: int, gathered: Gathered) -> Span | None:
    """The first stretch of the passage that holds one word of each anchor, as the rule wants them to stand."""
    text, bounds = gathered.prepared.whole.text, gathered.prepared.passages[passage]
    others = [_plain(rule, name, gathered, passage) for name in rule.all[1:]]
    for span in _plain(rule, rule.all[0], gathered, passage):
        if rule.opens and not (opens(text, bounds.lead, span) or opens_clause(text, span)):
            continue
        found = _joined(rule, span, others)
        if not found or (rule.closes and not CLOSED.match(text, found[-1][1], bounds.end)):
            continue
        start, end = min(s for s, _ in found), max(e for _, e in found)
        if not (rule.clause and BREAK.search(text, start, end)):
            return start, end
    return None


def opens(text: str, lead: int, span: Span) -> bool:
    """Whether the word opens its passage: nothing but quotes and brackets may stand before it, or a quotation."""
    if quotation := QUOTATION.match(text, lead, span[0]):
        lead = quotation.end()
    return span[0] - lead <= OPENING and not any(map(str.isalnum, text[lead : span[0]]))


def opens_clause(text: str, span: Span) -> bool:
    """Whether the word stands behind a … and before a comma: what a headline's later clause is about (…중, 생성형 AI 규제)."""
    return text.startswith(", ", span[1]) and CLAUSE_OPENS.search(text, max(0, span[0] - 8), span[0]) is not None


def _passages_with(rule: Rule, gathered: Gathered) -> list[int]:
    spans = [gathered.of(Role.ANCHOR, name) for name in rule.all]
    if not all(spans):
        return []
    places = set.intersection(*({gathered.prepared.passage_of(start) for start, _ in each} for each in spans))
    if rule.spot is Spot.TITLE:
        places &= {gathered.prepared.headline}
    return sorted(places)


def _joined(rule: Rule, span: Span, others: list[list[Span]]) -> list[Span] | None:
    """The span with the nearest word of each other anchor; None when one of them is too far."""
    found = [span]
    for spans in others:
        allowed = [s for s in spans if s[0] >= found[-1][1]] if rule.order else spans
        near = _nearest(span, allowed, rule.reach)
        if not near:
            return None
        found.append(near)
    return found


def _plain(rule: Rule, name: str, gathered: Gathered, passage: int) -> list[Span]:
    spans = gathered.in_passage(Role.ANCHOR, name, passage)
    if name not in rule.plain:
        return spans
    is_headline = gathered.prepared.passages[passage].field in (Field.TITLE, Field.SUBTITLE)
    return [span for span in spans if not is_listed(gathered.prepared.whole.text, span, is_headline=is_headline)]


def is_listed(text: str, span: Span, *, is_headline: bool) -> bool:
    """Whether the word is one of several: 반도체·AI·바이오, AI 등.

    A headline's list that the word opens is about it: 中 AI·로봇 굴기. A comma in a headline parts topic and statement.
    """
    start, end = span
    after = text[end : end + 24].removeprefix("(ai").lstrip(")")
    if after.startswith(" 등") or text[start - 1 : start] == "·" or (after.startswith(("·", " 및 ")) and not is_headline):
        return True
    return " 등" in after and (after.startswith(("와 ", "과 ")) or (after.startswith(", ") and not is_headline))
