"""The error tree. One condition a class; each writes what was wrong, where, and what to do.

PulseError
├── SettingsError        a setting has a wrong value
├── CatalogError         a declaration contradicts itself or another
├── StackError           a part of the local stack did not start, or died
│   ├── MissingPartError     a program or a jar is not there
│   └── ChecksumError        a fetched file is not the pinned one
├── TopicError           a topic exists with another shape than declared
├── GrafanaError         a Grafana refuses a board
├── PastError            records of the past cannot be counted, or state is there already
├── UnreachableError     Kafka, Redis or Prometheus does not answer
├── LaneError            a lane's state cannot go on (retriable: open it again)
│   ├── FencedError          another owner holds the lane's transactional id
│   ├── DeniedError          a right is missing (an UnreachableError, too)
│   ├── LeaderlessError      no broker leads a partition that a lane needs (an UnreachableError, too)
│   ├── ChangelogError       the changelog cannot be read back into state
│   └── RecordSizeError      a record is larger than any may be: a fault of pulse itself
└── StalledError         no progress for longer than allowed; the worker must be replaced
"""

from __future__ import annotations


class PulseError(Exception):
    """Raised when something the user can name went wrong; its text is for the user."""

    retriable: bool = False


class SettingsError(PulseError):
    """Raised when a setting has a wrong value."""


class CatalogError(PulseError):
    """Raised when a declaration contradicts itself or another one."""


class StackError(PulseError):
    """Raised when a part of the local stack did not start, or died."""


class MissingPartError(StackError):
    """Raised when a program or a jar that the local stack needs is not there."""


class ChecksumError(StackError):
    """Raised when a fetched file is not the pinned one."""


class TopicError(PulseError):
    """Raised when a topic exists with another shape than declared."""


class BusyError(PulseError):
    """Raised when workers run that must be stopped first."""


class GrafanaError(PulseError):
    """Raised when a Grafana refuses a board or a folder."""


class VoidError(PulseError):
    """Raised when records that are to be declared void do not exist."""


class OverrideError(PulseError):
    """Raised when an override names no bound that can be set, or none that holds."""


class PastError(PulseError):
    """Raised when records of the past cannot be counted, or their state cannot be kept."""


class UnreachableError(PulseError):
    """Raised when Kafka, Redis or Prometheus does not answer."""

    retriable = True


class LaneError(PulseError):
    """Raised when a lane's transaction ended in an unknown way; recover it from its changelog."""

    retriable = True


class FencedError(LaneError):
    """Raised when another owner has initialised the lane's transactional id."""


class DeniedError(LaneError, UnreachableError):
    """Raised if Kafka refuses a lane to read or write because a right is missing."""


class LeaderlessError(LaneError, UnreachableError):
    """Raised when a partition that a lane needs has no leader, or its transactions no coordinator."""


class ChangelogError(LaneError):
    """Raised when a changelog cannot be read back into state."""

    retriable = False


class RecordSizeError(LaneError):
    """Raised when a lane would write a record that is larger than any may be."""

    retriable = False


class StalledError(PulseError):
    """Raised when there was lag but no progress for longer than allowed."""


def words(error: BaseException) -> str:
    """The text of a library's error, in one line.

    Never its ``repr``: that of an HTTP error holds the request's headers, and so a password.

    Args:
        error: any; if it has no text, for example a time-out, the class is named instead.
    """
    return " ".join(str(error).split()) or type(error).__name__
