"""Lists of feeds as other readers exchange them (OPML 2.0)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from lxml import etree

from crawler.sources.source import Source, Way
from crawler.sources.writing import Block, name_for
from pipelines.errors import UserError
from pipelines.read.hygiene import clean_line
from pipelines.urls import Address, clean_url


def opml(sources: Iterable[Source]) -> str:
    """Every feed, grouped by source; sitemaps and lists have no place in OPML."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "<head><title>sosik</title></head>", "<body>"]
    for source in sources:
        feeds = [endpoint.url for endpoint in source.endpoints if endpoint.way is Way.FEED]
        if feeds:
            lines.append(f"<outline text={quoteattr(source.press_name)}>")
            lines += [f'  <outline type="rss" text={quoteattr(source.press_name)} xmlUrl={quoteattr(url)}/>' for url in feeds]
            lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>"]) + "\n"


def blocks_in(body: bytes, known: Iterable[Source], file: str) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Blocks for the feeds that no known source has, and what was left out. Raises UserError for what is no OPML."""
    sources = tuple(known)
    taken = [source.name for source in sources]
    seen = {a.key for s in sources for e in s.endpoints if isinstance(a := clean_url(e.url), Address)}
    blocks: list[Block] = []
    left_out: list[str] = []
    for text, url in _feeds(body, file):
        address = clean_url(url)
        if not isinstance(address, Address):
            left_out.append(url)
        elif address.key not in seen:
            seen.add(address.key)
            name = name_for(address.url, taken)
            taken.append(name)
            addresses = ((Way.FEED, address.url),)
            blocks.append(Block(name=name, title=text or address.host, hosts=(address.host,), addresses=addresses))
    return tuple(blocks), tuple(left_out)


def _feeds(body: bytes, file: str) -> list[tuple[str, str]]:
    """(text, address) of every feed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UserError(f"{file}: is not OPML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise UserError(f"{file}: is not OPML: it has no <opml> element")
    return [
        (clean_line(each.get("text") or each.get("title") or ""), each.get("xmlUrl") or "")
        for each in root.iter("outline") if each.get("xmlUrl")
    ]  # fmt: skip
