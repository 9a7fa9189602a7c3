"""An address in text → Address | UrlRefusal: one function for every link that comes in, wherever from.

The request uses `Address.url`, in which no given byte is changed; only `Address.key`, the identity, is normalised. What a
publisher's addresses mean (which parameter is the article's number, which hosts show the same page) is data: urls.toml.
Whether an address may be fetched (private networks, ports) is not decided here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import idna

from pipelines.tomlfile import shipped_toml

LENGTH_MAX = 2083  # what the longest-lived browser took (facts: hazards F2)
SHOWN_MAX = 120  # letters of a refused text that are kept; chosen by hand


class UrlFault(StrEnum):
    """Why a text is no address that we follow."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    RELATIVE = "relative"  # and no base to join it to
    SCHEME = "scheme"  # neither http nor https
    USERINFO = "userinfo"  # user:password@
    HOST = "host"  # none, or no valid one
    PORT = "port"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    url: str  # to request: ASCII, no fragment; what was already encoded stays byte for byte
    host: str  # lower case ASCII; IPv6 without brackets
    port: int
    key: str  # identity: two addresses of one article have one key
    is_article: bool  # its site's patterns say so; False where no pattern is known


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRefusal:
    fault: UrlFault
    text: str  # what was given, shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRule:
    """What the addresses of one publisher, or of one CMS, mean."""

    id: str
    domains: tuple[str, ...] = ()  # with all hosts below them; empty: any host (a CMS)
    articles: tuple[str, ...] = ()  # patterns of article addresses in the form https://host/path?query
    key: str = ""  # identity of an article, filled from the pattern's groups and {host}
    keep: tuple[str, ...] = ()  # of an address that is no article: the only parameters that count; empty: all but noise
    drop: tuple[str, ...] = ()  # parameters that never count here


@dataclass(frozen=True, slots=True)
class Rules:
    """Identity rules, looked up by host."""

    by_domain: dict[str, tuple[IdentityRule, ...]] = field(default_factory=dict)
    any_host: tuple[IdentityRule, ...] = ()

    def of(self, host: str) -> tuple[IdentityRule, ...]:
        """The rules for `host`: the narrowest domain's first, then those for any host."""
        labels = host.split(".")
        found: tuple[IdentityRule, ...] = ()
        for i in range(len(labels)):
            found += self.by_domain.get(".".join(labels[i:]), ())
        return found + self.any_host

    def named(self, rule_id: str) -> IdentityRule | None:
        return next((rule for group in (*self.by_domain.values(), self.any_host) for rule in group if rule.id == rule_id), None)

    def plus(self, rules: Iterable[IdentityRule]) -> Rules:
        """These and more; a rule with a known id takes the known one's place."""
        more = {rule.id: rule for rule in rules}
        known = dict.fromkeys(rule for group in (*self.by_domain.values(), self.any_host) for rule in group)
        return rules_of((*more.values(), *(rule for rule in known if rule.id not in more)))


def complaint(rule: IdentityRule) -> str:
    """What is wrong with a rule that somebody wrote, "" when nothing is."""
    for pattern in rule.articles:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            return f"{pattern!r} is no regular expression: {error}"
        if lost := sorted(set(re.findall(r"{(\w+)}", rule.key)) - {*groups, "host"}):
            return f"the key names {{{lost[0]}}}, but {pattern!r} has no group of that name"
    return ""


def rules_of(rules: Iterable[IdentityRule]) -> Rules:
    by_domain: dict[str, tuple[IdentityRule, ...]] = {}
    any_host: tuple[IdentityRule, ...] = ()
    for rule in rules:
        any_host += () if rule.domains else (rule,)
        for domain in rule.domains:
            by_domain[domain] = (*by_domain.get(domain, ()), rule)
    return Rules(by_domain, any_host)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    rule: tuple[IdentityRule, ...]


@cache
def shipped_rules() -> Rules:
    """What urls.toml says."""
    return rules_of(shipped_toml("pipelines", "urls.toml").record(_File).rule)


def clean_url(
    text: str, base: str | None = None, *, rules: Rules | None = None, length_max: int = LENGTH_MAX
) -> Address | UrlRefusal:
    """The address that `text` names, joined to `base` when it is relative. Never raises."""
    try:
        return _clean(text, base, rules or shipped_rules(), length_max)
    except ValueError:  # urllib's word for brackets, ports and code points that it cannot place
        return _refused(UrlFault.MALFORMED, text)


def registrable_domain(host: str) -> str:
    """`yna.co.kr` for `m.yna.co.kr`; an IP address is its own. A name under no known suffix: its last two labels."""
    if ":" in host or re.fullmatch(r"[\d.]+", host):
        return host
    found: str = _suffixes()(host).top_domain_under_public_suffix
    return found or ".".join(host.split(".")[-2:])


@cache
def _suffixes() -> Callable[[str], Any]:  # published without types
    import tldextract  # 0.2 s: only who compares sites pays for it

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


# ------------------------------------------------------------------ from text to a request

_EDGE = "".join(map(chr, range(0x21))) + "\u3000\ufeff\u200b\u200e\u200f"  # what copied addresses carry around them
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_GLUED = re.compile(r"\A//[\w.-]*?https?:(?=//)", re.IGNORECASE)  # https://a.krhttps://a.kr/1: a template's slip (facts: feeds)
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PORTS = {"http": 80, "https": 443}


