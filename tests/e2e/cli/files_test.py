"""Results in files: whole or not at all."""
import os
import subprocess
import time

import harness
from harness import ENDLESS, World


class Files(World):
    def test_the_name_decides_the_format(self):
        for name, start in (("a.csv", "id,"), ("a.json", "[\n{"), ("a.ndjson", '{"id"'), ("a.tsv", "id\t"), ("a.md", "| id |"),
                            ("a.txt", "id,")):
            self.assertEqual(self.good("query", "x.db", "select * from flights", "-o", name), "")
            self.assertTrue(self.read(name).startswith(start), name)
        self.good("query", "x.db", "select * from flights", "-o", "a.csv", "--format", "json")
        self.assertTrue(self.read("a.csv").startswith("["))

    def test_a_file_is_replaced_as_a_whole(self):
        self.write("out.csv", "old", mode=0o640)
        self.good("query", "x.db", "select 1 as a", "-o", "out.csv")
        self.assertEqual(self.read("out.csv"), "a\n1\n")
        self.assertEqual(os.stat(self.path("out.csv")).st_mode & 0o777, 0o640)

    def test_a_failure_leaves_what_was_there(self):
        self.write("out.csv", "old")
        # It fails behind many rows: an integer overflows.
        statement = "select abs(case when i = 50000 then -9223372036854775808 else i end) from (" + \
            harness.COUNTING % "i" + " limit 60000)"
        self.assertIn("error [data]", self.bad(1, "query", "x.db", statement, "-o", "out.csv"))
        self.assertEqual(self.read("out.csv"), "old")
        self.assertEqual(sorted(os.listdir(self.work)), ["out.csv", "x.db"])

    def test_an_interrupt_leaves_nothing(self):
        process = self.start("query", "x.db", harness.COUNTING % "i", "-o", "out.csv", stderr=subprocess.PIPE)
        deadline = time.monotonic() + harness.PATIENCE
        while len(os.listdir(self.work)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.terminate()
        process.communicate(timeout=harness.PATIENCE)
        self.assertEqual(process.returncode, 143)
        self.assertEqual(os.listdir(self.work), ["x.db"])

    def test_no_place_for_it(self):
        error = self.bad(6, "query", "x.db", ENDLESS, "-o", "nowhere/out.csv")
        self.assertIn("nowhere/out.csv", error)
        self.assertIn("hint: ", error)
        self.bad(6, "query", "x.db", "select 1", "-o", ".")

    def test_a_full_disk(self):
        self.assertIn("No space left", self.bad(6, "query", "x.db", "select 1", "-o", "/dev/full"))
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = self.start("query", "x.db", "select 1", stdout=full, stderr=subprocess.PIPE)
            _, error = process.communicate(timeout=harness.PATIENCE)
        self.assertEqual(process.returncode, 6)
        self.assertIn(b"No space left", error)


if __name__ == "__main__":
    harness.main()
