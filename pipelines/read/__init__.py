"""Any Korean news page into a clean article, or an honest refusal.

    read_page(page) → Article | Refusal      pure and total: no input makes it raise
    explain_page(page) → Explanation         the same, with the rule that gave each field and what was cut
    decode(body, content_type) → Decoded     the text of a page, whatever charset it claims

Imports lxml, and trafilatura when nothing else finds a text. No network, no database, no clock.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pipelines.article import Article, Page, Refusal, RefusalReason
from pipelines.read.decode import Decoded, decode
from pipelines.read.explanation import Explanation
from pipelines.read.families import load_families
from pipelines.read.page import read

__all__ = ["Decoded", "Explanation", "decode", "explain_page", "read_page"]

log = logging.getLogger(__name__)


def read_page(page: Page, own_families: Path | None = None) -> Article | Refusal:
    """The page as an article, or why it is none. `own_families`: a TOML file of the user's (raises FileProblem)."""
    return explain_page(page, own_families).result


def explain_page(page: Page, own_families: Path | None = None) -> Explanation:
    """As read_page, with the reasons."""
    families = load_families(own_families)
    try:
        return read(page, families)
    except Exception as error:  # total by contract: a page that breaks a rule is refused, and the log says which
        log.exception("page broke a reading rule url=%s", page.url)
        refusal = Refusal(reason=RefusalReason.HOSTILE, detail=f"{type(error).__name__}: {error}"[:200])
        return Explanation(result=refusal, encoding="", family="")
