"""Firewall rules of the simulated GCP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


def firewall(gcp: Provider, **inputs: Any) -> Made:
    base = {"network": "n", "sourceRanges": ["10.64.0.0/16"], "allows": [{"protocol": "tcp"}]}
    merged = {k: v for k, v in {**base, **inputs}.items() if v is not None}
    return gcp.create(tokens.GCP_FIREWALL, **merged)


def test_a_firewall_says_from_where_and_what(gcp: Provider, network: Made) -> None:
    assert firewall(gcp)["direction"] == "INGRESS"
    with pytest.raises(Refused, match="one of source_ranges, source_tags"):
        firewall(gcp, name="f", sourceRanges=None)
    with pytest.raises(Refused, match=r"'resource\.allowed' or 'denied' not specified"):
        firewall(gcp, name="f", allows=None)
    with pytest.raises(Failed, match="conflicts with denies"):
        firewall(gcp, name="f", denies=[{"protocol": "udp"}])
    with pytest.raises(Failed, match="not a valid IP CIDR range"):
        firewall(gcp, name="f", sourceRanges=["everywhere"])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            {"protocol": "https"},
            r"resource\.allowed\[0\]\.IPProtocol': 'https'\. Invalid IP protocol specification",
        ),
        ({"protocol": "256"}, "Invalid IP protocol specification"),
        (
            {"protocol": "tcp", "ports": ["443", "http"]},
            r"resource\.allowed\[0\]\.ports\[1\]': 'http'\. Invalid port range specification",
        ),
        ({"protocol": "tcp", "ports": ["65536"]}, "Invalid port range specification"),
        ({"protocol": "udp", "ports": ["443-80"]}, "Invalid port range specification"),
        ({"protocol": "tcp", "ports": ["80,443"]}, "Invalid port range specification"),
        ({"protocol": "icmp", "ports": ["8"]}, r"protocol is one of \[TCP, UDP, SCTP\]"),
        ({"protocol": "all", "ports": ["443"]}, r"protocol is one of \[TCP, UDP, SCTP\]"),
    ],
)
def test_a_firewall_has_protocols_and_ports_that_gcp_takes(
    gcp: Provider, network: Made, rule: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        firewall(gcp, allows=[rule])
    with pytest.raises(Refused, match=message.replace("allowed", "denied")):
        firewall(gcp, allows=None, denies=[rule])
    with pytest.raises(Refused, match=message):
        gcp.update(firewall(gcp), allows=[rule])


@pytest.mark.parametrize(
    "rule",
    [
        {"protocol": "TCP", "ports": ["443", "8000-8999"]},
        {"protocol": "6", "ports": ["0-65535"]},
        {"protocol": "icmp"},
        {"protocol": "47"},
        {"protocol": "all"},
    ],
)
def test_a_firewall_takes_these(gcp: Provider, network: Made, rule: dict[str, Any]) -> None:
    assert firewall(gcp, allows=[rule])["allows"] == [rule]


def test_the_priority_of_a_firewall_is_in_range(gcp: Provider, network: Made) -> None:
    for priority in (-1, 65536):
        with pytest.raises(Failed, match=r"in the range \(0 - 65535\)"):
            firewall(gcp, priority=priority)
    assert firewall(gcp, priority=0)["priority"] == 0
