"""What all edges have in common: what is protected, and that one region has a share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.entry.base import EdgeArgs, EntryOrigin, HealthProbe
from components.entry.build import edge
from components.entry.kinds import EdgeService
from components.regions import Cloud
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked

NAME = "api.example.com"
PROTECTED = {
    EdgeService.CLOUDFRONT: ["aws:cloudfront/distribution:Distribution"],
    EdgeService.FRONT_DOOR: ["azure-native:cdn:Profile"],
    EdgeService.GOOGLE_LOAD_BALANCER: ["gcp:compute/globalAddress:GlobalAddress"],
}
"""What clients' names lead to: another one has another name or address."""


@dataclass
class Proofs(World):
    """Mocks in which each certificate asks for a record that proves the name."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ.endswith("acm/certificate:Certificate"):
            record = {"resourceRecordName": "_a.", "resourceRecordValue": "_b."}
            outputs["domainValidationOptions"] = [{"domainName": NAME, **record}]
        if args.typ.endswith(":DnsAuthorization"):
            outputs["dnsResourceRecords"] = [{"name": "_a.", "type": "CNAME", "data": "_b."}]
        if args.typ.endswith(":AFDCustomDomain"):
            outputs["validationProperties"] = {"validationToken": "t", "expirationDate": "never"}
        return id_, outputs


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def built(service: EdgeService, *, drained: bool = False, protect: bool = False) -> World:
    def make(provider: konnect.Provider) -> Any:
        del provider
        hostname = pulumi.Output.from_input("k.example")
        origin = EntryOrigin("aws-us-east-2", Cloud.AWS, "us-east-2", hostname, drained=drained)
        args = EdgeArgs([NAME], {NAME: None}, [origin], HealthProbe(), protect=protect)
        edge(service, "edge", args, pulumi.ResourceOptions())
        return {}

    return run_program(make, world=Proofs())[0]


every_service = pytest.mark.parametrize("service", EdgeService)


@every_service
def test_what_the_names_of_clients_lead_to_is_protected_where_that_is_asked(
    service: EdgeService,
) -> None:
    protected = [one.type for one in built(service, protect=True).resources if one.protect]
    assert protected == PROTECTED[service]
    assert not any(one.protect for one in built(service).resources)


@every_service
def test_an_edge_that_would_lead_nowhere_is_refused(service: EdgeService) -> None:
    with pytest.raises(ValueError, match=r"all regions \(aws-us-east-2\) are drained"):
        built(service, drained=True)
