"""What a refused capture says to people, in their language. Used by the form's page and the API alike."""

from __future__ import annotations

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sarnakh.capture.rules import Problem
from sarnakh.kit.text import digits_fa


def sentence(problem: Problem) -> str:
    """One plain sentence: what is wrong, then the way on."""
    by = int(problem.params.get("by") or 0)
    match problem.code:
        case "phone_too_short" if by:
            return _counted(ngettext("%(by)d digit is missing", "%(by)d digits are missing", by) % {"by": by})
        case "phone_too_long" if by:
            return _counted(ngettext("%(by)d digit too many", "%(by)d digits too many", by) % {"by": by})
        case "too_long_text":
            return _counted(_("At most %(most)d characters") % problem.params)
        case "too_many":
            return _counted(_("At most %(most)d of these") % problem.params)
        case "not_one_of" | "not_choice":
            return _("Choose one of: %(allowed)s") % problem.params
    return _sentences().get(problem.code) or _("This could not be read")


def _counted(text: str) -> str:
    """With the digits of the language; what is to be typed exactly, like 2026-11-21, does not come here."""
    return digits_fa(text) if (get_language() or "").startswith("fa") else text


def _sentences() -> dict[str, str]:
    return {
        "unreachable": _("Write a mobile number or an e-mail, so that we can reach you"),
        "required": _("This is needed"),
        "consent_needed": _("Without this we may not contact you"),
        "phone_too_short": _("Some digits are missing"),
        "phone_too_long": _("There are too many digits"),
        "phone_missing_area": _("Add the area code, like 021"),
        "phone_short_code": _("This is a short code; write the full number"),
        "phone_not_a_phone": _("This does not read as a phone number"),
        "phone_unknown_country": _("The country code is not known"),
        "email_empty": _("The e-mail is empty"),
        "email_no_at": _("The @ is missing"),
        "email_no_domain": _("The part after @ is missing, like gmail.com"),
        "email_not_latin": _("Write the e-mail in Latin letters"),
        "email_too_long": _("The e-mail is too long"),
        "email_not_an_email": _("This does not read as an e-mail"),
        "id_not_digits": _("Only digits, please"),
        "id_too_short": _("A national ID has 10 digits; some are missing"),
        "id_too_long": _("A national ID has 10 digits; there are too many"),
        "id_wrong_check_digit": _("One digit of the national ID is wrong"),
        "twice": _("This is here twice"),
        "taken": _("This is taken already"),
        "no_way": _("Ask for a mobile number or an e-mail, so that you can reach them"),
        "not_a_site": _("Write the site like https://example.com"),
        "unknown_field": _("There is no such field"),
        "not_text": _("This must be text"),
        "not_number": _("This must be a number"),
        "not_yes_no": _("This must be yes or no"),
        "not_date": _("Write the date like 2026-11-21"),
        "not_list_of_text": _("This must be a list of texts"),
        "not_a_list": _("This must be a list"),
        "not_an_object": _("This must be an object"),
        "not_a_moment": _("Write the moment like 2026-11-21T10:00:00+03:30"),
        "no_offset": _("The moment needs its offset, like +03:30"),
        "in_future": _("This moment has not come yet"),
        "too_long_ago": _("This moment is too long ago"),
    }
