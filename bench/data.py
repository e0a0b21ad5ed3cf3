"""The same million rows of eight mixed columns in PostgreSQL, TimescaleDB and SQLite."""

import csv
import os
import subprocess

import measure

COLUMNS = "id, name, price, amount, note, created, flag, day"
QUERY = f"select {COLUMNS} from bench order by id"


def _rows_expression(number):
    """Each engine's spelling apart, the same values; `number` is the row's own."""
    return {
        "name": f"'customer ' || ({number} % 9973)",
        "note": f"case when {number} % 7 = 0 then null else 'a note, \"quoted\", of ' || ({number} % 97) end",
    }


def make_postgres(uri, rows, hypertable=False):
    same = _rows_expression("i")
    key = "primary key (id, created)" if hypertable else "primary key (id)"
    partition = "select create_hypertable('bench', 'created', chunk_time_interval => interval '30 days');" if hypertable else ""
    script = f"""
        drop table if exists bench;
        create table bench (id bigint, name text, price float8, amount numeric(12, 2),
                            note text, created timestamptz, flag boolean, day date, {key});
        {partition}
        insert into bench select i, {same["name"]}, i * 1.25, (i % 100000) / 100.0, {same["note"]},
            timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute', i % 2 = 0, date '2026-01-01' + i % 365
            from generate_series(1, {rows}) i;
        analyze bench;"""
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", uri], input=script, text=True, check=True, stdout=subprocess.DEVNULL)


def make_sqlite(path, rows):
    if os.path.exists(path):
        os.remove(path)
    same = _rows_expression("i")
    script = f"""
        pragma journal_mode = off;
        create table bench (id integer primary key, name text, price real, amount numeric, note text,
                            created text, flag integer, day text);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
        insert into bench select i, {same["name"]}, i * 1.25, (i % 100000) / 100.0, {same["note"]},
            datetime('2026-01-01', '+' || i || ' minutes'), i % 2 = 0, date('2026-01-01', '+' || (i % 365) || ' days')
            from n;"""
    subprocess.run(["sqlite3", path], input=script, text=True, check=True, stdout=subprocess.DEVNULL)


def compare_csv(ours, theirs):
    """Both must hold the same rows, whatever they quote and how they end lines; booleans and
    numbers as each spells them."""
    def same(a, b):
        if a == b or (a, b) in (("true", "t"), ("false", "f")):
            return True
        try:
            return float(a) == float(b)
        except ValueError:
            return False

    with open(ours, newline="", encoding="utf-8") as a, open(theirs, newline="", encoding="utf-8") as b:
        for count, (ours_row, theirs_row) in enumerate(zip(csv.reader(a), csv.reader(b), strict=True), 1):
            if ours_row != theirs_row and not all(map(same, ours_row, theirs_row)):
                raise measure.Failed(f"row {count} differs: {ours_row} and {theirs_row}")


def count_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file))
