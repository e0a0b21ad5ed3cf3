"""The bundle and its description, judged by those who take them: packaging/referees_test.py PROGRAM

DBOPS_TEST_REFEREES: what packaging/referees/install prints.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
PATIENCE = 60  # seconds


class Referees(unittest.TestCase):
    def setUp(self):
        home = os.environ.get("DBOPS_TEST_REFEREES")
        self.assertTrue(home, "DBOPS_TEST_REFEREES is not set: run ./test clients")
        self.home = pathlib.Path(home)
        folder = tempfile.TemporaryDirectory(prefix="dbops-referees-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        said = subprocess.run([sys.executable, HERE / "bundle.py", PROGRAM, self.folder, "--name", "io.github.example/dbops", "--url",
                               "https://example.com/dbops.mcpb"], capture_output=True, text=True, check=True).stdout
        self.bundle, self.description = map(pathlib.Path, said.split())

    def node(self, *words):
        return subprocess.run([self.home / "node", *words], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def mcpb(self, *words):
        return self.node(self.home / "node_modules/@anthropic-ai/mcpb/dist/cli/cli.js", *words)

    def judge(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document))
        return self.mcpb("validate", path) if name == "manifest.json" else self.node(HERE / "referees/check.mjs", self.home, path)

    def check(self, name, document, wrong):
        """It is taken as it is, and not where one member is another: so it was looked at."""
        good = self.judge(name, document)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        for member, value in wrong.items():
            self.assertNotEqual(self.judge(name, {**document, member: value}).returncode, 0, member)

    def test_the_program_for_bundles_takes_the_manifest(self):
        with zipfile.ZipFile(self.bundle) as bundle:
            manifest = json.loads(bundle.read("manifest.json"))
        self.check("manifest.json", manifest, {"manifest_version": "9", "server": {"type": "binary"}, "user_config": 7, "author": "me"})

    def test_the_program_for_bundles_unpacks_it(self):
        done = self.mcpb("unpack", self.bundle, self.folder / "unpacked")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((self.folder / "unpacked/server/dbops").read_bytes(), PROGRAM.read_bytes())
        self.assertTrue((self.folder / "unpacked/server/dbops").stat().st_mode & 0o100)

    def test_the_registrys_schema_takes_the_description(self):
        self.check("server.json", json.loads(self.description.read_text()),
                   {"name": "no-namespace", "version": None, "description": "x" * 101, "packages": [{}], "$schema": "https://example.com/"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
