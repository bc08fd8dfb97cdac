"""Money as integers of the smallest unit, and splitting whole numbers without losing one.

Iran's unit is the Rial (IRR, exponent 0); people speak of Toman, ten Rials. IRT (Toman) and IRHT (a thousand Toman)
are accepted on input and never stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from persiantools import digits as persian_digits

from sarnakh.kit.text import digits_en, digits_fa, fold

_LARGEST = 2**63 - 1  # what a bigint holds
_PSEUDO = {"IRT": 10, "IRHT": 10_000}
_WITHOUT_MINOR = frozenset("BIF CLP DJF GNF IRR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
_WITH_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
CURRENCIES = (
    frozenset(
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
        "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
        "INR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
        "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWL".split()
    )
    | _WITHOUT_MINOR
    | _WITH_THREE
)
_NAMES_FA = {
    "IRR": "ریال", "USD": "دلار", "EUR": "یورو", "GBP": "پوند", "AED": "درهم", "TRY": "لیر", "CNY": "یوان",
    "IQD": "دینار عراق", "RUB": "روبل", "AFN": "افغانی",
}  # fmt: skip
_MULTIPLIERS = {"هزار": 10**3, "میلیون": 10**6, "ملیون": 10**6, "میلیارد": 10**9, "k": 10**3, "m": 10**6, "b": 10**9}
_SPOKEN_CURRENCIES = {"تومان": "IRT", "تومن": "IRT", "toman": "IRT", "ریال": "IRR", "rial": "IRR"}
_TYPED = re.compile(r"(-?)(\d[\d,٬' ]*)(?:[.٫/](\d+))?\s*([^\W\d_]*)\s*([^\W\d_]*)")


class MoneyError(ValueError):
    """No amount. `code`: float, not_an_integer, negative, too_large, unknown_currency, not_an_amount, too_precise."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in the currency's smallest unit (Rial, cent, fils)."""

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimals the currency has: IRR 0, USD 2, KWD 3. Raises MoneyError."""
    if currency not in CURRENCIES:
        raise MoneyError("unknown_currency")
    if currency in _WITHOUT_MINOR:
        return 0
    return 3 if currency in _WITH_THREE else 2


def parse_money(amount: object, currency: str, *, allow_negative: bool = False) -> Money:
    """An amount as the API takes it: an integer of the smallest unit. IRT becomes IRR x 10. Raises MoneyError."""
    if isinstance(amount, float):
        raise MoneyError("float")
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise MoneyError("not_an_integer")
    code = currency.upper()
    amount *= _PSEUDO.get(code, 1)
    code = "IRR" if code in _PSEUDO else code
    exponent(code)
    if amount < 0 and not allow_negative:
        raise MoneyError("negative")
    if abs(amount) > _LARGEST:
        raise MoneyError("too_large")
    return Money(amount, code)


def parse_typed_money(text: str, currency: str) -> Money:
    """An amount as a person types it, in whole units of `currency`: '۱۲٬۵۰۰٬۰۰۰', '620 میلیون تومان', '12.50'.

    A currency named in the text wins over the given one. Raises MoneyError.
    """
    typed = _TYPED.fullmatch(digits_en(fold(text)).strip())
    if typed is None:
        raise MoneyError("not_an_amount")
    sign, whole, decimals, *words = typed.groups()
    factor, code = 1, currency.upper()
    for word in filter(None, words):
        if word in _MULTIPLIERS and factor == 1:
            factor = _MULTIPLIERS[word]
        elif word in _SPOKEN_CURRENCIES:
            code = _SPOKEN_CURRENCIES[word]
        else:
            raise MoneyError("not_an_amount")
    value = Fraction(f"{sign}{re.sub('[^0-9]', '', whole)}.{decimals or '0'}") * factor
    value *= 1 if code in _PSEUDO else 10 ** exponent(code)
    if value.denominator != 1:
        # 12.5 Toman is 125 Rial, a half Rial is nothing.
        value, code = (value * _PSEUDO[code], "IRR") if code in _PSEUDO else (value, code)
        if value.denominator != 1:
            raise MoneyError("too_precise")
    return parse_money(int(value), code)


def format_number(number: int | str, lang: str) -> str:
    """A whole number with separators: ۱۲٬۵۰۰ or 12,500."""
    grouped = f"{int(number):,}"
    return digits_fa(grouped.replace(",", "٬")) if lang == "fa" else grouped


def format_money(money: Money, lang: str) -> str:
    """'۱۲٬۵۰۰٬۰۰۰ تومان', '12,500,000 Toman', '12.50 USD'; Rials that make no whole Toman are shown as Rials."""
    amount, unit = _main_unit(money, lang)
    return f"{amount} {unit}"


def format_money_short(money: Money, lang: str) -> str:
    """The amount alone, in thousands, millions or milliards when it is that large: '۶۲۰ میلیون', '12.5M'."""
    value = Fraction(money.amount, 10 ** exponent(money.currency) * (10 if money.currency == "IRR" else 1))
    for size, fa, en in ((10**9, " میلیارد", "B"), (10**6, " میلیون", "M"), (10**3, " هزار", "K")):
        if abs(value) >= size:
            tenths = math.floor(abs(value) * 10 / size + Fraction(1, 2))
            text = f"{tenths // 10:,}" + (f".{tenths % 10}" if tenths % 10 else "")
            return _localised(("-" if value < 0 else "") + text, lang) + (fa if lang == "fa" else en)
    return _localised(f"{math.floor(value + Fraction(1, 2)):,}", lang)


def money_in_words(money: Money) -> str:
    """The amount in Persian words: 'دوازده میلیون و پانصد هزار تومان'. Whole units only; the rest is left out."""
    if money.currency == "IRR" and money.amount % 10 == 0:
        return f"{_words(money.amount // 10)} تومان"
    unit = _NAMES_FA.get(money.currency, money.currency)
    return f"{_words(int(Fraction(money.amount, 10 ** exponent(money.currency))))} {unit}"


def split_largest_remainder(total: int, weights: Sequence[int | float | Fraction]) -> list[int]:
    """`total` in whole parts in proportion to `weights` (none negative, one above 0), adding up to exactly `total`.

    What is left after rounding down goes one each to the largest remainders, ties to the earliest. A negative total is
    the mirror of the positive one. Raises ValueError when there is something to split and nothing to split it by.
    """
    exact = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact):
        raise ValueError("a weight is negative")
    whole = sum(exact)
    if whole == 0:
        if total:
            raise ValueError("no weight is above 0")
        return [0] * len(exact)
    parts = _apportion([abs(total) * weight / whole for weight in exact], abs(total))
    return parts if total >= 0 else [-part for part in parts]


def round_keeping_sum(values: Sequence[int | float | Fraction]) -> list[int]:
    """Each value as a whole number next to it, so that they add up to the rounded sum (half up); signs may differ."""
    exact = [Fraction(value) for value in values]
    return _apportion(exact, math.floor(sum(exact) + Fraction(1, 2)))


def _apportion(quotas: Sequence[Fraction], total: int) -> list[int]:
    parts = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda place: parts[place] - quotas[place])
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _main_unit(money: Money, lang: str) -> tuple[str, str]:
    if money.currency == "IRR":
        if money.amount % 10 == 0:
            return format_number(money.amount // 10, lang), "تومان" if lang == "fa" else "Toman"
        return format_number(money.amount, lang), "ریال" if lang == "fa" else "Rial"
    places = exponent(money.currency)
    unit = _NAMES_FA.get(money.currency, money.currency) if lang == "fa" else money.currency
    whole, rest = divmod(abs(money.amount), 10**places)
    text = f"{whole:,}" + (f".{rest:0{places}d}" if places else "")
    return _localised(("-" if money.amount < 0 else "") + text, lang), unit


def _localised(text: str, lang: str) -> str:
    return digits_fa(text.replace(",", "٬").replace(".", "٫")) if lang == "fa" else text


def _words(number: int) -> str:
    words = str(persian_digits.to_word(abs(number)))
    return f"منفی {words}" if number < 0 else words
