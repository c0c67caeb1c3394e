"""Mutation testing: makes small changes in the code and counts how many of them the tests detect.

    python -m tools.mutants                    20 mutants a room, at most 20 minutes
    python -m tools.mutants --seed 2           other mutants; the same seed gives the same ones
    python -m tools.mutants --least 92         fail if fewer than 92 % are killed in any room

A room is a folder of code with its folder of tests. A mutant is killed if a test of its room fails,
and survives otherwise. Only tests without the engine are run. First the coverage is measured, once
for each state of the code. Then each mutant is tried with the tests that reach it, the quickest
first, until one fails. Everything runs in copies of the checkout, in .cache/mutants.

This is a script of our own because mutmut and cosmic-ray run every mutant of a package with all of
its tests, or need a test runner of their own. Neither ends within minutes here.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from queue import SimpleQueue

from coverage import CoverageData

from tools.engine import CHECKOUT
from tools.mutation import Mutant, mutants_of
from tools.processes import run
from tools.progress import say, step

ROOMS: dict[str, str] = {
    "components": "tests/components",
    "providers": "tests/providers",
    "stacks": "tests/stacks",
    "policies": "tests/policies",
}
"""By room (folder of code): the folder of its tests."""

MEASURE_LIMIT = 1800.0
"""Limit of the tests of one room with coverage, in seconds."""
MOST = 300.0
"""Highest limit of the tests of one mutant, in seconds."""

NOTHING_COLLECTED = 5
"""pytest's exit code if no test was collected."""

_NO_ENGINE = ("-m", "not engine")
_PYTEST = ("-q", "-p", "tools.mutants_plugin", "--tb=no")


class TestsFail(Exception):
    """The tests of a room fail without a mutant. The text ends with pytest's output."""

    __test__ = False


@dataclass(frozen=True)
class Reach:
    """Coverage of a room: which tests reach which lines, and how long each test takes."""

    tests: Mapping[str, Mapping[int, frozenset[str]]]
    """Test ids by file and line, for each line that runs at all."""
    seconds: Mapping[str, float]

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that can detect a mutant: those that reach it first, the quickest first.

        More tests than those may detect it:

        - Tests share what a fixture builds once, which is counted for the first of them. So the
          other tests of the same files belong too.
        - Any test may use the value of a line that runs at import, before any test. A module that
          no test loads may run in child processes, which are not measured. So all tests of the
          room belong, after those that reach the module and those named as it.
        """
        lines = self.tests.get(mutant.path, {})
        reached = [lines[line] for line in mutant.lines if line in lines]
        found = frozenset[str]().union(*reached)
        if lines and not reached:
            return []
        if found:
            files = {_file_of(test) for test in found}
            shared = {test for test in self.seconds if _file_of(test) in files}
            return self._in_order(found, shared)
        near = frozenset[str]().union(*lines.values())
        named = f"test_{Path(mutant.path).stem}.py"
        own = {test for test in self.seconds if Path(_file_of(test)).name == named}
        return self._in_order(near, own, self.seconds.keys())

    def _in_order(self, *groups: Collection[str]) -> list[str]:
        """Each test once, group by group, and in a group the quickest first."""
        ordered = (
            sorted(group, key=lambda test: (self.duration([test]), test)) for group in groups
        )
        return list(dict.fromkeys(chain.from_iterable(ordered)))

    def duration(self, tests: Sequence[str]) -> float:
        """How long tests take together, in seconds."""
        return sum(self.seconds.get(test, 0.0) for test in tests)


def _file_of(test: str) -> str:
    return test.partition("::")[0]


@dataclass
class Tally:
    """The results of the mutants of one room."""

    candidates: int
    killed: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many mutants were tried."""
        return self.killed + len(self.survivors)

    @property
    def percent(self) -> float:
        """The percentage of tried mutants that were killed. 100 if none was tried."""
        return 100 * self.killed / self.tried if self.tried else 100.0

    def add(self, mutant: Mutant, *, killed: bool) -> None:
        """Count one result."""
        if killed:
            self.killed += 1
        else:
            self.survivors.append(mutant)


