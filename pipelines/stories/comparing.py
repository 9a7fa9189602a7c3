"""What two filed articles are to each other, and why.

Pure. Whether two belong together does not depend on which came first, so the order of arrival cannot change a story;
only the name of the relation (copy, update) looks from the first towards the second.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from pipelines.stories.agreement import FAR_APART, Agreement, agreement
from pipelines.stories.prints import sampling
from pipelines.stories.series import ALONE
from pipelines.story import Filed, Fingerprint, Relation, Stage, StageKind

UNMARKED = "기사"  # what a report without a stage is called beside 속보 and 종합
COPY_WINDOW = timedelta(days=14)  # boards repost late; a headline alone recurs sooner and has the event's window; chosen by hand
EVENT_WINDOW = timedelta(hours=60)  # evening online, print next morning, follow-ups in other words; chosen by hand
NOTICE_WINDOW = timedelta(days=90)  # arbitration takes weeks; chosen by hand

COPY = 0.75  # containment of a copy whatever its headline; of rewritten wire texts it stays below (measured on the pairs)
COPY_LEAST = 100  # characters in common that prove it alone; a shorter text opens like its neighbours by custom
COPY_WHOLE, COPY_WHOLE_LEAST = 0.9, 50  # a short item is proved by nearly all of it: two or three sentences; chosen by hand
COPY_ALIKE, TITLES_ALIKE = 0.55, 0.5  # when the headlines agree, too, or one is missing
COPY_ALIKE_LEAST = 30  # characters in common; fewer must be nearly all: so two matches of one player open. Chosen by hand
COPY_TITLED = 0.46  # when the headlines are the same to the letter: a portal's cut text between its own lines
# One event in other words. The headline counts most, because names of a running topic fill the ledes of all its articles.
# Fitted by logistic regression on 230 pairs of feed items labelled by hand, then moved on 190 pairs written without the rules in
# sight (half of them kept unseen), watching what feed items gained and lost. Below 0.42 less than half of the new joins of
# feed items are of one event; most of those that it adds to 0.46 outside the days' two largest stories are.
EVENT_SCORE = 0.42
MUTUAL_COUNTS, TITLES_COUNT, EVIDENCE_COUNTS, EVIDENCE_FULL = 0.6, 0.35, 0.04, 16.0
DAY_COSTS = 0.45
STRANGERS_COST, CLASH_COSTS = 0.25, 0.25  # the latter chosen by hand
OTHER_DAYS_COST = 0.2  # of 40 joined pairs of feed items that named different days, half were follow-ups
EVENT_EVIDENCE = 1.8  # a name and two common words, or as much in figures; 2.4 lost 15 true joins of feed items, kept none apart
FLASH_EVIDENCE = 2.4  # of a headline alone beside a report, in which common words are soon found; chosen by hand
# Without a headline to compare: a fair share of what the shorter says, and in it two names, or nearly all of it, or very much.
# Fitted on 74 pairs of snippets labelled by hand, watching how many of 1,777 snippets of feed items join those of other days;
# NEARLY_ALL on 80 more.
NAMES_LEAST, NEARLY_ALL, NAMES_EVIDENCE, LEDE_EVIDENCE, HEADLESS_SCORE = 2, 0.8, 2.2, 3.5, 0.48
CORRECTION_EVIDENCE, CORRECTION_SCORE = 3.0, 0.55
LEDE_DAY_COSTS = 0.25
# Chosen on our pairs without their headlines and on 77 pairs of snippets labelled before they were run, with a look at the 79
# joins of feed items' snippets that they cost: of 25 read by eye none was of one event.
LEDE_CLASH_COSTS, LEDE_DAYS_APART_COST = 0.2, (0.0, 0.2, 0.35)  # the latter by days between: none, one, more
UNRELATED, HARDLY_RELATED = 0.1, 0.3  # shares of two headlines under which no press prints one text: see below; chosen by hand
REPEATED = timedelta(hours=12)  # after so long a headline with other figures is the next of its row, not an update
ALONE_COPY = 0.8  # containment of a comment or photo that another outlet carries under its own headline; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    relation: Relation
    containment: float = 0.0  # share of the shorter text's shingles found in the other, 0 to 1
    likeness: float = 0.0  # of headlines and ledes, 0 to 1
    reasons: tuple[str, ...] = ()  # `kind` or `kind: value`: same-text, contained, shared, stage, correction, apart


def relate(new: Filed, known: Filed, *, ignored: AbstractSet[int] = frozenset()) -> Comparison:
    """What `new` is to `known`. `ignored`: shingles known as a press's boilerplate."""
    facts = agreement(new.fingerprint, known.fingerprint)
    # A flash's few words may all stand in a report without being its text.
    is_flash = facts.bare == 1 and new.fingerprint.headline != known.fingerprint.headline
    contained = 0.0 if is_flash else containment(new.fingerprint, known.fingerprint, ignored)
    relation, reasons = _judged(new, known, contained, facts)
    return Comparison(relation=relation, containment=round(contained, 4), likeness=round(facts.wholes, 4), reasons=reasons)


