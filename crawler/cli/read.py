"""`sosik read`: one page or many into articles, and why."""

from __future__ import annotations

import gzip
import json
import logging
import sys
import zlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session
from pipelines import clock
from pipelines.article import Article, Page, Refusal, Stamp
from pipelines.errors import SosikError, UserError
from pipelines.tomlfile import at_home
from pipelines.wording import Wording

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from pipelines.read import Explanation


@click.command(short_help="Read pages or text dumps; keep nothing.")
@click.argument("targets", nargs=-1, metavar="URL|FILE...")
@click.option("--jsonl", is_flag=True, help="Read JSON lines {id, url, content_type, path} from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one article a line.")
@click.option("--explain", is_flag=True, help="Show which rule gave each field, and what was cut and why.")
@click.option("--families", type=click.Path(path_type=Path), help="Your own page structures (TOML), before the shipped ones.")
@click.option("--url", "address", help="The address that a FILE came from.")
@click.pass_obj
def read(
    session: Session, targets: tuple[str, ...], jsonl: bool, as_json: bool, explain: bool, families: Path | None,
    address: str | None,
) -> None:
    """Read pages: addresses, saved pages (.html, .html.gz) or text dumps (.txt)."""
    if jsonl and (targets or as_json or explain or address):
        raise click.UsageError("--jsonl reads from standard input and takes no files and no options but --families")
    if jsonl:
        _answer_lines(families or own_structures(session))
        return
    if not targets:
        raise click.UsageError("name an address or a file, or pass --jsonl")
    families = families or own_structures(session)
    fetched = _fetched(session, [target for target in targets if _is_address(target)])
    is_refused = is_missing = False
    for target in targets:
        page = fetched[target] if _is_address(target) else saved_page(target, address)
        if isinstance(page, str):
            is_missing = True
            click.echo(f"sosik: {target}: could not be fetched: {page}", err=True)
            continue
        explanation = explained(page, families)
        is_refused = is_refused or isinstance(explanation.result, Refusal)
        if as_json:
            click.echo(json.dumps(record(target, explanation, with_reasons=explain), ensure_ascii=False))
        else:
            click.echo(_shown(session, target, explanation, with_reasons=explain))
    if is_missing or (is_refused and len(targets) == 1):
        sys.exit(1)


def explained(page: Page, families: Path | None) -> Explanation:
    """The page, read. Raises SosikError when sosik itself fails on it."""
    from pipelines.read import explain_page

    try:
        return explain_page(page, families)
    except SosikError:
        raise
    except Exception as error:
        logger.debug("url=%s", page.url, exc_info=True)
        raise SosikError(f"{page.url}: {broken(error)}") from error


def broken(error: Exception) -> str:
    """One line for a defect of ours."""
    return f"sosik failed on this page ({type(error).__name__}: {error}). Please report it with the page."


def own_structures(session: Session) -> Path | None:
    """The user's file of page structures, when the settings name one."""
    name = session.config.read.structures_file
    return session.config.beside(name) if name else None


def _is_address(target: str) -> bool:
    return target.casefold().startswith(("http://", "https://"))


def _fetched(session: Session, addresses: list[str]) -> dict[str, Page | str]:
    """The pages, all in one crawl: there is but one a process. In words why one could not be had."""
    if not addresses:
        return {}
    from crawler.runner import fetch_pages
    from pipelines.wording.troubles import in_words

    with session.open_crawl_context() as context:
        answers = fetch_pages(addresses, context)
    say = Wording("en")
    return {url: in_words(answer, say) or "no answer" if isinstance(answer, str) else answer for url, answer in answers.items()}


def saved_page(target: str, address: str | None = None) -> Page:
    """The page in a file. Raises UserError."""
    if "://" in target:
        raise UserError(f"{target}: is no address that can be fetched; write http://host/path or https://…")
    path = at_home(target)
    return page_of(bytes_of(path), url=address or path.resolve().as_uri(), content_type=_type_of(path))


def _type_of(path: Path) -> str:
    """A text dump is known by its name."""
    return "text/plain" if path.name.removesuffix(".gz").endswith(".txt") else "text/html"


def bytes_of(path: Path) -> bytes:
    """The file's bytes, unpacked when they are gzip. Raises UserError."""
    try:
        body = path.read_bytes()
        return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}. Name a saved page, a text dump or an http(s) address.") from error
    except (EOFError, zlib.error) as error:
        raise UserError(f"{path}: the gzip file is broken or ends too early") from error


def page_of(body: bytes, *, url: str, content_type: str, fetched_at: datetime | None = None) -> Page:
    """A page that did not come from the net."""
    return Page(url=url, key=url, requested_url=url, requested_key=url, status=200, body=body, content_type=content_type,
                fetched_at=fetched_at or clock.now(), source="")


