"""The command that prints the tier of a managed cache for a load, and why.

    python -m components.cache.sizing --consumers 5000 --routes 300 --windows 3 --rps 8000

It calls neither Konnect nor a cloud.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from components.cache.sizing import SYNC_RATE, USABLE_SHARE, Load, Sizing, SizingError, size

_HELP: Final[Mapping[str, str]] = {
    "consumers": "consumers that are counted",
    "routes": "routes on which requests are counted separately",
    "windows": "windows of all rate limits together",
    "rps": "requests per second in the busiest region",
    "nodes": "data-plane nodes in the busiest region (1)",
    "sync_rate": f"seconds between two exchanges of counters ({SYNC_RATE})",
    "data_gib": "GiB of cached responses, sessions and vectors (0)",
}
_REQUIRED: Final = ("consumers", "routes", "windows", "rps")
_DECIMAL: Final = ("sync_rate", "data_gib")


def lines_of(sizing: Sizing) -> Iterator[str]:
    """The answer of the command, line by line."""
    least, most = (round(sizing.tier.gib * share, 2) for share in USABLE_SHARE)
    yield (
        f"{sizing.tier}: {sizing.tier.gib:g} GiB, of which {least:g} to {most:g} hold data; "
        f"sync_rate {sizing.load.sync_rate:g}"
    )
    yield "Why:"
    for reason in sizing.reasons:
        yield f"  {reason.tier}: {reason.rule}"
        yield f"    {reason.source}"
    if sizing.smaller is not None:
        yield f"On {sizing.smaller}, the next smaller tier:"
        yield from (f"  {text}" for text in dict.fromkeys(sizing.broken_by(sizing.smaller)))
    yield "Notes:"
    yield from (f"  {note}" for note in sizing.notes)


def load_of(given: Mapping[str, str | None], *, vector_search: bool = False) -> Load:
    """The load in the options of the command. Raises ``SizingError`` with all problems."""
    values: dict[str, Any] = {"vector_search": vector_search}
    problems = []
    for name in _HELP:
        text = given.get(name)
        if text is None:
            if name in _REQUIRED:
                problems.append(f"{name}: is missing; give {_option(name)} NUMBER")
            continue
        try:
            values[name] = _number(name, text)
        except ValueError:
            form = "a number like 0.5" if name in _DECIMAL else "a whole number like 100"
            problems.append(f"{name}: {text!r} is not a number; give {form}")
    try:
        load = Load(**values)
    except SizingError as error:
        problems += error.problems
    if problems:
        raise SizingError(_in_order(problems))
    return load


def _number(name: str, text: str) -> float:
    number = float(text) if name in _DECIMAL else int(text)
    if not abs(number) < float("inf"):
        raise ValueError(text)
    return number


def _in_order(problems: Iterable[str]) -> list[str]:
    """The problems in the order of the options."""
    names = list(_HELP)
    return sorted(problems, key=lambda text: names.index(text.partition(":")[0]))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tier for a load. Returns the exit code: 1 if the load is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m components.cache.sizing",
        description="Choose the tier of a managed cache by Kong's published table.",
        allow_abbrev=False,
    )
    for name, text in _HELP.items():
        parser.add_argument(_option(name), metavar="NUMBER", help=text)
    parser.add_argument("--vector-search", action="store_true", help="AI plugins search vectors")
    given = vars(parser.parse_args(arguments))
    vector_search = given.pop("vector_search")
    try:
        sizing = size(load_of(given, vector_search=vector_search))
    except SizingError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return 1
    print("\n".join(lines_of(sizing)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
