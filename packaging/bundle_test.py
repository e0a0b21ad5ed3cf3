"""The bundle: packaging/bundle_test.py PROGRAM"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
BUNDLE = pathlib.Path(__file__).with_name("bundle.py")
# What the manifest's format 0.3 knows; it takes no other keys.
KEYS = {"manifest_version", "name", "display_name", "version", "description", "author", "license", "keywords", "server",
        "tools_generated", "user_config", "compatibility"}
REQUIRED = {"manifest_version", "name", "version", "description", "author", "server"}
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}


class Bundle(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dbops-bundle-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def pack(self, *options):
        done = subprocess.run([sys.executable, BUNDLE, PROGRAM, self.folder, *options], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [pathlib.Path(line) for line in done.stdout.split()]

    def test_the_manifest_has_the_right_shape(self):
        with zipfile.ZipFile(self.pack()[0]) as bundle:
            self.assertEqual(set(bundle.namelist()), {"manifest.json", "server/dbops", "LICENSE"})
            manifest = json.loads(bundle.read("manifest.json"))
        self.assertLessEqual(REQUIRED, set(manifest))
        self.assertLessEqual(set(manifest), KEYS)
        self.assertRegex(manifest["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(set(manifest["server"]), {"type", "entry_point", "mcp_config"})
        self.assertEqual(manifest["server"]["type"], "binary")
        named = re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(manifest["server"]))
        self.assertEqual(named, list(manifest["user_config"]))

    def test_the_program_in_it_runs_as_the_manifest_says(self):
        with zipfile.ZipFile(self.pack()[0]) as bundle:
            self.assertEqual(bundle.read("server/dbops"), PROGRAM.read_bytes())
            mode = bundle.getinfo("server/dbops").external_attr >> 16
            bundle.extractall(self.folder)
            server = json.loads(bundle.read("manifest.json"))["server"]
        self.assertEqual(mode & 0o777, 0o755)
        config = self.folder / "dbops.toml"
        config.write_text('[connections.x]\nurl = "sqlite::memory:"\n')
        config.chmod(0o600)
        words = [word.replace("${__dirname}", str(self.folder)).replace("${user_config.config}", str(config))
                 for word in [server["mcp_config"]["command"], *server["mcp_config"]["args"]]]
        self.assertEqual(words[0], str(self.folder / server["entry_point"]))
        os.chmod(words[0], mode)
        done = subprocess.run(words, input=json.dumps(INITIALIZE) + "\n", capture_output=True, text=True, timeout=30,
                              env={"HOME": str(self.folder), "PATH": os.environ["PATH"]})
        self.assertEqual(json.loads(done.stdout)["result"]["serverInfo"]["name"], "dbops", done.stderr)

    def test_the_same_program_gives_the_same_bundle(self):
        self.assertEqual(self.pack()[0].read_bytes(), self.pack()[0].read_bytes())

    def test_what_is_no_dbops_is_not_packed(self):
        for program in ("/bin/false", "/bin/echo", self.folder / "nothing"):
            done = subprocess.run([sys.executable, BUNDLE, program, self.folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("is no dbops", done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_registrys_description_names_the_bundle(self):
        url = "https://example.com/dbops.mcpb"
        bundle, described = self.pack("--name", "com.example/dbops", "--url", url)
        server = json.loads(described.read_text())
        self.assertEqual(set(server), {"$schema", "name", "title", "description", "version", "packages"})
        self.assertLessEqual(len(server["description"]), 100)
        self.assertEqual(server["packages"], [{
            "registryType": "mcpb", "identifier": url, "transport": {"type": "stdio"},
            "fileSha256": hashlib.sha256(bundle.read_bytes()).hexdigest()}])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
