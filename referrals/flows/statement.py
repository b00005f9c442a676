"""The one statement that counts referrals between members of an alliance, from the status rows, for several spans of days.

A request runs along a leg: from its sender, or from the hospital that passed it on (`low`), to the addressed hospital
(`high`). What comes back goes home to the sender. Both ends must be members on the day of the fact. Every fact is one
row with `ok`; the groups are the whole, each receiving hospital, each pair, and each team with each hospital.
"""

from typing import Final

#: Time as the answer clock counts it: a routine request's passes on working days only (alliances.workdays).
_CLOCK: Final = """
    CASE WHEN {urgency} = 'routine'
         THEN {day}.before + CASE WHEN {day}.works
              THEN extract(epoch FROM ({at} AT TIME ZONE %(zone)s) - {day}.day::timestamp)::float8 ELSE 0 END
         ELSE extract(epoch FROM {at})::float8 END"""

# What the clock allows: the agreement of the pair in force on the day of sending, else the product's own.
_ALLOWED: Final = """
    CASE s.urgency
        WHEN 'emergency' THEN COALESCE(g.answer_emergency_minutes * 60, %(emergency)s)
        WHEN 'urgent' THEN COALESCE(g.answer_urgent_hours * 3600, %(urgent)s)
        ELSE COALESCE(g.answer_routine_days * 86400, %(routine)s) END::float8"""

