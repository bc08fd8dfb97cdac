"""How numbers, days and phones are written in each language."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from sarnakh.web import manners
from sarnakh.web.templatetags import sarnakh as marks

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)  # 12:30 in Tehran, Saturday 30 Aban 1405


@pytest.fixture(params=["fa", "en"])
def language(request: pytest.FixtureRequest):
    with (
        translation.override(request.param),
        timezone.override("Asia/Tehran"),
        manners.override(manners.Manners(language=request.param)),
    ):
        yield request.param


def pick(language: str, persian: str, english: str) -> str:
    return persian if language == "fa" else english


def test_numbers_have_the_digits_and_signs_of_the_page(language: str) -> None:
    assert manners.number(12400) == pick(language, "۱۲٬۴۰۰", "12,400")
    assert manners.number(-4.5, places=2, signed=True) == pick(language, "−۴٫۵", "−4.5")
    assert manners.number(28, places=2, signed=True) == pick(language, "+۲۸", "+28")
    assert manners.number(-0.001, places=2) == pick(language, "۰", "0")


def test_a_percent_sign_stays_on_the_left_in_persian(language: str) -> None:
    assert manners.percent(82) == pick(language, "\u061c۸۲٪", "82%")


def test_a_phone_is_grouped_and_read_left_to_right(language: str) -> None:
    assert marks.phone("+989120001402") == pick(
        language, '<bdi dir="ltr">۰۹۱۲ ۰۰۰ ۱۴۰۲</bdi>', '<bdi dir="ltr">0912 000 1402</bdi>'
    )


def test_days_are_jalali_in_persian_and_gregorian_in_english(language: str) -> None:
    assert manners.day(NOW - timedelta(days=2), now=NOW) == pick(language, "۲۸ آبان", "19 Nov")
    assert manners.day(NOW - timedelta(days=400), now=NOW) == pick(language, "۲۵ مهر ۱۴۰۴", "17 Oct 2025")


def test_a_moment_after_midnight_in_tehran_is_the_next_day(language: str) -> None:
    late = datetime(2026, 11, 21, 20, 45, tzinfo=UTC)
    assert manners.day(late, now=NOW) == pick(language, "۱ آذر", "22 Nov")
    assert manners.clock(late) == pick(language, "۰۰:۱۵", "00:15")


def test_initials_of_persian_names_do_not_join(language: str) -> None:
    assert marks.initials("سارا کریمی") == "س\u200cک"
    assert marks.initials("Sara Karimi") == "SK"
