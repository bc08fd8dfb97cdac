"""Phone numbers as people in Iran type them, read into E.164 and shown again.

Iranian numbers are read by rules of our own (they must say how many digits are missing, and run on the hot path);
what is valid comes from phonenumbers' metadata, and a property test holds both equal. Numbers of other countries go
through phonenumbers. A number of the right length in a block that the metadata does not know is accepted with
`is_valid` False: blocks are opened faster than libraries are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers

from sarnakh.kit.text import digits_en, digits_fa, fold_key

Kind = Literal["mobile", "landline"]

# Checked against phonenumbers' geocoder by a test; the geocoder itself costs 3 s and 150 MB at import.
PROVINCES = {
    "11": "مازندران", "13": "گیلان", "17": "گلستان", "21": "تهران", "23": "سمنان", "24": "زنجان", "25": "قم",
    "26": "البرز", "28": "قزوین", "31": "اصفهان", "34": "کرمان", "35": "یزد", "38": "چهارمحال و بختیاری",
    "41": "آذربایجان شرقی", "44": "آذربایجان غربی", "45": "اردبیل", "51": "خراسان رضوی",
    "54": "سیستان و بلوچستان", "56": "خراسان جنوبی", "58": "خراسان شمالی", "61": "خوزستان", "66": "لرستان",
    "71": "فارس", "74": "کهگیلویه و بویراحمد", "76": "هرمزگان", "77": "بوشهر", "81": "همدان", "83": "کرمانشاه",
    "84": "ایلام", "86": "مرکزی", "87": "کردستان",
}  # fmt: skip
_AREAS = {fold_key(province): code for code, province in PROVINCES.items()}


class PhoneError(ValueError):
    """The text is no phone number. `code`: too_short, too_long (`by` digits), missing_area, short_code, not_a_phone,
    unknown_country."""

    def __init__(self, code: str, by: int = 0) -> None:
        super().__init__(f"{code} by {by}" if by else code)
        self.code = code
        self.by = by


@dataclass(frozen=True, slots=True)
class Phone:
    """A number: `e164` like +989120001402; `province` in Persian for an Iranian landline, else ''."""

    e164: str
    kind: Kind
    is_valid: bool
    province: str = ""
    extension: str = ""


def _national_pattern(kind: Literal["mobile", "fixed_line"]) -> re.Pattern[str]:
    described = getattr(phonenumbers.PhoneMetadata.metadata_for_region("IR"), kind)
    return re.compile(described.national_number_pattern)


_MOBILE = _national_pattern("mobile")
_LANDLINE = _national_pattern("fixed_line")

_EXTENSION = re.compile(r"(?:داخلی|داخلي|ext\.?|extension|#|;ext=)\s*:?\s*(\d{1,6})\s*$", re.IGNORECASE)
# Blanks of every kind, bidi marks, and the punctuation that people group digits with.
_SEPARATORS = re.compile(
    "[\\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad()\\[\\].,/_\\-\u2010-\u2015\u2212\u066b\u066c]+"
)
_PLAIN_MOBILE = re.compile(r"(?:(?:\+|00)?98)?0?(9\d{9})")
_SHAPE = re.compile(r"\+?\d+")


@lru_cache(maxsize=8192)
def parse_phone(text: str, *, region: str = "IR", area: str | None = None) -> Phone:
    """Read one number. `area` is the code ('21' or '021') that a local number of Iran is completed with.

    Raises PhoneError.
    """
    digits = _SEPARATORS.sub("", digits_en(text))
    if region == "IR" and (mobile := _PLAIN_MOBILE.fullmatch(digits)):
        return _iranian_mobile(mobile[1])
    text, extension = _split_extension(digits_en(text))
    digits = _SEPARATORS.sub("", text).replace("＋", "+").lower().removeprefix("tel:")
    if region == "IR" and digits.startswith("00"):
        digits = "+" + digits[2:]
    if not _SHAPE.fullmatch(digits) or not digits.strip("+0"):
        raise PhoneError("not_a_phone")
    if digits.startswith("+98") or (region == "IR" and not digits.startswith("+")):
        return _iranian(digits, area, extension)
    return _foreign(digits, region, extension)


def area_code(province: str) -> str | None:
    """The area code of a province by its Persian name ('تهران' or 'استان تهران'), like '21'; None when unknown."""
    key = fold_key(province)
    return _AREAS.get(key) or _AREAS.get(key.removeprefix("استان"))


@lru_cache(maxsize=8192)
def display(e164: str, lang: str = "fa") -> str:
    """The number as people read it: ۰۹۱۲ ۰۰۰ ۱۴۰۲, ۰۲۱ ۸۸۷۷ ۶۶۵۵, else international; show it left to right."""
    grouped = _grouped(e164)
    return digits_fa(grouped) if lang == "fa" else grouped


def _grouped(e164: str) -> str:
    if e164.startswith("+98") and len(e164) == 13:
        national = e164[3:]
        if national.startswith("9"):
            return f"0{national[:3]} {national[3:6]} {national[6:]}"
        return f"0{national[:2]} {national[2:6]} {national[6:]}"
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _split_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def _iranian_mobile(national: str) -> Phone:
    # Prefixes of operators say nothing of landlines here: the few 94 lines that are fixed pass for what they are.
    is_mobile = _MOBILE.fullmatch(national) is not None
    is_landline = not is_mobile and _LANDLINE.fullmatch(national) is not None
    return Phone("+98" + national, "landline" if is_landline else "mobile", is_mobile or is_landline)


def _iranian(digits: str, area: str | None, extension: str) -> Phone:
    national = _national_part(digits)
    if not national.startswith("0") and (_MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national)):
        return _iranian_number(national, extension)
    has_prefix = national != digits
    if not has_prefix and len(digits) == 8:
        if area is None:
            raise PhoneError("missing_area")
        return _iranian_number(area.removeprefix("+98").lstrip("0") + national, extension)
    if not has_prefix and 3 <= len(digits) <= 5:
        raise PhoneError("short_code")
    if len(national) < 10:
        raise PhoneError("too_short", 10 - len(national))
    if len(national) > 10:
        raise PhoneError("too_long", len(national) - 10)
    if national.startswith("0"):
        raise PhoneError("not_a_phone")
    return _iranian_number(national, extension)


def _national_part(digits: str) -> str:
    """Without +98, 98 (only when what follows is long enough to be a number) and the trunk 0."""
    if digits.startswith("+98"):
        digits = digits[3:]
    elif digits.startswith("98") and len(digits) >= 11:
        digits = digits[2:]
    return digits.removeprefix("0")


def _iranian_number(national: str, extension: str) -> Phone:
    if national.startswith("9") and len(national) == 10:
        phone = _iranian_mobile(national)
        return Phone(phone.e164, phone.kind, phone.is_valid, extension=extension) if extension else phone
    is_valid = _LANDLINE.fullmatch(national) is not None
    return Phone("+98" + national, "landline", is_valid, PROVINCES.get(national[:2], ""), extension)


def _foreign(digits: str, region: str, extension: str) -> Phone:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(_PARSE_CODES.get(error.error_type, "not_a_phone")) from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise PhoneError("missing_area")
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _length_error(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, _foreign_kind(number), phonenumbers.is_valid_number(number), extension=extension)


_PARSE_CODES = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "not_a_phone",
    phonenumbers.NumberParseException.TOO_LONG: "too_long",
}


def _foreign_kind(number: phonenumbers.PhoneNumber) -> Kind:
    # Where mobiles and landlines share numbers (North America) a number is taken for a person's own.
    types = phonenumbers.PhoneNumberType
    own = (types.MOBILE, types.FIXED_LINE_OR_MOBILE, types.PERSONAL_NUMBER, types.UNKNOWN)
    return "mobile" if phonenumbers.number_type(number) in own else "landline"


def _length_error(number: phonenumbers.PhoneNumber) -> PhoneError:
    country = number.country_code or 0
    region = phonenumbers.region_code_for_country_code(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    if metadata is None or metadata.general_desc is None:
        return PhoneError("unknown_country")
    lengths = metadata.general_desc.possible_length
    length = len(phonenumbers.national_significant_number(number))
    missing = [possible - length for possible in lengths if possible > length]
    return PhoneError("too_short", min(missing)) if missing else PhoneError("too_long", length - max(lengths))
