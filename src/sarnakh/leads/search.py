"""Finding leads by a piece of a name, company, phone or e-mail; the only place where the two databases differ in it.

`lead.search` holds the folded text (`fields.search_text`). Pieces of three letters and more go to a trigram index
(SQLite: FTS5 over `lead`, kept by triggers; PostgreSQL: pg_trgm), a full phone or e-mail to the identities, one or two
letters to the beginnings of names. Migration 0100 makes the indexes; a migration that rebuilds the table `lead` on
SQLite drops its triggers and must make them again.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from sarnakh.kit.emails import EmailError, parse_email
from sarnakh.kit.phones import PhoneError, parse_phone
from sarnakh.kit.text import fold
from sarnakh.leads.models import Identity, Lead

MOST_WORDS = 8
_TRIGRAM = 3


def search(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Those of these leads that the words name, all of them; every lead when there is no word to look for."""
    people = _people_reached_by(text)
    if people is not None:
        return leads.filter(person__in=people)
    words = [_as_stored(word) for word in fold(text).split()[:MOST_WORDS]]
    if not words:
        return leads
    long = [word for word in words if len(word) >= _TRIGRAM]
    if not long:
        leads = leads.filter(_begins(words[0]))
        return leads.filter(_all_of(words[1:]))
    if connection.vendor == "sqlite":
        leads = leads.filter(id__in=_full_text(long))
        return leads.filter(_all_of([word for word in words if word not in long]))
    return leads.filter(id__in=_trigrams(words))


def _people_reached_by(text: str) -> QuerySet[Identity, int] | None:
    """The persons with this phone or e-mail, if the text is a full one; the unique index answers."""
    wanted = text.strip()
    if "@" in wanted:
        try:
            value = parse_email(wanted).address
        except EmailError:
            return None
        kinds = ["email", "role_email"]
    elif sum(letter.isdigit() for letter in wanted) >= 8:
        try:
            value = parse_phone(wanted).e164
        except PhoneError:
            return None
        kinds = ["mobile", "phone"]
    else:
        return None
    found = Identity.objects.filter(kind__in=kinds, value=value, hidden_at__isnull=True)
    return found.values_list("person_id", flat=True) if found.exists() else None


def _as_stored(word: str) -> str:
    """A piece of a number typed the national way, 0912…, as it stands in +98912…"""
    return word[1:] if len(word) > _TRIGRAM and word.startswith("0") and word.isdigit() else word


def _all_of(words: Sequence[str]) -> Q:
    """Words too short for the index, looked for in what the others found."""
    wanted = Q()
    for word in words:
        wanted &= Q(search__contains=word)
    return wanted


def _full_text(words: Sequence[str]) -> RawSQL:
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    return RawSQL("SELECT rowid FROM lead_search WHERE lead_search MATCH %s", [phrases])


def _trigrams(words: Sequence[str]) -> RawSQL:
    # MATERIALIZED: else "newest first" makes the planner walk the newest leads and test each.
    tests = " AND ".join(["search LIKE %s"] * len(words))
    sql = f"WITH found AS MATERIALIZED (SELECT id FROM lead WHERE {tests}) SELECT id FROM found"  # noqa: S608  constants
    return RawSQL(sql, [f"%{_escaped(word)}%" for word in words])  # noqa: S611  as above


def _begins(word: str) -> Q:
    """Names that begin with one or two letters: a range of the index on the first two."""
    first = "substr(search, 1, 2)" if connection.vendor == "sqlite" else 'substr(search, 1, 2) COLLATE "C"'
    ids = RawSQL(  # noqa: S611  as above
        f"SELECT id FROM lead WHERE {first} >= %s AND {first} < %s",  # noqa: S608
        [word, _after(word)],
    )
    return Q(id__in=ids)


def _after(word: str) -> str:
    """The first text after every text that begins with this one."""
    last = ord(word[-1]) + 1
    if 0xD800 <= last <= 0xDFFF:  # surrogates are no letters
        last = 0xE000
    return word[:-1] + chr(min(last, 0x10FFFF))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
