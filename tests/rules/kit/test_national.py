import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.national import (
    IdNumberError,
    parse_economic_code,
    parse_legal_id,
    parse_national_id,
    parse_postal_code,
    postal_code_warning,
)


def test_a_national_id_is_checked_by_its_last_digit() -> None:
    assert parse_national_id("۰۴۹۹-۳۷۰۸۹۹") == "0499370899"
    assert parse_national_id("499370899") == "0499370899"


@settings(max_examples=50)
@given(st.text("0123456789", min_size=9, max_size=9).filter(lambda digits: len(set(digits)) > 1))
def test_exactly_one_check_digit_fits_nine_digits(digits: str) -> None:
    assert sum(_is_national_id(digits + str(check)) for check in range(10)) == 1


def test_a_legal_id_is_checked_by_its_last_digit() -> None:
    assert parse_legal_id("10380284790") == "10380284790"
    with pytest.raises(IdNumberError, match="wrong_check_digit"):
        parse_legal_id("10380284792")
    with pytest.raises(IdNumberError, match="wrong_check_digit"):
        parse_legal_id("12300000011")


@pytest.mark.parametrize(
    ("typed", "code", "by"),
    [
        ("0499370898", "wrong_check_digit", 0),
        ("1111111111", "wrong_check_digit", 0),
        ("0499370", "too_short", 3),
        ("04993708991", "too_long", 1),
        ("04993708a9", "not_digits", 0),
        ("", "not_digits", 0),
    ],
)
def test_a_wrong_national_id_says_what_is_wrong_with_it(typed: str, code: str, by: int) -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_national_id(typed)
    assert (caught.value.code, caught.value.by) == (code, by)


@pytest.mark.parametrize("code", ["411111111111", "10380284790", "14003331234567"])
def test_an_economic_code_has_one_of_three_lengths(code: str) -> None:
    assert parse_economic_code(code) == code


@pytest.mark.parametrize("code", ["123", "1234567890123", "123456789012345"])
def test_an_economic_code_of_another_length_is_refused(code: str) -> None:
    with pytest.raises(IdNumberError):
        parse_economic_code(code)


@pytest.mark.parametrize(
    ("typed", "warning"), [("16197-35744", None), ("1111111111", "unlikely"), ("1234567890", "unlikely")]
)
def test_an_unlikely_postal_code_is_a_warning_and_no_refusal(typed: str, warning: str | None) -> None:
    assert postal_code_warning(typed) == warning
    assert len(parse_postal_code(typed)) == 10


def _is_national_id(digits: str) -> bool:
    try:
        parse_national_id(digits)
    except IdNumberError:
        return False
    return True
