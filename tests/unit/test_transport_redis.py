"""The address of Redis: how each kind is written, and what a wrong one says."""

from __future__ import annotations

import ssl
from socket import gaierror
from typing import TYPE_CHECKING

import msgspec
import pytest
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,  # noqa: A004 - the library's name
    RedisClusterException,
    TimeoutError,  # noqa: A004 - likewise
)

from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.redis_place import RedisPlace
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings, load
from creator_pulse.stream.transport.redis_client import redis_client, redis_trouble

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = (("127.0.0.1", 6379),)
PAIR = (("one", 7000), ("two", 6379))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://127.0.0.1:6379/0", RedisPlace("server", hosts=LOCAL)),
        ("redis://127.0.0.1", RedisPlace("server", hosts=LOCAL)),
        ("redis://127.0.0.1/3", RedisPlace("server", hosts=LOCAL, database=3)),
        ("redis://127.0.0.1?db=3", RedisPlace("server", hosts=LOCAL, database=3)),
        ("redis://[::1]:7000/0", RedisPlace("server", hosts=(("::1", 7000),))),
        ("rediss://u:p@127.0.0.1", RedisPlace("server", tls=True, hosts=LOCAL, user="u", password="p")),  # noqa: S106
        ("redis://:p%23%40s@127.0.0.1", RedisPlace("server", hosts=LOCAL, password="p#@s")),  # noqa: S106
        ("unix:///run/redis.sock?db=2", RedisPlace("socket", socket="/run/redis.sock", database=2)),
        ("redis+cluster://one:7000,two", RedisPlace("cluster", hosts=PAIR)),
        ("rediss+cluster://one:7000,two/0", RedisPlace("cluster", tls=True, hosts=PAIR)),
        ("redis+sentinel://one/main", RedisPlace("sentinel", hosts=(("one", 26379),), service="main")),
        (
            "redis+sentinel://u:p@one:7000,two:6379/main/1?sentinel_username=s&sentinel_password=q",
            RedisPlace(
                "sentinel",
                hosts=PAIR,
                user="u",
                password="p",  # noqa: S106
                database=1,
                service="main",
                sentinel_user="s",
                sentinel_password="q",  # noqa: S106
            ),
        ),
    ],
)
def test_an_address_is_read(url: str, place: RedisPlace) -> None:
    """Usual ports, the database 0, and percent-encoded characters in a password."""
    assert RedisPlace.of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret",
        "http://u:secret@127.0.0.1:6379",
        "redis://:secret#ss@127.0.0.1:6379/0",
        "redis://:secret/ss@127.0.0.1:6379/0",
        "redis://:secret?ss@127.0.0.1:6379/0",
        "redis://u:secret@:6379",
        "redis://u:secret@",
        "redis://u:secret@h:0",
        "redis://u:secret@h:65536",
        "redis://u:secret@h:six",
        "redis://u:secret@h/first",
        "redis://u:secret@h/-1",
        "redis://u:secret@h/0?db=1",
        "redis://u:secret@h?secret=1",
        "redis://u:secret@h?db=1&db=2",
        "redis://u:secret@h?sentinel_password=secret",
        "redis://u:secret@h,g",
        "redis://u:secret@[h",
        "redis://u:secret @h",
        "redis+cluster://u:secret@h/1",
        "redis+cluster://u:secret@h,",
        "redis+sentinel://u:secret@h",
        "redis+sentinel://u:secret@h//0",
        "unix://",
    ],
)
def test_a_wrong_address_is_one_line_that_names_the_setting(url: str) -> None:
    """And it tells no password, wherever one was put."""
    with pytest.raises(SettingsError) as told:
        load({}, redis=url)
    text = str(told.value)
    assert text.startswith("PULSE_REDIS: ")
    assert "\n" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"redis_ca_file": "/nonexistent/ca.pem"}, "PULSE_REDIS_CA_FILE"),
        ({"redis_key_file": "/nonexistent/key.pem"}, "PULSE_REDIS_KEY_FILE"),
        (
            {"redis_cert_file": "/nonexistent/cert.pem", "redis_key_file": "/nonexistent/key.pem"},
            "PULSE_REDIS_CERT_FILE",
        ),
        ({"redis": "redis://host", "redis_ca_file": "/nonexistent/ca.pem"}, "rediss://"),
    ],
)
def test_files_of_certificates_are_looked_at_before_anything_is_asked(
    changes: dict[str, str], told: str
) -> None:
    """A missing file, half a pair, or files without TLS: one line that names the setting."""
    with pytest.raises(SettingsError, match=told):
        load({}, **{"redis": "rediss://host", **changes})


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    """It is there, and holds something else."""
    file = tmp_path / "ca.pem"
    file.write_text("nothing", encoding="ascii")
    with pytest.raises(SettingsError, match="PULSE_REDIS_CA_FILE"):
        redis_client(Settings(redis=Address("rediss://host"), redis_ca_file=str(file)), 1)


ASKS, REFUSES = "it may ask for a certificate, PULSE_REDIS_CERT_FILE", "it may refuse the certificate of"


def caused(error: Exception, cause: Exception) -> Exception:
    """An error of the library, as it wraps one of the system."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        caused(
            ConnectionError("Error while reading: Connection reset by peer"), ConnectionResetError(104, "")
        ),
        ConnectionError("Connection closed by server."),
        caused(ConnectionError("certificate required"), ssl.SSLError(1, "certificate required")),
        caused(RedisClusterException("cannot be connected"), ConnectionError("Connection lost")),
    ],
)
def test_a_hang_up_says_what_a_server_with_tls_may_want(error: Exception) -> None:
    """Without a certificate one may be wanted; with one it may be a wrong one."""
    secure = Settings(redis=Address("rediss://host"))
    assert redis_trouble(secure, error) == f"{error}; {ASKS}"
    assert REFUSES in redis_trouble(msgspec.structs.replace(secure, redis_cert_file="own.pem"), error)
    assert redis_trouble(Settings(redis=Address("redis://host")), error) == str(error)


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("invalid username-password pair or user is disabled."),
        caused(ConnectionError("refused"), ConnectionRefusedError(111, "Connection refused")),
        caused(ConnectionError("expired"), ssl.SSLCertVerificationError(1, "certificate has expired")),
        caused(ConnectionError("unknown"), gaierror(-2, "Name or service not known")),
        TimeoutError("Timeout connecting to server"),
    ],
)
def test_what_says_why_itself_is_left_as_it_is(error: Exception) -> None:
    """A wrong password, nobody there, the server's certificate, an unknown host, no answer in time."""
    assert redis_trouble(Settings(redis=Address("rediss://host")), error) == str(error)
