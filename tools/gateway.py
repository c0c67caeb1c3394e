"""Runs the gateways of an environment in the sandbox, and prints where to call them.

    make gateway STACK=dev

The sandbox runs one HTTP proxy for each node of each data-plane group that is ready, and a real
Redis for each region with a cache. They run until the sandbox stops, and follow its configuration.
See docs/data-plane.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import typer

from tools.engine import CHECKOUT
from tools.processes import ProcessFailed, exit_on_signals
from tools.progress import say, step
from tools.run import ProjectFolder, SandboxMode, StackName, readable_errors
from tools.session import Mode, Session, open_session
from tools.stack import StackError

_START_LIMIT = 60.0
"""Seconds that the sandbox has to start the gateways."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def control_planes(session: Session) -> dict[str, str]:
    """Id -> key of each control plane that a stack exports."""
    outputs = json.loads(session.read("stack", "output", "--json"))
    exported = outputs.get("control_planes") or {}
    return {str(plane["id"]): key for key, plane in exported.items()}


def start(session: Session) -> dict[str, Any]:
    """Start the gateways of the sandbox. The result has ``gateways`` and ``redis``."""
    url = f"{session.env['KONNECT_SERVER_URL']}/_sandbox/data-plane"
    headers = {"Authorization": f"Bearer {session.env['KONNECT_TOKEN']}"}
    with step("Starting the gateways"):
        try:
            answer = httpx.post(url, headers=headers, timeout=_START_LIMIT, trust_env=False)
        except httpx.HTTPError as error:
            raise ProcessFailed(f"the sandbox did not start the gateways: {error!r}") from error
    if answer.is_error:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        reason = problem.get("detail", answer.text)
        raise ProcessFailed(f"the sandbox did not start the gateways: {reason}")
    started: dict[str, Any] = answer.json()
    return started


def rows(started: Mapping[str, Any], planes: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A row for each gateway of the control planes: region, control plane, node, address, Redis."""
    servers = {server["key"]: server for server in started["redis"]}
    return sorted(
        (
            f"{gateway['provider']}-{gateway['region']}",
            planes[gateway["control_plane_id"]],
            gateway["name"],
            gateway["url"],
            ", ".join(_address(servers[key]) for key in gateway["redis"] if key in servers)
            or "none",
        )
        for gateway in started["gateways"]
        if gateway["control_plane_id"] in planes
    )


def _address(server: Mapping[str, Any]) -> str:
    address = f"{server['host']}:{server['port']}"
    return address if server["running"] else f"{address} (down)"


def table(found: Sequence[Sequence[str]]) -> str:
    """Rows as columns of text, below their names."""
    titled = [("REGION", "CONTROL PLANE", "GATEWAY", "ADDRESS", "REDIS"), *found]
    widths = [max(map(len, column)) for column in zip(*titled, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in titled)
    return "\n".join(line.rstrip() for line in lines)


@app.command()
def main(stack: StackName, sandbox: SandboxMode = Mode.ON, project: ProjectFolder = Path()) -> None:
    """Run the gateways of an environment, and print where to call them."""
    with readable_errors():
        if sandbox is Mode.OFF:
            raise StackError(
                "SANDBOX=off: the gateways of your own accounts run in Konnect; their names are "
                "in the stack's output `regions`. Without SANDBOX=off they run here"
            )
        session = open_session(CHECKOUT / project, stack, sandbox)
        planes = control_planes(session)
        started = start(session) if planes else {"gateways": [], "redis": [], "problem": ""}
        found = rows(started, planes)
        if not found:
            up = session.make("up")
            raise StackError(f"stack {stack} has no gateway that is ready: `{up}` creates them")
        print(table(found))
        if started["problem"]:
            say(f"warning: {started['problem']}", style="yellow")
        say("")
        say(f"  curl -i {found[0][3]}/")
        say("  The sandbox keeps them running until `make sandbox-stop`. See docs/data-plane.md.")


if __name__ == "__main__":
    exit_on_signals()
    app()
