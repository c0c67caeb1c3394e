"""The simulated Konnect on a loopback port of this process, and what tests need around it.

Time stands still until a test moves it. Prerequisites are made over plain HTTP, so that a
mistake of the provider under test cannot hide in its own set-up.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from providers.konnect import client
from providers.konnect.ownership import LABEL
from sandbox.clock import VirtualClock
from sandbox.konnect.app import create_app
from sandbox.store import Store
from tests.providers.konnect.example import OWNER
from tests.providers.konnect.scripted import TOKEN

Json = dict[str, Any]

GATEWAYS = "/v2/cloud-gateways"
NETWORKS = f"{GATEWAYS}/networks"
CONFIGURATIONS = f"{GATEWAYS}/configurations"
ADD_ONS = f"{GATEWAYS}/add-ons"
PLANES = "/v2/control-planes"
HOUR = 3600.0
RUSH = 1e6
"""Simulated seconds per second at which everything happens by the next request."""

_AHEAD = datetime(2130, 1, 1, tzinfo=UTC).timestamp() - time.time()


def wall() -> float:
    """The wall clock of a year that tests can write dates of."""
    return time.time() + _AHEAD


@dataclass
class Request:
    """A request to the API, with the status of its answer (0 before there is one)."""

    method: str
    path: str
    status: int = 0


class LocalKonnect:
    """A Konnect of which all is known: its objects, its requests, its clock and its faults."""

    def __init__(self) -> None:
        self.store = Store(":memory:", VirtualClock(speed=0, wall=wall))
        # Said to be TCP, or asyncio leaves Nagle's algorithm on: 40 ms for each request.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests: list[Request] = []
        self._canned: Response | None = None
        self._withheld: str | None = None
        self._has_faults = False
        self.served = threading.Event()
        self._app = create_app(self.store, [TOKEN])
        config = uvicorn.Config(
            self._recorded, interface="asgi3", log_level="critical", lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=10)
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Let go of the port."""
        self._http.close()
        self._server.should_exit = True
        self._thread.join()
        self.store.close()

    def reset(self) -> None:
        """Forget every object, request and fault, and stop the clock."""
        if self._has_faults:
            self.end_faults()
        self.store.reset()
        self.requests.clear()
        self.answer_with(None)
        self.withhold(None)
        self.speed(0)

    # What happens

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request as any other client would send it, that has to succeed."""
        response = self._http.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def another_token(self, organization: str = "Another organisation") -> str:
        """A token of another organisation, valid and with every role."""
        return str(self.call("POST", "/_sandbox/tokens", {"organization": organization})["token"])

    def organization(self, token: str = TOKEN) -> Json:
        """The organisation of a token, as Konnect tells it."""
        headers = {"Authorization": f"Bearer {token}"}
        response = self._http.get("/v3/organizations/me", headers=headers)
        found: Json = response.raise_for_status().json()
        return found

    def advance(self, seconds: float) -> None:
        """Let simulated time pass."""
        with self.store.transaction() as store:
            store.clock.advance(seconds)
            store.save_clock()

    def speed(self, speed: float) -> None:
        """Let time run at ``speed`` simulated seconds per second."""
        with self.store.transaction() as store:
            store.clock.set_speed(speed)
            store.save_clock()

    def fault(self, **fault: Any) -> None:
        """Let the next requests that match go wrong."""
        self._has_faults = True
        self.call("POST", "/_sandbox/faults", fault)

    def end_faults(self) -> None:
        """Let nothing more go wrong."""
        self.call("DELETE", "/_sandbox/faults")
        self._has_faults = False

    def answer_with(self, answer: Response | None) -> None:
        """Answer every request to the API like this; None answers as Konnect does again."""
        self._canned = answer

    def withhold(self, method: str | None) -> None:
        """Do what these requests ask for, set ``served``, and let the caller wait for ever."""
        self.served.clear()
        self._withheld = method

    # What happened

    async def _recorded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Remember a request before it is answered, so that a test never reads too early."""
        if scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        request = Request(scope["method"], scope["path"])
        self.requests.append(request)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                if request.method == self._withheld:
                    self.served.set()
                    while (await receive())["type"] != "http.disconnect":
                        pass
            await send(message)

        await (self._canned or self._app)(scope, receive, answered)

    @property
    def writes(self) -> list[tuple[str, int]]:
        """(method, status) of every write so far."""
        return [(item.method, item.status) for item in self.requests if item.method != "GET"]

    def objects(self, kind: str) -> list[Json]:
        """All objects of a kind, as the API shows them."""
        shown = self.call("GET", f"/_sandbox/state?kind={kind}")
        return list(shown.get("konnect", {}).get(kind, {}).values())

    # Prerequisites

    def plane(self, name: str = "plane", **more: Any) -> str:
        """A control plane for dedicated cloud gateways, created by the tests' stack."""
        body = {"name": name, "cloud_gateway": True, "labels": {LABEL: OWNER.label}, **more}
        return str(self.call("POST", PLANES, body)["id"])

    def acme_record(self, plane_id: str, domain: str) -> str:
        """Write the record with which the owner of a domain lets Konnect get its certificate.

        Returns the record's target.
        """
        endpoint = self.call("GET", f"{PLANES}/{plane_id}")["config"]["control_plane_endpoint"]
        prefix = endpoint.removeprefix("https://").split(".")[0]
        target = f"_acme-challenge.{prefix}.acme.gateways.konggateway.com"
        record = {"name": f"_acme-challenge.{domain}", "type": "CNAME", "values": [target]}
        self.call("PUT", "/_sandbox/dns", record)
        return target

    def account(self, provider: str = "aws") -> str:
        """Kong's account in a cloud."""
        accounts = self.call("GET", f"{GATEWAYS}/provider-accounts")["data"]
        return next(str(item["id"]) for item in accounts if item["provider"] == provider)

    def network(
        self, name: str = f"network-{OWNER.id}", provider: str = "aws", ready: bool = True
    ) -> str:
        """A network, by default one that is ready."""
        region, zones = {
            "aws": ("us-east-2", ["use2-az1", "use2-az2"]),
            "gcp": ("us-east1", ["us-east1-b", "us-east1-c"]),
        }[provider]
        body = {
            "name": name,
            "cloud_gateway_provider_account_id": self.account(provider),
            "region": region,
            "availability_zones": zones,
            "cidr_block": "10.20.0.0/16",
        }
        id_ = str(self.call("POST", NETWORKS, body)["id"])
        if ready:
            self.advance(HOUR)
        return id_

    def configuration(self, plane: str, *networks: str, version: str = "3.13") -> Json:
        """A configuration of AWS groups in these networks; none empties it."""
        body = {
            "control_plane_id": plane,
            "control_plane_geo": "us",
            "version": version,
            "dataplane_groups": [self.group(network) for network in networks],
        }
        configuration: Json = self.call("PUT", CONFIGURATIONS, body)
        return configuration

    @staticmethod
    def group(network: str) -> Json:
        """A wanted data plane group in an AWS network."""
        return {
            "provider": "aws",
            "region": "us-east-2",
            "cloud_gateway_network_id": network,
            "autoscale": {"kind": "autopilot", "base_rps": 100},
        }

    def entity(self, plane: str, segment: str, **body: Any) -> str:
        """A core entity of a control plane, created by nobody unless its tags say so."""
        return str(self.call("POST", f"{PLANES}/{plane}/core-entities/{segment}", body)["id"])


@contextmanager
def serving() -> Iterator[LocalKonnect]:
    """A Konnect that is stopped at the end, with the connections that the provider keeps to it."""
    konnect = LocalKonnect()
    yield konnect
    for connection, kept in client._clients.known.items():
        if connection.server_url == konnect.url:
            kept._http.close()
    konnect.stop()