def choose(checkout: Path, room: str, seed: int) -> list[Mutant]:
    """Return the mutants of a room, shuffled by the seed.

    Programs (`__main__.py`) are left out, because they run under the engine.
    """
    files = sorted(file for file in (checkout / room).rglob("*.py") if file.stem != "__main__")
    found = [
        mutant
        for file in files
        for mutant in mutants_of(file.relative_to(checkout).as_posix(), file.read_bytes())
    ]
    random.Random(f"{seed} {room}").shuffle(found)
    return found


def measure(checkout: Path, room: str, tests: str, keep: Path) -> Reach:
    """Run a room's tests in a copy of the checkout and return their coverage.

    The result is kept in the folder `keep`, for the next run on the same code.

    Raises:
        TestsFail: if a test fails.

    """
    data, seconds = keep / "coverage", keep / "seconds.json"
    if not seconds.exists():
        keep.mkdir(parents=True, exist_ok=True)
        code, printed = run_pytest(
            checkout,
            [tests, *_NO_ENGINE, f"--cov={room}", "--cov-context=test", "--cov-report="],
            {"COVERAGE_FILE": str(data), "MUTANTS_DURATIONS": str(seconds)},
            limit=MEASURE_LIMIT,
        )
        if code != 0:
            seconds.unlink(missing_ok=True)
            raise TestsFail(f"{tests} without a mutant (exit code {code}):\n{printed}")
    coverage = CoverageData(str(data))
    coverage.read()
    reached: dict[str, dict[int, frozenset[str]]] = {}
    for name in coverage.measured_files():
        path = Path(name).relative_to(checkout.resolve()).as_posix()
        reached[path] = {
            line: frozenset(context.rsplit("|", 1)[0] for context in contexts if context)
            for line, contexts in coverage.contexts_by_lineno(name).items()
        }
    return Reach(reached, json.loads(seconds.read_text()))


def is_killed(checkout: Path, mutant: Mutant, tests: Sequence[str], seconds: float) -> bool:
    """Whether one of the tests fails or takes too long with the mutant in the code."""
    if not tests:
        return False
    file = checkout / mutant.path
    source = file.read_bytes()
    compiled = Path(importlib.util.cache_from_source(str(file)))
    listed = checkout / "mutants-tests.txt"
    listed.write_text("\n".join(tests))
    files = sorted({_file_of(test) for test in tests})
    try:
        # Python uses a stale .pyc if the size and the mtime (in seconds) of the source match.
        compiled.unlink(missing_ok=True)
        file.write_bytes(mutant.apply(source))
        limit = min(20 + 5 * seconds, MOST)
        code, _ = run_pytest(checkout, ["-x", *files], {"MUTANTS_TESTS": str(listed)}, limit=limit)
    finally:
        file.write_bytes(source)
        compiled.unlink(missing_ok=True)
    return code not in (0, NOTHING_COLLECTED)


def run_pytest(
    checkout: Path, arguments: Sequence[str], env: Mapping[str, str], *, limit: float
) -> tuple[int | None, str]:
    """Run pytest in a checkout for at most `limit` seconds. Return its exit code and output.

    The exit code is None at the limit.
    """
    environ = {**os.environ, **env}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", *_PYTEST, *arguments]
    code, printed = run(command, limit=limit, cwd=checkout, env=environ)
    return code, f"not finished after {limit:g} s" if code is None else printed


def copy_of(checkout: Path, to: Path) -> Path:
    """Copy a checkout, without generated files."""
    ignored = shutil.ignore_patterns(".cache", ".git", ".hypothesis", "__pycache__")
    shutil.copytree(checkout, to, ignore=ignored, symlinks=True)
    return to


