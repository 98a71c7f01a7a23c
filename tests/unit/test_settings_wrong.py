"""Every wrong setting and option is one line that names it, before anything starts."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.settings import Settings, secrets, variable
from tests.support.commands import commands

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

TYPES: dict[str, Any] = {field.name: field.type for field in msgspec.structs.fields(Settings)}
INTEGERS = ("", "x", "1.5", "-12", str(2**63), "9" * 400, "nan")
FLOATS = ("", "x", "-1", "0", "nan", "inf", "1e400", "100000")
TEXTS = ("a\x1b[2J", "a\nb", "\udcff")
"""For every text and every secret: a terminal's command, two lines, no UTF-8."""
FILES = ("/nonexistent", "/", "/etc/hostname/x")
HOSTS = ("", "two words", "host:1", "http://host", "300.1.2.3", "-a", "a" * 254, "a..b", "[::1]")
HTTP = (
    "",
    "host:9090",
    "redis://host",
    "http://",
    "http://host:0",
    "http://host:65536",
    "http://host:x",
    "http://u:p#ss@host",
    "http://u:p/ss@host",
    "http://u:p?ss@host",
    "http://u:p@ss@host",
    "http://[::1",
    "http://host?x=y",
    "http://two words/",
)
WRONG: dict[str, tuple[str, ...]] = {
    "kafka": (
        "",
        ",",
        "127.0.0.1",
        "a:1,b",
        "a:0",
        "a:65536",
        "a:x",
        ":9092",
        "kafka://a:1",
        "u:p@a:1",
        "a b:1",
        "300.0.0.1:1",
        "a:" + "9" * 400,
    ),
    "kafka_security": ("", "ssl", "TLS", "SASL_SSL"),
    "kafka_sasl_mechanism": ("", "plain", "GSSAPI", "SCRAM-SHA-1"),
    "kafka_ca_file": FILES,
    "kafka_cert_file": FILES,
    "kafka_key_file": FILES,
    "kafka_key_password": ("a key is missing",),
    "kafka_oauth_token_file": FILES,
    "kafka_oauth_endpoint": (*HTTP[1:], "http://u:p@host/token"),
    "kafka_oauth_ca_file": FILES,
    "redis": (
        *(text.replace("http:", "redis:") for text in HTTP if "@ss@" not in text and text != "redis://host"),
        "redis://host/x",
        "redis://host/0/1",
        "memcached://host",
    ),
    "redis_ca_file": FILES,
    "redis_cert_file": FILES,
    "redis_key_file": FILES,
    "redis_key_password": ("a key is missing",),
    "prometheus": HTTP,
    "alertmanager": HTTP,
    "app_id": ("", "Pulse", "a b", "a/b", "1a", ".a", "a" * 64, "ä"),
    "prefix": ("", "Creator", "a b", "a/b", "a" * 64),
    "regions": (
        "",
        "US",
        "[",
        "[" * 100_000,
        "{}x",
        '["US"]',
        '{"tiktok": "US"}',
        '{"tiktok": [1]}',
        '{"tiktok": ["US", "US"]}',
        '{"tiktok": ["other"]}',
        '{"tiktok": ["U S"]}',
        '{"tiktok": [""]}',
        '{"kwai": ["US"]}',
    ),
    "day_offset_hours": ("", "8", "[", '{"douyin": 13}', '{"douyin": -12}', '{"douyin": "x"}', '{"kwai": 1}'),
    "metrics_host": HOSTS,
    "health_host": HOSTS,
    "board_host": HOSTS,
    "api_host": HOSTS,
    "health_token": ("two words", "ä", " x"),
    "board_token": ("two words", "ä", " x"),
    "api_token": ("two words", "ä", " x"),
    "board_url": HTTP,
    "runbook_url": HTTP,
    "api_url": HTTP,
    "receivers": (
        "",
        "page",
        "[",
        '{"pages": {"webhook": "http://host"}}',
        '{"Ads.page": {"webhook": "http://host"}}',
        '{"page": {}}',
        '{"page": "http://host"}',
        '{"page": {"webhook": "host:1"}}',
        '{"page": {"slack": "x"}}',
        '{"page": {"slack_channel": "#x"}}',
        '{"page": {"email_to": "a@b.c"}}',
        '{"page": {"webhook": "http://host", "smtp_username": "u"}}',
    ),
    "dead_man_url": ("host:1", "ftp://host", "http://", "http://host:0"),
    "page_hours": ("", "8-20", "20:00-08:00", "08:00-08:00", "08:00-25:00", "08:60-20:00", "always"),
    "timezone": ("", "Mars/Olympus", "../etc/passwd", "Berlin"),
    "log_dir": ("/etc/hostname", "/etc/hostname/x"),
    "log_level": ("", "trace", "INFO", "10"),
    "cache_dir": ("/etc/hostname", "/etc/hostname/x"),
    "jar_dir": ("/etc/hostname", "/nonexistent"),
    # Below what goes with the others' defaults.
    "allowed_lateness_ms": ("29999",),
    "heartbeat_interval": ("3.4",),
    "checkpoint_interval": ("60.5",),
}
FREE = {
    "kafka_username",
    "kafka_password",
    "kafka_oauth_client_id",
    "kafka_oauth_client_secret",
    "kafka_oauth_scope",
}
"""Settings that may be any text."""
COMMANDS = {
    "bench": ("gifts",),
    "chaos": ("--plan", "mix"),
    "verify": ("--ledger", "/etc/hostname"),
    **{name: () for name in commands() if name not in {"bench", "chaos", "verify"}},
}


