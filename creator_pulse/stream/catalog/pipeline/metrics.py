"""The pipeline's own metrics: can the others be trusted? PL1 to PL9, PL14 to PL18."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.labels import UNCOUNTED
from creator_pulse.stream.catalog.declaration.lane_series import lane_counter, lane_gauge, lane_newest
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total
from creator_pulse.stream.catalog.pipeline import alerts
from creator_pulse.stream.catalog.pipeline.fields import BLIND_WITHOUT, name_of, total_of
from creator_pulse.stream.catalog.pipeline.measures import KEYED, VALUED

_ON_CALL = ("on-call",)
_REFUSED = '{__name__=~"pulse_reference_(refused|miskeyed)_total"}'
_FAULTS = lane_gauge(_REFUSED, "topic", "reason")
# The highest of a quarter of an hour, an hour ago: a counter that only just rose is no rise from before.
_FAULTS_BEFORE = lane_gauge(f"max_over_time({_REFUSED}[15m] offset 1h)", "topic", "reason")
_INVALID = lane_counter("pulse_invalid_records_total")
_RECORDS = lane_counter("pulse_records_total")
_LAG = lane_gauge("pulse_consumer_lag_records", "topic")
_WATERMARK = lane_newest("pulse_watermark_timestamp_seconds", "1h", "topic")
_IDLE = lane_newest("pulse_partition_idle", "1h", "topic")


def _share(name: str, measure: str, window: str, text: str) -> Value:
    return share(name, (measure, "records_read"), window, text, labels=("topic",))


PL1 = Metric(
    id="PL1",
    title="Freshness",
    question="How old is what the boards show?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="seconds",
    formula=(
        "now - lowest watermark of the topic's partitions that are not idle; "
        "highest watermark of all of them - now"
    ),
    source="catalogue PL1: the highest watermark would hide a stuck partition",
    recorded={
        "topic:pulse_freshness_seconds:max": (
            # A partition that is idle, or has no watermark yet, holds nothing up: it is not old.
            f"time() - min by (topic) (\n{_WATERMARK} > 0\n  unless {_IDLE} == 1\n)"
        ),
        "topic:pulse_watermark_ahead_seconds:max": (f"max by (topic) ({_WATERMARK}) - time()"),
    },
    guardrails=alerts.FRESHNESS,
    note=(
        "A watermark that is no longer exposed goes on ageing for an hour: gone is not fresh. Where its "
        "partition moved to another worker, what that one shows counts."
    ),
)

PL2 = Metric(
    id="PL2",
    title="Consumer lag",
    question="How much is written but not yet counted?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records; seconds at the present rate",
    formula="end offset - committed offset, summed over partitions; divided by records counted per second",
    source="catalogue PL2: seconds are comparable across topics",
    recorded={
        "topic:pulse_consumer_lag_records:sum": f"sum by (topic) ({_LAG})",
        "topic:pulse_consumer_lag_seconds:ratio": (
            # Without the bound a stuck lane would have no lag: x / 0 is no number.
            f"sum by (topic) ({_LAG}) / clamp_min(sum by (topic) (rate({_RECORDS}[5m])), 0.01)"
        ),
    },
    guardrails=alerts.LAG,
    note="A rate under 0.01 records/s counts as 0.01: a stuck lane has lag and no rate.",
)

PL3 = Metric(
    id="PL3",
    title="End-to-end latency",
    question="How long does it take until a record is on the page?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="seconds",
    formula="99th percentile, over 5 minutes, of: the commit that first showed a record - its ingest time",
    source="catalogue PL3: dashboards promise near real time",
    recorded={
        "topic:pulse_export_delay_seconds:p99_5m": (
            # Added up over workers before the quantile: quantiles do not add up.
            "histogram_quantile(0.99, sum by (topic, le) (rate(pulse_export_delay_seconds_bucket[5m])))"
        ),
    },
    guardrails=alerts.END_TO_END,
    note=(
        "Of accepted records, at the worker's clock: outside the lanes, whose state the log alone decides. "
        "Records that are never shown have no delay: freshness (PL1) and lag (PL2) tell of a worker that "
        "stands still. Between two bounds of the histogram the value is interpolated; a scrape adds up to "
        "its interval."
    ),
)

PL4 = Metric(
    id="PL4",
    title="Late share",
    question="Do records come later than the allowed lateness?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="late records / records that are not test traffic",
    source="catalogue PL4: base 0.6 % at 10 minutes",
    values=(_share("late_share_ratio", "records_late", "10m", "late records / records"),),
    guardrails=alerts.LATE_SHARE,
)

PL5 = Metric(
    id="PL5",
    title="Late value lost",
    question="Is there late money that no restatement absorbed?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula=(
        "capped value of records more than a day late / capped value of all accepted records, late ones "
        "included; a gift is capped at 14.30 USD, an impression at 0.10 USD, an order at 500 USD"
    ),
    source="catalogue PL5: counts hide one dropped Universe",
    values=tuple(
        share(
            "late_value_lost_ratio",
            ({f"{name}_unabsorbed_usd": 1}, {f"{name}_valued_usd": 1, f"{name}_late_valued_usd": 1}),
            "15m",
            "capped late value beyond restatement / capped value",
            labels=("topic",),
        )
        for name in VALUED.values()
    ),
    guardrails=alerts.LATE_VALUE,
)

PL6 = Metric(
    id="PL6",
    title="Duplicate share",
    question="Are records delivered twice, and does dropping them work?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="duplicate records / records that are not test traffic",
    source="catalogue PL6: base 0.3-1 %; zero means that dedup is broken",
    values=(
        _share("duplicate_share_ratio", "records_duplicate", "10m", "duplicate records / records"),
        total("records_read", "records_read", "5m 10m", "records read", labels=("topic",)),
    ),
    guardrails=alerts.DUPLICATES,
)

PL7 = Metric(
    id="PL7",
    title="Invalid share",
    question="Do producers break the contract?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="invalid records / records that are not test traffic",
    source="catalogue PL7: base 0.17 %",
    values=(_share("invalid_share_ratio", "records_invalid", "5m", "invalid records / records"),),
    recorded={
        "topic:pulse_records_read:increase5m": (
            f'sum by (topic) (increase({_RECORDS}{{outcome!="test"}}[5m]))'
        ),
        "topic:pulse_invalid_records_ratio:increase5m": (
            # By Prometheus' clock: a topic of which every record is broken has no window.
            f"sum by (topic) (increase({_INVALID}[5m]))\n/ (topic:pulse_records_read:increase5m > 0)"
        ),
    },
    guardrails=alerts.INVALID,
    note=(
        "The alerts look at the counters, by the clock: a topic whose every record is broken has no event "
        "time, so none of its windows ends. The window's value says the same of a stretch of event time."
    ),
)

PL8 = Metric(
    id="PL8",
    title="Streaks without an end",
    question="Do the end records of streaks get lost?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="(streaks booked without their end record - ends that came after that) / streaks",
    source="catalogue PL8; trap T1 (a lost end)",
    note=(
        "An end that comes later than the allowed lateness counts as lost. Ends may come in a later window "
        "than their time-outs: the ratio is never below 0, the balance may be."
    ),
    values=(
        total(
            "streak_ends_missing_balance",
            "gift_streaks_unclosed",
            "15m",
            "streaks booked without their end less ends that came after that: negative if more of these came",
        ),
        total("streak_count", "gift_streaks", "15m", "streaks that ended or timed out"),
        share("streak_unclosed_ratio", ("gift_streaks_unclosed", "gift_streaks"), "15m", "share of streaks"),
    ),
    guardrails=alerts.STREAKS,
)

PL9 = Metric(
    id="PL9",
    title="Missing references",
    question="Are gifts or currencies sent that nobody told us of?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records in 5 minutes",
    formula=(
        "gifts that their catalogue has not, or at another price; records whose currency has no rate; "
        "entries of the reference topic that are refused, or stand under another key, in an hour"
    ),
    source="catalogue PL9: a launch without its reference entry",
    note="Such gifts count with their own price; such records are invalid, and stay in the dead letters.",
    values=(
        total("gift_catalogue_drift_count", "gift_catalogue_drift", "5m", "gifts off the catalogue"),
        total(
            "records_without_rate",
            "records_without_rate",
            "5m",
            "records in a currency that has no rate",
            labels=("topic",),
        ),
    ),
    recorded={
        # A refusal may come before the first scrape: what is not there an hour ago was 0.
        "topic:pulse_reference_refused:increase1h": (
            f"sum by (topic) ({_FAULTS})\n"
            f"- (sum by (topic) ({_FAULTS_BEFORE}) or sum by (topic) ({_FAULTS}) * 0)"
        ),
    },
    guardrails=alerts.REFERENCES,
)

PL14 = Metric(
    id="PL14",
    title="Field coverage",
    question="Do records carry the optional fields without which a metric is blind?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="records of an event type that carry a field / records of the type",
    source="catalogue PL14: blind is not green",
    note="Of the fields whose absence says nothing; of the others the contract says what absence means.",
    values=tuple(
        over(
            "field_coverage_ratio",
            Ratio(Sum({name_of(event, field): 1}), Sum({total_of(event): 1})),
            "15m",
            "records that carry a field / records of the event type",
            unit="percentunit",
            labels=("topic",),
            fixed={"field": field},
        )
        for event, fields in BLIND_WITHOUT.items()
        for field in fields
    ),
    guardrails=alerts.COVERAGE,
)

PL15 = Metric(
    id="PL15",
    title="Semantic duplicates",
    question="Is the same thing booked twice, under two event ids?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula=(
        "accepted records whose business key was accepted before / accepted records; the key is the event "
        "type, an id and what tells its records apart: contract, section 4"
    ),
    source="catalogue PL15: 0.05 % at the base; double booking upstream",
    note=(
        "Shown, not dropped: such a record counts in every sum. A key is remembered as an event id is: "
        "within its partition, for the dedup horizon from where it was first accepted. The progress of a "
        "streak is no booking."
    ),
    values=tuple(
        value
        for topic in KEYED
        for value in (
            total(
                "semantic_duplicates",
                f"{topic}_semantic_duplicates",
                "1h",
                "records booked before under another event id",
                labels=("topic",),
            ),
            share(
                "semantic_duplicate_ratio",
                (f"{topic}_semantic_duplicates", f"{topic}_accepted"),
                "1h",
                "records booked before under another event id / accepted records",
                labels=("topic",),
            ),
            total("records_accepted", f"{topic}_accepted", "1h", "records accepted", labels=("topic",)),
        )
    ),
    guardrails=alerts.DOUBLED,
)

PL16 = Metric(
    id="PL16",
    title="Records passed over",
    question="Is there anything in the topics that the workers cannot read or cannot count?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records in 15 minutes",
    formula=f"invalid records of the reasons {', '.join(UNCOUNTED)}",
    source="contract section 4: what could not be counted is named, counted and alarmed",
    note=(
        "Unlike other invalid records these may be good ones. Of a stored batch the header says how many "
        "there are. The topic pane has the records between the workers' own stages."
    ),
    recorded={
        "topic_reason:pulse_uncounted_records:increase15m": (
            f'sum by (topic, reason) (increase({_INVALID}{{reason=~"{"|".join(UNCOUNTED)}"}}[15m]))'
        ),
    },
    guardrails=alerts.UNCOUNTED,
)

PL17 = Metric(
    id="PL17",
    title="Conflicting duplicates",
    question="Does one event id come with two contents?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="ratio",
    formula="duplicates whose content is not that of the accepted record / records that are not test traffic",
    source="0 in a right producer",
    note="The first accepted counts. The digits of ingest_time are no part of the content.",
    values=(
        _share("conflicting_share_ratio", "records_conflicting", "10m", "conflicting duplicates / records"),
    ),
    guardrails=alerts.CONFLICTING,
)

PL18 = Metric(
    id="PL18",
    title="Mis-keyed records",
    question="Does every record lie in the partition of its creator?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records",
    formula="valid records, but test traffic, whose key is not their creator_id (creator.wallet: viewer_id)",
    source="0 by the contract; duplicates and streaks are found within a partition only",
    note="Of a record that names nobody any key is right but null.",
    values=(
        total("records_miskeyed", "records_miskeyed", "1h", "records with another key", labels=("topic",)),
    ),
    guardrails=alerts.MISKEYED,
)

METRICS = (
    PL1,
    PL2,
    PL3,
    PL4,
    PL5,
    PL6,
    PL7,
    PL8,
    PL9,
    PL14,
    PL15,
    PL16,
    PL17,
    PL18,
)
