"""Article → Fingerprint: all that comparing will ever need of it, small enough to keep.

Pure; the text itself is not kept.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from zlib import crc32

from pipelines.article import Article, Flag
from pipelines.clock import KST
from pipelines.stories.corrections import is_correction
from pipelines.stories.folding import folded, plain, story_text
from pipelines.stories.headline import take_apart
from pipelines.stories.series import is_known_tag, series_of
from pipelines.stories.terms import actor, terms
from pipelines.stories.weights import LITTLE, NUMBER, weight
from pipelines.story import Filed, Fingerprint

GRAM = 5  # characters a shingle (measured: facts, dependencies §4)
SAMPLES = 128  # at most this many shingles are kept of a text, however long: one in 1, 2, 4 … of them
TEXT_LEAST = 20  # folded characters; a shorter text (a flash, a mirror's leftovers) is known by its headline
LEDE_CHARACTERS = 250  # what counts as the lede: the first two or three sentences
LEDE_TERMS = 40
CUES = 24  # finds 99 in 100 of the joined pairs of the feeds by two in common (measured)


def fingerprint(article: Article) -> Fingerprint:
    """What is kept of an article for comparing."""
    parts = take_apart(article.title)
    said, text = plain(parts.text), story_text(article.text)
    headline, body = folded(said), folded(text)
    known_by = body if len(body) >= TEXT_LEAST else headline + body
    title_terms = terms(said)
    tagged = " ".join(tag for tag in parts.tags if not is_known_tag(tag))  # [삼성전자] is a subject, [단독] is none
    lede_terms = tuple(term for term in terms(f"{plain(tagged)} {text[:LEDE_CHARACTERS]}") if term not in title_terms)
    acting = actor(said)
    told = series_of(parts, article.flags, _day(article))
    return Fingerprint(
        text_hash=hashlib.sha256(known_by.encode()).hexdigest(),
        length=len(known_by),
        shingles=shingles(known_by),
        cues=cues(title_terms, lede_terms),
        headline=headline,
        stage=parts.stage,
        facts=_facts(("actor", (acting,) if acting else ()), ("title", title_terms), ("lede", lede_terms[:LEDE_TERMS])),
        series=told.kind,
        instalment=told.instalment,
    )


def _facts(*kinds: tuple[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{kind}:{term}" for kind, terms in kinds for term in terms)


def filed(article: Article, print_: Fingerprint, now: datetime) -> Filed:
    """The article as comparing sees it. `now` stands in for an unknown time of publishing."""
    stamp = article.published
    return Filed(
        fingerprint=print_,
        press=article.press or "",
        origin=article.origin or "",
        at=stamp.at if stamp else now,
        is_correction=Flag.CORRECTION in article.flags or is_correction(article.title, article.text),
    )


def shingles(text: str) -> tuple[int, ...]:
    """Sampled character n-grams of a folded text. Samples of texts of any length can be compared: see `sampling`."""
    every = sampling(len(text))
    grams = {crc32(text[i : i + GRAM].encode()) for i in range(max(1, len(text) - GRAM + 1))} if text else set()
    return tuple(sorted(gram for gram in grams if gram % every == 0))


def sampling(length: int) -> int:
    """Of a folded text of this length, one shingle in so many is kept: a power of two, so that samples are nested."""
    return 1 << max(0, (max(0, length - GRAM) // SAMPLES).bit_length())


def cues(title_terms: tuple[str, ...], lede_terms: tuple[str, ...]) -> tuple[int, ...]:
    """Hashes of the headline's terms and of the lede's more telling ones: what candidates are looked up by."""
    telling = [t for t in title_terms if weight(t) >= LITTLE]
    telling += sorted((t for t in lede_terms if weight(t) >= NUMBER), key=lambda t: -weight(t))
    return tuple(sorted({_hash63(t) for t in telling[:CUES]}))


def _hash63(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest()) >> 1


def _day(article: Article) -> str:
    return article.published.at.astimezone(KST).date().isoformat() if article.published else ""
