"""The resources against the simulated controller, which was written from documents alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from providers.aviatrix.account import AccountProvider
from providers.aviatrix.attachment import SpokeTransitAttachmentProvider
from providers.aviatrix.client import Client, use_client
from providers.aviatrix.connection import Connection
from providers.aviatrix.crud import AviatrixProvider
from providers.aviatrix.gateways.ha_gateway import HaGatewayProvider
from providers.aviatrix.gateways.listing import Gateways, judge
from providers.aviatrix.gateways.settings import TransitGatewaySettingsProvider
from providers.aviatrix.gateways.spoke_gateway import SpokeGatewayProvider
from providers.aviatrix.gateways.transit_gateway import TransitGatewayProvider
from providers.aviatrix.peering import TransitGatewayPeeringProvider
from providers.base.readiness import Ready
from sandbox.aviatrix.sessions import PASSWORD, USERNAME
from tests.providers.aviatrix.conftest import MARK
from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.conftest import aws as aws
from tests.sandbox.aviatrix.conftest import azure as azure
from tests.sandbox.aviatrix.conftest import clouds as clouds
from tests.sandbox.aviatrix.conftest import connect as connect
from tests.sandbox.aviatrix.conftest import controller as controller
from tests.sandbox.aviatrix.conftest import estate as estate
from tests.sandbox.aviatrix.conftest import gcp as gcp
from tests.sandbox.aviatrix.conftest import store as store

BASE = "http://127.0.0.1"


class Lab:
    """Providers that talk to a simulated controller whose time passes while they wait."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.client = Client(Connection(BASE, USERNAME, PASSWORD), httpx.MockTransport(self._send))
        use_client(self.client)

    def _send(self, request: httpx.Request) -> httpx.Response:
        headers = {
            k: v for k, v in request.headers.items() if k in ("content-type", "x-access-key")
        }
        answer = self.estate.controller.send(
            request.method,
            request.url.raw_path.decode(),
            passing=True,
            content=request.content,
            headers=headers,
        )
        if b"check_task_status" in request.content:
            self.estate.controller.wait(10)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def provider(self, kind: type[AviatrixProvider[Any]]) -> Any:
        provider = kind()
        provider._config = {
            "aviatrix:controller_ip": BASE,
            "aviatrix:username": USERNAME,
            "aviatrix:password": PASSWORD,
        }
        return provider

    def create(self, kind: type[AviatrixProvider[Any]], **inputs: Any) -> tuple[Any, str, Any]:
        """Create an object; returns its provider, id and outputs."""
        provider = self.provider(kind)
        checked = provider.check({}, {**inputs, "created_by": MARK})
        assert checked.failures == []
        created = provider.create(checked.inputs)
        return provider, created.id, {**created.outs, "__wanted": checked.inputs}

    def up(self, name: str, outs: dict[str, Any]) -> Any:
        """Wait until a gateway is up."""
        listing = Gateways(self.client)
        listing.watch(name, outs["request_id"])
        for _ in range(20):
            items = {item["vpc_name"]: item for item in listing._fetch()}
            verdict = judge(items[name])
            if isinstance(verdict, Ready):
                return verdict.value
            self.estate.controller.wait(10)
        raise AssertionError(f"{name} is not up: {verdict}")

    def settled(self, provider: Any, id_: str, outs: dict[str, Any]) -> None:
        """Check that a refresh and a further update find nothing to do."""
        wanted = outs.pop("__wanted")
        read = provider.read(id_, outs)
        assert read.id == id_
        assert provider.diff(id_, read.outs, wanted).changes is False


@pytest.fixture
def lab(estate: Estate) -> Lab:
    return Lab(estate)


