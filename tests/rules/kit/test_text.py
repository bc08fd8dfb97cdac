import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.text import clean, clean_line, digits_en, digits_fa, fold, fold_key, pick

PERSIAN = st.text(alphabet="ابپتيیىكکةۀهآأإؤئ ـ\u200c\u200f\u064b\u0651۰۱٤٥12AaİßÉﻻ\n\t-", max_size=30)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("علي كريمي", "علی کریمی"),
        ("ﻋﻠﯽ", "علی"),
        ("فاطمة", "فاطمه"),
        ("خانۀ ما", "خانه ما"),
        ("مُحَمَّد", "محمد"),
        ("ســـلام", "سلام"),
        ("می‌شود", "میشود"),
        ("آرش", "ارش"),
        ("مسئول", "مسیول"),
        ("۱۲۳ ٤٥٦", "123 456"),
        ("  Café   DE Paris ", "cafe de paris"),
        ("", ""),
    ],
)
def test_spellings_of_one_word_fold_alike(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_a_key_has_no_blanks() -> None:
    assert fold_key("پیش فاکتور") == fold_key("پیش‌فاکتور") == fold_key("پيشفاكتور") == "پیشفاکتور"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" علي كريمي ", "علی کریمی"),
        ("می‌شود", "می‌شود"),
        ("می‌‌ شود‌", "می شود"),
        ("a\x00b\x07c", "abc"),
        ("خط اول\r\nخط دوم", "خط اول\nخط دوم"),
        ("\u202eevil\u202c", "evil"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("٤٥٦", "۴۵۶"),
        ("\ud800x", "x"),
        ("فاطمة", "فاطمة"),
    ],
)
def test_cleaning_takes_out_what_no_reader_would_miss(typed: str, stored: str) -> None:
    assert clean(typed) == stored


def test_a_line_has_no_line_ends() -> None:
    assert clean_line(" علی \n\t رضا ") == "علی رضا"


@settings(max_examples=200)
@given(st.one_of(PERSIAN, st.text(max_size=20)))
def test_folding_and_cleaning_twice_is_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_key(fold_key(text)) == fold_key(text)
    assert clean(clean(text)) == clean(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@settings(max_examples=100)
@given(st.one_of(PERSIAN, st.text(max_size=20)))
def test_what_is_stored_is_found_by_what_was_typed(text: str) -> None:
    assert fold_key(clean(text)) == fold_key(text)
    clean(text).encode()


def test_digits_change_their_script_only() -> None:
    assert digits_fa("tel 0912٤") == "tel ۰۹۱۲۴"
    assert digits_en("۰۹۱۲ ٤٥") == "0912 45"
    assert digits_fa(1405) == "۱۴۰۵"


@pytest.mark.parametrize(
    ("bitext", "lang", "text"),
    [
        ({"fa": "سرنخ", "en": "Lead"}, "en", "Lead"),
        ({"fa": "سرنخ"}, "en", "سرنخ"),
        ({"fa": "", "en": "Lead"}, "fa", "Lead"),
        ({}, "fa", ""),
        (None, "fa", ""),
    ],
)
def test_a_bilingual_text_falls_back_to_the_other_language(bitext: dict[str, str] | None, lang: str, text: str) -> None:
    assert pick(bitext, lang) == text
