"""The result of every peer: when its first and last records came, its resource usage, and its sums.

Peers run in environments of their own and import nothing of the project: this file stands beside them.
Arguments of each: KAFKA TOPIC RECORDS SECONDS FOLDER. A peer reads the topic from its start until it
has RECORDS, or for SECONDS, and then writes FOLDER/result.json, which ends it.
"""

import json
import resource
import sys
import time
from pathlib import Path

MINUTE_MS = 60_000
CLOSER = "-"


class PeerRun:
    """The figures of one run."""

    def __init__(self):
        self.kafka, self.topic, records, seconds, folder = sys.argv[1:]
        self.records, self.seconds, self.folder = int(records), float(seconds), Path(folder)
        self.read = {}
        self.count = 0
        self._first = None
        self._last = None

    def first(self):
        """The first record is here."""
        if self._first is None:
            self._first = self._now()

    def last(self):
        """The last record is counted."""
        self._last = self._now()

    def take(self, partition):
        """Count one record; whether it is the last one wanted."""
        if self._first is None:
            self.first()
        self.read[partition] = self.read.get(partition, 0) + 1
        self.count += 1
        return self.count >= self.records or (self.count % 500 == 0 and self.late())

    def late(self):
        """Whether the time is up."""
        return self._first is not None and time.monotonic() - self._first["at"] >= self.seconds

    def give(self, sums=(), size=None):
        """Write the result: rows of creator, window start (ms) and coins; or the bytes read."""
        result = {
            "first": self._first,
            "last": self._last or self._now(),
            "peak_mb": self._peak_mb(),
            "read": self.read,
            "sums": [row for row in sums if row[0] != CLOSER],
            "bytes": size,
        }
        half = self.folder / "result.part"
        half.write_text(json.dumps(result))
        half.rename(self.folder / "result.json")

    @staticmethod
    def _peak_mb():
        # Not ru_maxrss, which a program inherits from the one that started it.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("the kernel does not tell the memory used")

    @staticmethod
    def _now():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {"at": time.monotonic(), "cpu": used.ru_utime + used.ru_stime}