def wrong_values(name: str) -> tuple[str, ...]:
    """Wrong texts for a setting: by its type, and by what it means."""
    kind = (
        typing.get_args(TYPES[name])[0] if typing.get_origin(TYPES[name]) is typing.Annotated else TYPES[name]
    )
    by_type = {int: INTEGERS, float: FLOATS}.get(kind, () if typing.get_origin(kind) is dict else TEXTS)
    return (*by_type, *WRONG.get(name, ()))


def pulse(*words: str, **environ: str) -> Result:
    """Run a command line in this process."""
    return CliRunner().invoke(main, words, env=environ, prog_name="pulse")


def only_line(result: Result) -> str:
    """What a command wrote to standard error, having failed without a traceback."""
    assert result.exit_code not in {0, None}
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("name", TYPES)
def test_a_wrong_value_is_one_line_that_names_the_setting(name: str) -> None:
    """Each wrong value of each setting: exit 1, one printable line, the variable in it, no traceback."""
    for value in wrong_values(name):
        line = only_line(pulse("settings", **{variable(name): value}))
        assert line.startswith("pulse: PULSE_"), (value, line)
        assert variable(name) in line, (value, line)
        assert line.isprintable(), (value, line)
        assert len(line) < 400, (value, line)


@pytest.mark.parametrize("name", [name for name in TYPES if name not in FREE])
def test_every_setting_has_a_meaning_that_is_checked(name: str) -> None:
    """A setting that is text has wrong values of its own here; only names and passwords may be anything."""
    assert set(wrong_values(name)) - set(TEXTS)


@pytest.mark.parametrize("name", secrets())
def test_a_wrong_secret_is_not_shown(name: str) -> None:
    """No line about a secret or an address quotes a part of it."""
    for value in (
        "geheim geheim\x1b",
        "geheim://geheim",
        "redis://u:geheim#geheim@geheim:x",
        "http://geheim:geheim@/",
    ):
        for key in (variable(name), f"{variable(name)}_FILE"):
            result = pulse("settings", **{key: value})
            if result.exit_code and not key.endswith("_FILE"):
                assert "geheim" not in only_line(result)


@pytest.mark.parametrize("name", secrets())
def test_a_secret_file_that_is_not_there_is_one_line(name: str, tmp_path: Path) -> None:
    """A missing file and a folder are named with their variable."""
    for path in (tmp_path / "none", tmp_path):
        assert only_line(pulse("settings", **{f"{variable(name)}_FILE": str(path)})).startswith(
            f"pulse: {variable(name)}_FILE: cannot read {path}: "
        )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_reads_the_settings_first(command: str) -> None:
    """Whatever a command does, a wrong setting stops it before."""
    assert only_line(pulse(command, *COMMANDS[command], PULSE_LOG_LEVEL="trace")) == (
        "pulse: PULSE_LOG_LEVEL: 'trace' is not debug, info, warning or error"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"partitions = 0", "partitions in "),
        (b"partition = 4", "there is no setting partition in "),
        (b"kafka = 5", "kafka in "),
        (b"api_token = 5", "api_token in "),
        (b"metrics_host_file = 'x'", "there is no setting metrics_host_file in "),
        (b"regions = 'x'", "regions in "),
        (b"[regions]\nkwai = ['US']", "PULSE_REGIONS"),
        (b"partitions =", "PULSE_SETTINGS"),
        (b"\xff", "PULSE_SETTINGS"),
        (b"a = " + b"[" * 10_000, "PULSE_SETTINGS"),
        (b"log_level = 'a\\nb'", "log_level in "),
        (b"api_token = 'x'\napi_token_file = '/x'", "api_token in "),
    ],
)
def test_a_wrong_settings_file_is_one_line(content: bytes, what: str, tmp_path: Path) -> None:
    """A wrong name or value in it is named with the file; a file that is no TOML likewise."""
    path = tmp_path / "pulse.toml"
    path.write_bytes(content)
    assert only_line(pulse("settings", PULSE_SETTINGS=str(path))).startswith(f"pulse: {what}")