def containment(a: Fingerprint, b: Fingerprint, ignored: AbstractSet[int] = frozenset()) -> float:
    """Share of the shorter text's shingles that the other has, estimated from the samples."""
    every = max(sampling(a.length), sampling(b.length))
    ones = {shingle for shingle in a.shingles if shingle % every == 0} - ignored
    others = {shingle for shingle in b.shingles if shingle % every == 0} - ignored
    least = min(len(ones), len(others))
    return len(ones & others) / least if least else 0.0


def _judged(new: Filed, known: Filed, contained: float, facts: Agreement) -> tuple[Relation, tuple[str, ...]]:
    lag = abs(new.at - known.at)
    if new.is_correction != known.is_correction:
        concerns = lag <= NOTICE_WINDOW and facts.evidence >= CORRECTION_EVIDENCE and _in_ledes(facts) >= CORRECTION_SCORE
        return (Relation.CORRECTION, ("correction", _told(facts))) if concerns else (Relation.DIFFERENT, ())
    if guard := _kept_apart(new, known, contained, facts):
        return Relation.DIFFERENT, (f"apart: {guard}",)
    copy_window = EVENT_WINDOW if facts.bare == 2 else COPY_WINDOW
    if lag <= copy_window and (proof := _copied(new.fingerprint, known.fingerprint, contained, facts)):
        return _stage_or(Relation.COPY, new, known, proof)
    if lag <= EVENT_WINDOW and (proof := _one_event(new, known, facts)):
        return _stage_or(Relation.SAME_EVENT, new, known, proof)
    return Relation.DIFFERENT, ()


def _kept_apart(new: Filed, known: Filed, contained: float, facts: Agreement) -> str:
    """Why two articles are two, however much text they share; "" when nothing speaks against one story."""
    one, two, one_press = new.fingerprint, known.fingerprint, new.press == known.press != ""
    if one.series and one.series == two.series and one.instalment != two.instalment:
        retitled = one.series in ("photo", "opinion") and not one_press and contained >= ALONE_COPY
        return "" if retitled else f"two instalments: {one.series}"
    if one.series != two.series and contained < ALONE_COPY and (one.series in ALONE or two.series in ALONE):
        return f"{one.series or 'news'} and {two.series or 'news'}"
    lag = abs(new.at - known.at)
    if facts.template and one_press and lag >= REPEATED:
        return "one headline, other figures: two of a row"
    if one_press and one.headline == two.headline != "" and one.text_hash != two.text_hash and lag >= EVENT_WINDOW:
        return "one headline, days later: two of a row"
    if facts.actors and one.headline != two.headline:
        return "one form of report, two who act"
    both_headed = bool(one.headline and two.headline)
    if facts.turns and (lag >= REPEATED or not both_headed):
        return "two turns of one row"
    # What one press prints under two such headlines is the boilerplate of a column or a show.
    unrelated = facts.titles < UNRELATED and facts.mutual < UNRELATED
    if one_press and both_headed and (unrelated or (facts.strangers and facts.titles < HARDLY_RELATED)):
        return "one press, two headlines with nothing in common"
    return ""


