"""All settings in one frozen object, read once from a file and the environment."""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from creator_pulse.stream import setting_rules as rules
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.receivers import Receiver
from creator_pulse.stream.receivers import check as check_receivers
from creator_pulse.stream.redis_place import RedisPlace
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.tls import ClientTls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Coins = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Partitions = Annotated[int, Meta(ge=1, le=10_000)]
Replicas = Annotated[int, Meta(ge=1, le=100)]
Hours = Annotated[int, Meta(ge=1, le=876_000)]
"""Up to a hundred years."""
Milliseconds = Annotated[int, Meta(ge=0, le=31 * 86_400_000)]
"""Up to a month."""
Most = Annotated[int, Meta(ge=1, le=1_000_000_000)]
"""Entries of a table: up to a billion."""
Seconds = Annotated[float, Meta(ge=0.001, le=86_400)]
"""From a millisecond, the least that Kafka takes, up to a day."""
Port = Annotated[int, Meta(ge=0, le=65535)]
BatchBytes = Annotated[int, Meta(ge=16 * 1024 * 1024, le=1024 * 1024 * 1024)]
"""At least the size of the workers' own largest record."""
DayOffset = Annotated[int, Meta(ge=-11, le=12)]

BUSY_TOPICS = ("gift", "ad", "purchase", "watch", "engagement")
QUIET_TOPICS = ("reward", "deal", "payout", "content", "wallet")
"""A few percent of all records, so one partition each is enough for long."""
INPUT_TOPICS = (*BUSY_TOPICS, *QUIET_TOPICS)
STREAK_MS = 30_000
"""Time-out of a streak (contract section 3): a shorter lateness would forget one before it is booked."""
LOG_LEVELS = ("debug", "info", "warning", "error")


class AppDefaults(NamedTuple):
    """What holds of an app unless an operator sets something else.

    Attributes:
        regions: with series of their own.
        day_offset_hours: how many hours its business day begins before that of UTC.
    """

    regions: tuple[str, ...]
    day_offset_hours: int


