from datetime import timedelta

import pytest

from factories import AT, make_user
from sarnakh.accounts.models import ApiToken, SettingChange
from sarnakh.accounts.rules import RIGHTS, Right
from sarnakh.accounts.services import AccountError, authenticate_token, create_token, revoke_token

pytestmark = pytest.mark.django_db


def test_a_key_speaks_for_its_user_and_is_not_stored() -> None:
    user = make_user(role="manager")
    text, row = create_token(user, name="کارخانه", at=AT)
    assert text.startswith("snk_")
    assert row.prefix == text[:12]
    assert text not in str(ApiToken.objects.values().get())
    bearer = authenticate_token(text, at=AT)
    assert bearer is not None
    assert (bearer.user, bearer.token_id, bearer.scopes) == (user, row.id, ())
    assert bearer.rights == RIGHTS["manager"]


def test_scopes_narrow_a_key() -> None:
    text, _ = create_token(make_user(role="admin"), name="import", scopes=["read", "backdate"], at=AT)
    bearer = authenticate_token(text, at=AT)
    assert bearer is not None
    assert bearer.rights == {Right.READ, Right.BACKDATE}


def test_an_unknown_scope_or_an_empty_name_is_refused() -> None:
    with pytest.raises(AccountError, match="scopes"):
        create_token(make_user(), name="x", scopes=["fly"], at=AT)
    with pytest.raises(AccountError, match="name"):
        create_token(make_user(), name=" ", at=AT)


def test_a_revoked_key_a_gone_user_and_a_guess_are_nobody() -> None:
    text, row = create_token(make_user(), name="x", at=AT)
    gone, _ = create_token(make_user(is_active=False), name="x", at=AT)
    assert revoke_token(row, actor=None, at=AT)
    assert not revoke_token(row, actor=None, at=AT)
    for tried in (text, gone, "", "snk_guess", "متن", "\x00", "\ud800"):
        assert authenticate_token(tried, at=AT) is None
    assert SettingChange.objects.filter(subject=f"token.{row.id}").count() == 2


def test_every_text_costs_one_read(django_assert_num_queries) -> None:
    text, _ = create_token(make_user(), name="x", at=AT)
    authenticate_token(text, at=AT)
    for tried in (text, "guess"):
        with django_assert_num_queries(1):
            authenticate_token(tried, at=AT + timedelta(seconds=30))


def test_the_time_of_use_is_written_at_most_once_a_minute() -> None:
    text, row = create_token(make_user(), name="x", at=AT)
    seen = []
    for seconds in (0, 59, 60, 100, 125):
        authenticate_token(text, at=AT + timedelta(seconds=seconds))
        row.refresh_from_db()
        assert row.last_used_at is not None
        seen.append((row.last_used_at - AT).seconds)
    assert seen == [0, 0, 60, 60, 125]
