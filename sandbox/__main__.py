"""``python -m sandbox``: run the sandbox, point a program at it, inspect its state."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from sandbox.clock import DEFAULT_SPEED
from sandbox.endpoint import ENDPOINT, AlreadyRunning, endpoint_of, is_locked
from sandbox.konnect.tokens import DEFAULT_ORGANIZATION, DEFAULT_TOKEN, check_token

_STOP_TIMEOUT = 15.0

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A local Konnect, AWS, Azure and GCP to rehearse against.",
)
StateDir = Annotated[Path, typer.Option(help="Where the sandbox keeps its state.")]
DEFAULT_STATE_DIR = Path(".cache/sandbox")


def _token(value: str) -> str:
    try:
        return check_token(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _role(text: str) -> dict[str, str]:
    """Parse ``ENTITY TYPE:ROLE[:ENTITY ID]`` into a role of ``POST /_sandbox/tokens``."""
    fields = ("entity_type_name", "role_name", "entity_id")
    values = [part.strip() for part in text.split(":")]
    if not 2 <= len(values) <= len(fields):
        raise typer.BadParameter(
            f"role {text!r} is not ENTITY TYPE:ROLE[:ENTITY ID]; such as Control Planes:Viewer"
        )
    return dict(zip(fields, values, strict=False))


def _fail(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


def _endpoint(state_dir: Path) -> dict[str, Any]:
    endpoint = endpoint_of(state_dir)
    if endpoint is None:
        raise _fail(
            f"no sandbox is running in {state_dir}; "
            f"start one: python -m sandbox serve --state-dir {state_dir}"
        )
    return endpoint


def _admin(
    state_dir: Path, method: str, path: str, body: Any = None, **params: str
) -> httpx.Response:
    endpoint = _endpoint(state_dir)
    url = f"{endpoint['konnect_url']}/_sandbox/{path}"
    headers = {"Authorization": f"Bearer {endpoint['token']}"}
    response = httpx.request(method, url, json=body, params=params, headers=headers, timeout=60)
    if response.status_code == 400:
        problems = response.json()["invalid_parameters"]
        raise _fail("; ".join(problem["reason"] for problem in problems))
    return response.raise_for_status()


@cli.command("serve")
def serve_command(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Konnect's port; 0: that of last time, or any.")
    ] = 0,
    speed: Annotated[
        float, typer.Option(min=0, help="Simulated seconds per real second.")
    ] = DEFAULT_SPEED,
    token: Annotated[
        str, typer.Option(callback=_token, help="The token that Konnect accepts.")
    ] = DEFAULT_TOKEN,
    idle: Annotated[
        float,
        typer.Option(min=0, help="End after so many seconds without a request; 0: never."),
    ] = 0,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, until it is idle, or until its endpoint is deleted."""
    # This import takes a second and no other command needs it.
    from sandbox.server import Sandbox, serve
    from sandbox.store import StoreError

    sandbox = Sandbox(state_dir, port=port, speed=speed, token=token, idle=idle)
    try:
        endpoint = sandbox.start()
    except AlreadyRunning as error:
        raise _fail(f"{error}; stop it: python -m sandbox stop --state-dir {state_dir}") from None
    except StoreError as error:
        raise _fail(str(error)) from None
    except OSError as error:
        raise _fail(f"cannot listen on port {port}: {error.strerror}") from None
    typer.echo(f"sandbox {endpoint['pid']} at {endpoint['konnect_url']}, state in {state_dir}")
    serve(sandbox)


