import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from phonenumbers import geocoder

from sarnakh.kit.phones import PROVINCES, Phone, PhoneError, area_code, display, parse_phone


@pytest.mark.parametrize(
    "typed",
    [
        "09120001402", "0912 000 1402", "0912-000-1402", "۰۹۱۲۰۰۰۱۴۰۲", "٠٩١٢٠٠٠١٤٠٢", "9120001402", "989120001402",
        "+989120001402", "00989120001402", "+98 912 000 1402", "+98 (0) 912 000 1402", "98 0912 000 1402",
        "tel:+989120001402", "\u202a09120001402\u202c", "＋989120001402", "۰۹۱۲/۰۰۰/۱۴۰۲", " 0912.000.1402 ",
    ],
)  # fmt: skip
def test_every_way_of_typing_a_mobile_gives_one_number(typed: str) -> None:
    assert parse_phone(typed) == Phone("+989120001402", "mobile", is_valid=True)


@pytest.mark.parametrize(
    ("typed", "e164", "province"),
    [
        ("021 8877 6655", "+982188776655", "تهران"),
        ("۰۳۱-۳۲۳۴۵۶۷۸", "+983132345678", "اصفهان"),
        ("+98 51 38001234", "+985138001234", "خراسان رضوی"),
        ("2188776655", "+982188776655", "تهران"),
        ("021 9100 2000", "+982191002000", "تهران"),
    ],
)
def test_a_landline_tells_its_province(typed: str, e164: str, province: str) -> None:
    assert parse_phone(typed) == Phone(e164, "landline", is_valid=True, province=province)


def test_a_local_number_takes_the_given_area() -> None:
    assert parse_phone("88776655", area="021").e164 == "+982188776655"
    assert parse_phone("۸۸۷۷۶۶۵۵", area=area_code("استان تهران")).province == "تهران"


def test_an_extension_is_kept_apart() -> None:
    phone = parse_phone("۰۲۱۸۸۷۷۶۶۵۵ داخلی ۱۲۰")
    assert (phone.e164, phone.extension) == ("+982188776655", "120")


@pytest.mark.parametrize(
    ("typed", "code", "by"),
    [
        ("0912000140", "too_short", 1),
        ("912000140", "too_short", 1),
        ("98912000140", "too_short", 1),
        ("+98912000", "too_short", 4),
        ("0218877665", "too_short", 1),
        ("091200014022", "too_long", 1),
        ("+9891200014023", "too_long", 1),
        ("88776655", "missing_area", 0),
        ("1500", "short_code", 0),
        ("", "not_a_phone", 0),
        ("0", "not_a_phone", 0),
        ("0000000000", "not_a_phone", 0),
        ("پانزده", "not_a_phone", 0),
        ("0912000140x", "not_a_phone", 0),
        ("+1 650 253 000", "too_short", 1),
        ("+1 650 253 00001", "too_long", 1),
        ("+999 123456789", "unknown_country", 0),
    ],
)
def test_a_wrong_number_says_what_is_wrong_with_it(typed: str, code: str, by: int) -> None:
    with pytest.raises(PhoneError) as caught:
        parse_phone(typed)
    assert (caught.value.code, caught.value.by) == (code, by)


def test_a_mobile_of_a_block_not_yet_known_is_taken_but_not_called_valid() -> None:
    assert parse_phone("0970 123 4567") == Phone("+989701234567", "mobile", is_valid=False)


@pytest.mark.parametrize(
    ("typed", "region", "e164", "kind"),
    [
        ("+44 7911 123456", "IR", "+447911123456", "mobile"),
        ("0044 20 7946 0018", "IR", "+442079460018", "landline"),
        ("050 123 4567", "AE", "+971501234567", "mobile"),
        ("+98 912 000 1402", "DE", "+989120001402", "mobile"),
    ],
)
def test_numbers_of_other_countries_are_read_too(typed: str, region: str, e164: str, kind: str) -> None:
    phone = parse_phone(typed, region=region)
    assert (phone.e164, phone.kind, phone.is_valid) == (e164, kind, True)


@settings(max_examples=300)
@given(
    prefix=st.sampled_from(["", "0", "98", "+98", "0098", "+980", "980"]),
    first=st.sampled_from("1234567899999"),
    rest=st.text("0123456789", min_size=5, max_size=10),
)
def test_iranian_numbers_are_read_as_phonenumbers_reads_them(prefix: str, first: str, rest: str) -> None:
    typed = prefix + first + rest
    theirs = phonenumbers.parse(typed, "IR")
    is_valid = phonenumbers.is_valid_number(theirs)
    try:
        ours = parse_phone(typed)
    except PhoneError:
        # 98 111 000 could be a short line of Mazandaran; eight digits with no + are a local number to us.
        assert not is_valid or (len(str(theirs.national_number)) < 10 and prefix in ("98", "980"))
        return
    assert ours.is_valid == is_valid
    if is_valid:
        assert ours.e164 == phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164)
        is_mobile = phonenumbers.number_type(theirs) == phonenumbers.PhoneNumberType.MOBILE
        assert ours.kind == ("mobile" if is_mobile else "landline")


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        phone = parse_phone(text)
    except PhoneError:
        return
    assume(phone.is_valid)
    assert parse_phone(phone.e164).e164 == phone.e164


def test_provinces_are_those_of_the_geocoder() -> None:
    for code, province in PROVINCES.items():
        number = phonenumbers.parse(f"+98{code}33334444")
        assert geocoder.description_for_number(number, "fa").removeprefix("استان ") == province
        assert area_code(province) == code


@pytest.mark.parametrize(
    ("e164", "lang", "shown"),
    [
        ("+989120001402", "fa", "۰۹۱۲ ۰۰۰ ۱۴۰۲"),
        ("+989120001402", "en", "0912 000 1402"),
        ("+982188776655", "fa", "۰۲۱ ۸۸۷۷ ۶۶۵۵"),
        ("+447911123456", "en", "+44 7911 123456"),
        ("+447911123456", "fa", "+۴۴ ۷۹۱۱ ۱۲۳۴۵۶"),
        ("88776655", "en", "88776655"),
    ],
)
def test_a_number_is_shown_in_groups(e164: str, lang: str, shown: str) -> None:
    assert display(e164, lang) == shown
