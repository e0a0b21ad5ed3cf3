-- What stands on the tables once they are filled.

CREATE INDEX flights_day ON flights (year, month, day);
CREATE INDEX flights_carrier ON flights (carrier);
CREATE INDEX flights_route ON flights (origin, dest);
CREATE INDEX flights_dest ON flights (dest);
CREATE INDEX flights_tailnum ON flights (tailnum);
CREATE INDEX flights_cancelled ON flights (year, month, day) WHERE dep_time IS NULL;

-- One line a flight, in words.
CREATE VIEW departures AS
SELECT f.id, printf('%d-%02d-%02d', f.year, f.month, f.day) AS date, f.carrier || f.flight AS flight, a.name AS airline,
       f.origin, f.dest, d.name AS destination, f.dep_time IS NULL AS cancelled, f.dep_delay, f.arr_delay,
       p.manufacturer || ' ' || p.model AS plane, p.seats
FROM flights f
JOIN airlines a ON a.carrier = f.carrier
JOIN airports d ON d.faa = f.dest
LEFT JOIN planes p ON p.tailnum = f.tailnum;

-- One line a day: how it went.
CREATE VIEW days AS
SELECT printf('%d-%02d-%02d', year, month, day) AS date, count(*) AS flights, sum(dep_time IS NULL) AS cancelled,
       round(avg(dep_delay), 1) AS mean_dep_delay, max(dep_delay) AS worst_dep_delay
FROM flights
GROUP BY year, month, day;

ANALYZE;