def _answer_lines(families: Path | None) -> None:
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            sys.stdout.write(json.dumps(_answer(line, number, families), ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _answer(line: bytes, number: int, families: Path | None) -> dict[str, object]:
    """One input line's answer; a bad line gets one, too."""
    from pipelines.read import explain_page

    name: object = None
    try:
        asked = _question(line)
        name = asked.get("id")
        path, url = Path(str(asked.get("path") or "")), str(asked.get("url") or "")
        if not path.name:
            raise UserError("path is missing")
        page = page_of(bytes_of(path), url=url, content_type=str(asked.get("content_type") or _type_of(path)))
        return {"id": name, **record(url or str(path), explain_page(page, families), with_reasons=False)}
    except (ValueError, UserError) as error:
        return {"id": name, "status": "error", "error": f"line {number}: {error}"}
    except Exception as error:  # a defect of ours: the other lines get their answers
        logger.debug("line %d", number, exc_info=True)
        return {"id": name, "status": "error", "error": f"line {number}: {broken(error)}"}


def _question(line: bytes) -> dict[str, object]:
    """Raises UserError."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:  # broken JSON, bytes that are no UTF-8, brackets without end
        raise UserError(f"is not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise UserError("must be a JSON object with id, url and path")
    return asked


def record(target: str, explanation: Explanation, *, with_reasons: bool) -> dict[str, object]:
    """What was read, as plain values."""
    result = explanation.result
    out: dict[str, object] = {"target": target, "family": explanation.family, "encoding": explanation.encoding}
    if isinstance(result, Article):
        out |= _article(result)
    else:
        out |= {"status": "refused", "reason": str(result.reason), "detail": result.detail}
    if with_reasons:
        out["rules"] = [{"field": n.field, "value": n.value, "rule": n.rule} for n in explanation.notes]
        out["cuts"] = [{"text": c.text, "rule": c.rule} for c in explanation.cuts]
        out["left_out"] = list(explanation.left_out)
    return out


def _article(article: Article) -> dict[str, object]:
    return {
        "status": "article", "url": article.url, "canonical_url": article.canonical_url, "title": article.title,
        "tags": article.tags, "subtitle": article.subtitle, "text": article.text, "captions": article.captions,
        "byline": str(article.byline),
        "reporters": [{"name": r.name, "role": r.role, "mail": r.mail} for r in article.byline.reporters],
        "agency": article.byline.agency, "place": article.byline.place, "poster": article.byline.poster, "press": article.press,
        "origin": article.origin, "published": _stated(article.published),
        "modified": _stated(article.modified), "section": article.section,
        "language": article.language, "images": [{"url": i.url, "caption": i.caption} for i in article.images],
        "flags": [str(f) for f in article.flags],
    }


def _stated(stamp: Stamp | None) -> str | None:
    """A day when only the day is known."""
    if stamp is None:
        return None
    return stamp.at.isoformat() if stamp.has_time else stamp.at.date().isoformat()


def _shown(session: Session, target: str, explanation: Explanation, *, with_reasons: bool) -> str:
    """The reading for a person, in the configured language."""
    say, result = session.say, explanation.result
    lines = [f"── {target}"]
    if isinstance(result, Refusal):
        lines.append(say("read.refused", reason=say(f"read.reason-{result.reason}")))
        if with_reasons:
            lines.append(f"  {result.detail}")
    else:
        lines += _reading(session, result)
    if with_reasons:
        lines += ["", say("read.rules", family=explanation.family or "-", encoding=explanation.encoding or "-")]
        lines += [f"  {n.field:<10} {n.value[:80]}  ← {n.rule}" for n in explanation.notes]
        lines += [say("read.cuts", count=len(explanation.cuts))] + [f"  [{c.rule}] {c.text[:100]}" for c in explanation.cuts]
        lines += [say("read.left-out", count=len(explanation.left_out))] + [f"  {each[:110]}" for each in explanation.left_out]
    return "\n".join(lines) + "\n"


def _reading(session: Session, article: Article) -> list[str]:
    say = session.say
    facts = [
        ("press", article.press or ""), ("origin", article.origin or ""), ("published", _time(article)),
        ("byline", ", ".join(filter(None, (str(article.byline), article.byline.agency, article.byline.place)))),
        ("poster", article.byline.poster or ""), ("section", article.section or ""),
        ("flags", ", ".join(say(f"read.flag-{f}") for f in article.flags)),
    ]
    lines = [article.title, *([f"  {article.subtitle}"] if article.subtitle else [])]
    lines += [f"{say(f'read.{name}')}: {value}" for name, value in facts if value]
    return [*lines, "", *article.paragraphs, *(f"[{say('read.caption')}] {c}" for c in article.captions)]


def _time(article: Article) -> str:
    if article.published is None:
        return ""
    at = article.published.at.astimezone(clock.KST)
    return at.strftime("%Y-%m-%d %H:%M KST" if article.published.has_time else "%Y-%m-%d")
