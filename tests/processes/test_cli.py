from pathlib import Path

from plugins.processes import Base


def test_a_wrong_setting_is_one_clear_sentence(tmp_path: Path) -> None:
    wrong = Base(tmp_path, "mysql://root@localhost/x")
    done = wrong.run("worker", check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "SARNAKH_DATABASE_URL begins with 'mysql:'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_that_is_away_is_one_clear_sentence(tmp_path: Path) -> None:
    done = Base(tmp_path, "postgresql://nobody@127.0.0.1:1/x").run("init", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer: ")
    assert "Traceback" not in done.stderr


def test_init_may_run_again(base: Base) -> None:
    assert base.run("init").stdout == "The base is up to date.\n"


def test_doctor_says_what_to_do_about_a_base_that_was_never_made(tmp_path: Path) -> None:
    done = Base(tmp_path, "").run("doctor", check=False)
    assert done.returncode == 1
    assert "run 'sarnakh init'" in done.stdout
