"""All settings in one frozen object, read once from a file and the environment."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from creator_pulse.stream.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
from difflib import get_close_matches

Positive = Annotated[int, Meta(gt=0)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]
DayOffset = Annotated[int, Meta(ge=-11, le=12)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9._-]{0,62}$")]

BUSY_TOPICS = ("gift", "ad", "purchase", "watch")
QUIET_TOPICS = ("reward", "deal", "payout", "content", "wallet")
"""A few percent of all records: a partition each is enough for long."""
INPUT_TOPICS = (*BUSY_TOPICS, *QUIET_TOPICS)
STREAK_MS = 30_000
"""Time-out of a streak (contract section 3): a shorter lateness would forget one before it is booked."""
APPS = ("tiktok", "douyin")
DEFAULT_REGIONS = {
    "tiktok": ("US", "GB", "DE", "BR", "ID", "JP"),
    "douyin": ("CN",),
}
DEFAULT_DAY_OFFSETS = {"tiktok": 0, "douyin": 8}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may set.

    Each field is read from ``PULSE_<FIELD>`` in the environment, else from the TOML file
    named by ``PULSE_SETTINGS``, else it has the default given here.
    """

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, ``host:port`` separated by commas."""
    kafka_security: str = "PLAINTEXT"
    """``PLAINTEXT``, ``SSL``, ``SASL_PLAINTEXT`` or ``SASL_SSL``."""
    kafka_sasl_mechanism: str = "PLAIN"
    """``PLAIN``, ``SCRAM-SHA-256`` or ``SCRAM-SHA-512``."""
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_ca_file: str = ""
    replication: Positive = 1
    """Replicas of the topics that are created."""
    redis: str = "redis://127.0.0.1:6379/0"
    """``redis://`` or ``rediss://``; ``redis+cluster://`` and ``redis+sentinel://`` name several hosts."""
    redis_ca_file: str = ""
    """Certificate authorities of Redis; empty: the system's."""
    redis_cert_file: str = ""
    """Certificate that Redis is shown, where it asks for one."""
    redis_key_file: str = ""
    """Key of that certificate."""
    prometheus: str = "http://127.0.0.1:9090"
    alertmanager: str = "http://127.0.0.1:9093"

    app_id: Name = "pulse"
    """Consumer group, and prefix of changelogs and transactional ids."""
    prefix: Name = "creator"
    """Prefix of the input topics."""
    partitions: Positive = 4
    """Partitions of each of the input topics gift, ad, purchase and watch."""
    quiet_partitions: Positive = 1
    """Partitions of each of the input topics reward, deal, payout, content and wallet."""
    merge_partitions: Positive = 4
    """Partitions of ``pulse.pane``, and so the number of merge lanes."""
    retention_hours: Positive = 168
    """Retention of the topics that are created."""

    out_of_orderness_ms: NotNegative = 5_000
    """How far the watermark stays behind the largest event time (contract section 3)."""
    allowed_lateness_ms: NotNegative = 600_000
    """How long after the watermark a record is still in time."""
    dedup_horizon_ms: NotNegative = 600_000
    """How far the watermark may advance before an event id is forgotten."""
    future_limit_ms: NotNegative = 120_000
    """How far an event time may lie after the ingest time."""
    restate_interval: Seconds = 60.0
    """Seconds between restatements of windows that late records changed."""
    room_least_peers: Positive = 1_000
    """Rooms of a size from which on the one in a thousand of them is odd (metric FR13)."""
    room_odd_coins: Positive = 1_000
    """Coins by viewer in ten minutes that are odd where rooms of the size are fewer (metric FR13)."""
    regions: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: dict(DEFAULT_REGIONS))
    """Per app the regions with series of their own; all others count as ``other``."""

    day_offset_hours: dict[str, DayOffset] = msgspec.field(default_factory=lambda: dict(DEFAULT_DAY_OFFSETS))
    """Per app how many hours its business day begins before that of UTC, all year; others: 0."""

    checkpoint_interval: Seconds = 1.0
    provisional_interval: Seconds = 5.0
    """Seconds between provisional results in ``pulse.window``, and between looks at what a window shows."""
    idle_after: Seconds = 15.0
    """Seconds at the end offset without a record until a partition counts as idle."""
    stall_after: Seconds = 60.0
    """Seconds without progress while there is lag until the worker exits."""
    session_timeout: Seconds = 10.0
    heartbeat_interval: Seconds = 2.0
    max_batch_records: Positive = 8_000
    """A batch ends with the batch of the log that brings it to so many records."""

    metrics_host: str = "127.0.0.1"
    metrics_port: Port = 9464
    health_host: str = "127.0.0.1"
    health_port: Port = 0
    """Port of ``/live`` and ``/ready``; 0: any free one."""
    board_host: str = "127.0.0.1"
    board_port: Port = 8080
    api_host: str = "127.0.0.1"
    """Address of the API; one that other machines reach needs ``api_token``."""
    api_port: Port = 8090
    api_token: str = ""
    """What callers of the API send as ``Authorization: Bearer <token>``; empty: nothing is asked for."""
    log_dir: str = ""
    """Folder of log files; empty: standard error."""
    log_level: str = "info"
    cache_dir: str = ""
    """Folder that keeps Kafka's jars; empty: ``~/.cache/creator-pulse``."""
    jar_dir: str = ""
    """Folder that already holds Kafka's jars; then nothing is fetched."""

    @property
    def bootstrap(self) -> list[str]:
        """Bootstrap servers as a list of ``host:port``."""
        return [part.strip() for part in self.kafka.split(",") if part.strip()]

    @property
    def day_offsets(self) -> dict[str, int]:
        """App -> how many hours its business day begins before that of UTC."""
        return {app: self.day_offset_hours.get(app, 0) for app in sorted(DEFAULT_DAY_OFFSETS)}

    def topic(self, name: str) -> str:
        """The full name of an input topic, ``gift`` -> ``creator.gift``."""
        return f"{self.prefix}.{name}"

    def partitions_of(self, name: str) -> int:
        """The partitions of an input topic, named without prefix."""
        return self.quiet_partitions if name in QUIET_TOPICS else self.partitions

    def changelog(self, topic: str) -> str:
        """The changelog topic of the lanes that read ``topic`` (a full name)."""
        return f"{self.app_id}-{topic}-changelog"


