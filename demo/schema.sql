-- The demo database: flights that left New York City in January and February 2013, with what belongs to them.
-- Source, licence and what was changed: demo/LICENSE.md.

CREATE TABLE airlines (
  carrier TEXT PRIMARY KEY,            -- two-letter code
  name    TEXT NOT NULL
) STRICT;

CREATE TABLE airports (
  faa   TEXT PRIMARY KEY,              -- three-letter code
  name  TEXT NOT NULL,
  lat   REAL NOT NULL,
  lon   REAL NOT NULL,
  alt   INTEGER,                       -- feet
  tz    INTEGER NOT NULL,              -- hours from UTC in winter
  dst   TEXT NOT NULL CHECK (dst IN ('A', 'N', 'U')), -- A: summer time as in the USA, N: none, U: unknown
  tzone TEXT                           -- IANA name
) STRICT;

CREATE TABLE planes (
  tailnum      TEXT PRIMARY KEY,
  year         INTEGER,                -- built
  type         TEXT NOT NULL,
  manufacturer TEXT NOT NULL,
  model        TEXT NOT NULL,
  engines      INTEGER NOT NULL,
  seats        INTEGER NOT NULL,
  speed        INTEGER,                -- miles an hour, cruising; known for few
  engine       TEXT NOT NULL
) STRICT;

CREATE TABLE flights (
  id             INTEGER PRIMARY KEY,
  year           INTEGER NOT NULL,
  month          INTEGER NOT NULL,
  day            INTEGER NOT NULL,
  dep_time       INTEGER,              -- local, 517 is 5:17; NULL: cancelled
  sched_dep_time INTEGER NOT NULL,
  dep_delay      INTEGER,              -- minutes, negative: early
  arr_time       INTEGER,
  sched_arr_time INTEGER NOT NULL,
  arr_delay      INTEGER,              -- NULL: cancelled or diverted
  carrier        TEXT NOT NULL REFERENCES airlines,
  flight         INTEGER NOT NULL,     -- the airline's number
  tailnum        TEXT,                 -- no foreign key: the source does not know every plane
  origin         TEXT NOT NULL REFERENCES airports,
  dest           TEXT NOT NULL REFERENCES airports,
  air_time       INTEGER,              -- minutes
  distance       INTEGER NOT NULL,     -- miles
  hour           INTEGER NOT NULL,     -- of the scheduled departure
  minute         INTEGER NOT NULL,
  time_hour      TEXT NOT NULL         -- the scheduled hour in UTC: joins with weather
) STRICT;

CREATE TABLE weather (
  origin     TEXT NOT NULL REFERENCES airports,
  year       INTEGER NOT NULL,
  month      INTEGER NOT NULL,
  day        INTEGER NOT NULL,
  hour       INTEGER NOT NULL,
  temp       REAL,                     -- degrees Fahrenheit
  dewp       REAL,
  humid      REAL,                     -- percent
  wind_dir   INTEGER,                  -- degrees
  wind_speed REAL,                     -- miles an hour
  wind_gust  REAL,
  precip     REAL,                     -- inches
  pressure   REAL,                     -- millibars
  visib      REAL,                     -- miles
  time_hour  TEXT NOT NULL,            -- UTC
  PRIMARY KEY (origin, time_hour)
) STRICT;
