"""Mutants: what is changed in the code, which tests are run, and what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.leftovers import Mark
from tools import mutants
from tools.mutants import Reach, Tally, TestsFail, choose, hunt, report, run_pytest
from tools.mutation import Mutant, mutants_of

CODE = '''"""A room with one module."""

LIMIT = 3


def allowed(size: int) -> bool:
    return size < LIMIT


def untested(wait: bool) -> int:
    return 1 if wait else 2
'''
TESTS = """
from room.module import allowed


def test_allowed():
    assert allowed(2)
    assert not allowed(3)
"""
ROOM = {"room": "tests/room"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one room, its tests, and the plugin that runs them."""
    folder = tmp_path / "checkout"
    (folder / "room").mkdir(parents=True)
    (folder / "tests" / "room").mkdir(parents=True)
    (folder / "room" / "__init__.py").touch()
    (folder / "room" / "module.py").write_text(CODE)
    (folder / "tests" / "room" / "test_module.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\nmarkers = engine\n")
    (folder / "tools").mkdir()
    (folder / "tools" / "__init__.py").touch()
    plugin = Path(mutants.__file__).with_name("mutants_plugin.py")
    (folder / "tools" / plugin.name).write_text(plugin.read_text())
    return folder


def changes(source: str) -> dict[str, str]:
    """What each mutant of a source does, and what the source is then."""
    text = source.encode()
    found = [one for one in mutants_of("file.py", text) if one.compiles(text)]
    return {one.change: one.apply(text).decode() for one in found}


@pytest.mark.parametrize(
    ("source", "change", "mutated"),
    [
        ("if a:\n    b()\n", "invert a condition", "if (not (a)):\n    b()\n"),
        ("x = 1 if a else 2\n", "invert a condition", "x = 1 if (not (a)) else 2\n"),
        ("x = a == b\n", "swap a comparison", "x = a != b\n"),
        ("x = a in b\n", "swap a comparison", "x = a not in b\n"),
        ("x = a and b\n", "write `or`", "x = ((a) or (b))\n"),
        ("x = not a\n", "drop `not`", "x = (a)\n"),
        ("x = True\n", "flip a truth value", "x = False\n"),
        ("x = 'ä', 7\n", "add one", "x = 'ä', 8\n"),
        ("def f():\n    return a\n", "return None", "def f():\n    return None\n"),
        ("raise ValueError(f'{a}')\n", "raise nothing", "pass\n"),
        ("seal(a)\n", "drop a call", "pass\n"),
        ("x = f(a, b=c, d=e)\n", "drop the argument b", "x = f(a, d=e)\n"),
        ("x = f(a, b=c, d=e)\n", "drop the argument d", "x = f(a, b=c)\n"),
        ("x = f(b=c)\n", "drop the argument b", "x = f()\n"),
        ("x = {**c, 'a': b}\n", "drop the key 'a'", "x = {**c}\n"),
        ("x = {'a': b}\n", "drop the key 'a'", "x = {}\n"),
        ("x = [a for a in b if a.c]\n", "drop a filter", "x = [a for a in b]\n"),
    ],
)
def test_a_mutant_changes_one_piece(source: str, change: str, mutated: str) -> None:
    assert changes(source)[change] == mutated


@pytest.mark.parametrize(
    "source",
    [
        '"""A text."""\n',
        "x: Annotated[int, Field(gt=1)]\n",
        "@decorated(1)\ndef f(a: Literal[1]) -> Literal[2]: ...\n",
        "__all__ = [str(1)]\n",
        "x = f'{a + 1}'\n",
        "log.info('more than', 3)\n",
        "x = Field(description='of 3')\n",
        "x = {**a, 'title': f'{b}'}\n",
        "x = 86400\n",
        "if TYPE_CHECKING:\n    import a\n",
        "assert a is not None\n",
        "T = TypeVar('T', bound=list, covariant=True)\n",
        "def f():\n    return\n",
        "def f():\n    raise NotImplementedError\n",
        "x = zip(a, b, strict=True)\n",
    ],
)
def test_texts_types_and_what_only_tells_are_left_alone(source: str) -> None:
    assert changes(source) == {}


