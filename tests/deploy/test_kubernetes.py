"""The operator's manifests: valid, in order, without a key, and on the pinned engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import CHECKOUT, PROMOTION, SECRETS, STACKS, mappings
from tools.engine import pinned_version

Check = Callable[[str], list[dict[str, Any]]]
FOLDER = CHECKOUT / "deploy" / "kubernetes"


@cache
def rendered(stack: str) -> str:
    """What `kubectl apply -k` would send."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("there is no kubectl to render the manifests with")
    command = [kubectl, "kustomize", str(FOLDER / stack)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def objects(stack: str) -> dict[str, dict[str, Any]]:
    """By kind; the two ConfigMaps by their name without environment and digest."""
    found = list(yaml.safe_load_all(rendered(stack)))
    return {
        one["metadata"]["name"].split("-")[0] if one["kind"] == "ConfigMap" else one["kind"]: one
        for one in found
    }


def stack_spec(stack: str) -> dict[str, Any]:
    spec: dict[str, Any] = objects(stack)["Stack"]["spec"]
    return spec


def test_there_is_one_overlay_for_each_shipped_environment() -> None:
    overlays = {folder.parent.name for folder in FOLDER.glob("*/kustomization.yaml")} - {"base"}
    assert overlays == set(PROMOTION)


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_server_would_accept_every_object(stack: str, kubeconform: Check) -> None:
    said = kubeconform(rendered(stack))
    assert {one["kind"] for one in said} == {
        "ClusterRoleBinding",
        "ConfigMap",
        "ServiceAccount",
        "Stack",
    }
    assert [(one["kind"], one["msg"]) for one in said if one["status"] != "statusValid"] == []


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("projectRepo:", "projectRepository:", "projectRepository"),
        ("type: Secret", "type: Password", "type"),
        ("resyncFrequencySeconds: 300", "resyncFrequencySeconds: often", "resyncFrequencySeconds"),
        ("volumeMounts:", "volumes_mounted:", "volumes_mounted"),
        ("name: multicloud-gateway-prod\n  namespace", f"name: {'x' * 43}\n  namespace", "name"),
    ],
)
def test_a_mistake_in_a_stack_is_found(
    right: str, wrong: str, message: str, kubeconform: Check
) -> None:
    text = yaml.safe_dump(objects("prod")["Stack"])
    assert right in text
    (said,) = kubeconform(text.replace(right, wrong))
    assert said["status"] == "statusInvalid"
    assert message in json.dumps(said)


def test_a_mistake_in_one_of_kubernetes_own_objects_is_found(kubeconform: Check) -> None:
    binding = objects("prod")["ClusterRoleBinding"]
    binding["roleRef"]["names"] = binding["roleRef"].pop("name")
    (said,) = kubeconform(yaml.safe_dump(binding))
    assert said["status"] == "statusInvalid"


def test_each_environment_waits_for_the_one_before_it() -> None:
    prerequisites = [
        [f"organization/multicloud-gateway/{one['name'].removeprefix('multicloud-gateway-')}"]
        for stack in PROMOTION[1:]
        for one in stack_spec(stack)["prerequisites"]
    ]
    assert "prerequisites" not in stack_spec(PROMOTION[0])
    assert prerequisites == [[stack_spec(stack)["stack"]] for stack in PROMOTION[:-1]]


def test_each_environment_follows_a_branch_of_its_own() -> None:
    assert [stack_spec(stack)["branch"] for stack in PROMOTION] == ["main", "staging", "prod"]


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_stack_is_one_of_ours_and_is_never_made_or_destroyed_by_the_operator(stack: str) -> None:
    spec = stack_spec(stack)
    assert spec["stack"] == f"organization/multicloud-gateway/{stack}"
    assert stack in STACKS
    assert spec["useLocalStackOnly"] is True
    assert spec["destroyOnFinalize"] is False


@pytest.mark.parametrize("stack", PROMOTION)
def test_everything_a_stack_names_is_there(stack: str) -> None:
    found = objects(stack)
    account = found["ServiceAccount"]["metadata"]
    spec = found["Stack"]["spec"]
    template = spec["workspaceTemplate"]["spec"]
    assert spec["serviceAccountName"] == account["name"]
    assert found["ClusterRoleBinding"]["subjects"] == [{"kind": "ServiceAccount", **account}]
    clouds, gcp = (found[name]["metadata"]["name"] for name in ("clouds", "gcp"))
    pod = template["podTemplate"]["spec"]
    assert template["envFrom"] == [{"configMapRef": {"name": clouds}}]
    assert [v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v] == [gcp]
    mounts = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("stack", PROMOTION)
def test_workspaces_run_the_pinned_engine_as_no_root_and_within_limits(stack: str) -> None:
    template = stack_spec(stack)["workspaceTemplate"]["spec"]
    assert template["image"] == f"pulumi/pulumi:{pinned_version()}-nonroot"
    assert template["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in template["resources"]["limits"]


@pytest.mark.parametrize("stack", PROMOTION)
def test_the_tokens_that_clouds_trust_are_the_cluster_s_and_secrets_are_referred_to(
    stack: str,
) -> None:
    found = objects(stack)
    assert not SECRETS.search(rendered(stack))
    references = list(found["Stack"]["spec"]["envRefs"].values())
    references.append(found["Stack"]["spec"]["gitAuth"]["accessToken"])
    assert {one["type"] for one in references} == {"Secret"}
    audiences = {
        one["audience"] for one in mappings(found["Stack"]) if "audience" in one and "path" in one
    }
    assert audiences == {
        "sts.amazonaws.com",
        "api://AzureADTokenExchange",
        "sts.googleapis.com",
    }
    credentials = json.loads(found["gcp"]["data"]["credentials.json"])
    assert credentials["type"] == "external_account"
    assert "private_key" not in credentials
