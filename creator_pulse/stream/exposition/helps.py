"""Help texts of the families of lanes and workers; a job brings those of its own."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPORT_DELAY = "pulse_export_delay_seconds"
_HELPS = {
    EXPORT_DELAY: "from a record's ingest time until the worker showed its count, of what it committed",
    "pulse_lost_records_total": "records that retention removed before they were counted",
    "pulse_source_resets_total": "times that the log was found made anew, or cut below what was counted",
    "pulse_counting_began_timestamp_seconds": "when the lane began on this log; later for one made anew",
    "pulse_unknown_fields_total": "records with fields that the contract does not list",
    "pulse_watermark_timestamp_seconds": "watermark after the last committed record; 0 where there is none",
    "pulse_partition_idle": "1 while the partition is read to its end and nothing comes",
    "pulse_consumer_lag_records": "records behind the end of the partition, by committed offset",
    "pulse_table_entries": "entries that the lane keeps, by kind",
    "pulse_table_fill_ratio": "entries of a table by the most that the settings give it, by kind",
    "pulse_table_overflow_total": "times that something new found its table full, by kind",
    "pulse_committed_offset": "source offset below which everything is in the lane's series",
    "pulse_lane_checkpoint_seconds": "duration of the lane's last commit",
    "pulse_lane_recovery_seconds": "duration of the lane's last recovery",
    "pulse_rebalance_seconds": "since the worker let its partitions go without showing a lane; 0: it has not",
    "pulse_restatements_total": "window results restated so far",
    "pulse_dropped_cells_total": "increments older than the panes that are kept",
    "pulse_cases_total": "incidents that became a record of pulse.case, by rule",
    "pulse_partition_waiting": "1 while the partition waits for something outside of the worker, by reason",
    "pulse_uncounted_partitions": "partitions beyond the settings, or missing: counted by nobody",
    "pulse_group_strangers": "members of the workers' consumer group that are no workers",
    "pulse_redis_up": "1 while Redis answers",
    "pulse_reference_refused_total": "entries of the reference topic that were refused, by reason",
    "pulse_reference_miskeyed_total": "entries whose key is not kind:id:valid_from; used all the same",
    "pulse_loop_stall_seconds": "longest wait for the event loop in the last minute",
    "pulse_worker_info": "1, with the version",
    "pulse_value_window_end_timestamp_seconds": "end of the window that the value is of",
    "pulse_value_watermark_timestamp_seconds": "lowest watermark of the partitions that the value is made of",
    "pulse_value_completeness_ratio": "share of source partitions whose watermark passed the window's end",
    "pulse_value_late_ratio": "late records / records, of what the value is made of, in its window",
    "pulse_value_duplicate_ratio": "duplicate records / records, likewise",
    "pulse_expected": "what is usual of a signal now, a minute; of a share the parts of what is seen",
    "pulse_expected_lower": "below this a single minute of the signal is unusual",
    "pulse_expected_upper": "above this a single minute of the signal is unusual",
    "pulse_expected_history": "how much history is behind it: 0 none, 1 an hour, 2 a day, 3 a week, 4 weeks",
    "pulse_expected_end_timestamp_seconds": "end of the last slot of the signal that was closed",
    "pulse_seen": "what was counted of a signal, a minute, over the window that decides",
    "pulse_score": "evidence that a signal is not as usual: 5 is a ticket, 10 a page",
    "pulse_score_left": "seen by expected, over the window that decides",
    "pulse_score_since_timestamp_seconds": "when the evidence began; 0 where there is none",
    "pulse_score_lost_usd": "money a minute that the change costs",
    "pulse_contributor_ratio": "share of a signal's change that some value of its labels has now",
    "pulse_value_invalid_ratio": "invalid records / records, likewise",
}
HELPS: Mapping[str, str] = MappingProxyType(_HELPS)
"""Family name -> help text."""
