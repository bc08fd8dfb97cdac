from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.money import (
    Money,
    MoneyError,
    format_money,
    format_money_short,
    money_in_words,
    parse_money,
    parse_typed_money,
    round_keeping_sum,
    split_largest_remainder,
)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (125_000_000, "IRR", Money(125_000_000, "IRR")),
        (12_500_000, "IRT", Money(125_000_000, "IRR")),
        (12_500, "IRHT", Money(125_000_000, "IRR")),
        (1250, "usd", Money(1250, "USD")),
        (0, "EUR", Money(0, "EUR")),
    ],
)
def test_an_amount_is_whole_and_toman_becomes_rial(amount: int, currency: str, money: Money) -> None:
    assert parse_money(amount, currency) == money


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (12.5, "IRR", "float"),
        (12.0, "IRR", "float"),
        ("12", "IRR", "not_an_integer"),
        (True, "IRR", "not_an_integer"),
        (None, "IRR", "not_an_integer"),
        (-1, "IRR", "negative"),
        (2**63, "IRR", "too_large"),
        (2**61, "IRT", "too_large"),
        (1, "ZZZ", "unknown_currency"),
        (1, "", "unknown_currency"),
    ],
)
def test_what_is_no_amount_is_refused(amount: object, currency: str, code: str) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_money(amount, currency)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "currency", "money"),
    [
        ("۱۲٬۵۰۰٬۰۰۰", "IRT", Money(125_000_000, "IRR")),
        ("12,500,000 ریال", "IRT", Money(12_500_000, "IRR")),
        ("۶۲۰ میلیون تومان", "IRR", Money(6_200_000_000, "IRR")),
        ("۱٫۵ ميليارد", "IRT", Money(15_000_000_000, "IRR")),
        ("12.50", "USD", Money(1250, "USD")),
        ("12", "KWD", Money(12_000, "KWD")),
        ("12.5 تومان", "IRR", Money(125, "IRR")),
        ("۲۵۰هزار تومن", "IRR", Money(2_500_000, "IRR")),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, currency: str, money: Money) -> None:
    assert parse_typed_money(text, currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("رایگان", "IRT", "not_an_amount"),
        ("", "IRT", "not_an_amount"),
        ("12 سیب", "IRT", "not_an_amount"),
        ("12.345", "USD", "too_precise"),
        ("0.5", "IRR", "too_precise"),
        ("0.05", "IRT", "too_precise"),
        ("-5", "IRT", "negative"),
    ],
)
def test_a_typed_text_that_is_no_amount_is_refused(text: str, currency: str, code: str) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_typed_money(text, currency)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("money", "lang", "shown"),
    [
        (Money(125_000_000, "IRR"), "fa", "۱۲٬۵۰۰٬۰۰۰ تومان"),
        (Money(125_000_000, "IRR"), "en", "12,500,000 Toman"),
        (Money(125, "IRR"), "fa", "۱۲۵ ریال"),
        (Money(1250, "USD"), "en", "12.50 USD"),
        (Money(-123_456, "USD"), "fa", "-۱٬۲۳۴٫۵۶ دلار"),
        (Money(5, "KWD"), "en", "0.005 KWD"),
        (Money(500, "JPY"), "en", "500 JPY"),
    ],
)
def test_money_is_shown_with_its_unit(money: Money, lang: str, shown: str) -> None:
    assert format_money(money, lang) == shown


@pytest.mark.parametrize(
    ("amount", "lang", "shown"),
    [
        (6_200_000_000, "fa", "۶۲۰ میلیون"),
        (125_000_000, "en", "12.5M"),
        (15_400_000_000, "fa", "۱٫۵ میلیارد"),
        (25_000, "fa", "۲٫۵ هزار"),
        (5_000, "fa", "۵۰۰"),
        (0, "en", "0"),
        (-125_000_000, "en", "-12.5M"),
    ],
)
def test_a_large_amount_is_shown_short(amount: int, lang: str, shown: str) -> None:
    assert format_money_short(Money(amount, "IRR"), lang) == shown


def test_money_is_said_in_words() -> None:
    assert money_in_words(Money(125_000_000, "IRR")) == "دوازده میلیون و پانصد هزار تومان"
    assert money_in_words(Money(200, "USD")) == "دو دلار"


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (10, [0.4, 0.2, 0.4], [4, 2, 4]),
        (1, [1, 1], [1, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [], []),
        (0, [0, 0], [0, 0]),
        (5, [0, 1], [0, 5]),
    ],
)
def test_a_total_is_split_without_losing_one(total: int, weights: list[float], parts: list[int]) -> None:
    assert split_largest_remainder(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0]), (1, [2, -1])])
def test_a_total_is_not_split_by_nothing(total: int, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split_largest_remainder(total, weights)


@settings(max_examples=50)
@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.one_of(st.integers(0, 1000), st.floats(0, 1000)), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_lie_next_to_their_share(total: int, weights: list[float]) -> None:
    parts = split_largest_remainder(total, weights)
    assert sum(parts) == total
    whole = sum(Fraction(weight) for weight in weights)
    assert all(abs(part - total * Fraction(weight) / whole) < 1 for part, weight in zip(parts, weights, strict=True))


@settings(max_examples=50)
@given(st.lists(st.floats(-1000, 1000), max_size=12))
def test_rounded_shares_of_mixed_signs_add_up_to_the_rounded_sum(values: list[float]) -> None:
    rounded = round_keeping_sum(values)
    assert abs(sum(rounded) - sum(Fraction(value) for value in values)) <= Fraction(1, 2)
    assert all(abs(part - Fraction(value)) < 1 for part, value in zip(rounded, values, strict=True))
