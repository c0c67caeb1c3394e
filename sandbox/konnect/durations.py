"""Durations of Konnect's operations, in simulated seconds.

Kong documents three: a network is ready in 30 to 40 minutes, a managed cache in about 15, and
the DNS of a custom domain is checked every 5. The others are plausible guesses. They are
short, so that the network stays the slowest step, as it is in Konnect.
"""

from __future__ import annotations

MINUTE = 60.0

NETWORK_PROVISIONING = 35 * MINUTE
"""Documented as 30 to 40 minutes (network architecture page)."""
NETWORK_TEARDOWN = 5 * MINUTE

GROUP_PROVISIONING = 10 * MINUTE
"""Undocumented: the documentation only says to poll."""
GROUP_UPDATE = 5 * MINUTE
"""A rolling upgrade or another update in place. Undocumented."""
GROUP_TEARDOWN = 4 * MINUTE

ATTACHMENT_KONG_SIDE = {
    "aws-transit-gateway-attachment": 3 * MINUTE,
    "aws-vpc-peering-attachment": 2 * MINUTE,
    "aws-resource-endpoint-attachment": 4 * MINUTE,
    "azure-vnet-peering-attachment": 2 * MINUTE,
    "azure-vhub-peering-attachment": 3 * MINUTE,
    "gcp-vpc-peering-attachment": 2 * MINUTE,
}
"""Time for the part of Kong's side that needs nothing of the customer ("a few minutes")."""
ATTACHMENT_FINISH = 1 * MINUTE
"""Time from the customer's acceptance to ``ready``."""
ATTACHMENT_UPDATE = 1 * MINUTE
ATTACHMENT_TEARDOWN = 3 * MINUTE
RESOURCE_CONFIG_PROVISIONING = 3 * MINUTE
"""Time to create the private zone and CNAME of an entry of a resource endpoint ("a few
minutes")."""
GRACE = 10 * MINUTE
"""How long an attachment waits for a missing RAM share or VPC before it fails."""
LOOK_INTERVAL = 30.0
"""Time between two polls of the customer's side."""

PRIVATE_DNS_PROVISIONING = 3 * MINUTE
PRIVATE_DNS_TEARDOWN = 2 * MINUTE
ASSOCIATION_DEADLINE = 60 * MINUTE
"""Time until an unauthorised association fails; it cannot be deleted before."""

CUSTOM_DOMAIN_LOOK = 5 * MINUTE
"""Time between two looks at a domain's public DNS. Documented."""
CUSTOM_DOMAIN_TEARDOWN = 2 * MINUTE

CACHE_PROVISIONING = 15 * MINUTE
"""Documented as about 15 minutes (managed cache page)."""
CACHE_RESIZE = 5 * MINUTE
CACHE_TEARDOWN = 5 * MINUTE
