"""Cuts a live region off from your own networks and its clients, or takes it back.

    make isolate STACK=prod REGION=aws-us-east-2    write it, preview, show the counts, ask, apply
    make restore STACK=prod REGION=aws-us-east-2    the way back

Both write `isolated` of the region into the stack file. If the answer is no, or the preview has a
change that isolation does not need, the file is as before. The policy pack does not run: a rule
that another setting breaks must not stop this. See docs/isolation.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from tools.engine import CHECKOUT
from tools.isolated_regions import StackFileError, with_isolated
from tools.processes import ProcessFailed, exit_on_signals
from tools.progress import say
from tools.report.events import EventLogError
from tools.report.preview import Action, Preview, Resource
from tools.run import ProjectFolder, SandboxMode, StackName, readable_errors
from tools.session import Mode, Session, open_session
from tools.stack import Place, Stack

_COMPONENT: Final = "multicloudgateway:"
_ROUTES: Final = frozenset(
    {
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "aws:ec2/route:Route",
        "aws:ec2transitgateway/prefixListReference:PrefixListReference",
        "aws:ec2transitgateway/route:Route",
    }
)
"""Routes, and the lists of blocks that they lead to. A list of one gateway goes with it."""
_MAY_GO: Final = ("Isolation$", "index:Entry$")
"""What the parents of a resource have in their types that may be deleted: the rules that deny a
gateway's block, and the way in for clients."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_FABRIC: Final = "index:TransitFabric$"
"""What the parents of all resources of a fabric have in their types."""
_FABRIC_RULES: Final = frozenset(
    {
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "azure-native:network:SecurityRule",
        "gcp:compute/firewall:Firewall",
    }
)
"""Rules that let gateways in to landings and spokes of a fabric. The last gateway's may go."""


class Refused(Exception):
    """The region was neither isolated nor restored. The text is for the user."""


def counts(preview: Preview) -> str:
    """How many resources a preview changes, in one line. Components are not counted."""
    found = Counter(one.action for one in _changed(preview))
    named = (
        (Action.UPDATE, "updated"),
        (Action.CREATE, "created"),
        (Action.DELETE, "deleted"),
        (Action.REPLACE, "replaced"),
    )
    return ", ".join(f"{found[action]} {word}" for action, word in named)


def unwanted(preview: Preview) -> list[Resource]:
    """The resources that would be replaced, or deleted though isolation does not need it."""
    return [
        one
        for one in _changed(preview)
        if one.action is Action.REPLACE or (one.action is Action.DELETE and not _may_go(one))
    ]


def _changed(preview: Preview) -> Iterator[Resource]:
    return (one for one in preview.changes if not one.resource_type.startswith(_COMPONENT))


def _may_go(resource: Resource) -> bool:
    parents = resource.urn.split("::")[2]
    if _FABRIC in parents and resource.resource_type in _FABRIC_RULES:
        return True
    return resource.resource_type in _ROUTES or any(part in parents for part in _MAY_GO)


def previewed(session: Session) -> Preview:
    """Preview the stack. Raises Refused if the preview fails."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "events.jsonl")
        code = session.run("preview", events=log)
        if code:
            raise Refused("the preview failed, for the reason above")
        try:
            return Preview.read(log)
        except (OSError, EventLogError) as error:
            raise ProcessFailed(f"the event log of the preview cannot be read: {error}") from error


def agreed(session: Session, question: str, ask: Callable[[str], bool]) -> bool:
    """Preview, show the counts, and ask. Return whether there is something to apply.

    Raises Refused if the answer is no, or the update would do what isolation does not need.
    """
    preview = previewed(session)
    if others := unwanted(preview):
        listed = "\n".join(f"  {one.action.value} {one.kind} {one.name}" for one in others)
        raise Refused(
            f"the update would also do this, which takes a network or service away:\n{listed}\n"
            "Take the settings behind it out of the stack file, and try again"
        )
    say(f"Resources: {counts(preview)}.")
    if not any(_changed(preview)):
        say("There is nothing to do: it is so already.")
        return False
    if not ask(question):
        raise Refused("the answer was no")
    return True


def _apply(session: Session) -> int:
    yes = ("--yes",) if session.mode is Mode.OFF else ()
    return session.run("up", *yes, "--skip-preview")


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Refused("there is no terminal to ask at: add YES=1")
    return typer.confirm(question, err=True)


def _write(file: Path, text: str) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(file)


@app.command()
def main(
    stack: StackName,
    region: Annotated[str, typer.Argument(help="region: aws-us-east-2, or us-east-2")],
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
    undo: Annotated[bool, typer.Option("--undo", help="take an isolated region back")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Isolate a region, or take it back."""
    with readable_errors():
        named = Stack(Place(CHECKOUT / project, CHECKOUT), stack)
        named.settings()  # reports a missing stack file
        file = named.committed
        before = file.read_text()
        begun = False
        try:
            _write(file, with_isolated(before, region, isolated=not undo))
            session = open_session(CHECKOUT / project, stack, sandbox)
            doing = "Take back" if undo else "Isolate"
            question = f"{doing} {region} of {stack}?"
            needed = agreed(session, question, (lambda _: True) if yes else _asked)
            begun = True
            code = _apply(session) if needed else 0
        except (Refused, StackFileError) as error:
            say(f"error: {error}", style="red")
            code = 1
        finally:
            if not begun:
                _write(file, before)
        if not begun:
            say(f"{file.name} is as before.")
        elif code:
            say(f"{file.name} says that {region} is {_state(undo)}, and the update failed.")
            say(
                f"`{session.make('preview')}` shows what is left of it. Mend the error and run "
                "the command again."
            )
        else:
            say(f"{region} is {_state(undo)}. Commit {file.name}.")
        sys.exit(code)


def _state(undo: bool) -> str:
    return "not isolated" if undo else "isolated"


if __name__ == "__main__":
    exit_on_signals()
    app()
