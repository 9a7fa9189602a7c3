"""Which parts of a page are never the article: by their tag, id and class names, on any Korean news site.

Imports lxml's elements only. Names are evidence, not proof: a part that holds most of the page's sentences stays, however named.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from pipelines.read.blocks import HIDDEN
from pipelines.read.parse import Element

# From the class names of the corpus' pages and of the structures in facts/sources.toml; whole words or unmistakable pieces only
NAMES = re.compile(
    r"""(?i:(?<![a-z])(?:
      comments?|cmt|reply|replies|replay|sns|share|sharing|banner|bnr|ads?|adv|advert\w*|adsense|aside|gnb|lnb|snb|nav|navi|navigation|menu|
      footer|foot|copyright\w*|copy[-_]?right|breadcrumbs?|popup|layer[-_]?\w*|modal|tooltip|toolbar|tool|util\w*|sidebar|ranking|rank|
      popular|recommend(?:ed|ation)?s?|relat(?:ed|ion|ions|e)|trend\w*|promotion|promo|sponsor\w*|subscri\w*|newsletter|donat\w*|hashtag|keywords?|tags?|tts|
      paging|pagination|pager|skip|search|login|survey|poll|vote|emotion|empathy|likes?|print|clipboard|best|hot|series|
      author|reporter|journalist|writer|profile|byline|issue[-_]?list|outbrain|taboola|dable\w*|mobon|
      sound|audio|player|vod|video|voice|listen|speech|translat\w*|fontsize|font[-_]size|btns?|buttons?|quick|alarm|notice|
      newsstand|channel|playlist|toc|relatedposts|sharedaddy|sharing-?buttons|magazine|shop\w*|event|twitter-tweet|instagram-media|fb-(?:post|video)|tiktok-embed
    )(?![a-z]))
    | Related|Relation|Recommend|Ranking|Comment|Reply|ShareB|SnsB|Banner|Popular|Copyright|Subscribe|
      Newsletter|Hashtag|Advert|AudioPlayer|
      relatednews|relatedarticle|relation|recommend|mostview|most[-_](?:view|read|popular)|many[-_]?view|bestnews|best[-_]click|hotnews|hot[-_](?:news|issue|click)|
      newsrank|rank[-_]?news|(?:ai|auto|news)_?-?sum(?:mary|_)|summary_?-?(?:ai|box|wrap|area|layer|group)|control_(?:group|item)|support-box|spt-|article-?sytool|fontsize|font_?set|txt_copyright|summary_view(?!.)|photo_?slide_?list|
      article_?(?:relation|bottom|issue|ad)(?![a-z])|news_?(?:relation|list)(?![a-z])|other_?news|more_?news|prev_?next|press_?list|list_?(?:news|article)s?(?![a-z])
    """, re.X)
# A reader never takes these for text even when they are long
ALWAYS = re.compile(r"(?<![a-z])(?:comments?|cmt|reply|replies|footer|gnb|lnb|breadcrumbs?)(?![a-z])", re.X)
BODY_NAMES = re.compile(
    r"article_?-?body|articlebody|news_?-?body|newsbody|article_?-?(?:txt|text|view|content|cont|"
    r"con)(?![a-z]*(?:list|tool|top|head|foot|bottom|title|info|relat))|"
    r"news_?-?(?:txt|text|cnt|view|content|article|cont)(?![a-z]*(?:list|tool|top|head|foot|bottom|title|info|"
    r"relat))|view_?-?(?:con|cont|content|text|txt|body|article)(?![a-z]*(?:list|tool|top|head|foot))|cont_?view|"
    r"detail_?-?(?:body|txt|text|content|view)|body_?-?(?:txt|text|area|content)|text_?-?(?:area|body)|"
    r"story_?-?(?:news|body|content)|entry-content|post-?(?:content|body)|"
    r"read_?body|gisaview|rns_text|newscontent|nwscon|gs_content|news_?doc|vcon_con|content_text|sub_view|bo_v_con|xe_content|rhymix_content|dic_area|articletxt|textbody|article_story|contents_style|"
    r"tt_article|se-main-container|postviewarea|cmadcontent", re.I)
UNFOLDS = re.compile(r"(?:더|전체|전문|펼쳐|이어서?)\s?보기|펼치기|(?:계속|이어서?)\s?읽기|more", re.I)
CONTROL_MAX = 20  # letters of a control; chosen by hand


@lru_cache(maxsize=20_000)  # labels recur, within a page and from page to page of a site
def is_named_so(label: str) -> bool:
    return NAMES.search(label) is not None


class Furniture:
    """Judges the parts of one page."""

    def __init__(self, root: Element, *, removed: list[Element] | None = None, heading: Element | None = None) -> None:
        self.total = max(1, sentences(root))
        self.removed = set(removed or ())
        self.heading = heading

    def is_left_out(self, element: Element, label: str) -> bool:
        if element in self.removed:
            return True
        if label == HIDDEN:  # some sites hide the whole page until a script has run
            return not self._holds(element, 0.8) and not _is_rest(element)
        if element.tag == "form":  # ASP.NET wraps the whole page in one
            return not self._holds(element, 0.4)
        if element.tag in ("body", "main", "html") or not is_named_so(label):
            return element.tag == "header" and self.heading is None and not self._holds(element, 0.4)
        if element.get("itemprop") == "articleBody":
            return False
        if self.heading is not None and _is_inside(self.heading, element):
            return False
        if ALWAYS.search(label) and not BODY_NAMES.search(label):
            return True
        return sentences(element) < 2 or not self._holds(element, 0.4)  # a line of a foot may hold all that a notice's page says

    def _holds(self, element: Element, share: float) -> bool:
        """Whether the part holds more than that share of the page's sentences; an article's own is above 0.4 (chosen by hand)."""
        return sentences(element) > share * self.total


def sentences(element: Element) -> int:
    """How many Korean sentences end under the element: 다. and the like, in a cheap count."""
    text = "".join(element.itertext(
        "p", "div", "span", "section", "article", "td", "li", "br", "b", "strong", "font", "a", "em", "dd", "body"))
    return text.count("다.") + text.count("요.") + text.count("다\"") + text.count("다”") + text.count(". ")


def _is_rest(hidden: Element) -> bool:
    """Whether a hidden part is the rest of the text, folded away below its beginning, with a control that unfolds it (phones)."""
    parent = hidden.getparent()
    if parent is None or sentences(hidden) < 2:
        return False
    before, after, outside = hidden.itersiblings("*", preceding=True), hidden.itersiblings("*"), parent.itersiblings("*")
    beside = [*islice(before, 2), *islice(after, 2), *islice(outside, 2)]
    texts = (" ".join("".join(each.itertext()).split()) for each in beside if each.tag not in ("script", "style"))
    if not any(len(text) <= CONTROL_MAX and UNFOLDS.search(text) for text in texts):
        return False
    shown = (parent.text or "") + "".join("".join(each.itertext()) for each in hidden.itersiblings("*", preceding=True))
    opening = "".join(hidden.itertext()).strip()[:20]
    return opening not in shown and "다." in shown


def _is_inside(inner: Element, outer: Element) -> bool:
    return any(each is outer for each in inner.iterancestors())
