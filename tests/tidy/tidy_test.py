#!/usr/bin/env python3
"""A test of the test: tidy.py must flag what the samples mark, and nothing else.

Each file of samples/ ends in .sample, so that no other tool takes it for ours. It is copied without
that ending, and a line that must be flagged says so: `breach: RULE, RULE`.
"""

import os
import re
import shutil
import tempfile
import unittest

import rules
import tidy

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "samples")
STYLE = os.path.join(HERE, "..", "..", ".clang-format")


def lay_out(root: str) -> set[tuple[str, int, str]]:
    """Copies the samples to `root`, and answers what must be found there."""
    expected = set()
    for folder, _, names in os.walk(SAMPLES):
        target = os.path.join(root, os.path.relpath(folder, SAMPLES))
        os.makedirs(target, exist_ok=True)
        for name in names:
            path = os.path.join(target, name.removesuffix(".sample"))
            shutil.copyfile(os.path.join(folder, name), path)
            inside = os.path.relpath(path, root)
            with open(path, encoding="utf-8") as opened:
                for number, line in enumerate(opened, 1):
                    marked = re.search(r"breach: ([a-z, ]+)", line)
                    for rule in marked.group(1).split(",") if marked else []:
                        expected.add((inside, number, rule.strip()))
    return expected


class TidyTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.expected = lay_out(self.root)
        shutil.copyfile(STYLE, os.path.join(self.root, ".clang-format"))

    def found(self) -> set[tuple[str, int, str]]:
        return {(each.path, each.line, each.rule) for each in tidy.check(self.root)}

    def test_flags_the_samples_and_nothing_else(self):
        self.expected.add(("src/connectors/mysql/README.md", 1, "readme"))
        if shutil.which("clang-format-14") is None:
            self.expected = {each for each in self.expected if each[2] != "format"}
        self.assertEqual(sorted(self.found()), sorted(self.expected))

    def test_flags_a_long_file_and_a_second_home_of_a_slow_header(self):
        folder = os.path.join(self.root, "src", "core")
        with open(os.path.join(folder, "long.cc"), "w", encoding="utf-8") as opened:
            opened.write("#include <CLI/CLI.hpp>\n" + "//\n" * rules.LINES_MAX)
        with open(os.path.join(folder, "calls.cc"), "w", encoding="utf-8") as opened:
            opened.write("#include <CLI/CLI.hpp>\n")
        found = self.found()
        self.assertIn(("src/core/long.cc", rules.LINES_MAX + 1, "size"), found)
        self.assertIn(("src/core/long.cc", 1, "library"), found)


if __name__ == "__main__":
    unittest.main()