@pytest.mark.parametrize("path", ["/nonexistent", "/etc"])
def test_a_settings_file_that_cannot_be_read_is_one_line(path: str) -> None:
    """A file that is not there, and a folder."""
    assert only_line(pulse("settings", PULSE_SETTINGS=path)).startswith("pulse: PULSE_SETTINGS: cannot read")


def numbers(command: str, option: str, *fixed: str) -> list[tuple[str, ...]]:
    """Command lines with an option that is no number in its bounds."""
    return [(command, *fixed, option, text) for text in ("x", "-5", "nan", "inf", "1e400", "")]


RATES = [
    line
    for command, fixed in (("demo", ()), ("produce", ()), ("soak", ()), ("chaos", ("--plan", "mix")))
    for line in (*numbers(command, "--rate", *fixed), (command, *fixed, "--rate", "0"))
]
TIMES = [
    (command, *fixed, "--for", text)
    for command, fixed in (("demo", ()), ("produce", ()), ("chaos", ("--plan", "mix")))
    for text in (
        "",
        "x",
        "-1s",
        "0",
        "0.5s",
        "5d",
        "1e3s",
        "99999999h",
        "9" * 400,
        "\N{ARABIC-INDIC DIGIT ONE}s",
    )
]
_SPAN = ("--from", "2026-11-29T18:00", "--to", "2026-11-29T20:00")
OTHERS = [
    ("--log-level", "trace", "settings"),
    ("demo", "--seed", "-1"),
    *(
        (command, *option)
        for command in ("demo", "produce")
        for option in (
            ("--world", "mars"),
            ("--growth", "nan"),
            ("--growth", "-51"),
            ("--growth", "1001"),
            ("--day", "x"),
            ("--day", "0.5s"),
            ("--fault", "nothing"),
            ("--fault", "whale:2"),
            ("--at", "-1s"),
            ("--fault-for", "0s"),
        )
    ),
    ("demo", "--workers", "0"),
    *numbers("demo", "--history"),
    ("demo", "--history", "0.2"),
    ("demo", "--data", "/etc/hostname/x"),
    ("demo", "--endpoints", "/nonexistent/x"),
    ("demo", "--endpoints", "/etc"),
    ("demo", "--json", "/nonexistent/x"),
    ("up", "--only", "zookeeper"),
    ("up", "--only", ","),
    ("up", "--data", "/etc/hostname"),
    ("up", "--endpoints", "/nonexistent/x"),
    ("worker", "--metrics-port", "65536"),
    ("worker", "--metrics-port", "-1"),
    ("worker", "--ready", "/nonexistent/x"),
    ("produce", "--limit", "0"),
    ("produce", "--seed", "x"),
    *numbers("produce", "--offenders"),
    ("produce", "--offenders", "1.5"),
    ("produce", "--ledger", "/nonexistent/x"),
    ("produce", "--ledger", "/etc"),
    ("produce", "--json", "/nonexistent/x"),
    ("verify",),
    ("verify", "--ledger", "/nonexistent"),
    ("verify", "--ledger", "/etc"),
    ("verify", "--ledger", "/etc/hostname", "--workers", ","),
    ("verify", "--ledger", "/etc/hostname", "--workers", "127.0.0.1"),
    ("verify", "--ledger", "/etc/hostname", "--workers", "127.0.0.1:9464"),
    ("verify", "--ledger", "/etc/hostname", "--prometheus", "127.0.0.1:9090"),
    ("verify", "--ledger", "/etc/hostname", "--wait", "-1s"),
    ("verify", "--ledger", "/etc/hostname", "--json", "/nonexistent/x"),
    ("board", "--host", "two words"),
    ("board", "--port", "65536"),
    ("board", "--prometheus", "redis://x"),
    ("api", "--host", ""),
    ("api", "--host", "0.0.0.0"),  # noqa: S104 - refused, for it has no token
    ("api", "--port", "-1"),
    ("catalog", "--tool", "nothing"),
    ("catalog", "--json", "/nonexistent/x"),
    ("chaos",),
    ("chaos", "--plan", "nothing"),
    ("chaos", "--plan", "mix", "--rounds", "0"),
    ("chaos", "--plan", "mix", "--workers", "1"),
    ("chaos", "--plan", "mix", "--seed", "-1"),
    ("chaos", "--plan", "mix", "--json", "/nonexistent/x"),
    *numbers("soak", "--minutes"),
    ("soak", "--minutes", "0.1"),
    ("soak", "--workers", "0"),
    ("soak", "--json", "/nonexistent/x"),
    ("bench",),
    ("bench", "nothing"),
    ("bench", "gifts", "--runs", "0"),
    ("bench", "gifts", "--json", "/nonexistent/x"),
    ("explain", "nothing"),
    ("explain", "gifts", "--app", "nothing"),
    ("explain", "gifts", "--at", "x"),
    ("explain", "gifts", "--alert", "nothing"),
    ("explain", "gifts", "--region", "nothing"),
    ("explain", "gifts", "--from", "x"),
    ("explain", "gifts", "--to", "x"),
    ("explain", "gifts", "--json", "/nonexistent/x"),
    ("report", "--since", "x"),
    ("report", "--prometheus", "redis://x"),
    ("report", "--alertmanager", "x"),
    ("report", "--api", "x"),
    ("report", "--json", "/nonexistent/x"),
    ("backfill", "--out", "/etc/hostname"),
    ("backfill", "--json", "/nonexistent/x"),
    ("replay", "--from", "x"),
    ("replay", *_SPAN, "--to", "x"),
    ("replay", *_SPAN, "--rules", "/nonexistent"),
    ("replay", *_SPAN, "--overrides", "/nonexistent"),
    ("replay", *_SPAN, "--warm-up", "x"),
    ("replay", *_SPAN, "--json", "/nonexistent/x"),
    ("scenarios", "nothing"),
    ("scenarios", "--json", "/nonexistent/x"),
    ("backtest", "--weeks", "0"),
    ("backtest", "--seed", "-1"),
    *numbers("backtest", "--rate"),
    *numbers("backtest", "--growth"),
    ("backtest", "--history", "0"),
    ("backtest", "--app", "nothing"),
    ("backtest", "--world", "/nonexistent"),
    ("backtest", "--rules", "/nonexistent"),
    ("backtest", "--jobs", "0"),
    ("backtest", "--save", "/nonexistent/x.parquet"),
    ("backtest", "--require", "nothing=1"),
    ("backtest", "--json", "/nonexistent/x"),
    ("simulate", "--seeds", "0"),
    ("simulate", "--first", "-1"),
    ("simulate", "--steps", "0"),
    ("simulate", "--jobs", "0"),
    ("simulate", "--json", "/nonexistent/x"),
    ("topics", "--nothing"),
    ("afresh", "--json", "/nonexistent/x"),
    ("void", "gift", "0", "--from", "-1"),
    ("void", "gift", "0", "--to", "x"),
    ("void", "gift", "0", "--from", "1", "--to", "1", "--json", "/nonexistent/x"),
    ("void", "gift", "0", "--why", "x", "--nothing"),
    ("generate", "extra"),
    ("generate", "--out", "/etc/hostname/x"),
    ("nothing",),
    ("boards", "push", "x"),
    ("override", "set"),
]