def _clean(text: str, base: str | None, rules: Rules, length_max: int) -> Address | UrlRefusal:
    given = re.sub(r"[\t\r\n]", "", text.strip(_EDGE))  # as the URL standard says
    if not given:
        return _refused(UrlFault.EMPTY, text)
    if len(given) > length_max:
        return _refused(UrlFault.TOO_LONG, text)
    if base and not _ABSOLUTE.match(given):
        given = urljoin(base.strip(_EDGE), given)
    if not _SCHEME.match(given):
        return _refused(UrlFault.RELATIVE, text)
    scheme, rest = given.split(":", 1)
    scheme = scheme.lower()
    if scheme not in _PORTS:
        return _refused(UrlFault.SCHEME, text)
    parts = urlsplit(f"{scheme}:{_GLUED.sub('', rest)}")
    return _address(scheme, parts.netloc, parts.path, parts.query, text, rules, length_max)


def _address(
    scheme: str, authority: str, path: str, query: str, text: str, rules: Rules, length_max: int
) -> Address | UrlRefusal:
    if "@" in authority:
        return _refused(UrlFault.USERINFO, text)
    name, _, number = authority.rpartition(":") if re.search(r":\d*$", authority) else (authority, "", "")
    host = _host(name)
    if not host:
        return _refused(UrlFault.HOST, text)
    port = int(number) if number else _PORTS[scheme]
    if not 0 < port < 65536:
        return _refused(UrlFault.PORT, text)
    shown = f"[{host}]" if ":" in host else host
    place = shown if port == _PORTS[scheme] else f"{shown}:{port}"
    path, query = _quoted(path) or "/", _quoted(query)
    url = f"{scheme}://{place}{path}{f'?{query}' if query else ''}"
    if len(url) > length_max:
        return _refused(UrlFault.TOO_LONG, text)
    key, is_article = _identity(f"https://{place}", path, query, rules.of(host))
    return Address(url=url, host=host, port=port, key=key, is_article=is_article)


def _host(name: str) -> str:
    """The host as a socket wants it, "" when it is none."""
    if name.startswith("["):
        return str(ipaddress.IPv6Address(name[1:-1])) if name.endswith("]") and "%" not in name else ""
    name = name.removesuffix(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    if not _HOST.fullmatch(name) or len(name) > 253:
        return ""
    if re.fullmatch(r"\d+|0x[0-9a-f]*", name.rsplit(".", 1)[-1]):  # 127.1, 0x7f.0.0.1: readers disagree on them
        return str(ipaddress.IPv4Address(name))
    return name


def _quoted(part: str) -> str:
    """Safe in a request line: letters beyond ASCII as UTF-8, what is already encoded untouched."""
    if _UNSAFE.search(part):
        part = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), part)
    return _BARE_PERCENT.sub("%25", part) if "%" in part else part


def _refused(fault: UrlFault, text: str) -> UrlRefusal:
    return UrlRefusal(fault=fault, text=text.strip()[:SHOWN_MAX])


# ------------------------------------------------------------------ from a request to an identity

_NOISE = re.compile(  # never identity, on any host (facts: korean-news §3, hazards F13)
    r"(?:utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_g[al]|kakao_from"
    r"|phpsessid|jsessionid|aspsessionid.*|sessionid|sid)",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_ENCODED = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _identity(origin: str, path: str, query: str, rules: tuple[IdentityRule, ...]) -> tuple[str, bool]:
    """The key, and whether an article's pattern made it."""
    path, query = _plain(path), _plain(query)
    full = f"{origin}{path}{f'?{query}' if query else ''}"
    for rule in rules:
        for pattern in rule.articles:
            found = _compiled(pattern).match(full)
            if found and not full[found.end() :][:1].isalnum():  # else a longer number, which is another one
                return rule.key.format_map({**found.groupdict(), "host": origin.removeprefix("https://")}) or full, True
    narrow = next((rule for rule in rules if rule.domains), None)
    pairs = [pair for pair in query.split("&") if pair and _counts(pair.partition("=")[0], narrow)]
    pairs.sort(key=lambda pair: pair.partition("=")[0])
    path = _SESSION_IN_PATH.sub("", path) if ";" in path else path
    path = _without_dots(path) if "/." in path else path
    return f"{origin}{path.rstrip('/')}{'?' if pairs else ''}{'&'.join(pairs)}", False


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4."""
    kept: list[str] = []
    for step in path.split("/")[1:]:
        if step == ".." and kept:
            kept.pop()
        elif step not in (".", ".."):
            kept.append(step)
    return f"/{'/'.join(kept)}"


def _counts(name: str, rule: IdentityRule | None) -> bool:
    if rule and rule.keep:
        return name in rule.keep
    return not _NOISE.fullmatch(name) and not (rule and name in rule.drop)


def _plain(part: str) -> str:
    """RFC 3986 §6.2.2: upper-case escapes, and none where none is needed."""
    if "%" not in part:
        return part
    return _ENCODED.sub(lambda found: char if (char := chr(int(found[1], 16))) in _UNRESERVED else found[0].upper(), part)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
