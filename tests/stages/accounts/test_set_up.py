import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection

from factories import AT
from sarnakh.accounts.models import Holiday, Organisation, Role, SetupLink, User
from sarnakh.accounts.selectors import NotSetUp, is_set_up, organisation, working_time
from sarnakh.accounts.services import (
    AccountError,
    AlreadySetUp,
    NewUser,
    Setup,
    SetupLinkInvalid,
    is_setup_link,
    make_setup_link,
    seed_holidays,
    set_up,
    use_setup_link,
)

pytestmark = pytest.mark.django_db

SETUP = Setup(
    name=" شركت پارس ",
    admin=NewUser("Mina@Example.com", name="مینا", password="a-long-secret-1402"),
)


def test_the_link_makes_the_organisation_and_its_first_admin() -> None:
    token = make_setup_link(at=AT)
    assert is_setup_link(token)
    made, admin = use_setup_link(token, setup=SETUP, at=AT)
    assert made.name == "شرکت پارس"
    assert (admin.email, admin.role) == ("mina@example.com", Role.ADMIN)
    assert admin.check_password("a-long-secret-1402")
    assert is_set_up()
    assert organisation().currency == "IRR"
    assert not is_setup_link(token)


def test_the_usual_week_and_the_days_off_of_iran_stand_from_the_start() -> None:
    set_up(SETUP, at=AT)
    time = working_time()
    assert [len(spans) for spans in time.week] == [1, 1, 1, 1, 0, 1, 1]  # Friday is off
    assert date(2026, 3, 21) in time.holidays  # Nowruz
    assert date(2027, 3, 21) in time.holidays
    assert Holiday.objects.get(day=date(2026, 2, 11)).name["fa"] == "پیروزی انقلاب اسلامی"


def test_a_link_serves_once() -> None:
    token = make_setup_link(at=AT)
    use_setup_link(token, setup=SETUP, at=AT)
    with pytest.raises(SetupLinkInvalid):
        use_setup_link(token, setup=SETUP, at=AT)
    with pytest.raises(AlreadySetUp):
        make_setup_link(at=AT)
    with pytest.raises(AlreadySetUp):
        set_up(SETUP, at=AT)
    assert Organisation.objects.count() == User.objects.count() == 1


def test_a_newer_link_ends_the_older_and_a_wrong_one_opens_nothing() -> None:
    older, newer = make_setup_link(at=AT), make_setup_link(at=AT)
    for token in (older, "", "guess"):
        with pytest.raises(SetupLinkInvalid):
            use_setup_link(token, setup=SETUP, at=AT)
    assert is_setup_link(newer)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"language": "de"}, "language"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"calendar": "lunar"}, "calendar"),
        ({"currency": "IRT"}, "currency"),
        ({"working_week": {"0": [["17:00", "09:00"]]}}, "working_week"),
        ({"admin": NewUser("not an address", password="a-long-secret-1402")}, "email"),
        ({"admin": NewUser("mina@example.com", password="123")}, "password"),
    ],
)
def test_a_refused_answer_is_named_and_leaves_the_link_unspent(changes: dict[str, object], field: str) -> None:
    token = make_setup_link(at=AT)
    with pytest.raises(AccountError) as caught:
        use_setup_link(token, setup=replace(SETUP, **changes), at=AT)
    assert caught.value.field == field
    assert SetupLink.objects.get().used_at is None
    assert is_setup_link(token)
    assert not Organisation.objects.exists()


def test_an_empty_base_has_no_organisation_to_answer_with() -> None:
    assert not is_set_up()
    with pytest.raises(NotSetUp):
        organisation()


def test_seeding_again_changes_no_day_that_is_there() -> None:
    Holiday.objects.create(day=date(2026, 3, 21), name={"fa": "نوروز ما"}, is_official=True)
    added = seed_holidays(2026)
    assert added == Holiday.objects.count() - 1
    assert seed_holidays(2026) == 0
    assert Holiday.objects.get(day=date(2026, 3, 21)).is_official
    assert not Holiday.objects.get(day=date(2026, 3, 22)).is_official


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_the_link_at_once_one_sets_up() -> None:
    token = make_setup_link(at=AT)
    barrier = threading.Barrier(2)

    def use() -> bool:
        barrier.wait()
        try:
            use_setup_link(token, setup=SETUP, at=AT)
        except (SetupLinkInvalid, AlreadySetUp):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(use) for _ in range(2)]
        assert sorted(answer.result() for answer in answers) == [False, True]
    assert Organisation.objects.count() == User.objects.count() == 1
