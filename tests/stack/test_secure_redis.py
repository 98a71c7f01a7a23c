"""A real Redis with TLS, certificates of clients and users: what lets us in, and what keeps us out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from creator_pulse.stream.api.live_views import LiveViewReader
from creator_pulse.stream.local.ports import choose_ports
from creator_pulse.stream.settings import Settings, load
from creator_pulse.stream.tables.views import Views
from creator_pulse.stream.transport.redis_client import redis_client, redis_trouble
from tests.support.certificates import Authority, Certificate, encrypted
from tests.support.redis_servers import server, told

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack

PAGE = (Path(__file__).parents[2] / "docs/operate.md").read_text(encoding="utf-8")
KEY_PASSWORD = "offen"  # noqa: S105 - of the test's own key
SHARES = ("completeness_ratio", "late_ratio", "duplicate_ratio", "invalid_ratio")
VIEW = msgspec.json.encode({"value": 1, "end": 1, "watermark": 1} | dict.fromkeys(SHARES, 0))


@dataclass(frozen=True)
class SecureRedis:
    """A server that asks for a client's certificate and for a user; and one whose certificate has expired.

    Attributes:
        port: of the first one.
        old: of the other one.
        authority: signs all certificates.
        stranger: an authority that nobody believes.
        client: a client's certificate.
        locked: its key under a password.
    """

    port: int
    old: int
    authority: Authority
    stranger: Authority
    client: Certificate
    locked: Path

    def settings(self, user: str = "worker:password", **changes: Any) -> Settings:
        """Settings of a user with a certificate."""
        given = {
            "redis": f"rediss://{user}@127.0.0.1:{self.port}/0",
            "redis_ca_file": str(self.authority.cert),
            "redis_cert_file": str(self.client.cert),
            "redis_key_file": str(self.locked),
            "redis_key_password": KEY_PASSWORD,
        }
        return load({}, **{**given, **changes})


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureRedis]:
    """Both servers, with the users of the page."""
    folder = tmp_path_factory.mktemp("redis")
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    good = authority.issue("server", "IP:127.0.0.1")
    old = authority.issue("old", "IP:127.0.0.1", days=-1)
    client = authority.issue("client")
    ports = choose_ports(dict.fromkeys(("plain", "tls", "old plain", "old tls"), 0))

    def tls(port: int, certificate: Certificate) -> tuple[str, ...]:
        files = ("--tls-cert-file", certificate.cert, "--tls-key-file", certificate.key)
        return ("--tls-port", str(port), *map(str, files), "--tls-ca-cert-file", str(authority.cert))

    with (
        server(folder / "redis", ports["plain"], *tls(ports["tls"], good)) as plain,
        server(folder / "old-redis", ports["old plain"], *tls(ports["old tls"], old)),
    ):
        for line in PAGE.splitlines():
            if line.startswith("ACL SETUSER "):
                told(plain, *line.split())
        locked = encrypted(client.key, KEY_PASSWORD)
        yield SecureRedis(ports["tls"], ports["old tls"], authority, stranger, client, locked)


async def why_not(settings: Settings, caplog: pytest.LogCaptureFixture) -> str:
    """What a worker says that cannot publish."""
    caplog.clear()
    views = Views(redis_client(settings, 5), partial(redis_trouble, settings))
    await views.publish({"name=x": ((1, 1), VIEW)})
    await views.close()
    assert not views.up
    (line,) = caplog.messages
    return line


async def test_a_worker_publishes_and_the_api_reads(redis: SecureRedis) -> None:
    """Each by its own user and a certificate whose key is under a password, with an own authority."""
    views = Views(redis_client(redis.settings(), 5))
    await views.publish({"name=x|app=tiktok": ((1, 1), VIEW)})
    assert views.up
    client = redis_client(redis.settings("api:password"), 5)
    assert [view.published.value for view in await LiveViewReader(client, "redis").of("x")] == [1]
    await client.aclose()
    await views.close()


async def test_what_keeps_us_out_is_one_line(redis: SecureRedis, caplog: pytest.LogCaptureFixture) -> None:
    """Wrong authority, host, date, password and a missing certificate: each said, and no password in it.

    That a certificate is wanted is said whether its alert was read, or the connection was reset before.
    """
    near = f"rediss://worker:password@localhost:{redis.port}/0"
    old = f"rediss://worker:password@127.0.0.1:{redis.old}/0"
    none = {"redis_cert_file": "", "redis_key_file": "", "redis_key_password": ""}
    for settings, what in [
        (
            redis.settings(redis_ca_file=str(redis.stranger.cert)),
            "self-signed certificate in certificate chain",
        ),
        (redis.settings(redis=near), "certificate is not valid for 'localhost'"),
        (redis.settings(redis=old), "certificate has expired"),
        (redis.settings("worker:falsch"), "invalid username-password pair or user is disabled."),
        (redis.settings(**none), "; it may ask for a certificate, PULSE_REDIS_CERT_FILE"),
    ]:
        line = await why_not(settings, caplog)
        assert what in line
        assert "\n" not in line
        assert "falsch" not in line
        assert "password@" not in line
