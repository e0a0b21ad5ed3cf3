#!/usr/bin/env python3
"""Sums up a run of ./test: tests/count.py FOLDER

FOLDER has checks.tsv (part, name, passed, failed or skipped: what was no test program), and for each run of ctest a folder with ctest.xml
(its JUnit report), tests.json (what it was to run) and the XML that GoogleTest wrote, one file a program. A GoogleTest program
counts as its cases, anything else as one. The run called "main" is told apart by the tests' labels, any other is a part by itself.
Prints what failed, a line a part, and at the end the sum alone on a line. Exits 1 when anything failed or nothing ran.
"""
import collections
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

Count = collections.namedtuple("Count", "passed failed skipped")


def count_cases(file):
    """The count of one GoogleTest program and the names of the cases that failed."""
    failed, count = [], Count(0, 0, 0)
    for case in xml.parse(file).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}.{case.get('name')}")
            count = count._replace(failed=count.failed + 1)
        elif case.get("result") in ("skipped", "suppressed") or case.get("status") == "notrun":
            count = count._replace(skipped=count.skipped + 1)
        else:
            count = count._replace(passed=count.passed + 1)
    return count, failed


def count_program(test, folder):
    """One entry of ctest's report: by its cases where it wrote them, and never as passed where ctest says it failed."""
    name, status = test.get("name"), test.get("status")
    skipped = test.find("skipped")
    if status == "disabled" or (skipped is not None and skipped.get("message", "").startswith("SKIP")):
        return Count(0, 0, 1), []
    passed = status == "run"
    try:
        count, failed = count_cases(folder / f"{name}.xml")
    except (OSError, xml.ParseError):
        return Count(int(passed), int(not passed), 0), [] if passed else [name]
    if not passed and count.failed == 0:
        count, failed = count._replace(failed=1), ["ended badly after its cases"]
    return count, [f"{name}: {case}" for case in failed]


def labels_of(file):
    """Each test's first label."""
    labels = {}
    for test in json.loads(file.read_text())["tests"]:
        values = {entry["name"]: entry["value"] for entry in test.get("properties", [])}
        labels[test["name"]] = (values.get("LABELS") or ["other"])[0]
    return labels


def main():
    results = pathlib.Path(sys.argv[1])
    parts = collections.defaultdict(lambda: Count(0, 0, 0))
    failures = []
    skips = []

    def add(part, count, failed):
        parts[part] = Count(*(a + b for a, b in zip(parts[part], count)))
        failures.extend(f"{part}: {name}" for name in failed)

    for report in sorted(results.glob("*/ctest.xml"), key=lambda report: report.stat().st_mtime):
        run = report.parent
        labels = labels_of(run / "tests.json") if run.name == "main" else {}
        for test in xml.parse(report).iter("testcase"):
            add(labels.get(test.get("name"), run.name), *count_program(test, run))
    checks = results / "checks.tsv"
    for line in checks.read_text().splitlines() if checks.exists() else []:
        part, name, verdict = line.split("\t")
        add(part, Count(*(int(verdict == each) for each in Count._fields)), [name] if verdict == "failed" else [])
        if verdict == "skipped":
            skips.append(f"{part}: {name}")

    print()
    for name in failures:
        print(f"FAILED  {name}")
    for name in skips:
        print(f"SKIPPED  {name}")
    for part, count in parts.items():
        print(f"{part:12} {count.passed:6} passed {count.failed:4} failed {count.skipped:4} skipped")
    total = Count(*(sum(column) for column in zip(*parts.values()))) if parts else Count(0, 0, 0)
    if total.passed + total.failed == 0:
        print("no test ran")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
