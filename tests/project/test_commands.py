import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from factories import make_lead
from sarnakh.accounts.models import ApiToken, User
from sarnakh.accounts.services import authenticate_token
from sarnakh.leads.models import Source
from sarnakh.project import cli

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 42"


@pytest.fixture
def sarnakh(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """`sarnakh("user", "create", …, typed="…")` -> exit code, standard output, standard error."""

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        try:
            code = cli.run(arguments)
        except SystemExit as exit_:  # argparse's own way out
            code = int(exit_.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_an_unknown_command_is_refused_with_the_list_of_those_there_are(sarnakh: Callable) -> None:
    code, _, error = sarnakh("conjure")
    assert code == 2
    assert "worker" in error


def test_a_user_is_made_with_the_password_of_standard_input(sarnakh: Callable) -> None:
    code, said, _ = sarnakh("user", "create", "--email", "sara@example.com", "--role", "admin", typed=f"{PASSWORD}\n")
    assert (code, said) == (0, "Created sara@example.com (admin).\n")
    assert User.objects.get(email="sara@example.com").check_password(PASSWORD)


def test_a_password_may_stand_in_the_environment(sarnakh: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SARNAKH_PASSWORD", PASSWORD)
    assert sarnakh("user", "create", "--email", "reza@example.com", "--role", "rep")[0] == 0
    assert User.objects.get(email="reza@example.com").check_password(PASSWORD)


@pytest.mark.parametrize("password", ["", "short"])
def test_no_user_is_made_with_no_password_or_a_weak_one(sarnakh: Callable, password: str) -> None:
    code, _, error = sarnakh("user", "create", "--email", "a@example.com", "--role", "rep", typed=f"{password}\n")
    assert code == 1
    assert "password" in error.lower()
    assert not User.objects.exists()


def test_a_token_is_printed_last_and_works(sarnakh: Callable) -> None:
    from django.utils import timezone

    sarnakh("user", "create", "--email", "sara@example.com", "--role", "admin", typed=f"{PASSWORD}\n")
    _, said, _ = sarnakh("token", "create", "--user", "Sara@example.com", "--name", "till")
    bearer = authenticate_token(said.splitlines()[-1], at=timezone.now())
    assert bearer is not None
    assert bearer.user.email == "sara@example.com"


def test_no_token_is_made_for_nobody(sarnakh: Callable) -> None:
    assert sarnakh("token", "create", "--user", "who@example.com", "--name", "x")[0] == 1
    assert not ApiToken.objects.exists()


def test_a_source_has_a_name_once_and_its_write_key_is_printed_last(sarnakh: Callable) -> None:
    _, said, _ = sarnakh("source", "create", "--name", "site")
    assert said.splitlines()[-1] == Source.objects.get().write_key
    assert sarnakh("source", "create", "--name", "site")[::2] == (1, "There is a source named site already.\n")


def test_doctor_finds_nothing_wrong_with_a_new_base(sarnakh: Callable) -> None:
    code, said, _ = sarnakh("doctor")
    assert "WRONG" not in said
    assert code == 0


def test_export_writes_what_is_so_and_what_happened(sarnakh: Callable, tmp_path: Path) -> None:
    lead = make_lead(name="سارا احمدی", mobile="09121234567")
    code, said, _ = sarnakh("export", "--at", "2026-03-02T10:00:00+03:30", str(tmp_path / "base"))
    assert code == 0
    assert "state/leads.jsonl: 1" in said.splitlines()

    def rows(name: str) -> list[dict]:
        return [json.loads(line) for line in (tmp_path / "base" / f"{name}.jsonl").read_text().splitlines()]

    assert [row["name"] for row in rows("state/persons")] == ["سارا احمدی"]
    assert [(row["id"], row["stage"], row["is_hidden"]) for row in rows("state/leads")] == [(lead.id, "lead", False)]
    assert [row["value"] for row in rows("state/identities")] == ["+989121234567"]
    assert [row["lead"] for row in rows("state/scores")] == [lead.id]
    assert [row["name"] for row in rows("facts/events")] == ["lead_created"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-02T10:00:00"])
def test_export_refuses_a_moment_it_cannot_read(sarnakh: Callable, tmp_path: Path, moment: str) -> None:
    code, _, error = sarnakh("export", "--at", moment, str(tmp_path))
    assert code == 1
    assert moment in error
