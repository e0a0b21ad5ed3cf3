#!/usr/bin/env python3
"""Checks the rules of the house that no compiler knows.

    tidy.py ROOT      prints each breach as FILE:LINE: RULE: what is wrong; exits 1 when there is any

What it checks: the direction of includes, who may see which library, banned calls, the size of
files and lines, files that nothing names, notes of things to do without an issue, addresses and
paths of one machine, connector folders without README.md, headers' guards and classes without a
comment, and clang-format.
"""

import os
import re
import shutil
import subprocess
import sys
from typing import Iterator, NamedTuple

import rules


class Breach(NamedTuple):
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class File(NamedTuple):
    path: str  # from the root, with '/'
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith((".cc", ".h"))


def read_tree(root: str) -> list[File]:
    """Every text file of ours: not what is built, fetched or kept by git."""
    files = []
    for folder, folders, names in os.walk(root):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        folders[:] = sorted(
            each for each in folders
            if each not in rules.SKIPPED_FOLDERS
            and f"{inside}/{each}".removeprefix("./") not in rules.SKIPPED_PATHS)
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.islink(path) or os.path.getsize(path) > rules.FILE_BYTES_MAX:
                continue
            with open(path, "rb") as opened:
                content = opened.read()
            if b"\0" in content:
                continue
            text = content.decode("utf-8", errors="replace")
            files.append(File(os.path.relpath(path, root).replace(os.sep, "/"), text))
    return files


RAW_STRING = re.compile(r'R"(?P<mark>[^\s()\\]*)\(.*?\)(?P=mark)"', re.DOTALL)
CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|' + RAW_STRING.pattern + r'|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Za-z])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def code_lines(file: File) -> list[str]:
    """The lines of C++ without comments and the contents of literals."""
    def blank(match: re.Match) -> str:
        return '""' + "\n" * match.group().count("\n") if match.group()[0] != "/" \
            else "\n" * match.group().count("\n")
    return CODE.sub(blank, file.text).splitlines()


def layer_of(path: str) -> str | None:
    """base, wire ... or one of the siblings, such as connectors/sqlite; None outside src."""
    parts = path.split("/")
    if parts[0] != "src" or len(parts) < 3:
        return None
    if parts[1] in rules.WITH_SIBLINGS and len(parts) > 3:
        return "/".join(parts[1:3])
    return parts[1]


def layer_of_include(included: str) -> str:
    parts = included.split("/")
    return "/".join(parts[:2]) if parts[0] in rules.WITH_SIBLINGS and len(parts) > 2 else parts[0]


def is_test(path: str) -> bool:
    """A test, or what only tests use."""
    return re.search(r"_[a-z]*test\.cc$|/testing[/.]", path) is not None \
        or path.startswith(("tests/", "fuzz/", "bench/"))


def check_directions(file: File) -> Iterator[Breach]:
    """A layer includes what stands left of it; a test may reach for the connectors too."""
    layer = layer_of(file.path)
    if layer is None:
        return
    top = layer.split("/")[0]
    allowed = rules.LAYERS.get(top)
    if allowed is None:
        yield Breach(file.path, 1, "layer", f"{top} is no layer that tests/tidy/rules.py knows")
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match or match.group(1).startswith("../"):
            if match:
                yield Breach(file.path, number, "include", "write it from src/ on, not with ../")
            continue
        other = layer_of_include(match.group(1))
        other_top = other.split("/")[0]
        if other in (layer, rules.LAYERED.get(layer)) or (other_top in allowed and other_top != top):
            continue
        if is_test(file.path) and (other_top in rules.FOR_TESTS or other_top not in rules.LAYERS):
            continue
        yield Breach(file.path, number, "direction", f"{layer} may not include {other}")


def check_libraries(file: File) -> Iterator[Breach]:
    if not file.is_cpp or is_test(file.path):
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r"\s*#\s*include\s+[<\"]([^>\"]+)[>\"]", line)
        if not match:
            continue
        for pattern, homes in rules.LIBRARIES.items():
            if re.match(pattern, match.group(1)) and not file.path.startswith(homes):
                yield Breach(file.path, number, "library",
                             f"<{match.group(1)}> belongs to {' and '.join(homes)}")
        if file.path.endswith(".h") and re.match(rules.ONLY_IN_CC, match.group(1)):
            yield Breach(file.path, number, "library", f"<{match.group(1)}> belongs into a .cc")


def check_single_homes(files: list[File]) -> Iterator[Breach]:
    """Libraries that are slow to compile: one .cc each."""
    for pattern in rules.IN_ONE_CC:
        including = [file.path for file in files if file.is_cpp and not is_test(file.path)
                     and re.search(rf"#\s*include\s+<{pattern}", file.text)]
        for path in including[1:]:
            yield Breach(path, 1, "library", f"<{pattern}> is included by {including[0]} already")


def check_calls(file: File) -> Iterator[Breach]:
    if not file.is_cpp:
        return
    for number, line in enumerate(code_lines(file), 1):
        for pattern, (why, homes) in rules.BANNED.items():
            if re.search(pattern, line) and not (homes and file.path.startswith(homes)):
                yield Breach(file.path, number, "banned", why)
    if layer_of(file.path) not in (None, "app"):
        for number, line in enumerate(code_lines(file), 1):
            if re.search(r"\bstd::(cout|cerr|clog)\b", line):
                yield Breach(file.path, number, "banned", "a library's output is an argument")