def _copied(one: Fingerprint, two: Fingerprint, contained: float, facts: Agreement) -> tuple[str, ...]:
    if one.text_hash == two.text_hash:
        return ("same-text",)
    # Of two texts that share no figure and differ in some, one form was filled in twice.
    alike = (facts.titles >= TITLES_ALIKE or not one.headline or not two.headline) and not facts.lede_clashes
    in_common = contained * min(one.length, two.length)
    same_title = one.headline == two.headline != ""
    if same_title:
        proved = contained >= COPY_TITLED
    elif alike:
        proved = contained >= (COPY_ALIKE if in_common >= COPY_ALIKE_LEAST else COPY_WHOLE)
    else:
        proved = contained >= COPY and in_common >= _proof(contained)
    return (f"contained: {contained:.0%}",) if proved else ()


def _proof(contained: float) -> float:
    """How many characters in common prove a copy: the more of the text they are, the fewer will do."""
    nearly = (contained - COPY) / (COPY_WHOLE - COPY)
    return COPY_LEAST - (COPY_LEAST - COPY_WHOLE_LEAST) * min(1.0, max(0.0, nearly))


def _one_event(new: Filed, known: Filed, facts: Agreement) -> tuple[str, ...]:
    lag = abs(new.at - known.at)
    if not new.fingerprint.headline or not known.fingerprint.headline:
        least = NAMES_EVIDENCE if facts.names >= NAMES_LEAST or facts.wholes >= NEARLY_ALL else LEDE_EVIDENCE
        # Common words alone are how all events of a kind are told.
        named = facts.names > 0 or (facts.wholes >= NEARLY_ALL and facts.days_apart < FAR_APART)
        found = named and facts.evidence >= least and headless_score(facts, lag) >= HEADLESS_SCORE
    else:
        least = FLASH_EVIDENCE if facts.bare == 1 else EVENT_EVIDENCE
        found = facts.evidence >= least and score(facts, lag) >= EVENT_SCORE
    return (_told(facts),) if found else ()


def headless_score(facts: Agreement, lag: timedelta) -> float:
    """The same of two articles when one has no headline."""
    return (
        _in_ledes(facts)
        - LEDE_DAY_COSTS * (lag / timedelta(days=1))
        - LEDE_CLASH_COSTS * facts.lede_clashes
        - LEDE_DAYS_APART_COST[facts.days_apart]
    )


def _in_ledes(facts: Agreement) -> float:
    return facts.wholes + EVIDENCE_COUNTS * facts.evidence


def score(facts: Agreement, lag: timedelta) -> float:
    """How much speaks for one event told in two ways."""
    return (
        MUTUAL_COUNTS * facts.mutual
        + TITLES_COUNT * facts.titles
        + EVIDENCE_COUNTS * min(facts.evidence, EVIDENCE_FULL)
        - DAY_COSTS * (lag / timedelta(days=1))
        - STRANGERS_COST * facts.strangers
        - CLASH_COSTS * facts.clashes
        - OTHER_DAYS_COST * bool(facts.days_apart)
    )


def _told(facts: Agreement) -> str:
    return "shared: " + ", ".join(facts.shared[:6])


def _stage_or(relation: Relation, new: Filed, known: Filed, proof: tuple[str, ...]) -> tuple[Relation, tuple[str, ...]]:
    """UPDATE when one press sends a later stage of its report, else `relation`."""
    one_hand = (new.origin or new.press) == (known.origin or known.press) != ""
    before, after = known.fingerprint.stage, new.fingerprint.stage
    if one_hand and is_later(after, before):
        return Relation.UPDATE, (f"stage: {before or UNMARKED} → {after or UNMARKED}", *proof)
    return relation, proof


def is_later(one: Stage | None, other: Stage | None) -> bool:
    """In the wire's row, where a report without a stage stands after the numbered ones and before 상보 and 종합."""
    unmarked = Stage(kind=StageKind.EXPANDED, number=0)
    return (one or unmarked).rank() > (other or unmarked).rank()