@cli.command()
def env(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Print the exports that point a Pulumi program and its engine at the sandbox."""
    endpoint = _endpoint(state_dir)
    providers = ",".join(f"{name}:{port}" for name, port in endpoint["debug_providers"].items())
    for name, value in (
        ("KONNECT_SERVER_URL", endpoint["konnect_url"]),
        ("KONNECT_TOKEN", endpoint["token"]),
        ("PULUMI_DEBUG_PROVIDERS", providers),
        ("AVIATRIX_CONTROLLER_IP", endpoint["aviatrix"]["controller"]),
        ("AVIATRIX_USERNAME", endpoint["aviatrix"]["username"]),
        ("AVIATRIX_PASSWORD", endpoint["aviatrix"]["password"]),
    ):
        typer.echo(f"export {name}={shlex.quote(str(value))}")


@cli.command("token")
def token_command(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    organization: Annotated[
        str, typer.Option(help="Its organisation; made if there is none of that name.")
    ] = DEFAULT_ORGANIZATION,
    geo: Annotated[
        str, typer.Option(help="The geo of its requests and roles, such as eu; default: every geo.")
    ] = "",
    roles: Annotated[
        str,
        typer.Option(
            help='Such as "Control Planes:Viewer,Networks:Network Admin": entity type, role, and '
            "an entity's id if it is not for all. Default: all roles."
        ),
    ] = "",
    expires: Annotated[
        str, typer.Option(help="RFC 3339 date-time until which it is valid; default: a year.")
    ] = "",
) -> None:
    """Print a new token of a system account."""
    body: dict[str, Any] = {"organization": organization}
    if geo:
        body["geo"] = geo
    if roles:
        body["roles"] = [_role(text) for text in roles.split(",")]
    if expires:
        body["expires_at"] = expires
    typer.echo(_admin(state_dir, "POST", "tokens", body).json()["token"])


@cli.command()
def fault(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    cloud: Annotated[str, typer.Option(help="aws, azure or gcp; default: Konnect.")] = "",
    method: Annotated[
        str, typer.Option(help="Such as POST, or Create in a cloud; default: every method.")
    ] = "",
    api: Annotated[str, typer.Option(help="konnect or aviatrix; default: Konnect.")] = "",
    path: Annotated[str, typer.Option(help="Konnect: regular expression, in path and query.")] = "",
    type_token: Annotated[
        str, typer.Option(help="Cloud: regular expression, in the type token, such as ec2/vpc.")
    ] = "",
    status: Annotated[int, typer.Option(help="Konnect: status of the error, 400 to 599.")] = 0,
    retry_after: Annotated[int, typer.Option(help="Konnect: Retry-After in seconds.")] = 0,
    code: Annotated[
        str, typer.Option(help="Cloud: its error code, such as VpcLimitExceeded.")
    ] = "",
    message: Annotated[str, typer.Option(help="Cloud: the text of the error.")] = "",
    delay: Annotated[float, typer.Option(help="Real seconds to wait first.")] = 0.0,
    drop: Annotated[bool, typer.Option(help="Close the connection without a response.")] = False,
    after: Annotated[
        bool, typer.Option("--after", help="Do the work, then fail: only the response is lost.")
    ] = False,
    times: Annotated[int, typer.Option(help="Number of requests that it acts on.")] = 1,
) -> None:
    """Let coming requests fail, be late, or lose their connection; print the fault."""
    body = {
        "api": api,
        "cloud": cloud,
        "method": method,
        "path": path,
        "token": type_token,
        "status": status,
        "retry_after": retry_after,
        "code": code,
        "message": message,
        "delay": delay,
        "drop": drop,
        "when": "after" if after else "",
    }
    given = {name: value for name, value in body.items() if value}
    added = _admin(state_dir, "POST", "faults", {**given, "times": times}).json()
    typer.echo(json.dumps(added, indent=2))


@cli.command()
def faults(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    clear: Annotated[bool, typer.Option("--clear", help="Delete them instead.")] = False,
) -> None:
    """Print the faults that are waiting as JSON."""
    if clear:
        _admin(state_dir, "DELETE", "faults")
        return
    typer.echo(json.dumps(_admin(state_dir, "GET", "faults").json()["faults"], indent=2))


@cli.command()
def state(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    kind: Annotated[str, typer.Option(help="Only this kind of object.")] = "",
) -> None:
    """Print every object of every cloud as JSON."""
    params = {"kind": kind} if kind else {}
    typer.echo(json.dumps(_admin(state_dir, "GET", "state", **params).json(), indent=2))


@cli.command()
def requests(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Print every request so far with its answer as JSON."""
    logged = _admin(state_dir, "GET", "requests").json()
    typer.echo(json.dumps(logged["requests"], indent=2))


@cli.command(name="redis-paths")
def redis_paths(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Print the way from each gateway in GCP to its Redis, hop by hop, as JSON."""
    typer.echo(json.dumps(_admin(state_dir, "GET", "redis-paths").json()["paths"], indent=2))


@cli.command()
def reset(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Forget every object, issued token and logged request; the sandbox runs on."""
    _admin(state_dir, "POST", "reset")


@cli.command()
def stop(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Stop the sandbox and wait until it has ended; its state stays."""
    pid = _endpoint(state_dir)["pid"]
    already_ended = suppress(FileNotFoundError, ProcessLookupError)
    with already_ended, (state_dir / ENDPOINT).open(encoding="utf-8") as file:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_TIMEOUT
        while is_locked(file):
            if time.monotonic() > deadline:
                raise _fail(
                    f"the sandbox in {state_dir} (pid {pid}) did not stop "
                    f"within {_STOP_TIMEOUT:.0f} s"
                )
            time.sleep(0.05)


if __name__ == "__main__":
    cli()
