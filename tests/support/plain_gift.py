"""A gift as the generator writes it."""

from __future__ import annotations


def gift_text(event_id: str, time_ms: int, taps: int, more: str = "") -> str:
    """JSON of a streak of gifts of 5 coins on tiktok in the US.

    Args:
        event_id: of the record.
        time_ms: event time, epoch ms.
        taps: how many gifts, from 1.
        more: fields at its end, each with a comma before it.
    """
    return (
        f'{{"event_id":"{event_id}","event_type":"gift_sent","schema_version":1,"event_time":{time_ms},'
        '"creator_id":"c1","creator_tier":"lt_10k","room_id":"rc1","viewer_id":"v1","region":"US",'
        '"app":"tiktok","platform":"ios","gift_id":"panda","gift_type":1,"unit_coins":5,"room_owner_id":"c1",'
        '"transaction_id":"t1","account_age_days":9,"viewer_age_band":"ge_55","age_source":"verified",'
        f'"creator_age_band":"19_24","cap_gift_coins":50000,"group_id":"g1","repeat_count":{taps},'
        f'"repeat_end":true{more}}}'
    )
