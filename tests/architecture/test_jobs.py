"""A job that the worker does not know never runs; one with an unlisted sweep or schedule neither."""

import ast
from pathlib import Path

from sarnakh.jobs import registry
from sarnakh.project import schedules, sweeps, tasks

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sarnakh"


def calls(name: str) -> list[tuple[str, ast.Call]]:
    """Calls of a function of this name outside `jobs`, with the module they are in."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.is_relative_to(SOURCE / "jobs"):
            continue
        module = ".".join(("sarnakh", *path.relative_to(SOURCE).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                found.append((module, node))
    return found


def test_every_module_with_jobs_is_loaded_by_every_process() -> None:
    with_jobs = {module for module, _ in calls("job")}
    assert with_jobs
    assert with_jobs == set(tasks.MODULES)


def test_every_job_that_is_asked_for_by_name_is_registered() -> None:
    tasks.load()
    asked = [
        node.args[0].value
        for _, node in calls("enqueue")
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    ]
    assert asked
    assert set(asked) <= registry.names()


def test_sweeps_and_schedules_have_names_of_their_own() -> None:
    tasks.load()
    names = [sweep.name for sweep in sweeps.SWEEPS]
    assert names
    assert len(names) == len(set(names))
    assert {every.task for every in schedules.SCHEDULES} <= registry.names()
    assert len({every.name for every in schedules.SCHEDULES}) == len(schedules.SCHEDULES)