_EXAMPLES = {"regions": '{"tiktok": ["US"]}', "day_offset_hours": '{"douyin": 8}'}
"""What a setting that is JSON looks like."""


def load(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings once.

    Args:
        environ: the environment; default the process's own.
        overrides: values that win over file and environment (command-line options);
            a None is passed over.

    Raises:
        SettingsError: a value is wrong; the text names it and what was expected.
    """
    env = os.environ if environ is None else environ
    values: dict[str, object] = {}
    path = env.get("PULSE_SETTINGS")
    if path:
        values.update(_read_file(Path(path)))
    known = {field.name for field in msgspec.structs.fields(Settings)}
    for key, text in env.items():
        name = key.removeprefix("PULSE_").lower()
        if not key.startswith("PULSE_") or key == "PULSE_SETTINGS":
            continue
        if name not in known:
            raise SettingsError(
                f"there is no setting {key}{_closest(name, known)}; `pulse settings` lists them"
            )
        values[name] = _from_text(name, text)
    values.update({name: value for name, value in overrides.items() if value is not None})
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"wrong setting: {error} (settings are PULSE_<NAME> or the file of PULSE_SETTINGS)"
        ) from error
    _check(settings)
    return settings


def to_environ(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, so that a child process reads the same ones."""
    built = msgspec.to_builtins(settings)
    return {
        f"PULSE_{name.upper()}": msgspec.json.encode(value).decode()
        if isinstance(value, dict)
        else str(value)
        for name, value in built.items()
    }


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the settings file {path}: {error}") from error


def _from_text(name: str, text: str) -> object:
    if name not in _EXAMPLES:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        wanted = f"PULSE_{name.upper()} must be JSON like {_EXAMPLES[name]}"
        raise SettingsError(f"{wanted}: {error}") from error


def _closest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean PULSE_{near[0].upper()}?" if near else ""


def _check(settings: Settings) -> None:
    if settings.heartbeat_interval * 3 > settings.session_timeout:
        raise SettingsError("heartbeat_interval must be at most a third of session_timeout")
    if settings.allowed_lateness_ms < STREAK_MS:
        raise SettingsError(
            f"allowed_lateness_ms: {settings.allowed_lateness_ms} is less than the {STREAK_MS} ms after "
            f"which an open streak is booked, whose gift would miss its window; set it to {STREAK_MS} or more"
        )
    for name in _EXAMPLES:
        if set(getattr(settings, name)) - set(APPS):
            raise SettingsError(f"{name}: apps are tiktok and douyin")
    if settings.kafka_security not in {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}:
        raise SettingsError(
            f"kafka_security: {settings.kafka_security!r} is not PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
        )
