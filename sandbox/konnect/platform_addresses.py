"""The IP addresses of Konnect itself, which Kong publishes at ip-addresses.origin.konghq.com.

The document needs no token. Its addresses here are reserved for documentation (RFC 5737).
"""

from __future__ import annotations

from sandbox.store import Body

PATH = "/ip-addresses.json"
_REGIONS = ("au", "eu", "in", "me", "sg", "us")


def document() -> Body:
    """The body of ``list-ip-addresses``."""
    regions: Body = {}
    ingress: Body = {}
    egress: Body = {}
    for number, region in enumerate(_REGIONS):
        ingress[region] = [f"192.0.2.{2 * number + 1}", f"192.0.2.{2 * number + 2}"]
        egress[region] = [f"198.51.100.{number + 1}"]
        names = (f"{region}.api.konghq.com", f"{region}.cp0.konghq.com")
        regions[region] = dict.fromkeys(names, ingress[region])
    return {
        "updateDate": "2026-01-15-09-00-00",
        "regions": regions,
        "ingressIPs": ingress,
        "egressIPs": egress,
    }