def check_size(file: File) -> Iterator[Breach]:
    if not file.is_cpp and not file.path.endswith(".py"):
        return
    if len(file.lines) > rules.LINES_MAX:
        yield Breach(file.path, len(file.lines), "size", f"more than {rules.LINES_MAX} lines")
    if not file.is_cpp:
        return
    # What stands in a raw string is of another language, and can't be broken at will.
    shown = RAW_STRING.sub(lambda match: "\n" * match.group().count("\n"), file.text)
    for number, line in enumerate(shown.splitlines(), 1):
        if len(line) > rules.COLUMNS_MAX:
            yield Breach(file.path, number, "size", f"more than {rules.COLUMNS_MAX} columns")


def check_orphans(files: list[File]) -> Iterator[Breach]:
    """A .cc is named by the CMakeLists.txt of its folder or one above, a header is included by a
    file, a script is named by another file than a page of text."""
    lists = {os.path.dirname(file.path): re.sub(r"#.*", "", file.text)
             for file in files if file.name == "CMakeLists.txt"}
    included = {name for file in files if file.is_cpp
                for name in re.findall(r'#\s*include\s+"([^"]+)"', file.text)}
    named = {word for file in files if not file.is_cpp and not file.path.endswith(".md")
             for word in re.findall(r"[\w.-]+", file.text)}
    for file in files:
        if file.path.endswith(".cc"):
            folder = os.path.dirname(file.path)
            while folder not in lists and folder:
                folder = os.path.dirname(folder)
            inside = os.path.relpath(file.path, folder or ".").replace(os.sep, "/")
            if not re.search(rf"(?<![\w./-]){re.escape(inside)}(?![\w.])", lists.get(folder, "")):
                yield Breach(file.path, 1, "orphan", "no CMakeLists.txt names it")
        elif file.path.endswith(".h"):
            if re.sub(r"^(src|tests|bench)/", "", file.path) not in included:
                yield Breach(file.path, 1, "orphan", "no file includes it")
        elif file.path.endswith((".py", ".sh", ".mjs", ".js")):
            if file.name not in named and file.name.removesuffix(".py") not in named:
                yield Breach(file.path, 1, "orphan", "no other file names it")


def check_words(file: File) -> Iterator[Breach]:
    for number, line in enumerate(file.lines, 1):
        if re.search(rules.TO_DO, line):
            yield Breach(file.path, number, "todo", "name its issue behind it, as (#12), or do it")
        if re.search(rules.MACHINE_PATH, line):
            yield Breach(file.path, number, "machine", "a path of one machine")
        for host in re.findall(r"https?://(?:[^\s/@]*@)?([\w.-]*\w)", line):
            if not re.fullmatch(rules.HOSTS, host):
                yield Breach(file.path, number, "machine", f"the host {host} is not a known one "
                             "(tests/tidy/rules.py)")


def check_headers(file: File) -> Iterator[Breach]:
    if not file.path.endswith(".h"):
        return
    if "#pragma once" not in file.text:
        yield Breach(file.path, 1, "header", "#pragma once is missing")
    lines = file.lines
    spoken_for = file.text.startswith("//")  # The opening comment speaks for the first class.
    for number, line in enumerate(lines, 1):
        if not re.match(r"class \w[^;]*$", line):
            continue
        above = [each for each in lines[:number - 1] if not each.startswith("template <")]
        commented = above and above[-1].lstrip().startswith("//")
        if not commented and not spoken_for:
            yield Breach(file.path, number, "header", "a comment is missing before the class")
        spoken_for = False


def check_connectors(files: list[File]) -> Iterator[Breach]:
    paths = {file.path for file in files}
    folders = {match.group(1) for path in paths
               if (match := re.match(r"(src/connectors/\w+)/.+\.cc$", path))}
    for folder in sorted(folders):
        if f"{folder}/README.md" not in paths:
            yield Breach(f"{folder}/README.md", 1, "readme", "a connector says what it supports")


def check_format(root: str, files: list[File]) -> Iterator[Breach]:
    program = shutil.which("clang-format-14")
    if program is None:
        print("clang-format-14 is missing: the format was not checked", file=sys.stderr)
        return
    paths = [file.path for file in files if file.is_cpp]
    if not paths:
        return
    ran = subprocess.run([program, "--dry-run", "--ferror-limit=1", *paths], cwd=root,
                         capture_output=True, text=True, check=False)
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning: code should be", ran.stderr, re.M):
        yield Breach(path, int(line), "format", "run clang-format-14 -i")


def check(root: str) -> list[Breach]:
    files = read_tree(root)
    breaches = []
    for file in files:
        for rule in (check_directions, check_libraries, check_calls, check_size, check_words,
                     check_headers):
            breaches += rule(file)
    for rule in (check_single_homes, check_orphans, check_connectors):
        breaches += rule(files)
    return breaches + list(check_format(root, files))


def main() -> int:
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    breaches = check(sys.argv[1])
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
