"""Persian and Latin text: cleaned for storage, folded for search, reduced to keys.

Three strengths, each idempotent: `clean` changes nothing that a reader would miss, `fold` makes spellings of one word
equal, `fold_key` also makes "پیش فاکتور", "پیش‌فاکتور" and "پیشفاکتور" equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_LATIN_DIGITS = "0123456789"
ZWNJ = "\u200c"

_TO_LATIN = str.maketrans(_PERSIAN_DIGITS + _ARABIC_DIGITS, _LATIN_DIGITS * 2)
_TO_PERSIAN = str.maketrans(_LATIN_DIGITS + _ARABIC_DIGITS, _PERSIAN_DIGITS * 2)

# Arabic code points that Persian keyboards and old files put for Persian letters.
_PERSIAN_LETTERS = str.maketrans("يىك" + _ARABIC_DIGITS, "ییک" + _PERSIAN_DIGITS)
# Bidi controls can show a text other than it is; the rest are blanks of no width. ZWJ stays: emoji are made with it.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_IDLE_ZWNJ = re.compile(f"(?<![^\\s{ZWNJ}]){ZWNJ}+|{ZWNJ}+(?=[\\s{ZWNJ}]|$)")
_FOLDED_LETTERS = str.maketrans("يىكةەھہ", "ییکهههه", "ـ")
_DROPPED = frozenset(("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"))


def digits_en(text: str) -> str:
    """The text with Persian and Arabic digits as 0-9."""
    return text if text.isascii() else text.translate(_TO_LATIN)


def digits_fa(text: str | int) -> str:
    """The text with every digit as ۰-۹."""
    return str(text).translate(_TO_PERSIAN)


def clean(text: str) -> str:
    """The text as it is stored: Persian ی, ک and digits, no control or bidi characters; lines and ZWNJ stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", _CONTROLS.sub("", text))
    text = unicodedata.normalize("NFC", text).translate(_PERSIAN_LETTERS)
    # What stood between two marks may be gone now, and marks have an order.
    return unicodedata.normalize("NFC", _IDLE_ZWNJ.sub("", text)).strip()


def clean_line(text: str) -> str:
    """As `clean`, for a value of one line: every run of blanks and line ends becomes one space."""
    return clean(" ".join(clean(text).split()))


def fold(text: str) -> str:
    """The text as it is searched: lower case, one form of each letter and digit, no marks, ZWNJ or tatweel."""
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKD", _folded_once(text))
    return " ".join(unicodedata.normalize("NFC", _folded_once(text)).split())


def fold_key(text: str) -> str:
    """The text as a key of equality: as `fold`, without any blank."""
    return fold(text).replace(" ", "")


def pick(bitext: Mapping[str, str] | None, lang: str) -> str:
    """A user's own text in the asked language, else in any other it has, else ''."""
    if not bitext:
        return ""
    return bitext.get(lang) or next((text for text in bitext.values() if text), "")


def _folded_once(text: str) -> str:
    # Case may bring marks (İ) and compatibility forms may bring case: decompose first, then fold, then drop marks.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = text.translate(_FOLDED_LETTERS).translate(_TO_LATIN)
    return "".join(
        " " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char) not in _DROPPED
    )
