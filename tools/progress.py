"""Shows the progress of long steps: a live line on a terminal, periodic plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True, highlight=False)
"""The console for messages to people: stderr. Standard output is for programs."""

PLAIN_INTERVAL = 20.0
"""Seconds between two lines if the output is not a terminal, for example in CI."""

_WORTH_A_LINE = 2.0  # seconds; a shorter step prints no line at its end


@contextmanager
def step(text: str, *, on: Console = console) -> Iterator[Callable[[str], None]]:
    """Show `text` and the elapsed time until the block ends.

    Yields a function that adds a detail to the line, for example the progress of the step. It may
    be called from any thread, any number of times.
    """
    started = time.monotonic()
    detail = ""

    def describe() -> str:
        return f"{text}: {detail}" if detail else text

    def tell(now: str) -> None:
        nonlocal detail
        detail = now

    ended = threading.Event()

    def repeat_plainly() -> None:
        while not ended.wait(PLAIN_INTERVAL):
            say(f"  {describe()} ({duration(time.monotonic() - started)})", on=on)

    def repeat_live() -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, TimeElapsedColumn(), console=on, transient=True) as progress:
            task = progress.add_task(text, total=None)
            while not ended.wait(0.2):
                progress.update(task, description=describe())

    if not on.is_terminal:
        say(f"{text} ...", on=on)
    repeat = repeat_live if on.is_terminal else repeat_plainly
    ticker = threading.Thread(target=repeat, daemon=True)
    ticker.start()
    try:
        yield tell
    finally:
        ended.set()
        ticker.join()
    took = time.monotonic() - started
    if took > _WORTH_A_LINE:
        say(f"{text}: done in {duration(took)}", on=on)


def say(text: str, *, style: str | None = None, on: Console = console) -> None:
    """Print plain text, without markup and without line breaks for narrow terminals."""
    on.print(text, markup=False, soft_wrap=True, style=style)


def duration(seconds: float) -> str:
    """Format a duration for people: `4 s`, `1 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
