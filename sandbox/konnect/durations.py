"""How long things take, in simulated seconds.

Documented by Kong: a network becomes ready in 30 to 40 minutes, a managed cache in about
15, DNS of a custom domain is looked at every 5. The rest is undocumented: plausible, and
short enough not to distort the critical path, which the network decides.
"""

from __future__ import annotations

MINUTE = 60.0

NETWORK_PROVISIONING = 35 * MINUTE
"""30 to 40 minutes (network architecture page)."""
NETWORK_TEARDOWN = 5 * MINUTE

GROUP_PROVISIONING = 10 * MINUTE
"""Undocumented: the documentation only says to poll."""
GROUP_UPDATE = 5 * MINUTE
"""A rolling upgrade or another change in place. Undocumented."""
GROUP_TEARDOWN = 4 * MINUTE

ATTACHMENT_KONG_SIDE = {
    "aws-transit-gateway-attachment": 3 * MINUTE,
    "aws-vpc-peering-attachment": 2 * MINUTE,
    "aws-resource-endpoint-attachment": 4 * MINUTE,
    "azure-vnet-peering-attachment": 2 * MINUTE,
    "azure-vhub-peering-attachment": 3 * MINUTE,
    "gcp-vpc-peering-attachment": 2 * MINUTE,
}
"""Until Kong's side of an attachment has done what it can alone ("a few minutes")."""
ATTACHMENT_FINISH = 1 * MINUTE
"""From the customer's acceptance to ``ready``."""
ATTACHMENT_UPDATE = 1 * MINUTE
ATTACHMENT_TEARDOWN = 3 * MINUTE
RESOURCE_CONFIG_PROVISIONING = 3 * MINUTE
"""Private zone and CNAME of one entry of a resource endpoint ("a few minutes")."""
GRACE = 10 * MINUTE
"""For how long a missing RAM share or VPC is waited for before the attachment fails."""
LOOK_INTERVAL = 30.0
"""How often Kong looks whether the customer has done the other side."""

PRIVATE_DNS_PROVISIONING = 3 * MINUTE
PRIVATE_DNS_TEARDOWN = 2 * MINUTE
ASSOCIATION_DEADLINE = 60 * MINUTE
"""Until an association that nobody authorises fails: only then may it be deleted."""

CUSTOM_DOMAIN_PROVISIONING = 10 * MINUTE
"""Two rounds of the five-minute DNS check."""
CUSTOM_DOMAIN_TEARDOWN = 2 * MINUTE

CACHE_PROVISIONING = 15 * MINUTE
"""About 15 minutes (managed cache page)."""
CACHE_RESIZE = 5 * MINUTE
CACHE_TEARDOWN = 5 * MINUTE
