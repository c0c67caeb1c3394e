"""A client whose every answer is checked against the published documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx

from sandbox.http.application import INJECTED
from sandbox.konnect.app import create_app
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store
from tests.sandbox.konnect.contract import contract

Json = dict[str, Any]

MINUTE = 60.0
GATEWAYS = "/v2/cloud-gateways"
NETWORKS = f"{GATEWAYS}/networks"
CONFIGURATIONS = f"{GATEWAYS}/configurations"
DOMAINS = f"{GATEWAYS}/custom-domains"
ADD_ONS = f"{GATEWAYS}/add-ons"
PLANES = "/v2/control-planes"

ZONES = {
    "us-east-2": ["use2-az1", "use2-az2", "use2-az3"],
    "eu-west-1": ["euw1-az1", "euw1-az2"],
    "eastus2": ["eastus2-az1", "eastus2-az2"],
    "us-east1": ["us-east1-b", "us-east1-c"],
}
PLACES = {"aws": "us-east-2", "azure": "eastus2", "gcp": "us-east1"}


class Answer:
    """A response, read."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body: Any = response.json() if response.content else None

    @property
    def invalid(self) -> dict[str, str | None]:
        """Field -> rule of a 400."""
        return {p["field"]: p.get("rule") for p in self.body["invalid_parameters"]}


class Konnect:
    """Requests to a simulated Konnect in this process, time at a standstill."""

    def __init__(
        self,
        store: Store,
        token: str | None = DEFAULT_TOKEN,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.app = create_app(store, now=now)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1", headers=headers
        )
        self._numbers = iter(range(1, 10_000))

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        if json is not None:
            options["json"] = json
        response = self._runner.run(self._client.request(method, path, **options))
        answer = Answer(response)
        injected = isinstance(answer.body, dict) and answer.body.get("detail") == INJECTED
        if path.startswith(("/v1/mesh", "/v2", "/v3")) and not injected:
            content_type = response.headers.get("content-type", "")
            escaped = response.request.url.raw_path.decode().split("?")[0]
            contract().check(method, escaped, answer.status, content_type, answer.body)
        return answer

    def get(self, path: str, **params: str) -> Answer:
        return self.call("GET", path, params=params or None)

    def post(self, path: str, json: Any) -> Answer:
        return self.call("POST", path, json)

    def put(self, path: str, json: Any) -> Answer:
        return self.call("PUT", path, json)

    def patch(self, path: str, json: Any) -> Answer:
        return self.call("PATCH", path, json)

    def delete(self, path: str, **params: str) -> Answer:
        return self.call("DELETE", path, params=params or None)

    def admin(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        answer = self.call(method, f"/_sandbox/{path}", json, params=params or None)
        assert answer.status < 300, answer.body
        return answer.body

    def wait(self, minutes: float) -> None:
        """Let simulated time pass."""
        self.store.clock.advance(minutes * MINUTE)

    def dns(self, name: str, type_: str, *values: str) -> None:
        """Declare a public record set of a name in no simulated zone; no values delete it."""
        self.admin("PUT", "dns", {"name": name, "type": type_, "values": values})

    # Things to have, so that a test is about the one it names

    def account(self, provider: str) -> str:
        accounts = self.get(f"{GATEWAYS}/provider-accounts").body["data"]
        return next(str(a["id"]) for a in accounts if a["provider"] == provider)

    def plane(self, name: str = "", **fields: Any) -> str:
        body = {"name": name or f"plane {next(self._numbers)}", "cloud_gateway": True, **fields}
        answer = self.post(PLANES, body)
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def network_body(self, provider: str = "aws", **fields: Any) -> Json:
        number = next(self._numbers)
        region = fields.get("region", PLACES[provider])
        return {
            "name": f"network {number}",
            "cloud_gateway_provider_account_id": self.account(provider),
            "region": region,
            "availability_zones": ZONES[region],
            "cidr_block": f"10.{200 + number % 50}.0.0/20",
            **fields,
        }

    def network(self, provider: str = "aws", *, ready: bool = True, **fields: Any) -> Json:
        answer = self.post(NETWORKS, self.network_body(provider, **fields))
        assert answer.status == 201, answer.body
        if ready:
            self.wait(36)
        return self.read(f"{NETWORKS}/{answer.body['id']}")

    def read(self, path: str) -> Json:
        answer = self.get(path)
        assert answer.status == 200, answer.body
        body: Json = answer.body
        return body

    def group(self, network: Json, provider: str = "aws", **fields: Any) -> Json:
        return {
            "provider": provider,
            "region": network["region"],
            "cloud_gateway_network_id": network["id"],
            "autoscale": {"kind": "autopilot", "base_rps": 100},
            **fields,
        }

    def configuration_body(self, plane: str, *groups: Json, **fields: Any) -> Json:
        return {
            "control_plane_id": plane,
            "control_plane_geo": "us",
            "version": "3.13",
            "dataplane_groups": list(groups),
            **fields,
        }

    def configuration(self, plane: str, *groups: Json, **fields: Any) -> Json:
        answer = self.put(CONFIGURATIONS, self.configuration_body(plane, *groups, **fields))
        assert answer.status == 200, answer.body
        body: Json = answer.body
        return body

    def add_on_body(self, plane: str, name: str = "cache", tier: str = "small") -> Json:
        return {
            "name": name,
            "owner": {
                "kind": "control-plane",
                "control_plane_id": plane,
                "control_plane_geo": "us",
            },
            "config": {
                "kind": "managed-cache.v0",
                "capacity_config": {"kind": "tiered", "tier": tier},
            },
        }

    def add_on(self, plane: str, **fields: Any) -> Json:
        answer = self.post(ADD_ONS, self.add_on_body(plane, **fields))
        assert answer.status == 201, answer.body
        body: Json = answer.body
        return body

    def gateway_with_cache(self) -> tuple[str, Json]:
        """A control plane with one group and a managed cache that is ready."""
        plane = self.plane()
        self.configuration(plane, self.group(self.network()))
        self.wait(11)
        add_on = self.add_on(plane)
        self.wait(16)
        return plane, self.read(f"{ADD_ONS}/{add_on['id']}")


def entities(plane: str, collection: str) -> str:
    """The path of a collection of core entities."""
    return f"{PLANES}/{plane}/core-entities/{collection}"
