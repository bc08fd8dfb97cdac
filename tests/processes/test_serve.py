import os
import signal
from collections.abc import Callable

import pytest

from plugins.processes import Base, Running, is_ready

pytestmark = pytest.mark.kill


def test_what_dies_is_started_again_and_a_stop_ends_all(running: Running, eventually: Callable[..., None]) -> None:
    for name in ("web", "worker"):
        [old] = running.children(name)
        os.kill(old, signal.SIGKILL)
        eventually(lambda name=name, old=old: running.children(name) not in ([], [old]))
    eventually(lambda: is_ready(running.url))
    children = running.children("web") + running.children("worker")
    assert running.stop() == 0
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]
    assert "Traceback" not in running.base.log()


def test_no_process_outlives_a_supervisor_that_was_killed(running: Running, eventually: Callable[..., None]) -> None:
    children = running.children("web") + running.children("worker")
    assert len(children) == 2
    running.process.kill()
    running.process.wait()
    eventually(lambda: not [pid for pid in children if os.path.exists(f"/proc/{pid}")])


def test_an_empty_base_gets_a_link_to_set_it_up(running: Running) -> None:
    assert f"{running.url}/setup/" in running.base.log()


def test_a_taken_port_is_refused_in_one_sentence(running: Running, base: Base) -> None:
    port = running.url.rpartition(":")[2]
    done = base.run("serve", "--port", port, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "another --port" in done.stderr