def gateway(form: dict[str, str]) -> dict[str, Any]:
    """The inputs of a gateway, from a form of the controller's own tests."""
    return {
        "account_name": form["account_name"],
        "cloud_type": int(form["cloud_type"]),
        "gw_name": form["gw_name"],
        "vpc_id": form["vpc_id"],
        "vpc_reg": form.get("zone") or form["vpc_region"],
        "gw_size": form["gw_size"],
        "subnet": form["gw_subnet"],
    }


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_a_transit_gateway_of_each_cloud_lives_and_ends(lab: Lab, cloud: str) -> None:
    forms: dict[str, Callable[..., dict[str, str]]] = {
        "aws": lab.estate.aws_form,
        "azure": lab.estate.azure_form,
        "gcp": lab.estate.gcp_form,
    }
    name = f"hub-{MARK}"
    wanted = gateway(forms[cloud](name, 1))
    provider, id_, outs = lab.create(TransitGatewayProvider, **wanted)
    up = lab.up(name, outs)
    assert up.public_ip
    lab.settled(provider, id_, outs)
    ha = {
        "primary_gw_name": name,
        "cloud_type": wanted["cloud_type"],
        "gw_size": wanted["gw_size"],
        "subnet": wanted["subnet"],
        **({"zone": "us-east4-c"} if cloud == "gcp" else {}),
    }
    peer, peer_id, peer_outs = lab.create(HaGatewayProvider, **ha)
    assert lab.up(f"{name}-hagw", peer_outs).public_ip not in ("", up.public_ip)
    lab.settled(peer, peer_id, peer_outs)
    settings, settings_id, written = lab.create(
        TransitGatewaySettingsProvider,
        gw_name=name,
        cloud_type=wanted["cloud_type"],
        local_as_number=64601,
        connected_transit=True,
        enable_segmentation=True,
        bgp_ecmp=True,
    )
    lab.settled(settings, settings_id, written)
    settings.delete(settings_id, written)
    peer.delete(peer_id, peer_outs)
    provider.delete(id_, outs)
    assert provider.read(id_, outs).id is None


def test_a_spoke_is_attached_and_two_transits_are_peered(lab: Lab) -> None:
    made = []
    for number, name in ((1, f"a-{MARK}"), (2, f"b-{MARK}")):
        made.append(
            lab.create(TransitGatewayProvider, **gateway(lab.estate.aws_form(name, number)))
        )
        lab.up(name, made[-1][2])
        lab.create(
            TransitGatewaySettingsProvider,
            gw_name=name,
            cloud_type=1,
            local_as_number=64600 + number,
        )
    spoke = f"spoke-{MARK}"
    made.append(lab.create(SpokeGatewayProvider, **gateway(lab.estate.aws_form(spoke, 3))))
    lab.up(spoke, made[-1][2])
    attached = lab.create(
        SpokeTransitAttachmentProvider, spoke_gw_name=spoke, transit_gw_name=f"a-{MARK}"
    )
    peered = lab.create(
        TransitGatewayPeeringProvider,
        transit_gateway_name1=f"a-{MARK}",
        transit_gateway_name2=f"b-{MARK}",
    )
    for provider, id_, outs in (attached, peered):
        lab.settled(provider, id_, outs)
    for provider, id_, outs in (attached, peered, *made):
        provider.delete(id_, outs)
        assert provider.read(id_, outs).id is None


def test_an_account_in_aws_with_keys_is_created_and_read(lab: Lab) -> None:
    provider, id_, outs = lab.create(
        AccountProvider,
        account_name=f"keys-{MARK}",
        cloud_type=1,
        aws_account_number="210987654321",
        aws_access_key="AKIA0000000000000000",
        aws_secret_key="a secret key of the account",
    )
    lab.settled(provider, id_, outs)


def test_an_account_is_created_updated_and_deleted(lab: Lab) -> None:
    provider, id_, outs = lab.create(
        AccountProvider,
        account_name=f"more-{MARK}",
        cloud_type=8,
        arm_subscription_id="00000000-0000-4000-8000-00000000aaaa",
        arm_directory_id="tenant",
        arm_application_id="app",
        arm_application_key="a key of an application",
    )
    news = {**outs["__wanted"], "arm_application_key": "another key of it"}
    lab.settled(provider, id_, outs)
    outs = provider.update(id_, outs, news).outs
    assert provider.diff(id_, outs, news).changes is False
    provider.delete(id_, outs)
    assert provider.read(id_, outs).id is None
