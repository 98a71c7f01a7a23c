"""Secrets: what shows them, and what gives them."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.secret import Address, Secret, shown
from creator_pulse.stream.settings import Settings, child_environ, load, secrets, shown_environ, to_environ

if TYPE_CHECKING:
    from pathlib import Path

WORD = "Tr0ub4dor"
FIT = {
    name: f"http://u:{WORD}@host:1/" if "://" in str(getattr(Settings(), name)) else WORD
    for name in secrets()
}
FIT |= {"redis": f"redis://u:{WORD}@host:1/0", "kafka_oauth_endpoint": f"https://u:{WORD}@host/token"}
"""Setting -> a value with the word in it."""


def holding(name: str) -> Settings:
    """Settings with the word in one of them."""
    kind = Address if "://" in FIT[name] else Secret
    return msgspec.structs.replace(Settings(), **{name: kind(FIT[name])})


@pytest.mark.parametrize("name", sorted(FIT))
def test_no_text_of_the_settings_shows_a_secret(name: str) -> None:
    """``str``, ``repr`` and what `pulse settings` prints hold ``***`` or nothing in its place."""
    settings = holding(name)
    told = f"{settings} {settings!r} {getattr(settings, name):} %s" % getattr(settings, name)
    assert WORD not in told
    assert WORD not in str(shown_environ(settings))


@pytest.mark.parametrize(
    "name", sorted(name for name in FIT if not name.endswith(("key_password", "endpoint")))
)
def test_a_child_gets_the_secret(name: str) -> None:
    """What a child reads from its environment is the same secret."""
    assert load(to_environ(holding(name))) == holding(name)


def test_a_secret_in_a_log_line_and_a_traceback_is_hidden(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a log of the object nor an error made of it holds its text."""
    secret = Secret(WORD)
    with caplog.at_level(logging.INFO):
        logging.getLogger(__name__).info("connecting with %s and %r", secret, secret)
    caught = "".join(traceback.format_exception(ValueError(secret)))
    assert WORD not in caplog.text + caught
    assert "***" in caplog.text


def test_a_secret_is_no_json() -> None:
    """Settings that are encoded by mistake are an error, not a leak."""
    with pytest.raises(TypeError):
        msgspec.json.encode(holding("api_token"))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("redis://user:p@host:6379/0", "redis://host:6379/0"),
        ("redis://:p@[::1]:6379/0", "redis://[::1]:6379/0"),
        ("http://host:9090/prom", "http://host:9090/prom"),
        ("http://u:p@host?token=p", "http://host"),
        ("redis://:p#ss@host", "***"),
        ("redis://u:12#ss@host", "***"),
        ("redis://u:12/34@host", "***"),
        ("redis://u:12?34@host", "***"),
        ("redis://u:p@x@host:1", "redis://host:1"),
        ("http://[::1", "***"),
        ("redis+sentinel://u:p@a,b:1/main?sentinel_password=q", "redis+sentinel://a,b:1/main"),
        ("redis+cluster://a:1,b:p#ss@c", "***"),
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock"),
    ],
)
def test_an_address_shows_without_its_user(url: str, text: str) -> None:
    """User, password, query and fragment are left out; all of it where they cannot be told apart."""
    assert (shown(url), str(Address(url))) == (text, text)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_comes_from_a_file(tmp_path: Path, end: str) -> None:
    """Its text is that of the file without one line break at the end, spaces included."""
    (tmp_path / "one").write_bytes(f" {WORD} {end}".encode())
    settings = load({"PULSE_KAFKA_PASSWORD_FILE": f"{tmp_path}/one"})
    assert settings.kafka_password.reveal() == f" {WORD} "


def test_an_address_comes_from_a_file(tmp_path: Path) -> None:
    """An address may hold a password, so it can stand in a file like one."""
    (tmp_path / "one").write_text("redis://u:p@host:1/0\n")
    assert load({"PULSE_REDIS_FILE": f"{tmp_path}/one"}).redis == Address("redis://u:p@host:1/0")


def test_the_settings_file_names_files_of_secrets(tmp_path: Path) -> None:
    """In TOML the same names stand in lower case; the environment wins over it."""
    (tmp_path / "secret").write_text("from the file\n")
    path = tmp_path / "pulse.toml"
    path.write_text(f'kafka_password_file = "{tmp_path}/secret"\napi_token = "from-toml"\n')
    settings = load({"PULSE_SETTINGS": str(path), "PULSE_API_TOKEN": "from-environment"})
    assert settings.kafka_password.reveal() == "from the file"
    assert settings.api_token.reveal() == "from-environment"


def test_what_comes_from_a_file_is_shown_by_its_name(tmp_path: Path) -> None:
    """The file's variable stands in place of the secret's, also for a child: it stays in the file."""
    (tmp_path / "one").write_text(WORD)
    settings = load({"PULSE_API_TOKEN_FILE": f"{tmp_path}/one"})
    for listed in (shown_environ(settings), to_environ(settings)):
        assert listed["PULSE_API_TOKEN_FILE"] == f"{tmp_path}/one"
        assert "PULSE_API_TOKEN" not in listed


def test_an_empty_variable_beside_a_file_says_nothing(tmp_path: Path) -> None:
    """Manifests pass empty variables on; the file holds then, and an empty file variable names none."""
    (tmp_path / "one").write_text(WORD)
    given = {
        "PULSE_API_TOKEN": "",
        "PULSE_API_TOKEN_FILE": f"{tmp_path}/one",
        "PULSE_KAFKA_PASSWORD_FILE": "",
    }
    assert load(given).api_token.reveal() == WORD


@pytest.mark.parametrize("order", [1, -1])
def test_a_secret_given_twice_is_refused(tmp_path: Path, order: int) -> None:
    """A variable and its file together are an error, in whatever order the environment lists them."""
    (tmp_path / "one").write_text(WORD)
    given = [("PULSE_API_TOKEN", "x"), ("PULSE_API_TOKEN_FILE", f"{tmp_path}/one")][::order]
    with pytest.raises(SettingsError, match="give one of the two"):
        load(dict(given))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "is not UTF-8"),
        (b"a\nb", "line break"),
        (b"s" * 65_537, "bytes"),
    ],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    """Empty, binary, several lines or very long: the line names the variable and shows nothing of it."""
    (tmp_path / "one").write_bytes(content)
    with pytest.raises(SettingsError, match=f"^PULSE_API_TOKEN_FILE: .*{what}") as caught:
        load({"PULSE_API_TOKEN_FILE": f"{tmp_path}/one"})
    assert "sss" not in str(caught.value)


def test_a_child_gets_the_settings_and_not_those_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parent's file variable does not reach a child that is given the secret itself."""
    monkeypatch.setenv("PULSE_API_TOKEN_FILE", "/nowhere")
    monkeypatch.setenv("PULSE_SETTINGS", "/nowhere")
    environ = child_environ(holding("api_token"))
    assert environ["PULSE_API_TOKEN"] == WORD
    assert {"PULSE_API_TOKEN_FILE", "PULSE_SETTINGS"} & set(environ) == set()
    assert "PATH" in environ
