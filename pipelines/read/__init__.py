"""Any Korean news page into a clean article, or an honest refusal.

    read_page(page) → Article | Refusal      pure; what it raises is a defect of ours, whatever the page holds
    explain_page(page) → Explanation         the same, with the rule that gave each field and what was cut
    decode(body, content_type) → Decoded     the text of a page, whatever charset it claims

Imports lxml, and trafilatura when nothing else finds a text. No network, no database, no clock.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.article import Article, Page, Refusal
from pipelines.read.decode import Decoded, decode
from pipelines.read.explanation import Explanation
from pipelines.read.families import load_families
from pipelines.read.page import read

__all__ = ["Decoded", "Explanation", "decode", "explain_page", "read_page"]


def read_page(page: Page, own_families: Path | None = None) -> Article | Refusal:
    """The page as an article, or why it is none. `own_families`: a TOML file of the user's (raises FileProblem)."""
    return explain_page(page, own_families).result


def explain_page(page: Page, own_families: Path | None = None) -> Explanation:
    """As read_page, with the reasons."""
    return read(page, load_families(own_families))
