"""Rehearses the creation and deletion of an environment, in a sandbox of its own.

    python -m tools.rehearse prod

The rehearsal shows what a first real `up` would do. Its steps are a preview with the policies; the
`up`; a second preview, which must find no changes; a check of the connections between Kong's
networks and your own; and the `destroy`, after which nothing may be left. State, sandbox and the
engine's own files are in a new folder. The shell's credentials and backend are not used.

    python -m tools.rehearse given --settings examples/given-networks/gateway.yaml \\
        --first examples/given-networks

The settings may be in any file. Another project can come up first, for example with the networks
that the environment is linked to; it is deleted at the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from reachability.answer import sentence
from reachability.build import graph_of
from reachability.records import records_of_state
from reachability.services import declared_services, verdicts
from tools.engine import CHECKOUT
from tools.processes import ProcessFailed, exit_on_signals
from tools.progress import duration, say
from tools.run import ProjectFolder, StackName, readable_errors, reported_preview
from tools.sandbox_process import Sandbox, SandboxError
from tools.session import CACHE, Mode, Session, open_session
from tools.stack import Place, StackError

SPEED: Final = 1200.0
"""Simulated seconds per second: an hour of provisioning takes three seconds."""

GONE_LIMIT: Final = 60.0
"""Seconds after `destroy` until the sandbox must be empty: twenty simulated hours."""

READY: Final = "ready"
"""The state of an attachment that carries traffic (`TransitGatewayState`)."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class StepFailed(Exception):
    """A step failed. The text is for the report."""


@dataclass(frozen=True)
class Result:
    """The result of a step. ``took`` is in seconds."""

    name: str
    verdict: str
    detail: str
    took: float


@dataclass
class Rehearsal:
    """The steps of one rehearsal, in order."""

    session: Session
    page: Path | None = None
    first: Session | None = None
    """The stack of another project, which comes up before and is deleted at the end."""
    results: list[Result] = field(default_factory=list)

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """The steps by name. A step returns the text of the report, or raises ``StepFailed``."""
        if self.first is not None:
            yield "first project", self.first_up
        yield "preview with policies", self.preview
        yield "up", self.up
        yield "no-op check", self.no_op
        yield "reachability", self.reachability
        yield "destroy", self.destroy

    def run(self) -> str | None:
        """Run the steps until one fails, and record all results. Return the failed step's name."""
        failed: str | None = None
        for name, act in self.steps():
            if failed is not None:
                self.results.append(Result(name, "not run", f"after {failed}", 0.0))
                continue
            say(f"\n== {name} ==", style="bold")
            began = time.monotonic()
            try:
                verdict, detail = "ok", act()
            except (StepFailed, ProcessFailed, SandboxError, StackError) as error:
                verdict, detail, failed = "failed", str(error), name
            self.results.append(Result(name, verdict, detail, time.monotonic() - began))
        return failed

    def first_up(self) -> str:
        """Create what another project has, such as the networks that this one is linked to."""
        assert self.first is not None
        self._engine(self.first.run("up", "--skip-preview"), "pulumi up")
        return self.first.stack.place.name

    def preview(self) -> str:
        """Preview the `up`. No mandatory rule may be violated."""
        self._engine(reported_preview(self.session, page=self.page), "pulumi preview")
        return "mandatory policies hold"

    def up(self) -> str:
        """Create the environment, with the policies and without another preview."""
        self._pulumi("up", "--skip-preview", *self.session.policies())
        return f"{len(self._resources())} resources"

    def no_op(self) -> str:
        """Preview again: there must be no changes after the `up`."""
        self._pulumi("preview", "--expect-no-changes", *self.session.policies())
        return "a second up would change nothing"

    def reachability(self) -> str:
        """Check each region's connections to your own network, and each way from GCP to a Redis.

        The check sends no traffic: Konnect reports an attachment as ready once the other side has
        accepted it and the routes exist. The way to a Redis is walked hop by hop in the sandbox,
        and the way to each declared service over the resources in the state.
        """
        regions = self._outputs().get("regions")
        if not isinstance(regions, dict) or not regions:
            raise StepFailed("the stack exports no regions")
        states = {
            f"{key}{link}": state
            for key, region in regions.items()
            for link, state in _attachment_states(region).items()
        }
        if down := [f"{key} is {state}" for key, state in states.items() if state != READY]:
            raise StepFailed(f"attachments that are not ready: {', '.join(down)}")
        said = [
            f"{len(states)} of {len(states)} attachments ready",
            *redis_reached(self._sandbox.redis_paths()),
            *services_reached(self._resources()),
        ]
        return f"{'; '.join(said)}; no traffic was sent"

    def destroy(self) -> str:
        """Delete everything, protected resources too. Nothing may be left in the sandbox."""
        self.session.unprotect()
        self._pulumi("destroy")
        if self.first is not None:
            self.first.unprotect()
            self._engine(self.first.run("destroy"), "pulumi destroy")
        if left := self._resources():
            raise StepFailed(f"{len(left)} resources are left in the state")
        # Konnect needs some minutes to delete a network after it has accepted the request.
        deadline = time.monotonic() + GONE_LIMIT
        while objects := _objects(self.session):
            if time.monotonic() > deadline:
                raise StepFailed(f"the sandbox still has {objects}")
            time.sleep(0.5)
        return "nothing is left"

    @property
    def _sandbox(self) -> Sandbox:
        return Sandbox(CHECKOUT, self.session.stack.place.sandbox)

    def _pulumi(self, verb: str, *more: str) -> None:
        self._engine(self.session.run(verb, *more), f"pulumi {verb}")

    @staticmethod
    def _engine(code: int, command: str) -> None:
        if code != 0:
            raise StepFailed(f"`{command}` exited with code {code}; its output is above")

    def _read(self, *arguments: str) -> Any:
        return json.loads(self.session.read("stack", *arguments))

    def _outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = self._read("output", "--json")
        return outputs

    def _resources(self) -> list[Any]:
        resources: list[Any] = self._read("export")["deployment"].get("resources", [])
        return resources


