"""Links as found → addresses as the frontier takes them. Pure."""

from __future__ import annotations

from crawler.discovery import Found, Link
from pipelines.article import Hint
from pipelines.store.frontier import Announced
from pipelines.urls import Address, Rules, clean_url


def announced(found: Found, base: str, rules: Rules) -> tuple[Announced, ...]:
    """One a key, in the order of the page; links that cannot be followed are left out."""
    stamps = [link.modified for link in found.links if link.modified]
    is_file_time = len(stamps) > 3 and len(set(stamps)) <= len(stamps) // 2  # says when the file was written, not the articles
    by_key: dict[str, Announced] = {}
    for link in found.links:
        address = clean_url(link.href, base, rules=rules)
        if isinstance(address, Address):
            modified = None if is_file_time else link.modified
            by_key.setdefault(address.key, Announced(key=address.key, url=address.url, hint=hint_of(link), modified=modified))
    return tuple(by_key.values())


def hint_of(link: Link) -> Hint:
    return Hint(title=link.title or None, summary=link.summary or None, published=link.published)
