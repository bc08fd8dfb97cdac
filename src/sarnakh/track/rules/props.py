"""What of a tracked event may stand in the log: scalars, short, and nothing that tells who someone is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MOST_PROPS = 40
LONGEST_TEXT = 500
LONGEST_URL = 1000
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_EMAIL = re.compile(r"[^\s@/?&=]+(@|%40)[^\s@/?&=]+\.[a-zA-Z]{2,}")
_PHONE = re.compile(r"(\+|00)[1-9][0-9 ()-]{7,17}|(0|98)?9[0-9]{2}[ -]?[0-9]{3}[ -]?[0-9]{4}")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)
_PERSONAL = frozenset(
    "address avatar birthday birthdate card cardnumber cellphone contact cvv dob email emailaddress family familyname "
    "fax firstname fname fullname givenname iban idnumber ip ipaddress jwt lastname lat latitude lname lng lon "
    "longitude mail mobile mobilenumber name nationalcode nationalid nickname passport passportnumber password phone "
    "phonenumber postalcode postcode secret sessionid sheba ssn street surname tel telephone token traits useremail "
    "userid username userphone zip zipcode".split()
)


def is_personal(name: str, value: object) -> bool:
    """Whether a property by its name, or a text by its look (an e-mail address, a phone number), is about a person."""
    if _NOT_A_WORD.sub("", name.lower()) in _PERSONAL:
        return True
    if not isinstance(value, str):
        return False
    text = value.translate(_DIGITS).strip()
    return _EMAIL.search(text) is not None or _PHONE.fullmatch(text) is not None


def kept_props(properties: object) -> dict[str, object]:
    """The properties of an event that may be kept: scalars with a value, named, cut to length, none personal."""
    if not isinstance(properties, Mapping):
        return {}
    kept: dict[str, object] = {}
    for name, value in properties.items():
        if len(kept) == MOST_PROPS:
            break
        if not isinstance(value, str | int | float | bool) or value == "" or is_personal(str(name), value):
            continue
        kept[str(name)[:60]] = value[:LONGEST_TEXT] if isinstance(value, str) else value
    return kept


def clean_url(url: object) -> str:
    """A page's address without fragment, password and personal parameters; "" where it is none."""
    if not isinstance(url, str) or not url:
        return ""
    try:
        parts = urlsplit(url[: 4 * LONGEST_URL])
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=60)
    except ValueError:
        return ""
    safe = [(name, value) for name, value in query if not is_personal(name, value)]
    path = "" if _EMAIL.search(parts.path) else parts.path
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, urlencode(safe), ""))[:LONGEST_URL]


def page_props(properties: object, page: object) -> dict[str, object]:
    """{url, path, title, referrer} of a page view and its other properties; the context fills gaps of the first."""
    given = properties if isinstance(properties, Mapping) else {}
    context = page if isinstance(page, Mapping) else {}
    url = clean_url(given.get("url") or context.get("url"))
    path = given.get("path") or context.get("path")
    if not isinstance(path, str) or _EMAIL.search(path):
        path = urlsplit(url).path
    title = given.get("title") or context.get("title") or given.get("name")
    rest = kept_props({name: value for name, value in given.items() if name not in _PAGE_NAMES})
    return {
        **rest,
        "url": url,
        "path": path[:LONGEST_TEXT],
        "title": title[:LONGEST_TEXT] if isinstance(title, str) and not is_personal("", title) else "",
        "referrer": clean_url(given.get("referrer") or context.get("referrer")),
    }


_PAGE_NAMES = frozenset(("url", "path", "title", "referrer", "search", "name", "event"))
