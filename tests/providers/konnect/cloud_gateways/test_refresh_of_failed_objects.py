"""A refresh tells what has failed: the state of an object is no input, so no diff would show it."""

from __future__ import annotations

import pytest

from sandbox.konnect import records
from tests.providers.konnect.cases import CASES
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect

FAILING = {
    "CloudGatewayNetwork": records.NETWORKS,
    "CloudGatewayConfiguration": records.GROUPS,
    "CloudGatewayTransitGateway": records.TRANSIT_GATEWAYS,
    "CloudGatewayPrivateDns": records.PRIVATE_DNS,
    "CloudGatewayCustomDomain": records.CUSTOM_DOMAINS,
    "CloudGatewayAddon": records.ADD_ONS,
}
"""By resource: the kind of the objects at the simulated Konnect that fail."""


@pytest.mark.parametrize(("name", "kind"), FAILING.items())
def test_a_refresh_warns_of_an_object_that_has_failed_and_keeps_it(
    konnect: LocalKonnect, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    engine = Engine(konnect, CASES[name](konnect))
    if kind == records.ADD_ONS:  # It fails in one of the groups that it serves.
        konnect.configuration(engine.case.inputs["owner"]["control_plane_id"], konnect.network())
    id_, outputs = engine.create()
    for item in konnect.objects(kind):
        konnect.call("POST", f"/_sandbox/fail/{kind}/{item['id']}", {"reason": "no room left"})
    capsys.readouterr()
    assert engine.provider.read(id_, outputs).outs == outputs
    said = capsys.readouterr().err
    assert said.startswith(f"warning: {engine.provider.noun} {id_} has failed: ")
    assert "no room left" in said