STATEMENT: Final = f"""
WITH span (which, first, last, begins, ends) AS (
    SELECT * FROM unnest(%(which)s::int[], %(first)s::date[], %(last)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
), member AS MATERIALIZED (
    SELECT organization_id AS id, period FROM alliances_alliancemembership WHERE alliance_id = %(alliance)s
), calendar (day, before, works) AS MATERIALIZED (
    SELECT * FROM unnest(%(days)s::date[], %(before)s::float8[], %(works)s::bool[])
), sent AS MATERIALIZED (
    SELECT span.which, r.id, r.direction, r.urgency, r.state, r.submitted_at, r.scheduled_for, r.source_team_id AS team,
           COALESCE(p.target_organization_id, r.source_organization_id) AS low, r.target_organization_id AS high,
           r.source_organization_id AS home, p.id IS NOT NULL AS onward,
           (r.submitted_at AT TIME ZONE %(zone)s)::date AS day
    FROM span
    JOIN referrals_servicerequest r ON r.submitted_at >= span.begins AND r.submitted_at < span.ends
    LEFT JOIN referrals_servicerequest p ON p.id = r.redirected_from_id
), course AS (
    SELECT s.id, s.which,
           min(e.at) FILTER (WHERE e.event IN ('accept', 'decline')
                             OR (e.event IN ('redirect', 'arrive') AND e.from_state = 'submitted')) AS answered_at,
           bool_or(e.event = 'accept' OR e.event = 'arrive') AS taken,
           bool_or(e.event = 'arrive') AS arrived,
           bool_or(e.event = 'settle') AS died,
           min(e.at) FILTER (WHERE e.event IN ('expire', 'cancel', 'close', 'settle')) AS ended_at,
           count(*) FILTER (WHERE e.event = 'ask') > count(*) FILTER (WHERE e.event = 'answer') AS paused,
           COALESCE(sum(CASE e.event WHEN 'ask' THEN 1 ELSE -1 END * ({_CLOCK.format(urgency="s.urgency", day="c", at="e.at")}))
                    FILTER (WHERE e.event IN ('ask', 'answer')), 0) AS run
    FROM sent s
    JOIN referrals_referralstatus e ON e.request_id = s.id
    LEFT JOIN calendar c ON e.event IN ('ask', 'answer') AND c.day = (e.at AT TIME ZONE %(zone)s)::date
    WHERE s.direction = 'up'
    GROUP BY s.id, s.which
), timed AS (
    SELECT s.*, c.answered_at, c.taken, c.arrived, c.died, {_ALLOWED} AS allowed,
           c.run - ({_CLOCK.format(urgency="s.urgency", day="b", at="s.submitted_at")})
               + CASE WHEN c.paused THEN 0 ELSE {_CLOCK.format(urgency="s.urgency", day="f", at="COALESCE(c.answered_at, c.ended_at, %(now)s)")} END
               AS spent
    FROM sent s
    JOIN course c USING (id, which)
    LEFT JOIN calendar b ON b.day = s.day
    LEFT JOIN calendar f ON f.day = (COALESCE(c.answered_at, c.ended_at, %(now)s) AT TIME ZONE %(zone)s)::date
    LEFT JOIN alliances_agreement g
           ON g.source_id = s.home AND g.target_id = s.high AND g.period @> s.day
), back AS MATERIALIZED (
    SELECT e.request_id, e.at, (e.at AT TIME ZONE %(zone)s)::date AS day FROM referrals_referralstatus e
    WHERE e.event = 'return' AND e.at >= %(earliest)s AND e.at < %(latest)s
), there AS (
    SELECT e.request_id, e.at + %(reply)s::interval AS due_at FROM referrals_referralstatus e
    WHERE e.event IN ('arrive', 'admit') AND e.at >= %(earliest)s AND e.at < %(latest)s
      AND NOT EXISTS (SELECT FROM referrals_referralstatus l
                      WHERE l.request_id = e.request_id AND l.event IN ('arrive', 'admit') AND l.id > e.id)
), fact (which, kind, day, low, high, team, ok, seconds, share) AS (
    SELECT which, CASE WHEN direction = 'down' THEN 'down' WHEN onward THEN 'passed' ELSE 'sent' END, day,
           CASE WHEN direction = 'down' THEN high ELSE low END, CASE WHEN direction = 'down' THEN low ELSE high END,
           team, TRUE, NULL::float8, NULL::float8
    FROM sent WHERE low <> high
  UNION ALL
    SELECT which, 'answer', day, low, high, team, answered_at IS NOT NULL AND spent <= allowed + 0.001,
           extract(epoch FROM answered_at - submitted_at)::float8, CASE WHEN answered_at IS NOT NULL THEN spent / allowed END
    FROM timed WHERE answered_at IS NOT NULL OR spent > allowed
  UNION ALL
    SELECT which, 'arrival', day, low, high, team, arrived, NULL, NULL
    FROM timed
    WHERE taken AND (arrived OR (NOT died AND (state IN ('no_show', 'closed', 'cancelled')
                                               OR (state = 'scheduled' AND scheduled_for < %(now)s))))
  UNION ALL
    SELECT span.which, 'back', b.day, r.source_organization_id, r.target_organization_id, r.source_team_id, TRUE, NULL, NULL
    FROM back b
    JOIN span ON b.at >= span.begins AND b.at < span.ends
    JOIN referrals_servicerequest r ON r.id = b.request_id
  UNION ALL
    SELECT span.which, 'reply', (t.due_at AT TIME ZONE %(zone)s)::date, r.source_organization_id, r.target_organization_id,
           r.source_team_id, COALESCE(returned.at <= t.due_at, FALSE), NULL, NULL
    FROM there t
    JOIN span ON t.due_at >= span.begins AND t.due_at < span.ends AND t.due_at <= %(now)s
    JOIN referrals_servicerequest r ON r.id = t.request_id
    LEFT JOIN LATERAL (SELECT e.at FROM referrals_referralstatus e
                       WHERE e.request_id = r.id AND e.event = 'return' LIMIT 1) returned ON TRUE
    WHERE r.state <> 'closed' OR returned.at IS NOT NULL
       OR NOT EXISTS (SELECT FROM referrals_referralstatus e WHERE e.request_id = r.id
                      AND (e.event = 'settle' OR (e.event = 'close' AND e.detail ->> 'code' = ANY(%(excused)s))))
  UNION ALL
    SELECT span.which, 'followup', b.day + %(followup)s, r.source_organization_id, r.target_organization_id, r.source_team_id,
           EXISTS (SELECT FROM patients_encounter v
                   WHERE v.patient_id = r.patient_id AND v."on" BETWEEN b.day AND b.day + %(followup)s), NULL, NULL
    FROM back b
    JOIN span ON b.day + %(followup)s BETWEEN span.first AND span.last AND b.day + %(followup)s < %(today)s
    JOIN referrals_servicerequest r ON r.id = b.request_id
    JOIN patients_patient o ON o.id = r.patient_id AND (o.deceased_on IS NULL OR o.deceased_on > b.day + %(followup)s)
)
SELECT f.which, f.kind, f.low, f.high, f.team, GROUPING(f.low, f.high, f.team) AS level, count(*), count(*) FILTER (WHERE f.ok),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY f.seconds), percentile_cont(0.5) WITHIN GROUP (ORDER BY f.share)
FROM fact f
JOIN member a ON a.id = f.low AND a.period @> f.day
JOIN member b ON b.id = f.high AND b.period @> f.day
GROUP BY GROUPING SETS ((f.which, f.kind), (f.which, f.kind, f.high), (f.which, f.kind, f.low, f.high),
                        (f.which, f.kind, f.team, f.high))
"""  # noqa: S608  # the pieces are constants above
