-- What a window shows of identities and of the sizes of records: one statement a value.
--
-- The line above a statement says what it is of: kind, value and its fixed labels, windows, other labels than
-- the app, and the measures that it reads. Kinds: a `figure` is absent where nobody counts, a `number` is 0
-- then; `ranks` make the label `rank`; of a `rule` the identities are shown as a number, and a `case` opens
-- cases as well; a `size` may be off by 2 %, and what is `about` right by what is cut off after nine digits.
-- `days` are the measures that are read of business days too. A statement of several values says of which a
-- row is.

CREATE MACRO each(who, measures) AS TABLE
    SELECT restated, win, start, app, who AS who, sum(total) AS figure
    FROM seen WHERE list_contains(measures, measure) AND named(who) GROUP BY ALL HAVING sum(total) > 0;

CREATE MACRO earners() AS TABLE
    SELECT restated, win, start, app, who, sum(figure) AS figure
    FROM earned GROUP BY ALL HAVING sum(figure) > 0;

-- Money of viewers in units of 10^-12 USD: what they gave, and what they bought.
CREATE MACRO spends() AS TABLE
    SELECT
        restated, win, start, app, viewer_id AS who,
        sum(CASE measure WHEN 'gifter_usd' THEN 1_000_000 * total ELSE total END) AS figure
    FROM seen WHERE measure IN ('gifter_usd', 'buyer_usd') GROUP BY ALL;

CREATE MACRO spenders() AS TABLE
    FROM spends() WHERE named(who) AND figure > 0;

CREATE MACRO ratio_of(these, those) AS count(*) FILTER (these) / nullif(count(*) FILTER (those), 0);

-- The creators with the largest earnings in time over the 28 business days before a window, 10,000 at most, who
-- are watched in it; `days` are what each of these days brought, as far as it brought something.
CREATE VIEW panel AS
    WITH daily AS (
        SELECT app, start AS day, who, sum(figure) AS figure
        FROM earned WHERE win = 'day' AND NOT restated GROUP BY ALL
    ), watched AS (
        SELECT
            restated, win, start, app, who,
            epoch_ms(date_trunc('day', make_timestamp_ms(start) + coalesce(ahead, INTERVAL 0 HOUR))
                - coalesce(ahead, INTERVAL 0 HOUR)) AS today
        FROM each(creator_id, ['creator_watch_ms']) LEFT JOIN days_begin USING (app) WHERE win = '24h'
    ), todays AS (
        SELECT DISTINCT app, today FROM watched
    ), largest AS (
        SELECT app, today, who, list(figure) AS days
        FROM todays JOIN daily USING (app)
        WHERE day BETWEEN today - 2_419_200_000 AND today - 86_400_000
        GROUP BY app, today, who HAVING sum(figure) > 0
        QUALIFY row_number() OVER (PARTITION BY app, today ORDER BY sum(figure) DESC, who) <= 10_000
    )
    SELECT restated, win, start, app, who, days FROM watched JOIN largest USING (app, today, who);

-- Sizes of records: the value at place (n - 1) * permille // 1000 of them all

