-- From the ledger's lines to the sums of every window that some value reads.
--
-- A row of `lines` holds the sums of one minute: in time, and by how late the others came (truth.HORIZONS).
-- A label that a measure does not have is NULL, and so is a sum where no record fell.

CREATE TABLE spans (win VARCHAR, step BIGINT, length BIGINT, horizons INT);
-- `horizons`: how many of the late sums still enter such a window. A month has no fixed length.
INSERT INTO spans VALUES
    ('1m', 60_000, 60_000, 1),
    ('5m', 60_000, 300_000, 1),
    ('10m', 60_000, 600_000, 1),
    ('15m', 60_000, 900_000, 1),
    ('30m', 60_000, 1_800_000, 1),
    ('1h', 60_000, 3_600_000, 1),
    ('24h', 3_600_000, 86_400_000, 2),
    ('day', 86_400_000, 86_400_000, 3),
    ('yesterday', 86_400_000, 86_400_000, 3),
    ('7d', 86_400_000, 604_800_000, 3),
    ('14d', 86_400_000, 1_209_600_000, 3),
    ('28d', 86_400_000, 2_419_200_000, 3),
    ('mtd', 86_400_000, NULL, 3);

-- Filled before the rest is made: who reads which measure in which window, what the signs and units of
-- earnings are, how long before UTC an app's day begins, plans of campaigns, bounds that are a setting.
CREATE TABLE readers (
    reader INT, measure VARCHAR, win VARCHAR, by_region BOOL, by_surface BOOL, by_tool BOOL, plain BOOL
);
CREATE TABLE earnings (measure VARCHAR, tool VARCHAR, sign INT, unit HUGEINT);
CREATE TABLE days_begin (app VARCHAR, ahead INTERVAL);
CREATE TABLE plans (campaign_id VARCHAR, since BIGINT, until BIGINT, micros HUGEINT);
CREATE TABLE bounds (least_peers INT, odd_coins INT, day_coins INT, month_coins INT);
-- No window is wanted that ends later, epoch ms.
CREATE TABLE horizon (until BIGINT);
CREATE TABLE series (
    series INT, measure VARCHAR,
    app VARCHAR, region VARCHAR, surface VARCHAR, tool VARCHAR, topic VARCHAR,
    room_id VARCHAR, gift_id VARCHAR, viewer_id VARCHAR, creator_id VARCHAR, device_hash VARCHAR,
    payment_hash VARCHAR, advertiser_id VARCHAR, campaign_id VARCHAR, size BIGINT
);
CREATE TABLE lines (
    series INT, pane BIGINT, in_time HUGEINT, late_1 HUGEINT, late_2 HUGEINT, late_3 HUGEINT
);

-- Made of these: the sums of a window, in time and late; what its final and its last restatement show of those
-- with identities or sizes; and what creators earn.
CREATE TABLE windows (series INT, win VARCHAR, start BIGINT, in_time HUGEINT, late HUGEINT);
CREATE TABLE seen AS
SELECT series.* EXCLUDE (series, region, tool, topic), win, start, false AS restated, in_time AS total
FROM series, windows;
CREATE TABLE earned (
    restated BOOL, win VARCHAR, start BIGINT, app VARCHAR, who VARCHAR, tool VARCHAR, figure HUGEINT
);

-- What an identity has is somebody's: records may leave the field out.
CREATE MACRO named(who) AS who NOT IN ('', '-');
-- The sum of one of several measures that are looked at together.
CREATE MACRO had(measure, total, name) AS coalesce(sum(total) FILTER (measure = name), 0);
-- A quantile: the figure at place (n - 1) * permille // 1000 of all, the smallest first.
CREATE MACRO at_permille(figures, permille) AS list_sort(figures)[1 + (len(figures) - 1) * permille // 1000];
