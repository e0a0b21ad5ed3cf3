#!/usr/bin/env python3
"""Sums up one run of the conformance suite: report.py RESULTS REQUIREMENTS STATUS [REPORT.xml]

RESULTS has a folder for each scenario with its checks.json, and suite.log; REQUIREMENTS is the suite's own list of what the
revision requires; STATUS is how the suite ended. A scenario passes when it ran and none of its checks failed or warned, scored or
not. Exits 1 when one did not pass.
"""
import json
import pathlib
import re
import sys
import xml.sax.saxutils as xml


# The suite has no check in it yet: docs/testing.md has its reason.
UNCHECKED = {"tasks-status-notifications"}


def required(file):
    """The scenarios of the list's `server:`."""
    section = re.search(r"^server:\n((?:  - .*\n)+)", file.read_text(), re.MULTILINE)
    return [line[4:].strip() for line in section.group(1).splitlines()]


def problems_of(checks):
    return [f"{check['status']} {check['id']}: {check.get('errorMessage') or check['description']}"
            for check in checks if check["status"] in ("FAILURE", "WARNING")]


def main():
    results, requirements, status = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    scenarios = {name: ["it did not run"] for name in required(requirements)}
    checked = 0
    for file in sorted(results.glob("server-*/checks.json")):
        name = re.fullmatch(r"server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z", file.parent.name).group(1)
        checks = json.loads(file.read_text())
        if name in UNCHECKED and all(check["status"] == "SKIPPED" for check in checks):
            continue
        checked += sum(check["status"] == "SUCCESS" for check in checks)
        scenarios[name] = problems_of(checks)
        if not any(check["status"] == "SUCCESS" for check in checks):
            scenarios[name].append("it checked nothing")
    failed = [name for name, problems in scenarios.items() if problems]
    if status != 0 and not failed:
        failed, scenarios["the suite"] = ["the suite"], [f"it ended with {status}"]

    for name, problems in scenarios.items():
        print("FAILED" if problems else "ok    ", name, *problems, sep="\n         " if problems else " ")
    print(f"{len(scenarios) - len(failed)} scenarios passed, {len(failed)} failed; {checked} checks passed")
    if failed:
        print((results / "suite.log").read_text()[-20000:])
    if len(sys.argv) > 4:
        cases = "".join(
            f"<testcase classname='conformance' name={xml.quoteattr(name)}>"
            + (f"<failure>{xml.escape(chr(10).join(problems))}</failure>" if problems else "") + "</testcase>"
            for name, problems in scenarios.items())
        pathlib.Path(sys.argv[4]).write_text(f"<testsuites>{cases}</testsuites>")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
