"""Shows what an environment is like now, from Konnect itself.

    make status STACK=prod                    one screen
    make status STACK=prod WATCH=10           again every ten seconds
    make status STACK=prod JSON=1             for programs
    make status STACK=prod HTML=status.html   one page, with the topology

It reads and changes nothing, and takes no lock, so it works in the middle of an `up`.

For monitoring run `python -m tools.status prod`. Its exit status is 0 when all is well, 1 when
something is wrong, 2 when something could not be read, and 3 when something still changes. (make
itself exits with 2 for all but 0.) See docs/status.md.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final, NoReturn

import httpx
import typer
from rich.console import Console, RenderableType
from rich.live import Live as LiveScreen
from rich.text import Text

from providers.base.errors import ProviderError
from providers.konnect.client import Client, Connection, use_client
from tools.engine import CHECKOUT, EngineError
from tools.processes import Busy, ProcessFailed, exit_on_signals
from tools.progress import say
from tools.run import ProjectFolder, SandboxMode, StackName
from tools.sandbox_process import SandboxError
from tools.session import Mode, open_for_reading
from tools.stack import StackError
from tools.status.document import document, failure
from tools.status.figures import Figures, read_figures
from tools.status.judge import Exit, exit_status, judge
from tools.status.known import Known, StateError
from tools.status.live import read_live
from tools.status.model import LiveView
from tools.status.screen import Shown, screen
from tools.status.source import Facts, Source

SHORTEST_WATCH: Final = 5
"""The least number of seconds between two readings of `--watch`."""
RETRY_SECONDS: Final = 15.0
"""Seconds for all attempts of one call. A screen is better early than complete."""
_COMPARISONS: Final = 3
"""How often the stack's state is read again when it differs from Konnect and still changes."""
FIGURES_EVERY: Final = 60.0
"""Seconds for which the traffic is not asked for again: a user may send ten queries a minute."""

_UNREADABLE: Final = (
    ProviderError,
    httpx.HTTPError,
    StateError,
    StackError,
    EngineError,
    SandboxError,
    ProcessFailed,
    Busy,
)
"""What keeps a whole environment from being read."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Reader:
    """Reads an environment again and again, and its traffic at most once a minute."""

    source: Facts
    monotonic: Callable[[], float] = time.monotonic
    completed: Callable[[str], str] = str
    """Completes the make commands in a text, such as a reason."""
    _connection: Connection | None = field(default=None, init=False)
    _figures: Figures | None = field(default=None, init=False)
    _figures_at: float = field(default=0.0, init=False)

    async def shown(self) -> Shown:
        """What is to be shown now. Raises one of ``_UNREADABLE``."""
        view = await self._view()
        if self._figures is None or self.monotonic() - self._figures_at >= FIGURES_EVERY:
            self._figures = await read_figures(self._connected(), view)
            self._figures_at = self.monotonic()
        findings = [replace(one, text=self.completed(one.text)) for one in judge(view)]
        command = self.completed("`make status`").strip("`")
        return Shown(view, findings, self._figures, exit_status(view, findings), command)

    async def _view(self) -> LiveView:
        """The live state, compared with the state that the stack had at the same time.

        An `up` may create an object after the stack's state was read and before Konnect is asked.
        So a difference counts only if the stack's state is still the same afterwards.
        """
        known = await self._known()
        for _ in range(_COMPARISONS):
            view = await read_live(self._connection_of(known), known, now=self.source.now())
            if not view.missing and all(one.known for one in view.objects()):
                return view
            before, known = known, await self._known()
            if known == before:
                return view
        return replace(view, pending=view.pending or ("resources",))

    async def _known(self) -> Known:
        return await asyncio.to_thread(self.source.known)

    def _connection_of(self, known: Known) -> Connection:
        connection = self.source.connection(known)
        if connection != self._connection:
            use_client(Client(connection, retry_seconds=RETRY_SECONDS))
            self._connection = connection
        return connection

    def _connected(self) -> Connection:
        assert self._connection is not None
        return self._connection


@app.command()
def main(
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
    watch: Annotated[
        int | None, typer.Option(min=SHORTEST_WATCH, help="seconds between two readings")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print a JSON document")] = False,
    html: Annotated[Path | None, typer.Option(help="write one HTML page")] = None,
) -> None:
    """Show what an environment is like now. See docs/status.md for the exit status."""
    try:
        session = open_for_reading(CHECKOUT / project, stack, sandbox)
        reader = Reader(Source(session), completed=session.completed)
    except _UNREADABLE as error:
        sys.exit(_print_failure(error, as_json=as_json))
    if html is not None:
        say(f"The page: {html}")
    if watch is not None:
        _watch(reader, html, watch, as_json=as_json)
    sys.exit(_once(reader, html, as_json=as_json))


def _once(reader: Reader, html: Path | None, *, as_json: bool) -> Exit:
    try:
        shown = asyncio.run(reader.shown())
    except _UNREADABLE as error:
        return _print_failure(error, as_json=as_json)
    if html is not None:
        _write_page(shown, html, None)
    if as_json:
        print(json.dumps(document(shown), indent=2))
    elif html is None:
        console = Console(highlight=False)
        console.print(screen(shown, console.width))
    return shown.status


def _print_failure(error: Exception, *, as_json: bool) -> Exit:
    if as_json:
        print(json.dumps(failure(str(error)), indent=2))
    else:
        say(f"error: {error}", style="red")
    return Exit.UNREAD


def _watch(reader: Reader, html: Path | None, seconds: int, *, as_json: bool) -> NoReturn:
    """Read again and again, until a signal ends the process."""
    console = Console(highlight=False)
    with ExitStack() as stack:
        show: Callable[[RenderableType], None] = console.print
        if console.is_terminal and not as_json and html is None:
            live = stack.enter_context(LiveScreen(console=console, screen=True, auto_refresh=False))
            show = functools.partial(live.update, refresh=True)
        while True:
            try:
                shown = asyncio.run(reader.shown())
            except _UNREADABLE as error:
                if as_json:
                    print(json.dumps(failure(str(error))), flush=True)
                else:
                    show(Text(f"error: {error}", style="red"))
            else:
                if html is not None:
                    _write_page(shown, html, seconds)
                if as_json:
                    print(json.dumps(document(shown)), flush=True)
                elif html is None:
                    show(screen(shown, console.width))
            time.sleep(seconds)


def _write_page(shown: Shown, file: Path, seconds: int | None) -> None:
    # Imported here, so that only pages take the time of the import.
    from tools.status.page import write_page

    write_page(shown, file, refresh=seconds)


if __name__ == "__main__":
    exit_on_signals()
    app()
