"""Gathers the facts of an environment: Konnect, the engine's state, the clouds, public DNS."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from providers.base.errors import ProviderError
from providers.konnect.client import Client, Connection
from tools.processes import ProcessFailed, watch
from tools.progress import step
from tools.readiness.facts import Facts
from tools.readiness.konnect import read_live
from tools.readiness.names import PublicNames
from tools.readiness.resources import Resources, StateError, read_resources
from tools.report.events import EventLogError, read_events
from tools.session import Mode, Session
from tools.stack import COMMAND_LIMIT

REFRESH_LIMIT: Final = 900.0
"""Seconds for reading all resources from their clouds."""
SETTINGS: Final = "multicloud-gateway:gateway"
_SANDBOX: Final = "/_sandbox"


def read_facts(session: Session, *, refresh: bool = True) -> Facts:
    """All facts of a stack, read now. Without ``refresh`` the clouds' side is that of the state.

    Raises ProcessFailed with a text for the user.
    """
    try:
        resources = _resources(session, refresh=refresh)
        if not resources.outputs.get("regions"):
            up = session.make("up")
            raise ProcessFailed(f"stack {session.stack.name} has no gateways yet: `{up}` first")
        geo = resources.outputs.get("geo")
        client = Client(Connection.resolve(geo=geo and str(geo), environ=session.env))
        with step("Reading Konnect"):
            live = asyncio.run(read_live(client, resources.outputs, _now(session)))
    except (ProviderError, StateError, EventLogError) as error:
        raise ProcessFailed(str(error)) from error
    settings: Any = (session.stack.settings().get("config") or {}).get(SETTINGS)
    return Facts(
        session.stack.name,
        live,
        resources,
        settings if isinstance(settings, dict) else {},
        _names(session),
        session.completed,
    )


def _resources(session: Session, *, refresh: bool) -> Resources:
    exported = session.read("stack", "export")
    if not refresh:
        return read_resources(exported)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "events.jsonl")
        # A preview of a refresh reads every resource from its cloud, and changes nothing.
        command = [str(session.pulumi), "refresh", "--preview-only", "--non-interactive"]
        command += [*session.flags, "--event-log", str(log)]
        env = {**session.env, "PULUMI_DEBUG_COMMANDS": "true"}
        with step("Reading the clouds"):
            try:
                watch(command, limit=REFRESH_LIMIT, cwd=session.stack.place.project, env=env)
            except ProcessFailed as error:
                raise ProcessFailed(
                    f"{error}\nWithout credentials of the clouds, add REFRESH=off: then the "
                    "clouds' side is that of the last update or refresh"
                ) from error
        return read_resources(exported, read_events(log), datetime.now(UTC))


def _names(session: Session) -> PublicNames:
    if session.mode is Mode.OFF:
        return PublicNames()
    url = f"{session.env['KONNECT_SERVER_URL']}{_SANDBOX}/dns"
    return PublicNames(url, session.env["KONNECT_TOKEN"])


def _now(session: Session) -> datetime:
    """The time by which Konnect's answers are new or old. A sandbox has a clock of its own."""
    if session.mode is Mode.OFF:
        return datetime.now(UTC)
    url = f"{session.env['KONNECT_SERVER_URL']}{_SANDBOX}/clock"
    headers = {"Authorization": f"Bearer {session.env['KONNECT_TOKEN']}"}
    try:
        answer = httpx.get(url, headers=headers, timeout=COMMAND_LIMIT, trust_env=False)
        answer.raise_for_status()
        return datetime.fromtimestamp(float(answer.json()["epoch"]), UTC)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise ProcessFailed(f"the sandbox does not say what time it is: {error!r}") from error