def test_a_survivor_is_shown_with_its_place_and_its_difference(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("x = 1\ny = f(\n    a=2,\n    b=x,\n)\n")
    found = mutants_of("file.py", (tmp_path / "file.py").read_bytes())
    (dropped,) = [one for one in found if one.change == "drop the argument b"]
    shown = report(tmp_path, {"room": Tally(5, killed=3, survivors=[dropped])})
    assert shown == [
        "file.py:4: drop the argument b",
        "    -    b=x,",
        "room: 3 killed, 1 survived (75 % of 4 killed; 5 are possible)",
    ]


def test_the_tests_of_a_mutant_are_those_that_reach_its_statement_quick_ones_first() -> None:
    slow, quick, other = "a.py::slow", "a.py::quick", "b.py::other"
    lines = {1: frozenset[str](), 3: frozenset({slow, quick}), 9: frozenset({other})}
    seconds = {slow: 2.0, quick: 0.1, other: 1.0, "a.py::shares": 0.0, "c.py::elsewhere": 0.0}
    reach = Reach({"file.py": lines}, seconds)

    def tests(statement: range) -> list[str]:
        return reach.of(Mutant("file.py", statement, statement.start, "", 0, 0, ""))

    # What a fixture builds once is counted for the first test of the file only.
    assert tests(range(2, 4)) == [quick, slow, "a.py::shares"]
    # It runs when the module is loaded, so any test may use its value.
    assert tests(range(1, 2)) == [quick, other, slow, "a.py::shares", "c.py::elsewhere"]


def test_a_module_that_runs_in_child_processes_is_tried_with_all_tests_its_own_first() -> None:
    seconds = {"tests/room/test_a.py::a": 0.1, "tests/room/test_module.py::b": 2.0}
    mutant = Mutant("room/module.py", range(1, 2), 1, "", 0, 0, "")
    assert Reach({}, seconds).of(mutant) == list(reversed(seconds))


def test_a_statement_that_no_test_runs_has_no_tests() -> None:
    reach = Reach({"file.py": {1: frozenset[str]()}}, {"any": 0.1})
    assert reach.of(Mutant("file.py", range(5, 6), 5, "", 0, 0, "")) == []


def test_a_seed_chooses_the_same_mutants_in_the_same_order_and_another_one_others(
    checkout: Path,
) -> None:
    first = choose(checkout, "room", 1)
    assert choose(checkout, "room", 1) == first
    assert choose(checkout, "room", 2) != first
    assert sorted(choose(checkout, "room", 2), key=repr) == sorted(first, key=repr)


def test_what_tests_notice_is_killed_and_the_rest_survives(checkout: Path) -> None:
    before = (checkout / "room" / "module.py").read_text()

    tally = hunt(checkout, ROOM, seed=1, most=50, minutes=10, workers=2)["room"]

    survived = {f"{mutant.line} {mutant.change}" for mutant in tally.survivors}
    assert survived == {"11 return None", "11 invert a condition", "11 add one"}
    assert len(tally.survivors) == 4  # two integers are added to
    assert tally.killed == tally.candidates - 4 == 3
    assert (checkout / "room" / "module.py").read_text() == before


def test_no_mutant_is_begun_after_the_time(checkout: Path) -> None:
    times = iter([0.0, 0.0, 61.0])
    tallies = hunt(checkout, ROOM, seed=1, most=3, minutes=1, clock=lambda: next(times, 61.0))
    assert tallies["room"].tried == 1


def test_a_mutant_that_never_ends_is_killed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "room" / "module.py").write_text(
        "def allowed():\n    while True:\n        if allowed:\n            return 1\n"
    )
    test = "from room.module import allowed\n\n\ndef test_allowed():\n    assert allowed()\n"
    (checkout / "tests" / "room" / "test_module.py").write_text(test)
    monkeypatch.setattr(mutants, "MOST", 5.0)
    monkeypatch.setattr(mutants, "choose", lambda *_: inverted)
    source = (checkout / "room" / "module.py").read_bytes()
    found = mutants_of("room/module.py", source)
    inverted = [mutant for mutant in found if mutant.change == "invert a condition"]

    tally = hunt(checkout, ROOM, seed=1, most=1, minutes=1)["room"]

    assert (tally.tried, tally.killed) == (1, 1)


def test_tests_that_fail_without_a_mutant_are_an_error_that_shows_them(checkout: Path) -> None:
    (checkout / "tests" / "room" / "test_module.py").write_text("def test_wrong():\n    assert 0\n")
    with pytest.raises(TestsFail, match=r"tests/room without a mutant \(exit code 1\)(.|\n)*wrong"):
        hunt(checkout, ROOM, seed=1, most=1, minutes=1)


def test_a_run_of_pytest_that_takes_too_long_ends_with_all_it_started(tmp_path: Path) -> None:
    mark = Mark()
    (tmp_path / "test_slow.py").write_text(
        "import subprocess, time\n"
        "def test_slow():\n"
        "    subprocess.Popen(['sleep', '600'])\n"
        "    open('started', 'w').close()\n"
        "    time.sleep(600)\n"
    )
    code, printed = run_pytest(tmp_path, ["test_slow.py"], mark.variable, limit=10)
    assert (code, printed) == (None, "not finished after 10 s")
    assert (tmp_path / "started").exists()
    assert mark.left(limit=5) == []
