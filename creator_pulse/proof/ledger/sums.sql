-- Firsts. A creator's first enrolment or earning, and a viewer's first payment, is 1 in its hour: the smallest
-- hour in which a sum is not 0, but none where an import in the same hour or before says that there was an
-- earlier one. A window that late records may enter sees the records up to that lateness, so a first may move:
-- 1 comes, -1 goes.
INSERT INTO lines BY NAME
WITH kinds (measure, kind, forbids) AS (
    SELECT measure, 'creator_first_earned', false FROM earnings WHERE sign > 0
    UNION ALL VALUES
        ('creator_imports', 'creator_first_earned', true),
        ('creator_enrolments', 'creator_first_enrolled', false),
        ('gifter_usd', 'viewer_first_paid', false),
        ('buyer_usd', 'viewer_first_paid', false)
), hours AS (
    SELECT
        kind, app, coalesce(creator_id, viewer_id) AS who, lateness,
        min(pane // 3_600_000 * 3_600_000) FILTER (NOT forbids) AS own,
        min(pane // 3_600_000 * 3_600_000) FILTER (forbids) AS forbidden
    FROM lines JOIN series USING (series) JOIN kinds USING (measure)
        CROSS JOIN range(4) AS latenesses (lateness)
    WHERE len(list_filter([in_time, late_1, late_2, late_3][:lateness + 1], lambda one: one <> 0)) > 0
    GROUP BY ALL
), firsts AS (
    SELECT *, CASE WHEN forbidden <= own THEN NULL ELSE own END AS hour FROM hours
), moves AS (
    SELECT *, lag(hour) OVER (PARTITION BY kind, app, who ORDER BY lateness) AS before FROM firsts
), changes AS (
    SELECT kind, app, who, lateness, hour AS pane, 1 AS sign FROM moves WHERE hour IS DISTINCT FROM before
    UNION ALL
    SELECT kind, app, who, lateness, before, -1 FROM moves WHERE hour IS DISTINCT FROM before
)
SELECT
    series, pane,
    sum(sign) FILTER (lateness = 0) AS in_time,
    sum(sign) FILTER (lateness = 1) AS late_1,
    sum(sign) FILTER (lateness = 2) AS late_2,
    sum(sign) FILTER (lateness = 3) AS late_3
FROM changes JOIN series ON measure = kind AND series.app = changes.app AND coalesce(creator_id, viewer_id) = who
WHERE pane IS NOT NULL GROUP BY ALL;

-- The sums of each window. Panes are as long as the step of a window: a minute, an hour, a business day.
INSERT INTO windows BY NAME
WITH used AS (
    SELECT DISTINCT series, win, step, length, horizons, coalesce(ahead, INTERVAL 0 HOUR) AS ahead
    FROM readers JOIN series USING (measure) JOIN spans USING (win) LEFT JOIN days_begin USING (app)
), panes AS (
    SELECT
        series, win, step, length,
        CASE
            WHEN win = 'mtd' THEN epoch_ms(date_trunc('month', make_timestamp_ms(pane) + ahead) - ahead)
            WHEN step = 86_400_000 THEN epoch_ms(date_trunc('day', make_timestamp_ms(pane) + ahead) - ahead)
            ELSE pane // step * step
        END AS begin,
        sum(in_time) AS in_time,
        sum(list_sum([late_1, late_2, late_3][:horizons])) AS late
    FROM lines JOIN used USING (series)
    GROUP BY ALL
    -- The first window that holds a pane ends with it.
    HAVING (in_time IS NOT NULL OR late IS NOT NULL)
        AND (win = 'mtd' OR begin + step <= (SELECT until FROM horizon))
), held AS (
    -- A window of a pane starts at most a length less a step before it, and ends at the horizon at the latest.
    SELECT
        series, win, in_time, late,
        unnest(CASE
            WHEN win = 'mtd' THEN [begin]
            ELSE range(begin + step - length, least(begin + step, until - length + 1), step)
        END) AS start
    FROM panes, horizon
)
SELECT series, win, start, sum(in_time) AS in_time, sum(late) AS late FROM held GROUP BY ALL;

-- The same as the two results that a window may have: its final, and, where something came late or a value
-- looks back at the day, its last restatement.
INSERT INTO seen BY NAME
WITH read AS (
    SELECT series.* EXCLUDE (region, tool, topic), win, start, in_time, late
    FROM windows JOIN series USING (series)
        SEMI JOIN (FROM readers WHERE NOT plain) AS figures USING (measure, win)
), late AS (
    SELECT DISTINCT win, start, app FROM read WHERE late IS NOT NULL
)
SELECT false AS restated, * EXCLUDE (series, in_time, late), in_time AS total FROM read WHERE in_time IS NOT NULL
UNION ALL BY NAME
SELECT true AS restated, * EXCLUDE (series, in_time, late), coalesce(in_time, 0) + coalesce(late, 0) AS total
FROM read SEMI JOIN (FROM late UNION SELECT win, start, app FROM read WHERE win = 'day') AS again
    USING (win, start, app);

INSERT INTO earned BY NAME
SELECT restated, win, start, app, creator_id AS who, earnings.tool, sum(sign * unit * total) AS figure
FROM seen JOIN earnings USING (measure) WHERE named(creator_id) GROUP BY ALL;
