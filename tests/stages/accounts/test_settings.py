import pytest

from factories import AT, make_organisation, make_user
from sarnakh.accounts.models import SettingChange
from sarnakh.accounts.selectors import NotSetUp, organisation, setting, time_zone, working_time
from sarnakh.accounts.services import AccountError, change_setting, set_language, set_theme

pytestmark = pytest.mark.django_db


def test_a_changed_setting_is_logged_with_old_and_new_and_seen_at_once() -> None:
    make_organisation()
    admin = make_user(role="admin")
    assert str(time_zone()) == "Asia/Tehran"
    assert change_setting("time_zone", new="Europe/Berlin", actor=admin, at=AT)
    assert str(time_zone()) == "Europe/Berlin"
    line = SettingChange.objects.get()
    assert (line.subject, line.old, line.new) == ("organisation.time_zone", "Asia/Tehran", "Europe/Berlin")
    assert (line.actor, line.at) == (admin, AT)


def test_a_value_without_a_column_lands_in_the_settings() -> None:
    make_organisation()
    assert setting("night_starts") is None
    change_setting("night_starts", new="21:00", actor=None, at=AT)
    change_setting("night_ends", new="08:00", actor=None, at=AT)
    assert organisation().settings == {"night_starts": "21:00", "night_ends": "08:00"}
    assert setting("night_starts") == "21:00"


def test_setting_what_is_set_writes_no_line() -> None:
    make_organisation()
    assert not change_setting("language", new="fa", actor=None, at=AT)
    assert not SettingChange.objects.exists()


def test_a_new_week_moves_the_working_time() -> None:
    make_organisation()
    change_setting("working_week", new={"0": [["10:00", "12:00"]]}, actor=None, at=AT)
    assert working_time().week[0] == ((600, 720),)


@pytest.mark.parametrize("week", [{"0": [["12:00", "10:00"]]}, {"9": []}, [1], None, {"0": 7}, {"0": [[1, 2]]}])
def test_a_malformed_week_is_refused(week: object) -> None:
    make_organisation()
    with pytest.raises(AccountError, match="working_week"):
        change_setting("working_week", new=week, actor=None, at=AT)


def test_there_is_nothing_to_change_before_the_set_up() -> None:
    with pytest.raises(NotSetUp):
        change_setting("language", new="en", actor=None, at=AT)


def test_language_and_theme_are_each_persons_own() -> None:
    user = make_user()
    set_language(user, language="fa")
    set_theme(user, theme="dark")
    user.refresh_from_db()
    assert (user.language, user.theme) == ("fa", "dark")
    with pytest.raises(AccountError, match="language"):
        set_language(user, language="xx")
    with pytest.raises(AccountError, match="theme"):
        set_theme(user, theme="pink")


@pytest.mark.django_db(transaction=True)
def test_the_organisation_is_remembered_between_reads(django_assert_num_queries) -> None:
    make_organisation()
    organisation()
    with django_assert_num_queries(0):
        assert organisation().name == "پارس"
        working_time()
    change_setting("name", new="نو", actor=None, at=AT)
    assert organisation().name == "نو"
