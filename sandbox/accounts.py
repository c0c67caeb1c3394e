"""The ids of the customer's accounts and of Kong's, in each simulated cloud.

Kong's Azure application id is the one that its documentation published for VNet peering.
The object id of its service principal differs per tenant; the one here is invented. Kong's GCP
principal is the one that its documentation publishes for private DNS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CUSTOMER_AWS_ACCOUNT = "111122223333"
CUSTOMER_AZURE_TENANT = "0a1b2c3d-0000-4000-8000-00000000aaaa"
CUSTOMER_AZURE_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000bbbb"
CUSTOMER_GCP_PROJECT = "acme-gateway-landing"
CUSTOMER_GCP_PROJECT_NUMBER = "210987654321"

KONG_AWS_ACCOUNT = "444455556666"
KONG_AZURE_SUBSCRIPTION = "c0ffee00-0000-4000-8000-00000000cccc"
KONG_GCP_PROJECT = "kong-dcgw-customer-7f3a"
KONG_GCP_PRINCIPAL = (
    "principal://iam.googleapis.com/projects/133260365532/locations/global/workloadIdentityPools/"
    "aws-hdp-prod/subject/"
    "system:serviceaccount:network-peering-controller:network-peering-controller"
)
KONG_AZURE_APP_ID = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
KONG_AZURE_PRINCIPAL = "0a1b2c3d-0000-4000-8000-00000000dddd"

AMBIENT: Final[Mapping[str, str]] = {
    "aws": CUSTOMER_AWS_ACCOUNT,
    "azure": CUSTOMER_AZURE_SUBSCRIPTION,
    "gcp": CUSTOMER_GCP_PROJECT,
}
"""By cloud: the customer's account, subscription or project of a provider that names none.

It stands for what credentials in the environment give to a real provider.
"""
KONG: Final[Mapping[str, str]] = {
    "aws": KONG_AWS_ACCOUNT,
    "azure": KONG_AZURE_SUBSCRIPTION,
    "gcp": KONG_GCP_PROJECT,
}
"""By cloud: Kong's account, subscription or project. No provider of the customer may use it."""
