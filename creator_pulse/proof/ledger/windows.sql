-- From the ledger's lines to the sums of every window that some value reads.
-- A line's sums are of one minute: in time, then by how late its records came (truth.HORIZONS).
-- An absent label is NULL; an absent sum too: no record fell there.

CREATE TABLE spans (win VARCHAR, step BIGINT, size BIGINT, horizons INT);
INSERT INTO spans VALUES
    ('1m',  60_000,        60_000, 1),
    ('5m',  60_000,       300_000, 1),
    ('10m', 60_000,       600_000, 1),
    ('15m', 60_000,       900_000, 1),
    ('30m', 60_000,     1_800_000, 1),
    ('1h',  60_000,     3_600_000, 1),
    ('24h', 3_600_000, 86_400_000, 2),
    ('day', 86_400_000,     86_400_000, 3),
    ('7d',  86_400_000,    604_800_000, 3),
    ('14d', 86_400_000,  1_209_600_000, 3),
    ('28d', 86_400_000,  2_419_200_000, 3),
    ('mtd', 86_400_000,           NULL, 3);

-- Filled by the program: who reads what, how many hours an app's day begins before that of UTC, earnings with
-- their signs (units of 10^-19 USD), plans of campaigns, and the bounds that an operator may set.
CREATE TABLE readers (reader INT, measure VARCHAR, win VARCHAR, sign INT, below BOOL, by_region BOOL,
                      by_surface BOOL, by_tool BOOL);
CREATE TABLE days_begin (app VARCHAR, ahead INTERVAL);
CREATE TABLE earnings (measure VARCHAR, tool VARCHAR, sign INT, unit HUGEINT);
CREATE TABLE plans (campaign_id VARCHAR, since BIGINT, until BIGINT, micros HUGEINT);
CREATE TABLE bounds (least_peers INT, odd_coins INT);

CREATE TABLE lines (
    measure VARCHAR, pane BIGINT, app VARCHAR, region VARCHAR, surface VARCHAR, tool VARCHAR, topic VARCHAR,
    room_id VARCHAR, gift_id VARCHAR, viewer_id VARCHAR, creator_id VARCHAR, device_hash VARCHAR,
    payment_hash VARCHAR, advertiser_id VARCHAR, campaign_id VARCHAR, size BIGINT,
    in_time HUGEINT, late_1 HUGEINT, late_2 HUGEINT, late_3 HUGEINT
);
