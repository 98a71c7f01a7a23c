"""The compose file, the image and the cluster manifest agree with the settings and the commands."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec
import pytest
import yaml

from creator_pulse.stream.api.server import OPEN
from creator_pulse.stream.monitoring.prometheus import FLAGS
from creator_pulse.stream.settings import Settings, load, secrets
from tests.support.commands import commands as all_commands

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = {name: service for name, service in OWN.items() if service["command"] == ["pulse", "worker"]}
MANIFEST: dict[str, Any] = {
    document["kind"]: document
    for document in yaml.safe_load_all((ROOT / "deploy/kubernetes/workers.yaml").read_text())
}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
KNOWN = {f"PULSE_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}


def generated(name: str) -> dict[str, Any]:
    """A generated file under ``grafana/``."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "grafana" / name).read_text())
    return document


def mounts(service: str) -> dict[str, Path]:
    """Path in the container -> file or folder of the checkout."""
    pairs = [text.split(":") for text in SERVICES[service].get("volumes", ())]
    return {inside: ROOT / outside for outside, inside, *_ in pairs if outside.startswith(".")}


def commands() -> list[tuple[str, ...]]:
    """Every command line of ``pulse`` in the compose file, the image and the manifest."""
    image = re.search(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert image is not None
    container = MANIFEST["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    lines = [service["command"] for service in OWN.values()]
    return [tuple(line) for line in (*lines, re.findall(r'"([^"]+)"', image[1]), container["command"])]


def test_variables_are_settings() -> None:
    """Every PULSE_ variable, here and in the manifest, is a setting."""
    given = {name for service in OWN.values() for name in service["environment"]}
    given |= {*MANIFEST["ConfigMap"]["data"]}
    assert given - KNOWN - {f"PULSE_{name.upper()}_FILE" for name in secrets()} == set()


@pytest.mark.parametrize("name", sorted(OWN))
def test_variables_have_right_values(name: str) -> None:
    """The settings of every service of ours can be read."""
    assert load(OWN[name]["environment"]).kafka == "kafka:19092"


def manifest_settings(folder: Path) -> Settings:
    """The settings of a worker on a cluster, with its Secret mounted in a folder here."""
    pod = MANIFEST["Deployment"]["spec"]["template"]["spec"]
    (mount,) = pod["containers"][0]["volumeMounts"]
    (volume,) = pod["volumes"]
    assert (mount["name"], volume["secret"]["secretName"]) == (volume["name"], "pulse-credentials")
    for name, text in MANIFEST["Secret"]["stringData"].items():
        (folder / name).write_text(text)
    data = MANIFEST["ConfigMap"]["data"].items()
    return load({name: text.replace(mount["mountPath"], str(folder)) for name, text in data})


def test_manifest_settings_can_be_read(tmp_path: Path) -> None:
    """ConfigMap and Secret together are right settings."""
    settings = manifest_settings(tmp_path)
    assert settings.metrics_host == "0.0.0.0"  # noqa: S104 - a probe comes from outside the container


def test_the_manifest_puts_no_secret_into_a_variable(tmp_path: Path) -> None:
    """The password stands in a mounted file alone, and is that of the Secret."""
    assert [name for name in secrets() if f"PULSE_{name.upper()}" in MANIFEST["ConfigMap"]["data"]] == [
        "redis"
    ]
    assert "envFrom" in MANIFEST["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    settings = manifest_settings(tmp_path)
    assert settings.kafka_password.reveal() == MANIFEST["Secret"]["stringData"]["kafka-password"]
    assert "@" not in settings.redis.reveal()


@pytest.mark.parametrize("line", commands())
def test_commands_are_real(line: tuple[str, ...]) -> None:
    """Each starts ``pulse`` with a subcommand and options that it knows."""
    program, name, *rest = line
    assert program == "pulse"
    with all_commands()[name].make_context(name, list(rest)) as context:
        assert isinstance(context, click.Context)


def test_everything_is_published_here_only() -> None:
    """No port is open to other machines."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_port_is_published_twice() -> None:
    """Each port of this machine belongs to one service."""
    ports = [port.split(":")[1] for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == len(set(ports))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_pinned(name: str) -> None:
    """An image has a tag with a full version, and no registry's name in front."""
    repository, _, tag = SERVICES[name]["image"].partition(":")
    assert re.match(r"v?\d+\.\d+\.\d+", tag), f"{name}: {tag or 'no tag'}"
    assert "." not in repository.split("/")[0]


def test_base_image_is_pinned() -> None:
    """The image of the workers stands on a full version of Python 3.11."""
    assert re.search(r"^FROM python:3\.11\.\d+-slim", DOCKERFILE, re.MULTILINE)


def test_image_gets_what_it_copies() -> None:
    """What the Dockerfile copies exists, and .dockerignore lets it through."""
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    ]
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert sorted(copied) == sorted(let_through)


def test_services_have_health_checks() -> None:
    """Every service has one but the producer, which serves nothing."""
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["producer"]


def test_services_wait_for_healthy_ones() -> None:
    """A service waits until what it needs is healthy, and that can be told."""
    waits = [wait for service in SERVICES.values() for wait in service.get("depends_on", {}).items()]
    assert {condition["condition"] for _, condition in waits} == {"service_healthy"}
    assert {name for name, _ in waits} <= {n for n, service in SERVICES.items() if "healthcheck" in service}


def test_mounted_paths_exist() -> None:
    """Every file and folder of the checkout that is mounted is there."""
    assert [path for name in SERVICES for path in mounts(name).values() if not path.exists()] == []


def test_volumes_are_declared() -> None:
    """Every named volume is declared, and each declared one is used."""
    used = {text.split(":")[0] for service in SERVICES.values() for text in service.get("volumes", ())}
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_scrape_targets_are_the_workers() -> None:
    """Prometheus scrapes every worker, at the port that its settings say."""
    job = generated("prometheus/prometheus.yml")["scrape_configs"][0]
    targets = [target for static in job["static_configs"] for target in static["targets"]]
    assert targets == [
        f"{name}:{load(service['environment']).metrics_port}" for name, service in WORKERS.items()
    ]


def test_workers_listen_outside_their_container() -> None:
    """Prometheus comes from another container, so a worker must not listen on localhost only."""
    hosts = {load(service["environment"]).metrics_host for service in WORKERS.values()}
    assert hosts == {"0.0.0.0"}  # noqa: S104 - published on 127.0.0.1 only


def test_alerts_go_to_a_service() -> None:
    """Prometheus sends its alerts to the Alertmanager of the file."""
    sent = generated("prometheus/prometheus.yml")["alerting"]["alertmanagers"][0]["static_configs"][0]
    assert sent["targets"] == ["alertmanager:9093"]
    assert "127.0.0.1:9093:9093" in SERVICES["alertmanager"]["ports"]


def test_rule_files_are_mounted() -> None:
    """Each pattern of rule files finds files of the checkout."""
    mounted = mounts("prometheus")
    for pattern in generated("prometheus/prometheus.yml")["rule_files"]:
        folder, glob = str(PurePosixPath(pattern).parent), PurePosixPath(pattern).name
        assert [path for path in mounted[folder].iterdir() if fnmatch(path.name, glob)]


def test_prometheus_keeps_what_baselines_need() -> None:
    """Prometheus runs with the flags that the rules ask for."""
    assert set(FLAGS) <= set(SERVICES["prometheus"]["command"])


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_configuration_is_the_mounted_one(name: str) -> None:
    """The file that the command names is mounted from the checkout."""
    (file,) = [word for word in SERVICES[name]["command"] if word.startswith("--config.file=")]
    assert mounts(name)[file.removeprefix("--config.file=")] == ROOT / f"grafana/{name}/{name}.yml"


def test_grafana_reads_the_prometheus_of_the_file() -> None:
    """The data source is a service with the port that it serves."""
    address = urlsplit(generated("provisioning/datasources/prometheus.yml")["datasources"][0]["url"])
    assert address.hostname in SERVICES
    assert f"127.0.0.1:{address.port}:{address.port}" in SERVICES[str(address.hostname)]["ports"]


def test_grafana_finds_its_boards() -> None:
    """The folder that the provisioning names holds the generated boards."""
    wanted = generated("provisioning/dashboards/pulse.yml")["providers"][0]["options"]["path"]
    assert mounts("grafana")[wanted] == ROOT / "grafana/dashboards"


def test_grafana_home_is_a_board() -> None:
    """The first page that Grafana shows is there."""
    home = PurePosixPath(SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (mounts("grafana")[str(home.parent)] / home.name).is_file()


def test_the_api_is_published_where_it_listens() -> None:
    """Outside its container, at the port of its settings."""
    settings = load(SERVICES["api"]["environment"])
    assert settings.api_host == "0.0.0.0"  # noqa: S104 - published on 127.0.0.1 only
    assert SERVICES["api"]["ports"] == [f"127.0.0.1:{settings.api_port}:{settings.api_port}"]


def test_the_api_asks_for_a_token() -> None:
    """The operator's, else one that is good for this machine only; without any it would not start."""
    token = SERVICES["api"]["environment"]["PULSE_API_TOKEN"]
    assert re.fullmatch(r"\$\{PULSE_API_TOKEN:-(.+)\}", token)
    assert f"Bearer {token[len('${PULSE_API_TOKEN:-') : -1]}" in (ROOT / "docs/api.md").read_text()


def test_the_api_has_what_it_reads() -> None:
    """Live views, stated results, and recorded series: it waits for all three."""
    assert set(SERVICES["api"]["depends_on"]) == {"kafka", "redis", "prometheus"}


def test_health_of_the_api_is_asked_without_a_token() -> None:
    """At a path that is open, at the port of its settings."""
    port = load(SERVICES["api"]["environment"]).api_port
    path = "/openapi.json"
    assert path in OPEN
    assert f"'http://127.0.0.1:{port}{path}'" in SERVICES["api"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize(
    ("probe", "path"), [("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready")]
)
def test_probes_ask_for_health(probe: str, path: str) -> None:
    """Each probe of the manifest asks a path that a worker answers, at the port of health."""
    container = MANIFEST["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container[probe]["httpGet"] == {"path": path, "port": "health"}


def test_ports_of_the_manifest_are_those_of_the_settings(tmp_path: Path) -> None:
    """A worker listens where the manifest says, for probes that come from outside its container."""
    settings = manifest_settings(tmp_path)
    container = MANIFEST["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"metrics": settings.metrics_port, "health": settings.health_port}
    assert settings.health_host == "0.0.0.0"  # noqa: S104 - the pod's own network


@pytest.mark.parametrize("name", sorted(WORKERS))
def test_health_of_a_worker_is_asked_where_it_is_served(name: str) -> None:
    """The check runs inside the container, at the port of the settings."""
    service = WORKERS[name]
    port = load(service["environment"]).health_port
    assert f"'http://127.0.0.1:{port}/ready'" in service["healthcheck"]["test"][-1]


def test_manifest_runs_the_image_of_compose() -> None:
    """The cluster runs the image that compose builds."""
    container = MANIFEST["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert {container["image"]} == {service["image"] for service in OWN.values()}


def test_cluster_adds_no_variables() -> None:
    """Kubernetes gives workers no PULSE_ variables of its own, which would be unknown settings."""
    assert MANIFEST["Deployment"]["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_pod_monitor_scrapes_the_workers() -> None:
    """It chooses the pods of the Deployment, and a port that they name."""
    monitor = yaml.safe_load((ROOT / "deploy/kubernetes/podmonitor.yaml").read_text())["spec"]
    pod = MANIFEST["Deployment"]["spec"]["template"]
    assert monitor["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    assert {endpoint["port"] for endpoint in monitor["podMetricsEndpoints"]} <= ports