DECLARED_APPS = {
    "tiktok": AppDefaults(("US", "GB", "DE", "BR", "ID", "JP"), 0),
    "douyin": AppDefaults(("CN",), 8),
}
"""The apps of the contract, section 2. A further one is a line here."""
APPS = tuple(DECLARED_APPS)
DEFAULT_REGIONS = {app: defaults.regions for app, defaults in DECLARED_APPS.items()}
DEFAULT_DAY_OFFSETS = {app: defaults.day_offset_hours for app, defaults in DECLARED_APPS.items()}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of an operator.

    Each field is read from ``PULSE_<FIELD>`` in the environment; otherwise from the TOML file that
    ``PULSE_SETTINGS`` names; otherwise it has the default given here.
    """

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, ``host:port`` separated by commas."""
    kafka_security: str = "PLAINTEXT"
    """``PLAINTEXT``, ``SSL``, ``SASL_PLAINTEXT`` or ``SASL_SSL``."""
    kafka_sasl_mechanism: str = "PLAIN"
    """``PLAIN``, ``SCRAM-SHA-256``, ``SCRAM-SHA-512`` or ``OAUTHBEARER``."""
    kafka_username: str = ""
    kafka_password: Secret = Secret()
    kafka_ca_file: str = ""
    """Certificates of the authorities that are trusted for the brokers; empty: the system's."""
    kafka_cert_file: str = ""
    """Our own certificate, for brokers that ask for one; empty: none."""
    kafka_key_file: str = ""
    """Its key; empty: it is in the certificate's file."""
    kafka_key_password: Secret = Secret()
    kafka_oauth_token_file: str = ""
    """A file with a token for ``OAUTHBEARER``, read for each connection; empty: tokens are requested."""
    kafka_oauth_endpoint: Address = Address()
    """Where tokens are requested, with the client's id and secret."""
    kafka_oauth_client_id: str = ""
    kafka_oauth_client_secret: Secret = Secret()
    kafka_oauth_scope: str = ""
    kafka_oauth_ca_file: str = ""
    """Certificates of the authorities that are trusted for the endpoint; empty: the system's."""
    replication: Replicas = 1
    """Replicas of the topics that pulse creates."""
    redis: Address = Address("redis://127.0.0.1:6379/0")
    """``redis://`` or ``rediss://``; ``redis+cluster://`` and ``redis+sentinel://`` name several hosts."""
    redis_ca_file: str = ""
    """Certificates of the authorities that are trusted for Redis; empty: the system's."""
    redis_cert_file: str = ""
    """Our own certificate, for a Redis that asks for one; empty: none."""
    redis_key_file: str = ""
    """Its key; empty: it is in the certificate's file."""
    redis_key_password: Secret = Secret()
    prometheus: Address = Address("http://127.0.0.1:9090")
    alertmanager: Address = Address("http://127.0.0.1:9093")

    app_id: str = "pulse"
    """Consumer group, and prefix of changelogs and transactional ids."""
    prefix: str = "creator"
    """Prefix of the input topics."""
    partitions: Partitions = 4
    """Partitions of each of the input topics gift, ad, purchase, watch and engagement."""
    quiet_partitions: Partitions = 1
    """Partitions of each of the input topics reward, deal, payout, content and wallet."""
    merge_partitions: Partitions = 4
    """Partitions of ``pulse.pane``, and so the number of merge lanes."""
    retention_hours: Hours = 168
    """Retention of the topics that pulse creates."""

    out_of_orderness_ms: Milliseconds = 5_000
    """How far the watermark stays behind the largest event time (contract section 3)."""
    allowed_lateness_ms: Milliseconds = 600_000
    """How long after the watermark a record still counts as in time."""
    dedup_horizon_ms: Milliseconds = 600_000
    """How far the watermark may advance before an event id is forgotten."""
    future_limit_ms: Milliseconds = 120_000
    """How far an event time may lie after the ingest time."""
    most_ids: Most = 4_000_000
    """Accepted event ids that a source lane remembers, and business keys; beyond it the oldest are evicted
    early.
    """
    most_streaks: Most = 400_000
    """Streaks that a source lane follows, at most a quarter of them open."""
    most_followed: Most = 500_000
    """Deals, or payouts, that a source lane follows."""
    most_identity_rows: Most = 20_000_000
    """Rows of identities in the panes of a merge lane."""
    most_identity_names: Most = 1_000_000
    """Ids that a merge lane can name in leaderboards and cases."""
    most_firsts: Most = 2_000_000
    """Identities for which a merge lane remembers when they were first seen."""
    most_incidents: Most = 100_000
    """Identities whose incidents a merge lane follows."""
    most_references: Most = 100_000
    """Reference entries that each worker keeps, built-in ones included: beyond it a new one is not used."""
    restate_interval: Seconds = 60.0
    """Seconds between restatements of windows that late records changed."""
    viewer_day_coins: Coins = 100_000
    """Coins that a viewer may give in a business day before they count as over the cap (metric SP4)."""
    viewer_month_coins: Coins = 1_000_000
    """The same of a calendar month (metric SP4)."""
    room_least_peers: Count = 1_000
    """If at least so many rooms have the same size, one in a thousand of them is odd (metric FR13)."""
    room_odd_coins: Count = 1_000
    """If there are fewer rooms of the size: coins per viewer in ten minutes that are odd (metric FR13)."""
    regions: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: dict(DEFAULT_REGIONS))
    """Per app the regions with series of their own; all others count as ``other``."""

    day_offset_hours: dict[str, DayOffset] = msgspec.field(default_factory=lambda: dict(DEFAULT_DAY_OFFSETS))
    """Per app the hours by which its business day begins before that of UTC, all year; others: 0."""

    checkpoint_interval: Seconds = 1.0
    provisional_interval: Seconds = 5.0
    """Seconds between provisional results in ``pulse.window``, and between updates of exposed values."""
    idle_after: Seconds = 15.0
    """Seconds at the end offset without a record after which a partition counts as idle."""
    stall_after: Seconds = 60.0
    """Seconds without progress, while there is lag, after which the worker exits."""
    session_timeout: Seconds = 10.0
    heartbeat_interval: Seconds = 2.0
    max_batch_records: Count = 8_000
    """A batch ends with the stored batch that brings it to this many records."""
    max_batch_bytes: BatchBytes = 64 * 1024 * 1024
    """Bytes of the largest decompressed stored batch; a larger one is counted as too large, unread."""

    metrics_host: str = "127.0.0.1"
    metrics_port: Port = 9464
    health_host: str = "127.0.0.1"
    health_port: Port = 0
    """Port of ``/live`` and ``/ready``; 0: any free one."""
    health_token: Secret = Secret()
    """Callers of ``/live`` and ``/ready`` who send it are told why; without it they get yes or no."""
    board_host: str = "127.0.0.1"
    """Address of the board; if other machines can reach it, it needs ``board_token``."""
    board_port: Port = 8080
    board_token: Secret = Secret()
    """The board asks for it: at its login, or as ``Authorization: Bearer``; empty: it asks for nothing."""
    api_host: str = "127.0.0.1"
    """Address of the API; if other machines can reach it, it needs ``api_token``."""
    api_port: Port = 8090
    api_token: Secret = Secret()
    """Callers of the API send it as ``Authorization: Bearer <token>``; empty: nothing is asked for."""
    board_url: str = "http://127.0.0.1:8080"
    """Before ``/d/pulse-tool-gift`` in the links of alerts: Grafana, or ``pulse board``."""
    runbook_url: str = "http://127.0.0.1:8080/runbooks"
    """Before ``/GiftValueDrop`` in the links of alerts."""
    api_url: str = "http://127.0.0.1:8090"
    """Before ``/v1/cases`` in the links of boards, as a reader's browser reaches the API."""
    receivers: dict[str, Receiver] = msgspec.field(default_factory=dict)
    """Who is told of pages and tickets, and of those of a team."""
    dead_man_url: Address = Address()
    """Where the watchdog's beat goes, outside the stack: it tells if the beat stops; empty: nowhere."""
    page_hours: str = "08:00-20:00"
    """When pages are sent that watch a day or longer."""
    timezone: str = "UTC"
    """Of these hours: a name of the tz database."""
    log_dir: str = ""
    """Folder of log files; empty: standard error."""
    log_level: str = "info"
    cache_dir: str = ""
    """Folder that keeps Kafka's jars; empty: ``~/.cache/creator-pulse``."""
    jar_dir: str = ""
    """Folder that already holds Kafka's jars; if it is set, nothing is fetched."""

    @property
    def bootstrap(self) -> list[str]:
        """Bootstrap servers as a list of ``host:port``."""
        return [part.strip() for part in self.kafka.split(",") if part.strip()]

    @property
    def kafka_tls(self) -> ClientTls:
        """How to speak TLS with the brokers."""
        files = self.kafka_ca_file, self.kafka_cert_file, self.kafka_key_file
        return ClientTls("kafka", *files, self.kafka_key_password)

    @property
    def kafka_oauth_tls(self) -> ClientTls:
        """How to speak TLS with who gives the tokens."""
        return ClientTls("kafka_oauth", self.kafka_oauth_ca_file, "", "", Secret())

    @property
    def redis_tls(self) -> ClientTls:
        """How to speak TLS with Redis."""
        files = self.redis_ca_file, self.redis_cert_file, self.redis_key_file
        return ClientTls("redis", *files, self.redis_key_password)

    @property
    def day_offsets(self) -> dict[str, int]:
        """App -> how many hours its business day begins before that of UTC."""
        return {app: self.day_offset_hours.get(app, 0) for app in sorted(DEFAULT_DAY_OFFSETS)}

    def topic(self, name: str) -> str:
        """The full name of an input topic, ``gift`` -> ``creator.gift``."""
        return f"{self.prefix}.{name}"

    def partitions_of(self, name: str) -> int:
        """The partitions of an input topic or of ``reference``, named without prefix."""
        if name == "reference":
            return 1
        return self.quiet_partitions if name in QUIET_TOPICS else self.partitions

    @property
    def installation(self) -> str:
        """The topic that holds the installation's hash key, and the transactional id of who writes it."""
        return f"{self.app_id}-installation"

    def changelog(self, topic: str) -> str:
        """The changelog topic of the lanes that read ``topic`` (a full name)."""
        return f"{self.app_id}-{topic}-changelog"