UNNAMED = {
    ("verify", "--ledger", "/etc/hostname", "--workers", "127.0.0.1:9464"),
    ("api", "--host", "0.0.0.0"),  # noqa: S104 - see above
    ("catalog", "--tool", "nothing"),
}
"""The line speaks of the ledger, the token, or what there is instead."""


@pytest.mark.parametrize("words", [*RATES, *TIMES, *OTHERS], ids=" ".join)
def test_a_wrong_option_is_one_line(words: tuple[str, ...]) -> None:
    """Each wrong option of each command: one line that names it, before anything starts."""
    line = only_line(pulse(*words))
    assert line.startswith("pulse")
    named = [word for word in words if word.startswith("--")]
    assert named[-1:] == [] or named[-1] in line or words in UNNAMED, line


def test_every_option_of_every_command_is_tried() -> None:
    """An option that takes a value is among the wrong ones above, but for two that are as --tool."""
    tried = {(words[0], word) for words in (*RATES, *TIMES, *OTHERS) for word in words}
    options = {
        (name, option)
        for name, command in commands().items()
        for param in command.params
        if not getattr(param, "is_flag", False)
        for option in param.opts
        if option.startswith("--")
    }
    assert options - tried == {("catalog", "--stakeholder"), ("catalog", "--tier")}


def test_an_empty_ledger_compares_nothing(tmp_path: Path) -> None:
    """A ledger without a record is refused: every number would equal it."""
    path = tmp_path / "ledger.json"
    path.write_text(Truth().to_json())
    line = only_line(pulse("verify", "--ledger", str(path), "--workers", "127.0.0.1:9464"))
    assert line == f"pulse: --ledger: {path} holds no record: nothing would be compared"


def test_an_address_with_a_password_is_not_shown_in_an_option() -> None:
    """A wrong ``--prometheus`` is refused without a word of it."""
    assert "geheim" not in only_line(pulse("board", "--prometheus", "http://u:geheim@host:x"))
