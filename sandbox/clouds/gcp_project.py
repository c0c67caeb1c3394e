"""The data sources of the customer's GCP project."""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_GCP_PROJECT_NUMBER
from sandbox.clouds.gcp_common import project_of, region_of
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values


def _client_config(call: Call, args: Values) -> Values:
    del args
    region = region_of(call, {}) if call.config.get("region") else ""
    return {
        "id": "sandbox",
        "accessToken": "sandbox-has-no-token",
        "defaultLabels": call.config.get("defaultLabels") or {},
        "project": project_of(call, {}),
        "region": region,
        "zone": call.config.get("zone") or "",
    }


def _project(call: Call, args: Values) -> Values:
    project = args.get("projectId") or project_of(call, {})
    return {
        "id": f"projects/{project}",
        "projectId": project,
        "name": project,
        "number": CUSTOMER_GCP_PROJECT_NUMBER,
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


INVOKES = {
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getProject:getProject": _project,
}