# Examples of settings that are JSON.
_BY_APP = {"regions": '{"tiktok": ["US"]}', "day_offset_hours": '{"douyin": 8}'}
_EXAMPLES = {
    **_BY_APP,
    "receivers": '{"page": {"pagerduty_key_file": "/run/secrets/pagerduty"}}',
}
_CHOICES = {
    "kafka_security": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "kafka_sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"),
    "log_level": LOG_LEVELS,
}
_RULES: Mapping[str, Callable[[Any], object]] = {
    "kafka": rules.servers,
    "kafka_oauth_token_file": rules.readable_file,
    "kafka_oauth_endpoint": rules.token_endpoint,
    "redis": lambda address: RedisPlace.of(address.reveal()),
    "prometheus": rules.http_address,
    "alertmanager": rules.http_address,
    "app_id": rules.name,
    "prefix": rules.name,
    "regions": rules.regions,
    "metrics_host": rules.host,
    "health_host": rules.host,
    "board_host": rules.host,
    "api_host": rules.host,
    "health_token": rules.token,
    "board_token": rules.token,
    "api_token": rules.token,
    "board_url": rules.web_address,
    "runbook_url": rules.web_address,
    "api_url": rules.web_address,
    "receivers": check_receivers,
    "dead_man_url": rules.dead_man,
    "page_hours": rules.hours,
    "timezone": rules.timezone,
    "log_dir": rules.folder,
    "cache_dir": rules.folder,
    "jar_dir": rules.existing_folder,
}
_REDIS_FILES = ("redis_ca_file", "redis_cert_file", "redis_key_file", "redis_key_password")
_PREFIX = "PULSE_"
_FROM_FILE = "_file"
# Bytes of a file that holds a secret.


