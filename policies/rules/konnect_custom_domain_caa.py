"""The CAA records of every custom domain must have been checked.

Konnect gets a domain's certificate from Google's public CA. If a CAA record on the domain or a
parent domain does not allow ``pki.goog``, the domain gets no certificate. This rule cannot read
the records, so ``caa_checked`` lists the domains that someone has checked.
Source: Kong's reference of dedicated cloud gateways (custom DNS).
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    domain = str(args.props.get("domain") or "").lower().rstrip(".")
    if not domain:
        yield "has no domain"
    elif not any(f".{domain}".endswith(f".{apex.lower()}") for apex in config["caa_checked"]):
        yield f"domain {domain!r} is not in or below a domain of `caa_checked`"


policy = resource_rule(
    "konnect-custom-domain-caa",
    "The CAA records of a custom domain allow its certificate.",
    [types.CUSTOM_DOMAIN],
    _check,
    severity=Severity.MEDIUM,
    remedy="Make sure that the CAA records, if there are any, name pki.goog. Then add the domain, "
    "or the parent domain that has them, to caa_checked in the policy configuration.",
    config={
        "caa_checked": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Domains whose CAA records allow pki.goog or do not exist.",
        }
    },
)
