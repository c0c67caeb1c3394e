"""Shows what the gateways of an environment reach, walked over the resources in its state.

    make reach STACK=prod
    make reach STACK=prod FROM=aws-us-east-2 TO=10.65.32.10:443

No traffic is sent. See docs/reachability.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Final

import typer

from reachability.answer import hop_lines, redis_lines, result
from reachability.build import graph_of
from reachability.graph import Graph
from reachability.losses import carriers
from reachability.records import Records, records_of_state
from reachability.services import Service, Verdict, declared_services, verdict, verdicts
from reachability.table import Reached, reached
from reachability.upstreams import declared_upstreams
from tools.engine import CHECKOUT
from tools.processes import exit_on_signals
from tools.run import ProjectFolder, SandboxMode, StackName, readable_errors
from tools.session import Mode, Session, open_for_reading
from tools.stack import StackError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Rows = Sequence[Sequence[str]]


def records_of_stack(session: Session) -> Records:
    """The resources in the state of a stack."""
    deployment = json.loads(session.read("stack", "export")).get("deployment") or {}
    return records_of_state(deployment.get("resources") or [])


def columns(title: Sequence[str], rows: Rows) -> Iterator[str]:
    """Rows as columns of text, below their names."""
    listed = [tuple(title), *rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def service_rows(found: Sequence[Verdict], notes: list[str]) -> list[tuple[str, str, str]]:
    """A row for each service and gateway: whether it is reached, or where it stops and why.

    What was not checked is often the same for many services. So it is added to ``notes``, and the
    rows have the numbers of their notes.
    """
    rows = []
    for one in sorted(found, key=lambda one: (str(one.service), one.gateway)):
        notes += [text for text in one.assumptions if text not in notes]
        numbers = ", ".join(str(1 + notes.index(text)) for text in one.assumptions)
        noted = one.stop is None and numbers
        words = f"reached as far as the stack shows ({numbers})" if noted else result(one)
        rows.append((str(one.service), one.gateway, words))
    return rows


def report(graph: Graph, found: Sequence[Verdict], apis: Sequence[Verdict] = ()) -> Iterator[str]:
    """The whole report: services, upstreams of APIs, Redis, everything else, what carries them."""
    notes: list[str] = []
    if found:
        yield from columns(("SERVICE", "GATEWAY", "RESULT"), service_rows(found, notes))
    else:
        yield "No services are declared: write them as `services` in the settings."
    yield ""
    if apis:
        yield from columns(("UPSTREAM", "GATEWAY", "RESULT"), service_rows(apis, notes))
        yield ""
    yield from (f"({number}) {text}" for number, text in enumerate(notes, start=1))
    yield from [""] if notes else []
    if redis := list(redis_lines(graph)):
        yield from columns(("GATEWAY", "REDIS", "RESULT"), redis)
        yield ""
    yield "Everything that the gateways reach over private networks:"
    rows = [
        (one.gateway, one.destination, one.ports, one.at)
        for gateway in sorted(graph.gateways)
        for one in sorted(reached(graph, gateway), key=_in_order)
    ]
    yield from columns(("GATEWAY", "DESTINATION", "PORTS", "WHERE"), rows)
    if carrying := carriers(graph, [*found, *apis]):
        yield ""
        counted = [(str(one.at), str(one.services), _lost(one.lost)) for one in carrying]
        yield from columns(("ATTACHMENT OR LINK", "SERVICES", "LOST WITHOUT IT"), counted)
    for element in graph.unread:
        yield f"not read, and may change the result: {element} ({element.type})"


def _in_order(one: Reached) -> tuple[bool, int, str]:
    """Blocks and addresses by number, then names."""
    try:
        return False, int(IPv4Network(one.destination).network_address), one.at
    except ValueError:
        return True, 0, one.destination


def _lost(count: int) -> str:
    return str(count) if count else "none: it is redundant"


def one_walk(graph: Graph, gateway: str, target: str) -> Verdict:
    """The walk from a gateway to ``<IPv4 address or DNS name>:<TCP port>``.

    Raises StackError for a gateway that is not in the graph, for another target, or for both.
    """
    wrong = []
    if gateway not in graph.gateways:
        known = ", ".join(sorted(graph.gateways))
        wrong.append(f"FROM={gateway}: there is no such gateway; write one of {known}")
    service = _service_at(target)
    if service is None:
        wrong.append(f"TO={target}: is not an address or name with a port; write 10.65.32.10:443")
    if wrong or service is None:
        raise StackError("\n".join(wrong))
    return verdict(graph, service, gateway)


_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def _service_at(target: str) -> Service | None:
    """What ``<IPv4 address or DNS name>:<TCP port>`` names. None if it is something else."""
    host, _, port = target.rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        return None
    try:
        return Service("TO", int(port), address=IPv4Address(host))
    except AddressValueError:
        return Service("TO", int(port), name=host) if _NAME.fullmatch(host) else None


@app.command()
def main(
    stack: StackName,
    source: Annotated[str, typer.Option("--from", help="a gateway: aws-us-east-2")] = "",
    target: Annotated[str, typer.Option("--to", help="an address or a name, and a port")] = "",
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
) -> None:
    """Print what the gateways of an environment reach. Exits with 1 if a service is not reached."""
    with readable_errors():
        if bool(source) != bool(target):
            raise StackError("FROM and TO belong together: write both for one walk, or neither")
        session = open_for_reading(CHECKOUT / project, stack, sandbox)
        records = records_of_stack(session)
        graph = graph_of(records)
        if not graph.gateways:
            raise StackError(f"stack {stack} has no gateway: `{session.make('up')}` creates it")
        if source:
            walked = one_walk(graph, source, target)
            print("\n".join(hop_lines(walked)))
            sys.exit(0 if walked.reaches else 1)
        found = verdicts(graph, declared_services(records))
        apis = verdicts(graph, list(declared_upstreams(records, graph)))
        print("\n".join(report(graph, found, apis)))
        sys.exit(0 if all(one.reaches for one in (*found, *apis)) else 1)


if __name__ == "__main__":
    exit_on_signals()
    app()
