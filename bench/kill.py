"""The kill tests, longer: `python bench/kill.py [--rounds 20] [--on sqlite|postgres] [--seed N]`.

Web and worker die at every step in each round; with `--on postgres` the server of the database afterwards too. The
exit code is 1 when a promise was broken; the base's log then stays in the folder that is named.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from killing import scenario
from machine.postgres import Cluster
from plugins.processes import Base


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.on == "sqlite":
        return torment("", None, options)
    broken = 0
    for is_its_turn in (False, True):
        with Cluster.thrown_away(is_durable=True) as cluster:
            broken |= torment(cluster.url, cluster if is_its_turn else None, options)
    return broken


def torment(url: str, cluster: Cluster | None, options: argparse.Namespace) -> int:
    base = Base(Path(tempfile.mkdtemp(prefix="sarnakh-kill-")), url)
    base.run("init")
    begun = time.monotonic()
    report = scenario.run(base, rounds=options.rounds, seed=options.seed, cluster=cluster, say=print)
    print(
        f"{options.on}, {report.deaths.total()} deaths in {time.monotonic() - begun:.0f} s; {report.again} sent again"
    )
    for (victim, step), count in sorted(report.deaths.items()):
        print(f"  {victim} at {step}: {count}, not seen {report.unseen[victim, step]}")
    print("  " + ", ".join(f"{name} {count}" for name, count in report.counts.items()))
    print("\n".join(f"BROKEN {sentence}" for sentence in report.broken) or "nothing lost, nothing twice")
    if report.broken:
        print(f"see {base.data_dir}")
    else:
        shutil.rmtree(base.data_dir)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