def state_of(checkout: Path, room: str, tests: str) -> str:
    """Return a digest of the code and the tests of a room."""
    digest = hashlib.sha256()
    for folder in (room, tests):
        for file in sorted((checkout / folder).rglob("*.py")):
            digest.update(f"{file.relative_to(checkout)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def hunt(
    checkout: Path,
    rooms: Mapping[str, str],
    *,
    seed: int,
    most: int,
    minutes: float,
    workers: int = 1,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Tally]:
    """Try at most `most` mutants of each room, in turn, until the time is up.

    Raises:
        TestsFail: if the tests of a room fail without a mutant.

    """
    work = _cache(checkout) / "work"
    shutil.rmtree(work, ignore_errors=True)
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(workers):
        copies.put(copy_of(checkout, work / str(number)))
    reach = _measure_all(checkout, work / "0", rooms, tell)
    chosen = {room: choose(checkout, room, seed) for room in rooms}
    tallies = {room: Tally(len(mutants)) for room, mutants in chosen.items()}
    deadline = clock() + 60 * minutes

    def attempt(room: str, mutant: Mutant) -> bool | None:
        """Whether the mutant is killed; None if the time is up."""
        if clock() > deadline:
            return None
        tests = reach[room].of(mutant)
        copy = copies.get()
        try:
            return is_killed(copy, mutant, tests, reach[room].duration(tests))
        finally:
            copies.put(copy)

    in_turn = _in_turn(checkout, chosen, most)
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda one: attempt(*one), in_turn)
        for (room, mutant), killed in zip(in_turn, results, strict=True):
            if killed is None:
                continue
            tallies[room].add(mutant, killed=killed)
            tell(", ".join(f"{name} {one.killed}/{one.tried}" for name, one in tallies.items()))
    shutil.rmtree(work)
    return tallies


def _cache(checkout: Path) -> Path:
    return checkout / ".cache" / "mutants"


def _measure_all(
    checkout: Path, copy: Path, rooms: Mapping[str, str], tell: Callable[[str], None]
) -> dict[str, Reach]:
    """Measure each room's coverage in a copy of the checkout, unless the result is kept."""
    reach: dict[str, Reach] = {}
    for room, tests in rooms.items():
        tell(f"which tests reach which lines of {room}")
        state = f"{room.replace('/', '-')}-{state_of(checkout, room, tests)}"
        reach[room] = measure(copy, room, tests, _cache(checkout) / state)
    return reach


def _in_turn(
    checkout: Path, chosen: Mapping[str, Sequence[Mutant]], most: int
) -> list[tuple[str, Mutant]]:
    """The first mutants of each room that compile, at most `most`: one of each room in turn."""
    rows = [
        [(room, mutant) for mutant in _compiling(checkout, mutants, most)]
        for room, mutants in chosen.items()
    ]
    return [one for one in chain.from_iterable(zip_longest(*rows)) if one is not None]


def _compiling(checkout: Path, mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    found: list[Mutant] = []
    for mutant in mutants:
        if len(found) == most:
            break
        if mutant.compiles((checkout / mutant.path).read_bytes()):
            found.append(mutant)
    return found


def report(checkout: Path, tallies: Mapping[str, Tally]) -> list[str]:
    """Return the surviving mutants with their place and diff, and a line for each room."""
    lines: list[str] = []
    for tally in tallies.values():
        for mutant in sorted(tally.survivors, key=lambda one: (one.path, one.line)):
            lines.append(f"{mutant.path}:{mutant.line}: {mutant.change}")
            lines += [f"    {line}" for line in mutant.diff((checkout / mutant.path).read_bytes())]
    for room, tally in tallies.items():
        lines.append(
            f"{room}: {tally.killed} killed, {len(tally.survivors)} survived "
            f"({tally.percent:.0f} % of {tally.tried} killed; {tally.candidates} are possible)"
        )
    return lines


def main(arguments: Sequence[str] | None = None, checkout: Path = CHECKOUT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants")
    parser.add_argument("--seed", type=int, default=1, help="which mutants are chosen")
    parser.add_argument("--most", type=int, default=20, help="mutants a room")
    parser.add_argument("--minutes", type=float, default=20.0, help="when no more are begun")
    parser.add_argument("--room", action="append", choices=list(ROOMS), help="only this room")
    parser.add_argument("--least", type=float, default=0.0, help="per cent killed in each room")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    rooms = {room: tests for room, tests in ROOMS.items() if room in (given.room or ROOMS)}
    try:
        with step("Mutants") as tell:
            tallies = hunt(
                checkout,
                rooms,
                seed=given.seed,
                most=given.most,
                minutes=given.minutes,
                workers=given.workers,
                tell=tell,
            )
    except TestsFail as error:
        say(str(error), style="red")
        return 1
    print("\n".join(report(checkout, tallies)))
    return int(any(tally.percent < given.least for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
