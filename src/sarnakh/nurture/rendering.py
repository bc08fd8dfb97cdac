"""A marketer's text and a person's values become one message: Liquid, then cleaned HTML in our layout, then its text.

Liquid is shut in: no files, no includes, no unknown names or filters, and limits on loops, memory and length. Values
are escaped, and what is left is cleaned, so neither the text nor a name can bring script, forms or styles of its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

import css_inline
import nh3
from liquid import BoundTemplate, DictLoader, Environment, FalsyStrictUndefined
from liquid.exceptions import LiquidError

LONGEST_SOURCE = 100_000
_TAGS = frozenset(
    "a abbr b bdi blockquote br code em h1 h2 h3 h4 hr i img li ol p pre s small span strong sub sup table tbody td th "
    "thead tr u ul div".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "valign", "width"},
    "th": {"colspan", "rowspan", "valign", "width", "scope"},
    "table": {"width", "role"},
    "ol": {"start"},
}
_STYLES = frozenset(
    "color background-color font-size font-weight font-style text-align text-decoration line-height padding margin "
    "border border-radius width max-width height display direction".split()
)
_RTL = frozenset(("fa", "ar", "he", "ur", "ckb"))


class TemplateFault(Exception):
    """The text cannot be made into a message; says where and why, in Liquid's words."""


@dataclass(frozen=True, slots=True)
class Footer:
    """The lines under a message: why it came, and where to refuse the next."""

    reason: str
    link_text: str
    link: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be queued."""

    subject: str
    text: str
    html: str


class _Liquid(Environment):  # type: ignore[misc]  # pyproject has mypy skip liquid
    context_depth_limit = 10
    loop_iteration_limit = 1000
    local_namespace_limit = 50_000
    output_stream_limit = 200_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in ("include", "render"):
            self.tags.pop(tag, None)


def _environment(*, autoescape: bool) -> Environment:
    return _Liquid(loader=DictLoader({}), undefined=FalsyStrictUndefined, strict_filters=True, autoescape=autoescape)


_PLAIN, _HTML = _environment(autoescape=False), _environment(autoescape=True)


def render(subject: str, body: str, *, values: Mapping[str, object], language: str, footer: Footer) -> Rendered:
    """Fill a template's subject and HTML body with `values` (name, company, organisation, …). Raises TemplateFault.

    The HTML is whole, runs right to left for Persian, and has its styles inline; the text says the same.
    """
    inner = nh3.clean(
        _filled(body, values, is_html=True),
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto", "tel"},
        filter_style_properties=set(_STYLES),
        link_rel=None,
    )
    whole = _framed(inner, language, footer)
    text = f"{as_text(inner)}\n\n--\n{footer.reason}\n{footer.link_text}: {footer.link}\n"
    return Rendered(subject=" ".join(_filled(subject, values, is_html=False).split()), text=text, html=whole)


def _filled(source: str, values: Mapping[str, object], *, is_html: bool) -> str:
    try:
        return str(_parsed(source, is_html).render(**values))
    except LiquidError as error:
        raise TemplateFault(str(error)) from error


@lru_cache(maxsize=256)
def _parsed(source: str, is_html: bool) -> BoundTemplate:
    if len(source) > LONGEST_SOURCE:
        raise TemplateFault(f"longer than {LONGEST_SOURCE} characters")
    return (_HTML if is_html else _PLAIN).from_string(source)


_STYLE = """
body { margin: 0; padding: 24px 12px; background: #f5f4f1; }
.sheet { max-width: 560px; margin: 0 auto; padding: 28px 24px; background: #ffffff; border: 1px solid #e4e2dd;
  border-radius: 10px; font-family: Vazirmatn, Tahoma, Arial, sans-serif; font-size: 15px; line-height: 1.9;
  color: #24302f; }
.foot { max-width: 560px; margin: 12px auto 0; padding: 0 24px; font-family: Vazirmatn, Tahoma, Arial, sans-serif;
  font-size: 12px; line-height: 1.8; color: #5f6b6a; }
.foot a { color: #5f6b6a; }
"""


_SLOTS = re.compile("@(inner|reason|link|link_text)@")


def _framed(inner: str, language: str, footer: Footer) -> str:
    slots = {
        "inner": inner,
        "reason": html.escape(footer.reason),
        "link": html.escape(footer.link),
        "link_text": html.escape(footer.link_text),
    }
    return _SLOTS.sub(lambda slot: slots[slot[1]], _frame(language))


@lru_cache(maxsize=8)
def _frame(language: str) -> str:
    """The page around a message, styles inline. No rule reaches into the message: it brings its own, on its tags."""
    direction, side = ("rtl", "right") if language in _RTL else ("ltr", "left")
    # Some clients drop <html> and <body>: direction and side stand on the blocks too.
    aligned = f'dir="{direction}" align="{side}" style="text-align: {side}"'
    page = (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f'<div class="sheet" {aligned}>@inner@</div>'
        f'<div class="foot" {aligned}>@reason@<br><a href="@link@">@link_text@</a></div></body></html>'
    )
    return css_inline.inline(page, load_remote_stylesheets=False)


_BLOCKS = frozenset("p div h1 h2 h3 h4 ul ol li table tr blockquote pre hr br".split())
_APART = frozenset("p h1 h2 h3 h4 ul ol table blockquote pre".split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link, self._link_start = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _APART else "\n")
        if tag == "li":
            self.parts.append("- ")
        elif tag == "hr":
            self.parts.append("---\n")
        elif tag == "a":
            self._link, self._link_start = given.get("href") or "", len(self.parts)
        elif tag == "img" and given.get("alt"):
            self.parts.append(f"[{given['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            said = "".join(self.parts[self._link_start :]).strip()
            if self._link.removeprefix("mailto:").removeprefix("tel:") != said:
                self.parts.append(f" ({self._link})")
            self._link = ""
        elif tag in _APART:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))


def as_text(markup: str) -> str:
    """Cleaned HTML as plain text: blocks apart, lists with dashes, links written out."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    lines = [line.strip() for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
