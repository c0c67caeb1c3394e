"""Load balancers, target groups, targets and listeners, and what Elastic Load Balancing refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import UNKNOWN, Failed, Made, Provider, Refused

CERTIFICATE = "arn:aws:acm:us-east-2:111122223333:certificate/a"


@pytest.fixture
def far(aws: Provider, vpc: Made) -> Made:
    """A subnet in another zone than ``subnet``."""
    return aws.create(
        tokens.SUBNET, "far", vpcId=vpc.id, cidrBlock="10.0.1.0/24", availabilityZoneId="use2-az3"
    )


@pytest.fixture
def alb(aws: Provider, subnet: Made, far: Made) -> Made:
    return aws.create(tokens.LOAD_BALANCER, "alb", subnets=[subnet.id, far.id], internal=True)


@pytest.fixture
def nlb(aws: Provider, subnet: Made) -> Made:
    inputs = {"subnets": [subnet.id], "loadBalancerType": "network", "internal": True}
    return aws.create(tokens.LOAD_BALANCER, "nlb", **inputs)


def group_of(aws: Provider, vpc: Made, protocol: str = "HTTPS", **more: Any) -> Made:
    inputs = {"targetType": "ip", "port": 443, "protocol": protocol, "vpcId": vpc.id, **more}
    return aws.create(tokens.TARGET_GROUP, protocol.lower().replace("_", "-"), **inputs)


def target_of(aws: Provider, group: Made, ip: str, zone: str = "") -> Made:
    at = {"availabilityZone": zone} if zone else {}
    return aws.create(
        tokens.TARGET_GROUP_ATTACHMENT, targetGroupArn=group.id, targetId=ip, port=443, **at
    )


def listener_of(
    aws: Provider, balancer: Made, group: Made | None = None, port: int = 443, **more: Any
) -> Made:
    actions = [{"type": "forward", "targetGroupArn": group.id}] if group else []
    inputs = {"loadBalancerArn": balancer.id, "port": port, "defaultActions": actions, **more}
    return aws.create(tokens.LISTENER, f"port-{port}", **inputs)


# Load balancers


def test_a_load_balancer_has_a_name_in_the_zone_of_its_region(alb: Made, nlb: Made) -> None:
    assert alb.id.startswith("arn:aws:elasticloadbalancing:us-east-2:111122223333:loadbalancer/app")
    assert alb["dnsName"].startswith("internal-alb-")
    assert alb["dnsName"].endswith(".us-east-2.elb.amazonaws.com")
    assert alb["zoneId"] == "Z3AADJGX6KTTL2"
    assert nlb["dnsName"].endswith(".elb.us-east-2.amazonaws.com")
    assert nlb["zoneId"] == "ZLMOA37VPKANP"


def test_a_record_of_a_zone_aliases_a_load_balancer(aws: Provider, alb: Made) -> None:
    zone = aws.create(tokens.ZONE, name="example.com")
    to = {"zoneId": alb["zoneId"], "name": alb["dnsName"], "evaluateTargetHealth": True}
    assert aws.create(tokens.RECORD, zoneId=zone.id, name="api", type="A", aliases=[to])


def test_an_application_load_balancer_is_in_two_zones(
    aws: Provider, vpc: Made, subnet: Made
) -> None:
    with pytest.raises(Refused, match="two subnets in two different Availability Zones"):
        aws.create(tokens.LOAD_BALANCER, subnets=[subnet.id], internal=True)
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.2.0/24", "availabilityZoneId": "use2-az2"}
    same = aws.create(tokens.SUBNET, "same", **inputs)
    with pytest.raises(Refused, match="multiple subnets in the same Availability Zone"):
        aws.create(tokens.LOAD_BALANCER, subnets=[subnet.id, same.id], internal=True)
    with pytest.raises(Refused, match="At least one subnet must be specified"):
        aws.create(tokens.LOAD_BALANCER, internal=True)


def test_an_internet_facing_load_balancer_needs_an_internet_gateway(
    aws: Provider, vpc: Made, subnet: Made, far: Made
) -> None:
    inputs = {"subnets": [subnet.id, far.id]}
    with pytest.raises(Refused, match=f"InvalidSubnet: VPC {vpc.id} has no internet gateway"):
        aws.create(tokens.LOAD_BALANCER, **inputs)
    aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    assert aws.create(tokens.LOAD_BALANCER, **inputs)["internal"] is False


def test_a_load_balancer_is_in_one_vpc(aws: Provider, subnet: Made, far: Made) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    group = aws.create(tokens.SECURITY_GROUP, vpcId=other.id)
    inputs = {"subnets": [subnet.id, far.id], "securityGroups": [group.id], "internal": True}
    with pytest.raises(Refused, match=f"InvalidConfigurationRequest: {group.id} is not in VPC"):
        aws.create(tokens.LOAD_BALANCER, **inputs)


@pytest.mark.parametrize("name", ["internal-a", "-a", "a-", "a.b", "a" * 33])
def test_a_load_balancer_name_has_a_form(aws: Provider, subnet: Made, name: str) -> None:
    with pytest.raises(Failed, match="takes 1 to 32 letters, digits and hyphens"):
        aws.create(tokens.LOAD_BALANCER, name=name, subnets=[subnet.id])


def test_a_protected_load_balancer_stays(aws: Provider, alb: Made) -> None:
    protected = aws.update(alb, enableDeletionProtection=True)
    with pytest.raises(Refused, match="DeleteLoadBalancer, api error OperationNotPermitted"):
        aws.delete(protected)
    aws.delete(aws.update(protected, enableDeletionProtection=False))
    assert aws.read(alb) is None


def test_a_name_is_unique_and_fixed(aws: Provider, alb: Made, subnet: Made, far: Made) -> None:
    inputs = {"subnets": [subnet.id, far.id], "internal": True, "name": alb["name"]}
    with pytest.raises(Refused, match="DuplicateLoadBalancerName"):
        aws.create(tokens.LOAD_BALANCER, "again", **inputs)
    assert list(aws.diff(alb, internal=False).replaces) == ["internal"]
    assert list(aws.diff(alb, idleTimeout=90).replaces) == []


# Target groups and targets


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"port": None}, '"port" must be specified when "targetType" is "ip"'),
        ({"healthCheck": {"protocol": "TCP"}}, 'cannot have value "TCP" when "protocol" is "HTTPS'),
        ({"healthCheck": {"interval": 3}}, r"range \(5 - 300\), got 3"),
    ],
)
def test_a_preview_refuses_an_incomplete_target_group(
    aws: Provider, vpc: Made, change: dict[str, Any], said: str
) -> None:
    inputs = {"targetType": "ip", "port": 443, "protocol": "HTTPS", "vpcId": vpc.id, **change}
    with pytest.raises(Failed, match=said):
        aws.create(tokens.TARGET_GROUP, **{key: value for key, value in inputs.items() if value})


def test_a_health_check_is_completed_and_stays_as_written(aws: Provider, vpc: Made) -> None:
    group = group_of(aws, vpc, healthCheck={"protocol": "HTTPS", "interval": 10})
    assert group["healthCheck"] == {
        "protocol": "HTTPS",
        "interval": 10,
        "path": "/",
        "matcher": "200",
        "timeout": 10,
    }
    refreshed = aws.read(group)
    assert refreshed is not None
    assert refreshed.inputs["healthCheck"] == {"protocol": "HTTPS", "interval": 10}
    check = {"protocol": "HTTPS", "interval": 10, "path": "/health"}
    assert list(aws.diff(refreshed, healthCheck=check).replaces) == []
    assert aws.update(refreshed, healthCheck=check)["healthCheck"]["path"] == "/health"
    assert list(aws.diff(group, port=8443).replaces) == ["port"]


@pytest.mark.parametrize("ip", ["10.64.0.4", "100.64.0.4", "172.16.0.4", "192.168.0.4"])
def test_a_target_outside_the_vpc_is_private_and_for_all_zones(
    aws: Provider, vpc: Made, ip: str
) -> None:
    group = group_of(aws, vpc)
    with pytest.raises(Refused, match=rf"InvalidTarget: .*'{ip}', outside the VPC, must be one of"):
        target_of(aws, group, ip)
    assert target_of(aws, group, ip, "all")
    assert target_of(aws, group, "10.0.0.4")


@pytest.mark.parametrize("ip", ["198.18.0.4", "198.19.0.4", "8.8.8.8", "169.254.0.4"])
def test_a_target_in_no_private_range_is_refused(aws: Provider, vpc: Made, ip: str) -> None:
    group = group_of(aws, vpc)
    with pytest.raises(Refused, match=f"RegisterTargets, api error InvalidTarget: .*'{ip}'"):
        target_of(aws, group, ip, "all")


def test_a_target_is_an_address(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Refused, match=r"ValidationError: .*'a.example' is not a valid IPv4"):
        target_of(aws, group_of(aws, vpc), "a.example", "all")
    with pytest.raises(Refused, match="InvalidTarget: The instance ID 'i-1' does not exist"):
        target_of(aws, group_of(aws, vpc, "HTTP", targetType="instance"), "i-1")


def test_a_target_names_a_zone_when_its_group_does_not_cross_zones(
    aws: Provider, vpc: Made
) -> None:
    group = group_of(aws, vpc, loadBalancingCrossZoneEnabled="false")
    with pytest.raises(Refused, match="must be one of us-east-2a"):
        target_of(aws, group, "10.64.0.4", "all")
    assert target_of(aws, group, "10.64.0.4", "us-east-2b")


# Listeners


def test_a_group_knows_its_load_balancer_and_stays_while_a_listener_uses_it(
    aws: Provider, vpc: Made, alb: Made
) -> None:
    group = group_of(aws, vpc)
    listener = listener_of(aws, alb, group, protocol="HTTPS", certificateArn=CERTIFICATE)
    assert listener["sslPolicy"]
    read = aws.read(group)
    assert read is not None
    assert read["loadBalancerArns"] == [alb.id]
    with pytest.raises(Refused, match="DeleteTargetGroup, api error ResourceInUse"):
        aws.delete(group)
    aws.delete(alb)
    assert aws.read(listener) is None
    aws.delete(group)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"protocol": "TCP"}, "ValidationError: Listener protocol 'TCP' must be one of 'HTTP, HT"),
        ({}, "ValidationError: A listener protocol must be specified"),
        ({"protocol": "HTTPS"}, "A certificate must be specified for HTTPS listeners"),
        (
            {"protocol": "HTTP", "certificateArn": CERTIFICATE},
            "A certificate cannot be specified for HTTP listeners",
        ),
        (
            {"protocol": "HTTP", "defaultActions": [{"type": "fixed-response"}]},
            "action of type fixed-response must be specified",
        ),
    ],
)
def test_a_listener_fits_its_load_balancer(
    aws: Provider, vpc: Made, alb: Made, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        listener_of(aws, alb, group_of(aws, vpc), **inputs)


def test_a_network_load_balancer_only_forwards(aws: Provider, vpc: Made, nlb: Made) -> None:
    action = {"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}
    with pytest.raises(Refused, match=r"InvalidLoadBalancerAction: .*type redirect"):
        listener_of(aws, nlb, protocol="TCP", defaultActions=[action])
    group = group_of(aws, vpc, "UDP")
    with pytest.raises(Refused, match="IncompatibleProtocols: A TCP listener does not forward to"):
        listener_of(aws, nlb, group, protocol="TCP")
    assert listener_of(aws, nlb, group_of(aws, vpc, "TCP_UDP"), protocol="TCP")


def test_a_port_has_one_listener(aws: Provider, vpc: Made, nlb: Made) -> None:
    group = group_of(aws, vpc, "TCP")
    listener_of(aws, nlb, group, protocol="TCP")
    with pytest.raises(Refused, match="DuplicateListener"):
        listener_of(aws, nlb, group, protocol="TCP")
    assert listener_of(aws, nlb, group, port=8443, protocol="TCP")


def test_a_group_has_one_load_balancer_of_its_vpc(
    aws: Provider, vpc: Made, subnet: Made, nlb: Made
) -> None:
    group = group_of(aws, vpc, "TCP")
    listener_of(aws, nlb, group, protocol="TCP")
    inputs = {"subnets": [subnet.id], "loadBalancerType": "network", "internal": True}
    second = aws.create(tokens.LOAD_BALANCER, "second", **inputs)
    with pytest.raises(Refused, match="TargetGroupAssociationLimit"):
        listener_of(aws, second, group, protocol="TCP")
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    stranger = group_of(aws, other, "TLS")
    with pytest.raises(Refused, match=r"InvalidConfigurationRequest: .*is not in VPC"):
        listener_of(aws, second, stranger, protocol="TCP")


def test_all_zones_is_for_addresses_outside_the_vpc(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Refused, match="InvalidTarget"):
        target_of(aws, group_of(aws, vpc), "10.0.0.9", "all")


def test_what_is_not_known_in_a_preview_is_not_missing(aws: Provider) -> None:
    inputs = {"targetType": "ip", "port": 443, "protocol": "TCP", "vpcId": UNKNOWN}
    assert aws.check(tokens.TARGET_GROUP, **inputs)[1] == {}
    record = {"zoneId": UNKNOWN, "name": "a", "type": "CNAME", "ttl": 60, "records": [UNKNOWN]}
    assert aws.check(tokens.RECORD, **record)[1] == {}
    assert "records" in aws.check(tokens.RECORD, **record, aliases=UNKNOWN)[1]
