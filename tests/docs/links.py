#!/usr/bin/env python3
"""Every page's links and the files that it names are there: tests/docs/links.py ROOT"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
# A path in backquotes: of the tree, with a folder in it, and not of something that is only made.
NAMED = re.compile(r"`((?:src|tests|docs|demo|cmake|fuzz|bench|packaging|\.ci)/[\w./-]*\w)`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
MADE = ("demo/flights.db", "docs/tools.md")


def main():
    wrong = []
    pages = [page for page in ROOT.glob("*.md")] + sorted((ROOT / "docs").rglob("*.md"))
    for page in pages:
        text = page.read_text()
        targets = [(page.parent / link, link) for link in LINKED.findall(text)]
        targets += [(ROOT / name, name) for name in NAMED.findall(text) if name not in MADE]
        wrong += [f"{page.relative_to(ROOT)}: {name} is not there" for path, name in targets if not path.exists()]
    print("\n".join(wrong) or f"{len(pages)} pages")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
