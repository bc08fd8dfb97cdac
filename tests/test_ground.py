"""The ground the other tests stand on."""

import socket

import pytest
from django.conf import settings
from django.db import connection
from pytest_socket import SocketConnectBlockedError

import factories
from sarnakh.leads.models import Event, Identity, Lead


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_the_network_is_closed_beyond_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_the_data_folder_is_a_temporary_one() -> None:
    assert "sarnakh-test-" in str(settings.DATA_DIR)


@pytest.mark.django_db
def test_the_database_is_the_one_asked_for() -> None:
    assert connection.vendor == ("postgresql" if "postgres" in settings.CONFIG.database_url else "sqlite")


@pytest.mark.django_db
def test_a_made_lead_has_its_person_identity_source_milestone_and_fact() -> None:
    owner = factories.make_user(team=factories.make_team())
    lead = factories.make_lead(mobile="09121112233", email="Sara@Example.com", owner=owner)
    assert Lead.objects.get(owner=owner, team=owner.team).milestone.created_at == factories.AT
    assert set(Identity.objects.values_list("value", flat=True)) == {"+989121112233", "sara@example.com"}
    assert Event.objects.get(lead=lead).name == "lead_created"
    assert lead.origin_source.channel == "hand"


@pytest.mark.postgres
def test_a_server_of_ones_own_keeps_what_was_committed_when_it_is_killed(own_postgres) -> None:
    import psycopg

    with psycopg.connect(own_postgres.url) as session:
        session.execute("create table kept (id int)")
        session.execute("insert into kept values (1)")
    own_postgres.kill()
    own_postgres.start()
    with psycopg.connect(own_postgres.url) as session:
        assert session.execute("select count(*) from kept").fetchone() == (1,)
