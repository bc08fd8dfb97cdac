"""E-mail addresses: read, folded to the form that identifies, told apart from role mailboxes. No DNS is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from sarnakh.kit.text import digits_en

# Read by several people: they never identify one person by themselves.
ROLE_MAILBOXES = frozenset(
    "abuse accounting accounts admin administrator billing booking careers ceo commerce contact crm customerservice "
    "enquiries enquiry export finance hello help helpdesk hostmaster hr info information inquiry invoice it job jobs "
    "mail manager marketing media modir news newsletter no-reply noreply office operations order orders postmaster pr "
    "press procurement public purchase purchasing reception root sale sales secretary security service services shop "
    "site store support team tech technical webmaster".split()
)
# Personal mailboxes: the domain says nothing of the person's company.
FREE_DOMAINS = frozenset(
    "aol.com chmail.ir fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com hotmail.co.uk "
    "icloud.com inbox.com iran.ir live.com mac.com mail.com mail.ir mail.ru me.com msn.com outlook.com pm.me "
    "proton.me protonmail.com rediffmail.com rocketmail.com tutanota.com vatanmail.ir web.de yahoo.ca yahoo.co.in "
    "yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com".split()
)
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


class EmailError(ValueError):
    """The text is no e-mail address. `code`: empty, no_at, no_domain, not_latin, too_long, not_an_email."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Email:
    """An address in lower case, its domain in ASCII; `is_role`: like info@; `is_free`: like gmail.com."""

    address: str
    is_role: bool
    domain: str
    is_free: bool


@lru_cache(maxsize=8192)
def parse_email(text: str) -> Email:
    """Read one address. Raises EmailError."""
    typed = _INVISIBLE.sub(" ", digits_en(text)).strip().strip("<>").removeprefix("mailto:")
    if not typed:
        raise EmailError("empty")
    local, at, domain = typed.rpartition("@")
    if not at:
        raise EmailError("no_at")
    if not local.isascii():
        raise EmailError("not_latin")
    if "." not in domain.strip("."):
        raise EmailError("no_domain")
    if len(local) > 64 or len(typed) > 254:
        raise EmailError("too_long")
    try:
        # test_environment lets .test through (demo data, trials); check_deliverability would ask the DNS.
        checked = validate_email(typed, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailError("not_an_email") from error
    address = (checked.ascii_email or checked.normalized).lower()
    local, _, domain = address.rpartition("@")
    return Email(address, is_role=_is_role(local), domain=domain, is_free=domain in FREE_DOMAINS)


def _is_role(local: str) -> bool:
    return local.partition("+")[0] in ROLE_MAILBOXES
