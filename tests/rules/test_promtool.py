"""Prometheus' own tool accepts the rules and their tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
import yaml

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.prometheus import prometheus_config
from tests.support.asked_parameters import parameters_of
from tests.support.needed_rules import write_test
from tests.support.promtool import GOOD, said_of
from tests.support.rule_documents import document_of

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Said = Mapping[str, str]
ALERTS = sorted({guardrail.alert for _, guardrail in declared()})


def test_rules_pass_the_lint(tree: Path, run: Run) -> None:
    """Every rule file parses, and no rule stands twice."""
    names = [str(path) for folder in ("rules", "alerts") for path in sorted((tree / folder).glob("*.yml"))]
    done = run("promtool", "check", "rules", "--lint-fatal", *names)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(tree: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Said:
    """What promtool says of the test of each alert that this session asks for."""
    root = tmp_path_factory.mktemp("alerts")
    alerts = parameters_of(request, "test_alert_behaves_as_declared", "alert")
    paths = {alert: write_test(root / alert, tree, alert, document_of(alert)) for alert in alerts}
    answers = said_of(list(paths.values()))
    return {alert: answers[path] for alert, path in paths.items()}


@pytest.mark.slow
@pytest.mark.parametrize("alert", ALERTS)
def test_alert_behaves_as_declared(said: Said, alert: str) -> None:
    """The alert fires when its declaration says so, with all labels and texts, and else is silent."""
    assert said[alert] == GOOD


def test_a_wrong_test_is_seen_among_others(tree: Path, tmp_path: Path) -> None:
    """Of three tests the one that expects silence of an alert that fires fails, and the others hold."""
    watchdog = document_of("Watchdog")
    silent = watchdog["tests"][0] | {
        "alert_rule_test": [{"eval_time": "0m", "alertname": "Watchdog", "exp_alerts": []}]
    }
    wrong = watchdog | {"tests": [silent]}
    paths = [
        write_test(tmp_path / name, tree, "Watchdog", document)
        for name, document in (("a", watchdog), ("b", wrong), ("c", watchdog))
    ]
    said = said_of(paths)
    assert [said[path] == GOOD for path in paths] == [True, False, True]
    assert "alertname: Watchdog" in said[paths[1]]


def test_a_page_that_comes_and_goes_is_one(tree: Path, tmp_path: Path) -> None:
    """A worker that does not answer for two minutes, three times over: one page, until 10 minutes after."""
    firing = 'count(ALERTS{alertname="WorkerDown",alertstate="firing"}) or vector(0)'
    looks = {1: 0, 3: 1, 8: 1, 15: 1, 17: 1, 21: 1, 24: 1, 30: 0}
    document = {
        "rule_files": ["../rules/pipeline.yml", "../alerts/pipeline.yml", "../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-counters", "pulse-pipeline", "pulse-OP1"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": 'pulse_worker_info{job="pulse",instance="a:9464"}', "values": "1x60"},
                    {
                        "series": 'up{job="pulse",instance="a:9464"}',
                        "values": "1x0 0x2 1x3 0x2 1x2 0x2 1x60",
                    },
                ],
                "promql_expr_test": [
                    {
                        "expr": firing,
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": number}],
                    }
                    for minute, number in looks.items()
                ],
            }
        ],
    }
    path = write_test(tmp_path, tree, "WorkerDown", document)
    assert said_of([path])[path] == GOOD


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_has_a_firing_and_a_silent_case(alert: str) -> None:
    """Each severity of an alert is expected at least once; all but the watchdog are once expected silent."""
    checks = [check for case in document_of(alert)["tests"] for check in case["alert_rule_test"]]
    seen = {found["exp_labels"]["severity"] for check in checks for found in check["exp_alerts"]}
    words = {"page": "critical", "ticket": "warning", "none": "none"}
    assert seen == {words[g.severity] for _, g in declared() if g.alert == alert}
    assert alert == "Watchdog" or any(not check["exp_alerts"] for check in checks)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_test_names_no_group_of_another_metric(alert: str) -> None:
    """A test names the recordings and its own alert's groups: a new metric changes no other test.

    Beside the group of a metric there may be one of its tickets that look back over a day.
    """
    own = {f"pulse-{metric.id}" for metric, guardrail in declared() if guardrail.alert == alert}
    sums = {"pulse-sums-at-once", "pulse-sums", "pulse-ratios", "pulse-ages"}
    recordings = {*sums, "pulse-counters", "pulse-pipeline"}
    named = document_of(alert)["group_eval_order"]
    assert {name.removesuffix("-day") for name in named} == own | recordings


def test_local_config_is_valid(tree: Path, run: Run, tmp_path: Path) -> None:
    """The local stack's configuration passes promtool together with the rules."""
    targets = tmp_path / "workers.json"
    targets.write_text('[{"targets": ["127.0.0.1:9464"]}]')
    config = tmp_path / "prometheus.yml"
    config.write_bytes(
        prometheus_config(
            prometheus="127.0.0.1:9090",
            alertmanager="127.0.0.1:9093",
            targets_file=str(targets),
            rules_dir=str(tree),
        )
    )
    done = run("promtool", "check", "config", "--lint-fatal", str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 rule files found" in done.stdout


def test_the_alerting_scrapes_itself(tree: Path) -> None:
    """Beside the workers Prometheus and Alertmanager are scraped, which alerts on the alerting read."""
    config = yaml.safe_load((tree / "prometheus/prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    assert targets == {
        "pulse": ["worker-1:9464", "worker-2:9464"],
        "prometheus": ["127.0.0.1:9090"],
        "alertmanager": ["alertmanager:9093"],
    }


def test_compose_config_is_valid(tree: Path, run: Run) -> None:
    """The compose stack's configuration passes promtool."""
    done = run("promtool", "check", "config", "--syntax-only", str(tree / "prometheus/prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_instance_is_dropped_from_owned_series_only(tree: Path) -> None:
    """Only a series with a partition loses its instance, so that a move does not start a new one."""
    config = yaml.safe_load((tree / "prometheus/prometheus.yml").read_text())
    assert config["scrape_configs"][0]["metric_relabel_configs"] == [
        {"source_labels": ["partition"], "regex": ".+", "target_label": "instance", "replacement": ""}
    ]


def test_a_ticket_is_silent_for_a_day_after_its_page(tree: Path, tmp_path: Path) -> None:
    """The slow windows hold a fall for hours after its page: no ticket of it, but one of what comes later."""
    fast = 'pulse_score{signal="gifts",app="tiktok",region="all",speed="fast",direction="fall"}'
    slow = fast.replace('"fast"', '"slow"')
    tickets = 'count(ALERTS{alertname="GiftValueDrop",severity="warning",alertstate="firing"}) or vector(0)'
    pages = tickets.replace("warning", "critical")
    # 20 minutes above the page's bar, from minute 10 on; the slow score stays above the ticket's bar.
    looks = {(pages, 12): 1, (pages, 45): 0, (tickets, 12): 0, (tickets, 45): 0, (tickets, 1_460): 0}
    document = {
        "rule_files": ["../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-GI1"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": fast, "values": "0x9 60x19 0x1600"},
                    {"series": slow, "values": "0x9 7x1630"},
                ],
                "promql_expr_test": [
                    {
                        "expr": expr,
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": value}],
                    }
                    for (expr, minute), value in {**looks, (tickets, 1_480): 1}.items()
                ],
            }
        ],
    }
    path = write_test(tmp_path / "told", tree, "GiftValueDrop", document)
    assert said_of([path])[path] == GOOD


def test_an_override_is_of_its_region_and_ends(tree: Path, tmp_path: Path) -> None:
    """At a score of 40, a page from 30: a region overridden to 60 is silent for as long, another pages."""
    score = 'pulse_score{signal="gifts",app="tiktok",region="%s",speed="fast",direction="fall"}'
    override = 'pulse_override_bound{alert="RegionQuiet",app="%s",region="%s"}'
    pages = 'count(ALERTS{alertname="RegionQuiet",severity="critical",region="%s",alertstate="firing"})'
    looks = {("US", 5): 0, ("GB", 5): 1, ("DE", 5): 1, ("US", 12): 1}
    document = {
        "rule_files": ["../rules/pipeline.yml", "../alerts/pipeline.yml", "../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-counters", "pulse-pipeline", "pulse-PL10"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": score % "US", "values": "40x30"},
                    {"series": score % "GB", "values": "40x30"},
                    # 20 is no page, but for a bound of 15.
                    {"series": score % "DE", "values": "20x30"},
                    {"series": override % ("tiktok", "US"), "values": "60x9 stale"},
                    {"series": override % ("tiktok", "DE"), "values": "15x30"},
                    {"series": override % ("douyin", "GB"), "values": "60x30"},
                    {"series": override % ("tiktok", "all"), "values": "60x30"},
                ],
                "promql_expr_test": [
                    {
                        "expr": f"{pages % region} or vector(0)",
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": value}],
                    }
                    for (region, minute), value in looks.items()
                ],
            }
        ],
    }
    path = write_test(tmp_path / "override", tree, "RegionQuiet", document)
    assert said_of([path])[path] == GOOD


