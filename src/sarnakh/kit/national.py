"""Iran's identity numbers: check digits where there are any, a warning where there is only a habit."""

from __future__ import annotations

import re

from sarnakh.kit.text import digits_en

_LEGAL_WEIGHTS = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)
_POSTAL_HABIT = re.compile(r"(?!(\d)\1{3})[13-9]{4}[1346-9][013-9]{5}")
_SEPARATORS = re.compile("[\\s\u200b-\u200f\\-_./]+")


class IdNumberError(ValueError):
    """No such number. `code`: not_digits, too_short, too_long (`by` digits), wrong_check_digit."""

    def __init__(self, code: str, by: int = 0) -> None:
        super().__init__(f"{code} by {by}" if by else code)
        self.code = code
        self.by = by


def parse_national_id(text: str) -> str:
    """A person's کد ملی as 10 digits; 8 or 9 digits get their leading zeros back. Raises IdNumberError."""
    digits = _digits(text)
    digits = _of_length(digits.zfill(10) if len(digits) in (8, 9) else digits, 10)
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    check = remainder if remainder < 2 else 11 - remainder
    if len(set(digits)) == 1 or int(digits[9]) != check:
        raise IdNumberError("wrong_check_digit")
    return digits


def parse_legal_id(text: str) -> str:
    """A firm's شناسه ملی as 11 digits. Raises IdNumberError."""
    digits = _of_length(_digits(text), 11)
    shift = int(digits[9]) + 2
    remainder = sum((int(digit) + shift) * weight for digit, weight in zip(digits, _LEGAL_WEIGHTS, strict=False)) % 11
    if digits[3:9] == "000000" or int(digits[10]) != remainder % 10:
        raise IdNumberError("wrong_check_digit")
    return digits


def parse_economic_code(text: str) -> str:
    """A کد اقتصادی: 12 digits (old), 11 (legal entities) or 14 (persons and guilds); it has no public check digit."""
    digits = _digits(text)
    if len(digits) not in (11, 12, 14):
        _of_length(digits, 14 if len(digits) > 12 else 11)
    return digits


def parse_postal_code(text: str) -> str:
    """A postal code as 10 digits. Raises IdNumberError for another length only; see `postal_code_warning`."""
    return _of_length(_digits(text), 10)


def postal_code_warning(text: str) -> str | None:
    """'unlikely' when a postal code has a shape that the post does not give out; never a reason to refuse it."""
    return None if _POSTAL_HABIT.fullmatch(_digits(text)) else "unlikely"


def _digits(text: str) -> str:
    digits = _SEPARATORS.sub("", digits_en(text))
    if not (digits.isascii() and digits.isdecimal()):
        raise IdNumberError("not_digits")
    return digits


def _of_length(digits: str, length: int) -> str:
    if len(digits) < length:
        raise IdNumberError("too_short", length - len(digits))
    if len(digits) > length:
        raise IdNumberError("too_long", len(digits) - length)
    return digits
