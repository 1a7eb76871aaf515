"""deploy/container/kubernetes: valid to Kubernetes, and right for the server."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from testkit.availability import unavailable
from testkit.server import ROOT
from tests.deploy.containers import CONTAINERFILE, FOLDER, SETTINGS

KUBERNETES = FOLDER / "kubernetes"
VERSION = kubernetes_validate.latest_version()
FILES = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
MANIFESTS = [one for name in FILES for one in yaml.safe_load_all((KUBERNETES / name).read_text())]
SECRETS = ("IM66_SECRET_KEY=" + "s" * 64, "DATABASE_URL=postgres://im66:x@db/im66", "REDIS_URL=redis://r/0")


def kind(name: str) -> Iterator[dict[str, Any]]:
    return (manifest for manifest in MANIFESTS if manifest["kind"] == name)


def pods(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What each of them says of its pods."""
    for manifest in manifests:
        spec = manifest["spec"]
        spec = spec.get("jobTemplate", {"spec": spec})["spec"]
        if "template" in spec:
            yield spec["template"]["spec"]


PODS = list(pods([manifest for manifest in MANIFESTS if "spec" in manifest]))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_kubernetes_manifest_matches_the_schema(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_pods_write_only_to_their_volumes() -> None:
    assert len(PODS) == 3
    user = int(CONTAINERFILE.rpartition("USER ")[2].partition(":")[0])
    claims = {claim["metadata"]["name"] for claim in kind("PersistentVolumeClaim")}
    for pod in PODS:
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == user
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
        assert {volume["name"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume} <= claims


def test_service_and_disruption_budget_select_the_servers() -> None:
    (server,), (service,), (budget,) = kind("Deployment"), kind("Service"), kind("PodDisruptionBudget")
    labels = server["spec"]["template"]["metadata"]["labels"]
    assert labels == service["spec"]["selector"] == budget["spec"]["selector"]["matchLabels"]
    assert budget["spec"]["minAvailable"] < server["spec"]["replicas"]
    (container,) = server["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        program, path = container[probe]["exec"]["command"]
        assert (ROOT / program).exists()
        assert (path == "/readyz") == (probe == "readinessProbe")


def test_kubernetes_manifests_name_existing_settings() -> None:
    lines = (KUBERNETES / "im66.env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if not line.startswith("#")} <= SETTINGS


@pytest.mark.slow
@pytest.mark.wide
def test_kustomize_builds_valid_manifests(tmp_path: Path) -> None:
    if not shutil.which("kustomize"):
        unavailable("no kustomize on PATH")
    folder = tmp_path / "kubernetes"
    shutil.copytree(KUBERNETES, folder)
    (folder / "secrets.env").write_text("\n".join(SECRETS))
    built = subprocess.run(["kustomize", "build", folder], check=True, capture_output=True, text=True).stdout
    manifests = list(yaml.safe_load_all(built))
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    (settings,) = (one["metadata"]["name"] for one in manifests if one["kind"] == "ConfigMap")
    (secrets,) = (one["metadata"]["name"] for one in manifests if one["kind"] == "Secret")
    for pod in pods([one for one in manifests if "spec" in one]):
        (container,) = pod["containers"]
        assert container["image"] == "registry.example.org/im66:latest"
        assert [list(one.values()) for one in container["envFrom"]] == [
            [{"name": settings}],
            [{"name": secrets}],
        ]