@cache
def _types() -> dict[str, Any]:
    """Field -> its type with its bounds."""
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}


@cache
def secrets() -> tuple[str, ...]:
    """The settings that may be read from a file: ``PULSE_<NAME>_FILE`` names it."""
    return tuple(name for name, kind in _types().items() if kind in {Secret, Address})


def load(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings once.

    Args:
        environ: the environment; None: the process's own.
        overrides: values that override file and environment (command-line options); None is ignored.

    Raises:
        SettingsError: a value is wrong; the text names it and the expected form, and reveals no secret.
    """
    env = os.environ if environ is None else environ
    values: dict[str, object] = {}
    path = env.get("PULSE_SETTINGS")
    if path:
        listed = {name: (name, value) for name, value in _read_file(Path(path)).items()}
        values |= _read(listed, f" in {path}", lambda name: name)
    given = {
        key.removeprefix(_PREFIX).lower(): (key, text)
        for key, text in env.items()
        if key.startswith(_PREFIX) and key != "PULSE_SETTINGS"
    }
    values |= _read(given, "", variable)
    chosen = {name: (variable(name), value) for name, value in overrides.items() if value is not None}
    values |= _read(chosen, "", variable)
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{_PREFIX}{name.upper()}"


def to_environ(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, so that a child process reads the same ones.

    Secrets are included, in clear or as the name of their file: only ``shown_environ`` may be printed.
    """
    return _as_variables(settings, Secret.reveal)


def shown_environ(settings: Settings) -> dict[str, str]:
    """The settings in a form that may be shown to anybody."""
    return _as_variables(settings, str)


def child_environ(settings: Settings) -> dict[str, str]:
    """The environment of a child process: this process's own, with the settings replaced."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith(_PREFIX)}
    return inherited | to_environ(settings)


def _as_variables(settings: Settings, text_of: Callable[[Secret], str]) -> dict[str, str]:
    variables = {}
    for name, value in msgspec.structs.asdict(settings).items():
        if isinstance(value, Secret):
            variables[variable(name + _FROM_FILE if value.file else name)] = value.file or text_of(value)
        else:
            is_json = name in _EXAMPLES
            variables[variable(name)] = msgspec.json.encode(value).decode() if is_json else str(value)
    return variables


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise SettingsError(f"PULSE_SETTINGS: cannot read the settings file {path}: {why}") from error


def _read(
    given: Mapping[str, tuple[str, object]], place: str, spell: Callable[[str], str]
) -> dict[str, object]:
    """The values of one source.

    Args:
        given: name -> its spelling in the source, and its value.
        place: where the source is, for errors.
        spell: spells a name as the source does, for advice.

    Raises:
        SettingsError: there is no such name, or its value is wrong.
    """
    values: dict[str, object] = {}
    for name, (spelt, value) in given.items():
        setting = f"{spelt}{place}"
        holder = name if name in _types() else name.removesuffix(_FROM_FILE)
        if holder not in (_types() if holder == name else secrets()):
            raise SettingsError(
                f"there is no setting {setting}{_closest(name, spell)}; `pulse settings` lists them"
            )
        # The other way to give the same secret: its file if this is its text, and the other way round.
        twin = holder + _FROM_FILE if holder == name else holder
        beside = holder in secrets() and given.get(twin, ("", ""))[1]
        if value and beside:
            raise SettingsError(f"{setting}: {spell(twin)} is given too; give one of the two")
        if not value and (beside or holder != name):
            continue  # Empty says nothing where the other one is given, and names no file.
        try:
            values[holder] = _checked(name, value) if holder == name else _from_file(holder, value)
        except ValueError as error:
            raise SettingsError(f"{setting}: {error}") from error
    return values


def _checked(name: str, value: object) -> object:
    """A value in its type, within its bounds and by its rule.

    Raises:
        ValueError: it is wrong; the text reveals no secret.
    """
    kind = _types()[name]
    if isinstance(value, str):
        rules.plain_text(value)
    checked: object
    if name in secrets():
        checked = value if isinstance(value, Secret) else _hidden(kind, value)
    else:
        checked = _converted(name, value)
    if name in _CHOICES and checked not in _CHOICES[name]:
        raise ValueError(f"{rules.quoted(str(checked))} is not {_one_of(_CHOICES[name])}")
    if name in _RULES:
        _RULES[name](checked)
    return checked


def _hidden(kind: type[Secret], value: object, file: str = "") -> Secret:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - as every other wrong value
    return kind(value, file)


def _converted(name: str, value: object) -> object:
    kind, quoted = _types()[name], rules.quoted(str(value))
    if name in _EXAMPLES and isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{quoted} is no JSON like {_EXAMPLES[name]}: {error}") from error
    try:
        converted: object = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        wanted = str(error).replace("Expected", "expected", 1).replace("`", "")
        raise ValueError(f"{quoted}: {wanted}") from error
    return converted


def _from_file(name: str, path: object) -> Secret:
    """A secret that is read from a file, without the line break at its end.

    Raises:
        ValueError: the file cannot be read or is empty, or its content is wrong; the text quotes nothing of
            it.
    """
    text = rules.secret_text(str(path))
    return _checked(name, _hidden(_types()[name], text, str(path)))  # type: ignore[return-value]


def _closest(name: str, spell: Callable[[str], str]) -> str:
    names = [*_types(), *(f"{secret}{_FROM_FILE}" for secret in secrets())]
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {spell(near[0])}?" if near else ""


def _one_of(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}"


def _check(settings: Settings) -> None:
    """Check settings that depend on each other, and the files that they name.

    Raises:
        SettingsError: they do not fit.
    """
    if settings.heartbeat_interval * 3 > settings.session_timeout:
        raise SettingsError(
            f"PULSE_HEARTBEAT_INTERVAL: {settings.heartbeat_interval:g} s is more than a third of "
            f"PULSE_SESSION_TIMEOUT, {settings.session_timeout:g} s"
        )
    if settings.checkpoint_interval > settings.stall_after:
        raise SettingsError(
            f"PULSE_CHECKPOINT_INTERVAL: {settings.checkpoint_interval:g} s is more than PULSE_STALL_AFTER, "
            f"{settings.stall_after:g} s: every worker would count as stuck"
        )
    if settings.allowed_lateness_ms < STREAK_MS:
        raise SettingsError(
            f"PULSE_ALLOWED_LATENESS_MS: {settings.allowed_lateness_ms} is less than the {STREAK_MS} ms "
            f"after which an open streak is booked, whose gift would miss its window: set {STREAK_MS} or more"
        )
    for name in _BY_APP:
        if unknown := sorted(set(getattr(settings, name)) - set(APPS)):
            raise SettingsError(
                f"{variable(name)}: there is no app {rules.quoted(unknown[0])}; apps are {' and '.join(APPS)}"
            )
    _check_login(settings)
    if settings.redis_tls.is_stated and not RedisPlace.of(settings.redis.reveal()).tls:
        named = next(name for name in _REDIS_FILES if getattr(settings, name))
        raise SettingsError(f"{variable(named)} is set, but PULSE_REDIS has no TLS: begin it with rediss://")
    for tls in (settings.kafka_tls, settings.redis_tls, settings.kafka_oauth_tls):
        # Reading the system's authorities takes a while, and cannot fail.
        if tls.is_stated:
            tls.context()


def _check_login(settings: Settings) -> None:
    """Check that the SASL mechanism has its credentials.

    Raises:
        SettingsError: one is missing.
    """
    if not settings.kafka_security.startswith("SASL_"):
        return
    mechanism = settings.kafka_sasl_mechanism
    needed: tuple[str, ...]
    if mechanism == "OAUTHBEARER":
        if settings.kafka_oauth_token_file:
            return
        needed = ("kafka_oauth_endpoint", "kafka_oauth_client_id", "kafka_oauth_client_secret")
        beside = "; or name a file with a token: PULSE_KAFKA_OAUTH_TOKEN_FILE"
    else:
        needed, beside = ("kafka_username", "kafka_password"), ""
    for name in needed:
        if not getattr(settings, name):
            login = f"PULSE_KAFKA_SECURITY={settings.kafka_security} with {mechanism}"
            raise SettingsError(f"{variable(name)} is empty, and {login} needs it{beside}")