def test_a_region_is_silent_while_its_whole_app_is_told_of(tree: Path, tmp_path: Path) -> None:
    """All of an app falls: no region of it is told by itself until 15 minutes after, but those of others are.

    The whole is above 10 from the fifth to the 20th minute, the region above 30 from then to the 50th.
    """
    score = 'pulse_score{signal="viewing",app="%s",region="%s",speed="fast",direction="fall"}'
    pages = 'count by (app) (ALERTS{alertname="RegionQuiet",severity="critical",alertstate="firing"})'
    looks = {4: [], 6: ["douyin"], 21: ["douyin"], 34: ["douyin"], 36: ["douyin", "tiktok"]}
    document = {
        "rule_files": ["../rules/pipeline.yml", "../alerts/pipeline.yml", "../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-counters", "pulse-pipeline", "pulse-PL10"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": score % ("tiktok", "all"), "values": "0x4 40x15 0x40"},
                    {"series": score % ("tiktok", "US"), "values": "0x4 90x45 0x10"},
                    # As sure as a ticket is no page about the whole.
                    {"series": score % ("douyin", "all"), "values": "0x4 9x45 0x10"},
                    {"series": score % ("douyin", "CN"), "values": "0x4 90x45 0x10"},
                ],
                "promql_expr_test": [
                    {
                        "expr": pages,
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": f'{{app="{app}"}}', "value": 1} for app in apps],
                    }
                    for minute, apps in looks.items()
                ],
            }
        ],
    }
    path = write_test(tmp_path / "whole", tree, "RegionQuiet", document)
    assert said_of([path])[path] == GOOD
