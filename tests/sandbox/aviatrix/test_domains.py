"""Network domains, their policies and associations."""

from __future__ import annotations

import pytest

from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller

ADD = "add_multi_cloud_security_domain"
DELETE = "delete_multi_cloud_security_domain"
CONNECT = "connect_multi_cloud_security_domains"
DISCONNECT = "disconnect_multi_cloud_security_domains"
POLICY = "list_multi_cloud_security_domain_connection_policy"
ASSOCIATE = "associate_attachment_to_multi_cloud_security_domain"
DISASSOCIATE = "disassociate_attachment_from_multi_cloud_security_domain"
ENABLE = "enable_transit_gateway_for_multi_cloud_security_domain"
DISABLE = "disable_transit_gateway_for_multi_cloud_security_domain"
PAIR = {"domain_name": "a", "other_domain_name": "b"}
TURNED = {"domain_name": "b", "other_domain_name": "a"}
MEMBER = {"attachment_name": "s", "domain_name": "a"}


@pytest.fixture
def domains(controller: Controller) -> Controller:
    """A controller with the domains a, b and c."""
    for name in ("a", "b", "c"):
        controller.ok(ADD, domain_name=name)
    return controller


def test_a_name_is_used_once_and_has_few_characters(domains: Controller) -> None:
    assert domains.ok("list_multi_cloud_security_domain_names") == ["a", "b", "c"]
    assert "already exists" in domains.refused(ADD, domain_name="a")
    assert "must be letters, digits" in domains.refused(ADD, domain_name="a b")


def test_a_policy_is_symmetric(domains: Controller) -> None:
    domains.ok(CONNECT, **PAIR)
    for name, other in (("a", "b"), ("b", "a")):
        listed = domains.ok(POLICY, domain_name=name)
        assert listed == {"connected_domains": [other], "not_connected_domains": ["c"]}
    assert "already exists" in domains.refused(CONNECT, **TURNED)
    domains.ok(DISCONNECT, **TURNED)
    assert domains.ok(POLICY, domain_name="a")["connected_domains"] == []
    assert "does not exist" in domains.refused(DISCONNECT, **PAIR)


def test_a_policy_is_of_two_domains_that_exist(domains: Controller) -> None:
    reason = domains.refused(CONNECT, domain_name="a", other_domain_name="d")
    assert reason == "Network domain d does not exist"
    reason = domains.refused(CONNECT, domain_name="a", other_domain_name="a")
    assert reason == "domain_name and other_domain_name are both a"
    for action in (POLICY, DELETE):
        assert "d does not exist" in domains.refused(action, domain_name="d")


def test_a_spoke_is_associated_through_its_transit(estate: Estate) -> None:
    controller = estate.controller
    for name in ("a", "b"):
        controller.ok(ADD, domain_name=name)
    estate.transit("t", 1)
    assert controller.refused(ASSOCIATE, **MEMBER) == "Attachment s does not exist"
    estate.attached("s", "t", 2)
    reason = controller.refused(ASSOCIATE, **MEMBER)
    assert reason == "Gateway t is not enabled for network domains"
    controller.ok(ENABLE, transit_gateway_name="t")
    assert "d does not exist" in controller.refused(ASSOCIATE, **{**MEMBER, "domain_name": "d"})
    controller.ok(ASSOCIATE, **MEMBER)
    assert controller.ok("list_multi_cloud_domain_attachments") == {
        "attachments": [{"name": "s", "domain": "a", "transit_name": "t", "type": "SPOKE"}]
    }
    reason = controller.refused(ASSOCIATE, **{**MEMBER, "domain_name": "b"})
    assert "belongs to network domain a" in reason
    assert "s is associated with it" in controller.refused(DELETE, domain_name="a")
    assert "associated with network domain a" in controller.refused(
        DISABLE, transit_gateway_name="t"
    )
    assert "associated with network domain a" in controller.refused(
        "detach_spoke_from_transit_gw", spoke_gw="s"
    )
    assert "does not exist" in controller.refused(DISASSOCIATE, **{**MEMBER, "domain_name": "b"})
    controller.ok(DISASSOCIATE, **MEMBER)
    controller.ok(DISABLE, transit_gateway_name="t")
    controller.does("detach_spoke_from_transit_gw", spoke_gw="s")
    controller.ok(DELETE, domain_name="a")


def test_a_domain_with_a_policy_is_in_use(domains: Controller) -> None:
    domains.ok(CONNECT, **PAIR)
    reason = domains.refused(DELETE, domain_name="b")
    assert reason == "Network domain b is in use: it is connected with a"