-- size gift_streak_length_p50 1h: gift_streak_sizes
-- size gift_streak_length_p95 1h: gift_streak_sizes
-- size ad_price_p50_usd 15m: ad_price_sizes
-- size ad_price_p95_usd 15m: ad_price_sizes
-- size order_value_p50_usd 1h: order_value_sizes
-- size order_value_p95_usd 1h: order_value_sizes
-- size reward_rpm_p50_usd 24h: reward_rpm_sizes
-- size reward_rpm_p95_usd 24h: reward_rpm_sizes
-- size payout_delay_p50_seconds 1h: payout_delay_sizes
-- size payout_delay_p95_seconds 1h: payout_delay_sizes
-- size deal_answer_p50_seconds 24h 7d: deal_answer_sizes
-- size deal_answer_p90_seconds 24h 7d: deal_answer_sizes
-- size deal_refusal_p50_seconds 24h 7d: deal_refusal_sizes
-- size deal_refusal_p90_seconds 24h 7d: deal_refusal_sizes
-- size deal_review_p50_seconds 24h 7d: deal_review_sizes
-- size deal_review_p90_seconds 24h 7d: deal_review_sizes
-- size deal_payment_p50_seconds 24h 7d: deal_payment_sizes
-- size deal_payment_p90_seconds 24h 7d: deal_payment_sizes
WITH wanted (name, measure, permille, scale) AS (
    VALUES
        ('gift_streak_length_p50', 'gift_streak_sizes', 500, 1),
        ('gift_streak_length_p95', 'gift_streak_sizes', 950, 1),
        ('ad_price_p50_usd', 'ad_price_sizes', 500, 1_000_000),
        ('ad_price_p95_usd', 'ad_price_sizes', 950, 1_000_000),
        ('order_value_p50_usd', 'order_value_sizes', 500, 1_000_000),
        ('order_value_p95_usd', 'order_value_sizes', 950, 1_000_000),
        ('reward_rpm_p50_usd', 'reward_rpm_sizes', 500, 1_000_000),
        ('reward_rpm_p95_usd', 'reward_rpm_sizes', 950, 1_000_000),
        ('payout_delay_p50_seconds', 'payout_delay_sizes', 500, 1_000),
        ('payout_delay_p95_seconds', 'payout_delay_sizes', 950, 1_000),
        ('deal_answer_p50_seconds', 'deal_answer_sizes', 500, 1_000),
        ('deal_answer_p90_seconds', 'deal_answer_sizes', 900, 1_000),
        ('deal_refusal_p50_seconds', 'deal_refusal_sizes', 500, 1_000),
        ('deal_refusal_p90_seconds', 'deal_refusal_sizes', 900, 1_000),
        ('deal_review_p50_seconds', 'deal_review_sizes', 500, 1_000),
        ('deal_review_p90_seconds', 'deal_review_sizes', 900, 1_000),
        ('deal_payment_p50_seconds', 'deal_payment_sizes', 500, 1_000),
        ('deal_payment_p90_seconds', 'deal_payment_sizes', 900, 1_000)
), counts AS (
    SELECT
        restated, win, start, app, measure, size,
        sum(total) OVER (PARTITION BY measure, restated, win, start, app ORDER BY size) AS upto,
        sum(total) OVER (PARTITION BY measure, restated, win, start, app) AS number
    FROM seen WHERE size IS NOT NULL
)
SELECT
    name, restated, win, start, app,
    min(size) FILTER (upto > (number - 1) * permille // 1000) / any_value(scale) AS value
FROM counts JOIN wanted USING (measure) GROUP BY ALL;

-- Viewers

-- number gifters 1h: gifter_coins
SELECT restated, win, start, app, count(*) AS value FROM each(viewer_id, ['gifter_coins']) GROUP BY ALL;
-- figure gifter_p50_coins 1h: gifter_coins
-- figure gifter_p95_coins 1h: gifter_coins
-- figure gifter_p99_coins 1h: gifter_coins
SELECT name, restated, win, start, app, at_permille(list(figure), any_value(permille)) AS value
FROM each(viewer_id, ['gifter_coins']), (
    VALUES ('gifter_p50_coins', 500), ('gifter_p95_coins', 950), ('gifter_p99_coins', 990)
) AS wanted (name, permille)
GROUP BY ALL;
-- number viewers_active 15m 1h: viewer_watch_ms
SELECT restated, win, start, app, count(*) AS value FROM each(viewer_id, ['viewer_watch_ms']) GROUP BY ALL;
-- figure watch_per_viewer_seconds 1h: viewer_watch_ms
SELECT
    restated, win, start, app,
    sum(figure) / 1_000 / nullif(count(*) FILTER (named(viewer_id) AND figure > 0), 0) AS value
FROM (
    SELECT restated, win, start, app, viewer_id, sum(total) AS figure
    FROM seen WHERE measure = 'viewer_watch_ms' GROUP BY ALL
) GROUP BY ALL;
-- number viewers_engaged 1h 24h: viewer_likes viewer_comments viewer_shares viewer_follows
SELECT restated, win, start, app, count(*) AS value
FROM each(viewer_id, ['viewer_likes', 'viewer_comments', 'viewer_shares', 'viewer_follows']) GROUP BY ALL;
-- figure viewers_engaged_ratio 1h: viewer_likes viewer_comments viewer_shares viewer_follows viewer_watch_ms
SELECT restated, win, start, app, ratio_of(engaged AND watches, watches) AS value
FROM (
    SELECT
        restated, win, start, app, viewer_id,
        sum(total) FILTER (measure <> 'viewer_watch_ms') > 0 AS engaged,
        had(measure, total, 'viewer_watch_ms') > 0 AS watches
    FROM seen
    WHERE measure IN ('viewer_likes', 'viewer_comments', 'viewer_shares', 'viewer_follows', 'viewer_watch_ms')
        AND named(viewer_id)
    GROUP BY ALL
) GROUP BY ALL;
-- figure follows_per_1000_viewers 1h: viewer_follows viewer_watch_ms
SELECT
    restated, win, start, app,
    1_000 * sum(follows) / nullif(count(*) FILTER (named(viewer_id) AND watched > 0), 0) AS value
FROM (
    SELECT
        restated, win, start, app, viewer_id,
        had(measure, total, 'viewer_follows') AS follows, had(measure, total, 'viewer_watch_ms') AS watched
    FROM seen WHERE measure IN ('viewer_follows', 'viewer_watch_ms') GROUP BY ALL
) GROUP BY ALL;
-- number viewers_paying day: gifter_coins payer_orders
SELECT restated, win, start, app, count(*) AS value
FROM each(viewer_id, ['gifter_coins', 'payer_orders']) GROUP BY ALL;
-- number payers 24h day: gifter_usd buyer_usd
SELECT restated, win, start, app, count(*) AS value FROM spenders() GROUP BY ALL;
-- figure payer_p50_usd 24h: gifter_usd buyer_usd
-- figure payer_p95_usd 24h: gifter_usd buyer_usd
-- figure payer_p99_usd 24h: gifter_usd buyer_usd
SELECT name, restated, win, start, app, at_permille(list(figure), any_value(permille)) / 10::HUGEINT ** 12 AS value
FROM spenders(), (
    VALUES ('payer_p50_usd', 500), ('payer_p95_usd', 950), ('payer_p99_usd', 990)
) AS wanted (name, permille)
GROUP BY ALL;
-- figure spend_per_payer_usd 24h day: gifter_usd buyer_usd
SELECT
    restated, win, start, app,
    sum(figure) / 10::HUGEINT ** 12 / nullif(count(*) FILTER (named(who) AND figure > 0), 0) AS value
FROM spends() GROUP BY ALL;
-- number payers_new 24h: gifter_usd buyer_usd viewer_first_paid
-- figure payers_new_ratio 24h: gifter_usd buyer_usd viewer_first_paid
WITH viewers AS (
    SELECT restated, win, start, app, count(*) AS paying, count(new.who) AS new
    FROM spenders() LEFT JOIN each(viewer_id, ['viewer_first_paid']) AS new
        USING (restated, win, start, app, who)
    GROUP BY ALL
)
SELECT 'payers_new' AS name, restated, win, start, app, new AS value FROM viewers
UNION ALL
SELECT 'payers_new_ratio', restated, win, start, app, new / paying FROM viewers;
-- figure spend_top_percent_share_ratio 24h: gifter_usd buyer_usd
SELECT
    restated, win, start, app,
    list_sum(figures[:(len(figures) + 99) // 100]) / list_sum(figures) AS value
FROM (
    SELECT restated, win, start, app, list_reverse_sort(list(figure)) AS figures FROM spenders() GROUP BY ALL
);
-- rule viewers_over_day_cap day: gifter_coins
-- rule viewers_over_month_cap mtd: gifter_coins
SELECT
    CASE win WHEN 'day' THEN 'viewers_over_day_cap' ELSE 'viewers_over_month_cap' END AS name,
    restated, win, start, app, viewer_id AS who
FROM seen, bounds
WHERE measure = 'gifter_coins' AND win IN ('day', 'mtd') AND named(viewer_id)
    AND total > CASE win WHEN 'day' THEN day_coins ELSE month_coins END;
-- number live_viewers 1h: viewer_live_ms
SELECT restated, win, start, app, count(*) FILTER (figure >= 10_000) AS value
FROM each(viewer_id, ['viewer_live_ms']) GROUP BY ALL;
-- figure gifter_conversion_ratio 1h: live_gifter_coins viewer_live_ms
SELECT restated, win, start, app, ratio_of(gives AND lives, lives) AS value
FROM (
    SELECT
        restated, win, start, app, viewer_id,
        had(measure, total, 'live_gifter_coins') > 0 AS gives,
        had(measure, total, 'viewer_live_ms') >= 10_000 AS lives
    FROM seen WHERE measure IN ('live_gifter_coins', 'viewer_live_ms') AND named(viewer_id) GROUP BY ALL
) GROUP BY ALL;
-- figure live_buyers_ratio 1h: live_buyer_orders viewer_live_ms
SELECT restated, win, start, app, ratio_of(buys AND lives, lives) AS value
FROM (
    SELECT
        restated, win, start, app, viewer_id,
        had(measure, total, 'live_buyer_orders') > 0 AS buys,
        had(measure, total, 'viewer_live_ms') >= 10_000 AS lives
    FROM seen WHERE measure IN ('live_buyer_orders', 'viewer_live_ms') AND named(viewer_id) GROUP BY ALL
) GROUP BY ALL;
-- figure minor_claims_per_1000_gifters 24h: minor_claims gifter_coins
SELECT
    restated, win, start, app,
    1_000 * sum(claims) / nullif(count(*) FILTER (named(viewer_id) AND coins > 0), 0) AS value
FROM (
    SELECT
        restated, win, start, app, viewer_id,
        had(measure, total, 'minor_claims') AS claims, had(measure, total, 'gifter_coins') AS coins
    FROM seen WHERE measure IN ('minor_claims', 'gifter_coins') GROUP BY ALL
) GROUP BY ALL;
-- about viewer_ad_load_p50_per_hour 15m by app surface: viewer_ads viewer_watch_ms
-- about viewer_ad_load_p95_per_hour 15m by app surface: viewer_ads viewer_watch_ms
SELECT
    name, restated, win, start, app, surface, at_permille(list(ads * 3_600_000 / watched), any_value(permille)) AS value
FROM (
    SELECT
        restated, win, start, app, surface, viewer_id,
        had(measure, total, 'viewer_ads') AS ads, had(measure, total, 'viewer_watch_ms') AS watched
    FROM seen WHERE measure IN ('viewer_ads', 'viewer_watch_ms') AND named(viewer_id) GROUP BY ALL
), (
    VALUES ('viewer_ad_load_p50_per_hour', 500), ('viewer_ad_load_p95_per_hour', 950)
) AS wanted (name, permille)
WHERE ads > 0 AND watched >= 600_000 GROUP BY ALL;
-- figure ad_frequency_over_ratio 24h: pair_ads
SELECT restated, win, start, app, ratio_of(total > 8, true) AS value
FROM seen WHERE measure = 'pair_ads' AND named(viewer_id) AND named(campaign_id) AND total <> 0 GROUP BY ALL;
-- number buyers 7d 28d: payer_orders
SELECT restated, win, start, app, count(*) AS value FROM each(viewer_id, ['payer_orders']) GROUP BY ALL;
-- figure buyers_again_ratio 7d 28d: payer_orders
SELECT restated, win, start, app, ratio_of(figure > 1, true) AS value
FROM each(viewer_id, ['payer_orders']) GROUP BY ALL;
-- number ad_reached_viewers 24h: pair_ads
SELECT restated, win, start, app, count(*) AS value FROM each(viewer_id, ['pair_ads']) GROUP BY ALL;
-- figure ad_frequency_mean 24h: pair_ads
SELECT
    restated, win, start, app,
    sum(total) / nullif(count(DISTINCT viewer_id) FILTER (named(viewer_id) AND total > 0), 0) AS value
FROM seen WHERE measure = 'pair_ads' GROUP BY ALL;

-- Rooms, gifts, advertisers

-- ranks gift_top_room_coins 5m: room_coins
-- ranks gift_top_room_share_ratio 5m: room_coins
-- ranks gift_top_gift_coins 5m: gift_kind_coins
-- ranks gift_top_gift_share_ratio 5m: gift_kind_coins
WITH places AS (
    SELECT
        measure, restated, win, start, app, total AS figure,
        named(coalesce(room_id, gift_id)) AND total > 0 AS counts,
        sum(total) OVER (PARTITION BY measure, restated, win, start, app) AS whole,
        row_number() OVER (
            PARTITION BY measure, restated, win, start, app ORDER BY counts DESC, total DESC
        ) AS place,
        counts AND place <= 20 AS ranks
    FROM seen WHERE measure IN ('room_coins', 'gift_kind_coins')
), shown AS (
    SELECT measure, restated, win, start, app, place::VARCHAR AS rank, figure, whole FROM places WHERE ranks
    UNION ALL
    SELECT
        measure, restated, win, start, app, 'other',
        coalesce(sum(figure) FILTER (NOT ranks), 0), any_value(whole)
    FROM places GROUP BY ALL
)
SELECT name, restated, win, start, app, rank, CASE WHEN of_whole THEN figure / whole ELSE figure END AS value
FROM shown JOIN (
    VALUES
        ('room_coins', 'gift_top_room_coins', false), ('room_coins', 'gift_top_room_share_ratio', true),
        ('gift_kind_coins', 'gift_top_gift_coins', false), ('gift_kind_coins', 'gift_top_gift_share_ratio', true)
) AS wanted (measure, name, of_whole) USING (measure)
WHERE whole <> 0;
-- number advertisers_active 24h: advertiser_usd
SELECT restated, win, start, app, count(*) AS value FROM each(advertiser_id, ['advertiser_usd']) GROUP BY ALL;
-- figure advertiser_top10_share_ratio 24h: advertiser_usd
SELECT restated, win, start, app, list_sum(list_reverse_sort(list(figure))[:10]) / sum(figure) AS value
FROM each(advertiser_id, ['advertiser_usd']) GROUP BY ALL;
-- figure advertiser_repeat_spend_ratio day: advertiser_usd
WITH spending AS (
    FROM each(advertiser_id, ['advertiser_usd']) WHERE win = 'day'
), before AS (
    -- Who spent seven days before, by what came in time:
    SELECT app, start + 604_800_000 AS start, who FROM spending WHERE NOT restated
)
SELECT
    restated, win, start, app,
    coalesce(sum(figure) FILTER (before.who IS NOT NULL), 0) / sum(figure) AS value
FROM spending LEFT JOIN before USING (app, start, who) SEMI JOIN before AS anybody USING (app, start)
GROUP BY ALL;
-- figure deal_repeat_pairs_ratio 28d: pair_deals
SELECT restated, win, start, app, ratio_of(total > 1, true) AS value
FROM seen WHERE measure = 'pair_deals' AND named(advertiser_id) AND named(creator_id) AND total <> 0 GROUP BY ALL;
-- number deal_pairs 28d: pair_deals
SELECT restated, win, start, app, count(*) AS value
FROM seen WHERE measure = 'pair_deals' AND named(advertiser_id) AND named(creator_id) AND total <> 0 GROUP BY ALL;
-- What campaigns spend by what their plans say of the window: each version holds until the next begins.
-- about campaign_pace_p5_ratio 24h: advertiser_usd
-- about campaign_pace_p95_ratio 24h: advertiser_usd
WITH versions AS (
    SELECT *, least(until, coalesce(lead(since) OVER (PARTITION BY campaign_id ORDER BY since), until)) AS ends
    FROM plans
), paces AS (
    SELECT
        restated, start, app, campaign_id,
        any_value(figure) / 1e9 / sum(
            micros * (least(ends, start + 86_400_000) - greatest(since, start)) / (until - since)
        ) AS pace
    FROM (
        SELECT restated, start, app, who AS campaign_id, figure
        FROM each(campaign_id, ['advertiser_usd']) WHERE win = '24h'
    ) JOIN versions USING (campaign_id)
    WHERE since < start + 86_400_000 AND ends > start AND micros > 0
    GROUP BY ALL
)
SELECT name, restated, '24h' AS win, start, app, at_permille(list(pace), any_value(permille)) AS value
FROM paces, (VALUES ('campaign_pace_p5_ratio', 50), ('campaign_pace_p95_ratio', 950)) AS wanted (name, permille)
GROUP BY ALL;

-- Creators

-- number creators_earning 24h: EARNED
SELECT restated, win, start, app, least(count(*), 10_000) AS value FROM earners() GROUP BY ALL;
-- figure creator_earnings_p10_usd 24h 7d: EARNED
-- figure creator_earnings_p50_usd 24h 7d: EARNED
-- figure creator_earnings_p90_usd 24h 7d: EARNED
SELECT
    name, restated, win, start, app,
    at_permille(list(figure), any_value(permille)) / 10::DOUBLE ** 19 AS value
FROM earners(), (
    VALUES ('creator_earnings_p10_usd', 100), ('creator_earnings_p50_usd', 500), ('creator_earnings_p90_usd', 900)
) AS wanted (name, permille)
GROUP BY ALL;
-- figure creator_tools_mean 24h 7d: EARNED
SELECT restated, win, start, app, count(*) FILTER (earned.figure > 0) / count(DISTINCT who) AS value
FROM earned JOIN earners() AS earning USING (restated, win, start, app, who) GROUP BY ALL;
-- number sellers_active 24h 7d: orders_by_creator
SELECT restated, win, start, app, count(*) AS value FROM each(creator_id, ['orders_by_creator']) GROUP BY ALL;
-- about creator_earnings_change_p50_ratio 7d: EARNED, days EARNED
WITH weeks AS (
    SELECT DISTINCT restated, start, app FROM seen WHERE win = '7d'
), before AS (
    -- A dollar or more in the seven days before, by what came in time:
    SELECT weeks.*, who, sum(figure) AS figure
    FROM weeks JOIN (FROM earned WHERE win = 'day' AND NOT restated) AS daily ON
        daily.app = weeks.app AND daily.start BETWEEN weeks.start - 604_800_000 AND weeks.start - 1
    GROUP BY ALL HAVING sum(figure) >= 10::HUGEINT ** 19
), now AS (
    SELECT restated, start, app, who, sum(figure) AS figure FROM earned WHERE win = '7d' GROUP BY ALL
)
SELECT
    restated, '7d' AS win, start, app,
    at_permille(list(abs(coalesce(now.figure, 0) - before.figure) / before.figure), 500) AS value
FROM before LEFT JOIN now USING (restated, start, app, who) GROUP BY ALL;
-- figure creator_top_percent_share_ratio 24h: EARNED
SELECT
    restated, win, start, app,
    list_sum(figures[:(len(figures) + 99) // 100]) / list_sum(figures) AS value
FROM (
    SELECT restated, win, start, app, list_reverse_sort(list(figure))[:10_000] AS figures
    FROM earners() GROUP BY ALL
);
-- figure creator_earnings_gini_ratio 24h: EARNED
SELECT
    restated, win, start, app,
    2 * fsum(place * figure::DOUBLE) / (count(*) * fsum(figure::DOUBLE)) - (count(*) + 1) / count(*) AS value
FROM (
    SELECT *, row_number() OVER (PARTITION BY restated, win, start, app ORDER BY figure) AS place
    FROM (
        FROM earners()
        QUALIFY row_number() OVER (PARTITION BY restated, win, start, app ORDER BY figure DESC) <= 10_000
    )
) GROUP BY ALL;
-- number creators_watched 24h: creator_watch_ms
SELECT restated, win, start, app, count(*) AS value FROM each(creator_id, ['creator_watch_ms']) GROUP BY ALL;
-- figure creators_earning_ratio 24h: EARNED creator_watch_ms
SELECT
    restated, win, start, app,
    ratio_of(earning.figure >= 10::HUGEINT ** 19 AND watched.figure > 0, watched.figure > 0) AS value
FROM earners() AS earning
FULL JOIN each(creator_id, ['creator_watch_ms']) AS watched USING (restated, win, start, app, who)
GROUP BY ALL;
-- number creators_earning_from_tool{tool=gift} 24h 7d: EARNED_WITH_GIFT
-- number creators_earning_from_tool{tool=ad} 24h 7d: EARNED_WITH_AD
-- number creators_earning_from_tool{tool=commerce} 24h 7d: EARNED_WITH_COMMERCE
-- number creators_earning_from_tool{tool=reward} 24h 7d: EARNED_WITH_REWARD
-- number creators_earning_from_tool{tool=deal} 24h 7d: EARNED_WITH_DEAL
SELECT
    'creators_earning_from_tool{tool=' || tool || '}' AS name, restated, win, start, app, count(*) AS value
FROM earned WHERE figure > 0 GROUP BY ALL;
-- number funnel_creators{tool=gift,step=produced} 24h 7d: creator_lives_started
-- number funnel_creators{tool=gift,step=engaged} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- number funnel_creators{tool=gift,step=monetized} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_GIFT
-- number funnel_creators{tool=gift,step=paid} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_GIFT creator_payouts_gift
-- figure funnel_creators_ratio{tool=gift,step=engaged} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- figure funnel_creators_ratio{tool=gift,step=monetized} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_GIFT
-- figure funnel_creators_ratio{tool=gift,step=paid} 24h 7d: creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_GIFT creator_payouts_gift
-- number funnel_creators{tool=ad,step=produced} 24h 7d: creator_videos_posted
-- number funnel_creators{tool=ad,step=engaged} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows
-- number funnel_creators{tool=ad,step=monetized} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_AD
-- number funnel_creators{tool=ad,step=paid} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_AD creator_payouts_ad
-- figure funnel_creators_ratio{tool=ad,step=engaged} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows
-- figure funnel_creators_ratio{tool=ad,step=monetized} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_AD
-- figure funnel_creators_ratio{tool=ad,step=paid} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_AD creator_payouts_ad
-- number funnel_creators{tool=reward,step=produced} 24h 7d: creator_videos_posted
-- number funnel_creators{tool=reward,step=engaged} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows
-- number funnel_creators{tool=reward,step=monetized} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_REWARD
-- number funnel_creators{tool=reward,step=paid} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_REWARD creator_payouts_reward
-- figure funnel_creators_ratio{tool=reward,step=engaged} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows
-- figure funnel_creators_ratio{tool=reward,step=monetized} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_REWARD
-- figure funnel_creators_ratio{tool=reward,step=paid} 24h 7d: creator_videos_posted creator_likes creator_comments creator_shares creator_follows EARNED_WITH_REWARD creator_payouts_reward
-- number funnel_creators{tool=deal,step=produced} 24h 7d: creator_videos_posted creator_lives_started
-- number funnel_creators{tool=deal,step=engaged} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- number funnel_creators{tool=deal,step=monetized} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_DEAL
-- number funnel_creators{tool=deal,step=paid} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_DEAL creator_payouts_deal
-- figure funnel_creators_ratio{tool=deal,step=engaged} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- figure funnel_creators_ratio{tool=deal,step=monetized} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_DEAL
-- figure funnel_creators_ratio{tool=deal,step=paid} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_DEAL creator_payouts_deal
-- number funnel_creators{tool=commerce,step=produced} 24h 7d: creator_videos_posted creator_lives_started
-- number funnel_creators{tool=commerce,step=engaged} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- number funnel_creators{tool=commerce,step=monetized} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_COMMERCE
-- number funnel_creators{tool=commerce,step=paid} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_COMMERCE creator_payouts_commerce
-- figure funnel_creators_ratio{tool=commerce,step=engaged} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows
-- figure funnel_creators_ratio{tool=commerce,step=monetized} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_COMMERCE
-- figure funnel_creators_ratio{tool=commerce,step=paid} 24h 7d: creator_videos_posted creator_lives_started creator_likes creator_comments creator_shares creator_follows EARNED_WITH_COMMERCE creator_payouts_commerce
WITH tools (tool, by_video, by_room) AS (
    VALUES ('gift', false, true), ('ad', true, false), ('reward', true, false), ('deal', true, true), ('commerce', true, true)
), did AS (
    SELECT
        restated, win, start, app, creator_id AS who,
        had(measure, total, 'creator_videos_posted') AS videos,
        had(measure, total, 'creator_lives_started') AS rooms,
        coalesce(sum(total) FILTER (
            measure IN ('creator_likes', 'creator_comments', 'creator_shares', 'creator_follows')
        ), 0) AS acts
    FROM seen WHERE named(creator_id) GROUP BY ALL
), paid AS (
    SELECT restated, win, start, app, creator_id AS who, replace(measure, 'creator_payouts_', '') AS tool
    FROM seen WHERE starts_with(measure, 'creator_payouts_') GROUP BY ALL HAVING sum(total) > 0
), steps AS (
    -- How far each creator came: 1 produced, 2 engaged, 3 monetized, 4 paid.
    SELECT
        restated, win, start, app, tool,
        CASE WHEN acts = 0 THEN 1 WHEN coalesce(figure, 0) <= 0 THEN 2 WHEN paid.who IS NULL THEN 3 ELSE 4 END AS came
    FROM did CROSS JOIN tools
        LEFT JOIN earned USING (restated, win, start, app, who, tool)
        LEFT JOIN paid USING (restated, win, start, app, who, tool)
    WHERE win IN ('24h', '7d') AND (by_video AND videos > 0 OR by_room AND rooms > 0)
), counts AS (
    SELECT restated, win, start, app, tool, place, count(*) FILTER (came >= place) AS number
    FROM steps CROSS JOIN range(1, 5) AS places (place) GROUP BY ALL
), names (place, step) AS (
    VALUES (1, 'produced'), (2, 'engaged'), (3, 'monetized'), (4, 'paid')
)
SELECT 'funnel_creators{tool=' || tool || ',step=' || step || '}' AS name, restated, win, start, app, number AS value
FROM counts JOIN names USING (place)
UNION ALL
SELECT
    'funnel_creators_ratio{tool=' || tool || ',step=' || step || '}', restated, win, start, app,
    number / nullif(lag(number) OVER (PARTITION BY restated, win, start, app, tool ORDER BY place), 0)
FROM counts JOIN names USING (place)
QUALIFY place > 1;
-- figure tool_activation_ratio{tool=gift} 7d: EARNED_WITH_GIFT creator_enrolled_gift
-- figure tool_activation_ratio{tool=ad} 7d: EARNED_WITH_AD creator_enrolled_ad
-- figure tool_activation_ratio{tool=commerce} 7d: EARNED_WITH_COMMERCE creator_enrolled_commerce
-- figure tool_activation_ratio{tool=reward} 7d: EARNED_WITH_REWARD creator_enrolled_reward
-- figure tool_activation_ratio{tool=deal} 7d: EARNED_WITH_DEAL creator_enrolled_deal
WITH enrolled AS (
    SELECT restated, win, start, app, creator_id AS who, replace(measure, 'creator_enrolled_', '') AS tool
    FROM seen WHERE starts_with(measure, 'creator_enrolled_') AND named(creator_id) GROUP BY ALL HAVING sum(total) > 0
)
SELECT
    'tool_activation_ratio{tool=' || tool || '}' AS name, restated, win, start, app,
    count(*) FILTER (figure > 0) / count(*) AS value
FROM enrolled LEFT JOIN earned USING (restated, win, start, app, who, tool) GROUP BY ALL;
-- figure tool_adoption_ratio{tool=gift} 7d: creator_eligible_gift creator_enrolled_gift
-- figure tool_adoption_ratio{tool=ad} 7d: creator_eligible_ad creator_enrolled_ad
-- figure tool_adoption_ratio{tool=commerce} 7d: creator_eligible_commerce creator_enrolled_commerce
-- figure tool_adoption_ratio{tool=reward} 7d: creator_eligible_reward creator_enrolled_reward
-- figure tool_adoption_ratio{tool=deal} 7d: creator_eligible_deal creator_enrolled_deal
WITH came AS (
    SELECT
        restated, win, start, app, creator_id AS who,
        split_part(measure, '_', 2) AS change, split_part(measure, '_', 3) AS tool
    FROM seen
    WHERE (starts_with(measure, 'creator_eligible_') OR starts_with(measure, 'creator_enrolled_'))
        AND named(creator_id)
    GROUP BY ALL HAVING sum(total) > 0
)
SELECT
    'tool_adoption_ratio{tool=' || eligible.tool || '}' AS name, eligible.restated, eligible.win, eligible.start,
    eligible.app, count(enrolled.who) / count(*) AS value
FROM (FROM came WHERE change = 'eligible') AS eligible
LEFT JOIN (FROM came WHERE change = 'enrolled') AS enrolled USING (restated, win, start, app, who, tool)
GROUP BY ALL;
-- number creators_new 24h: EARNED creator_first_earned
-- figure creators_new_ratio 24h: EARNED creator_first_earned
WITH creators AS (
    SELECT restated, win, start, app, count(*) AS earning, count(new.who) AS new
    FROM earners() LEFT JOIN each(creator_id, ['creator_first_earned']) AS new
        USING (restated, win, start, app, who)
    GROUP BY ALL
)
SELECT 'creators_new' AS name, restated, win, start, app, new AS value FROM creators
UNION ALL
SELECT 'creators_new_ratio', restated, win, start, app, new / earning FROM creators;
-- figure creator_first_usd_days 28d: GAINED creator_first_enrolled, days GAINED creator_first_enrolled
WITH daily AS (
    SELECT
        restated, start AS day, app, creator_id AS who,
        had(measure, total, 'creator_first_enrolled') > 0 AS begins,
        coalesce(sum(unit * total) FILTER (sign > 0), 0) AS gained
    FROM seen LEFT JOIN earnings USING (measure)
    WHERE win = 'day' AND named(creator_id) AND (sign > 0 OR measure = 'creator_first_enrolled')
    GROUP BY ALL
), spans_of AS (
    SELECT DISTINCT restated, start, app FROM seen WHERE win = '28d'
), begun AS (
    SELECT spans_of.*, who, max(day) AS begin
    FROM spans_of JOIN daily USING (restated, app)
    WHERE begins AND day >= start AND day < start + 2_419_200_000 GROUP BY ALL
), arrived AS (
    SELECT
        begun.*, day,
        sum(gained) OVER (PARTITION BY restated, start, app, who ORDER BY day) AS upto
    FROM begun JOIN daily USING (restated, app, who)
    WHERE day >= begin AND day < start + 2_419_200_000
), took AS (
    SELECT restated, start, app, who, (min(day) - any_value(begin)) // 86_400_000 AS days
    FROM arrived WHERE upto >= 10::HUGEINT ** 19 GROUP BY ALL
)
SELECT restated, '28d' AS win, start, app, at_permille(list(days), 500) AS value FROM took GROUP BY ALL;
-- figure creators_kept_ratio day: EARNED
-- figure viewers_kept_ratio day: gifter_coins payer_orders
-- figure advertisers_kept_ratio day: advertiser_usd
WITH present AS (
    SELECT 'creators_kept_ratio' AS name, * FROM earners() WHERE win = 'day'
    UNION ALL
    SELECT 'viewers_kept_ratio', * FROM each(viewer_id, ['gifter_coins', 'payer_orders']) WHERE win = 'day'
    UNION ALL
    SELECT 'advertisers_kept_ratio', * FROM each(advertiser_id, ['advertiser_usd']) WHERE win = 'day'
), before AS (
    -- Of those who were there seven days before, by what came in time:
    SELECT name, app, start + 604_800_000 AS start, who FROM present WHERE NOT restated
)
SELECT before.name, restated, 'day' AS win, start, app, count(present.win) / count(*) AS value
FROM before CROSS JOIN (VALUES (false), (true)) AS results (restated)
LEFT JOIN present USING (name, restated, start, app, who)
GROUP BY ALL;
-- number viewers_yesterday yesterday: viewer_watch_ms
SELECT restated, win, start, app, count(*) AS value
FROM each(viewer_id, ['viewer_watch_ms']) WHERE win = 'yesterday' GROUP BY ALL;
-- number creators_earning_yesterday yesterday: EARNED
SELECT restated, win, start, app, count(*) AS value FROM earners() WHERE win = 'yesterday' GROUP BY ALL;
-- number viewers_paying_yesterday yesterday: gifter_coins payer_orders
SELECT restated, win, start, app, count(*) AS value
FROM each(viewer_id, ['gifter_coins', 'payer_orders']) WHERE win = 'yesterday' GROUP BY ALL;
-- figure creators_earning_day_on_day_ratio yesterday: EARNED
-- figure creators_earning_week_on_week_ratio yesterday: EARNED
-- figure viewers_paying_day_on_day_ratio yesterday: gifter_coins payer_orders
-- figure viewers_paying_week_on_week_ratio yesterday: gifter_coins payer_orders
WITH people AS (
    SELECT 'creators_earning' AS what, restated, start, app, creator_id AS who, sum(sign * unit * total) AS figure
    FROM seen JOIN earnings USING (measure) WHERE win = 'yesterday' GROUP BY ALL
    UNION ALL
    SELECT 'viewers_paying', restated, start, app, viewer_id, sum(total)
    FROM seen WHERE win = 'yesterday' AND measure IN ('gifter_coins', 'payer_orders') GROUP BY ALL
), days AS (
    SELECT what, restated, start, app, count(*) FILTER (figure > 0 AND named(who)) AS number FROM people GROUP BY ALL
), backs (name, back) AS (
    VALUES ('_day_on_day_ratio', 1), ('_week_on_week_ratio', 7)
)
SELECT what || name AS name, now.restated, 'yesterday' AS win, now.start, app, now.number / nullif(before.number, 0) AS value
FROM days AS now CROSS JOIN backs
    JOIN days AS before USING (what, app)
    -- Whether the earlier day was whole says a record in time on the day before it.
    SEMI JOIN (FROM days WHERE NOT restated) AS begun
        ON begun.what = what AND begun.app = app AND begun.start = now.start - (back + 1) * 86_400_000
WHERE NOT before.restated AND before.start = now.start - back * 86_400_000;
-- figure creators_fallen_ratio 24h: EARNED creator_watch_ms, days EARNED
SELECT
    restated, win, start, app,
    ratio_of(2 * coalesce(now.figure, 0) < median_day, true) AS value
FROM (
    SELECT *, list_sort(list_resize(days, 28, 0))[14] AS median_day FROM panel
) LEFT JOIN (
    SELECT restated, win, start, app, who, sum(figure) AS figure FROM earned GROUP BY ALL
) AS now USING (restated, win, start, app, who)
WHERE median_day > 0
GROUP BY ALL;
-- figure single_payer_creators_ratio 24h: EARNED creator_watch_ms pair_coins, days EARNED
SELECT restated, win, start, app, ratio_of(100 * largest > 80 * coins, true) AS value
FROM panel LEFT JOIN (
    SELECT
        restated, win, start, app, creator_id AS who,
        sum(total) AS coins, max(total) FILTER (named(viewer_id)) AS largest
    FROM seen WHERE measure = 'pair_coins' GROUP BY ALL
) USING (restated, win, start, app, who)
GROUP BY ALL;
-- figure gift_reciprocal_ratio 7d: pair_coins
SELECT
    given.restated, given.win, given.start, given.app,
    coalesce(sum(least(given.total, coalesce(back.total, 0))) FILTER (
        given.creator_id <= given.viewer_id AND named(given.creator_id) AND named(given.viewer_id)
    ), 0) / nullif(sum(given.total), 0) AS value
FROM seen AS given LEFT JOIN seen AS back ON
    back.measure = given.measure AND back.restated = given.restated AND back.win = given.win
    AND back.start = given.start AND back.app = given.app
    AND back.creator_id = given.viewer_id AND back.viewer_id = given.creator_id
WHERE given.measure = 'pair_coins' GROUP BY ALL;

-- Rules about somebody: who breaks them

-- case gift_coins_velocity_viewers 10m: gifter_coins
-- case gift_sends_velocity_viewers 1m: gifter_sends
-- case suspected_minor_viewers 24h: minor_coins
-- case new_account_whales 24h: newcomer_coins
SELECT name, restated, win, start, app, viewer_id AS who
FROM seen JOIN (
    VALUES
        ('gift_coins_velocity_viewers', '10m', 'gifter_coins', 50_000),
        ('gift_sends_velocity_viewers', '1m', 'gifter_sends', 60),
        ('suspected_minor_viewers', '24h', 'minor_coins', 1_000),
        ('new_account_whales', '24h', 'newcomer_coins', 10_000)
) AS rules (name, win, measure, bound) USING (win, measure)
WHERE named(viewer_id) AND total > bound;
-- case gift_ring_creators 24h: pair_coins pair_age_days pair_aged_gifts
SELECT restated, win, start, app, creator_id AS who
FROM (
    SELECT
        restated, win, start, app, creator_id, viewer_id,
        had(measure, total, 'pair_coins') AS coins,
        had(measure, total, 'pair_age_days') AS age_days,
        had(measure, total, 'pair_aged_gifts') AS aged
    FROM seen WHERE measure IN ('pair_coins', 'pair_age_days', 'pair_aged_gifts') AND named(creator_id)
    GROUP BY ALL
) GROUP BY ALL
HAVING sum(coins) > 100_000
    AND 100 * list_sum(list_reverse_sort(list(coins) FILTER (named(viewer_id)))[:3]) > 90 * sum(coins)
    AND at_permille(list(age_days // nullif(aged, 0)) FILTER (named(viewer_id) AND aged > 0), 500) < 30;
-- case gift_ring_devices 24h: ring_device_hash_gifts
-- case gift_ring_payments 24h: ring_payment_hash_gifts
SELECT name, restated, win, start, app, concat_ws(',', creator_id, coalesce(device_hash, payment_hash)) AS who
FROM seen JOIN (
    VALUES
        ('gift_ring_devices', 'ring_device_hash_gifts'), ('gift_ring_payments', 'ring_payment_hash_gifts')
) AS rules (name, measure) USING (measure)
WHERE total > 0 AND named(creator_id) AND named(coalesce(device_hash, payment_hash)) AND named(viewer_id)
GROUP BY ALL HAVING count(*) >= 5;
-- case hype_refund_creators 24h: orders_by_creator order_cancelled_by_creator order_refunded_by_creator
-- rule hype_refund_cohort_creators 14d: orders_by_creator CANCELLED_AND_REFUNDED_DATED
SELECT
    CASE win WHEN '24h' THEN 'hype_refund_creators' ELSE 'hype_refund_cohort_creators' END AS name,
    restated, win, start, app, creator_id AS who
FROM seen
WHERE named(creator_id) AND (
    measure = 'orders_by_creator'
    OR win = '24h' AND measure IN ('order_cancelled_by_creator', 'order_refunded_by_creator')
    OR win = '14d' AND measure IN ('order_cancelled_by_creator_dated', 'order_refunded_by_creator_dated')
)
GROUP BY ALL
HAVING had(measure, total, 'orders_by_creator') >= 50
    AND 2 * coalesce(sum(total) FILTER (measure <> 'orders_by_creator'), 0)
        > had(measure, total, 'orders_by_creator');
-- case structuring_pairs 1h: pair_equal_gifts viewers_by_room readings_by_room messages_by_room
SELECT DISTINCT restated, win, start, app, concat_ws(',', room_id, viewer_id) AS who
FROM seen SEMI JOIN (
    SELECT restated, win, start, app, room_id
    FROM seen WHERE measure IN ('viewers_by_room', 'readings_by_room', 'messages_by_room') GROUP BY ALL
    HAVING had(measure, total, 'readings_by_room') > 0
        AND had(measure, total, 'viewers_by_room') < 5 * had(measure, total, 'readings_by_room')
        AND had(measure, total, 'messages_by_room') = 0
) AS quiet USING (restated, win, start, app, room_id)
WHERE measure = 'pair_equal_gifts' AND total > 20 AND named(room_id) AND named(viewer_id);
-- case gift_audience_outlier_rooms 10m: room_coins viewers_by_room readings_by_room
WITH rooms AS (
    SELECT
        restated, win, start, app, room_id AS who,
        had(measure, total, 'room_coins') AS coins,
        had(measure, total, 'readings_by_room') AS readings,
        greatest(had(measure, total, 'viewers_by_room'), readings) AS viewers
    FROM seen WHERE measure IN ('room_coins', 'viewers_by_room', 'readings_by_room') AND named(room_id)
    GROUP BY ALL HAVING coins > 0 AND readings > 0
), figures AS (
    -- Whose mean of viewers, 1 at the least, has as many digits are peers.
    SELECT *, coins * readings / viewers AS figure, length((viewers // readings)::VARCHAR) AS digits FROM rooms
)
SELECT restated, win, start, app, who
FROM figures, bounds
WINDOW peers AS (PARTITION BY restated, win, start, app, digits)
QUALIFY figure > CASE
    WHEN count(*) OVER peers >= least_peers THEN at_permille(list(figure) OVER peers, 999) ELSE odd_coins
END;