def redis_reached(paths: Sequence[Mapping[str, Any]]) -> list[str]:
    """Show the hops from each gateway in GCP to its Redis, and sum them up for the report.

    ``paths`` are those of ``Sandbox.redis_paths``. Raises ``StepFailed`` when one leads nowhere.
    """
    reached, elsewhere = 0, []
    for path in paths:
        way = f"gcp-{path['region']} to its Redis at {path['host']}:{path['port']}"
        if not path["simulated"]:
            elsewhere.append(f"{way}: not checked, because it is not in the sandbox")
            continue
        say(way)
        for hop in path["hops"]:
            say(f"  -> {hop}")
        if path["stopped"]:
            raise StepFailed(f"{way}: stopped at {path['stopped']}")
        reached += 1
    counted = [f"{reached} of {reached} gateways in GCP reach their Redis"] if reached else []
    return [*counted, *elsewhere]


def services_reached(resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sum up which declared services are reached, for the report. Empty if none is declared.

    ``resources`` are those of a state. Raises ``StepFailed`` for services that are not reached.
    """
    records = records_of_state(resources)
    found = verdicts(graph_of(records), declared_services(records))
    if stopped := [sentence(one) for one in found if not one.reaches]:
        raise StepFailed("; ".join(stopped))
    if not found:
        return []
    assumed = sum(bool(one.assumptions) for one in found)
    shown = f", {assumed} of them as far as the stack shows" if assumed else ""
    return [f"{len(found)} of {len(found)} connections to services exist{shown}"]


def _attachment_states(region: Any) -> dict[str, str]:
    """The state of each attachment of a region, by the key of its link as it is shown."""
    if not isinstance(region, dict):
        return {"": "not exported"}
    links = region.get("attachments")
    if not isinstance(links, dict) or not links:
        links = {"": region.get("attachment")}
    return {
        f" {key}".rstrip(): str(one.get("state")) if isinstance(one, dict) else "not exported"
        for key, one in links.items()
    }


def _objects(session: Session) -> str:
    """The objects in the sandbox, as a text. Empty if there are none."""
    state = Sandbox(CHECKOUT, session.stack.place.sandbox).state()
    return ", ".join(
        f"{len(objects)} {cloud} {kind}"
        for cloud, kinds in state.items()
        for kind, objects in kinds.items()
        if objects
    )


def table(results: list[Result]) -> Table:
    """A table of the results of the steps."""
    shown = Table("step", "verdict", "time", "what")
    colours = {"ok": "green", "failed": "bold red", "not run": "dim"}
    for result in results:
        colour = colours[result.verdict]
        took = duration(result.took) if result.verdict != "not run" else ""
        shown.add_row(result.name, f"[{colour}]{result.verdict}[/]", took, result.detail)
    return shown


@app.command()
def main(
    stack: StackName,
    report: Annotated[Path | None, typer.Option(help="also write the preview's HTML page")] = None,
    speed: Annotated[
        float, typer.Option(help="seconds of provisioning that pass in one second", min=1)
    ] = SPEED,
    settings: Annotated[
        Path | None, typer.Option(help="the stack file, if it is not in stacks/")
    ] = None,
    first: Annotated[
        Path | None,
        typer.Option(help="project whose stack of this name comes up first, in the same sandbox"),
    ] = None,
    project: ProjectFolder = Path(),
) -> None:
    """Rehearse an environment. Exits with 1 when a step fails, and names it."""
    root = CACHE / "rehearsal"
    root.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with readable_errors(), tempfile.TemporaryDirectory(dir=root, prefix=f"{stack}-") as folder:
        cache, here = Path(folder), CHECKOUT / project
        with Sandbox(CHECKOUT, Place(here, cache).sandbox).during(speed=speed):
            session = open_session(here, stack, Mode.ON, cache=cache, settings=settings)
            before = None
            if first is not None:
                before = open_session(CHECKOUT / first, stack, Mode.ON, cache=cache)
            rehearsal = Rehearsal(session, report, before)
            failed = rehearsal.run()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    console.print(table(rehearsal.results))
    took = duration(time.monotonic() - began)
    if failed is not None:
        say(f"The rehearsal of {stack} failed at: {failed} (after {took})", style="red")
        sys.exit(1)
    say(f"The rehearsal of {stack} succeeded in {took}. It touched nothing outside .cache.")


if __name__ == "__main__":
    exit_on_signals()
    app()
