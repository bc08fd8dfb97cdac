import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.emails import Email, EmailError, parse_email


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("Sara@Example.com", Email("sara@example.com", False, "example.com", False)),
        (" <sara@gmail.com> ", Email("sara@gmail.com", False, "gmail.com", True)),
        ("mailto:info@firm.ir", Email("info@firm.ir", True, "firm.ir", False)),
        ("sales+web@firm.ir", Email("sales+web@firm.ir", True, "firm.ir", False)),
        ("ali۱۲@yahoo.com", Email("ali12@yahoo.com", False, "yahoo.com", True)),
        ("\u200fa@firm.test", Email("a@firm.test", False, "firm.test", False)),
        ("a@شرکت.ایران", Email("a@xn--pgbni38b.xn--mgba3a4f16a", False, "xn--pgbni38b.xn--mgba3a4f16a", False)),
    ],
)
def test_an_address_is_folded_and_told_apart(typed: str, email: Email) -> None:
    assert parse_email(typed) == email


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("sara.example.com", "no_at"),
        ("sara@localhost", "no_domain"),
        ("سارا@example.com", "not_latin"),
        ("a" * 65 + "@example.com", "too_long"),
        ("sa ra@example.com", "not_an_email"),
        ("sara@@example.com", "not_an_email"),
        ("sara@exa..mple.com", "not_an_email"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_with_it(typed: str, code: str) -> None:
    with pytest.raises(EmailError) as caught:
        parse_email(typed)
    assert caught.value.code == code


@settings(max_examples=100)
@given(st.one_of(st.emails(), st.text("aA1.@-+ ی", max_size=15)))
def test_an_address_read_again_stays_the_same(text: str) -> None:
    try:
        email = parse_email(text)
    except EmailError:
        return
    assert parse_email(email.address) == email
