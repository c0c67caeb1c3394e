"""The functions that say who asks: the client's configuration, and a project."""

from __future__ import annotations

import hashlib

from sandbox.accounts import CUSTOMER_GCP_PROJECT, CUSTOMER_GCP_PROJECT_NUMBER
from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.cloud import GCP, known_region
from sandbox.clouds.wire import Values


@GCP.function("gcp:organizations/getClientConfig:getClientConfig")
def client_config(call: Call) -> Values:
    """The project, region and zone of the provider instance that asks."""
    if call.place:
        known_region(call)
    return {
        "id": "sandbox",
        "accessToken": "sandbox-has-no-token",
        "defaultLabels": call.config.get("defaultLabels") or {},
        "project": call.tenant,
        "region": call.place,
        "zone": call.config.get("zone") or "",
    }


@GCP.function("gcp:organizations/getProject:getProject")
def project(call: Call) -> Values:
    """A project: that of the argument, otherwise the provider's. Kong's is refused."""
    found = GCP.own_tenant(call.values.get("projectId") or call.tenant)
    return {
        "id": f"projects/{found}",
        "projectId": found,
        "name": found,
        "number": project_number(found),
        "autoCreateNetwork": True,
        "billingAccount": "",
        "deletionPolicy": "PREVENT",
        "effectiveLabels": {},
        "folderId": "",
        "labels": {},
        "orgId": "",
        "pulumiLabels": {},
        "tags": {},
    }


def project_number(project: str) -> str:
    """The number of a project: twelve digits, the same in every run."""
    if project == CUSTOMER_GCP_PROJECT:
        return CUSTOMER_GCP_PROJECT_NUMBER
    digest = int(hashlib.sha256(project.encode()).hexdigest(), 16)
    return str(100_000_000_000 + digest % 900_000_000_000)
