"""What `dbops install` writes, read by the clients themselves (tests/e2e/installed): each lists the server, and some start it."""
import json
import os
import pathlib
import re
import signal
import subprocess

import harness
from harness import PROGRAM, World

PATIENCE = 120  # seconds for a client to start, ask its servers and end
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Installed(World):
    def setUp(self):
        super().setUp()
        self.packages = pathlib.Path(harness.server("DBOPS_TEST_INSTALLED"))
        self.environment["TERM"] = "dumb"
        self.database("x.db", "create table t(a)")
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\n')
        self.config = self.path("dbops.toml")
        # Clients say a path as it is, and temporary folders may be links.
        self.command = f"{PROGRAM} mcp --config {self.config}"

    def install(self, client, *arguments):
        for folder in (".codex", ".gemini", ".copilot", ".config/opencode"):
            os.makedirs(os.path.join(self.home, folder), exist_ok=True)
        self.run_program("install", client, "--yes", *(arguments or ("--config", self.config)))

    def serve(self):
        """The URL of a server that runs."""
        process = self.start("serve", "--port", "0", stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGTERM)
        return re.search(r"http://\S+/mcp", process.stderr.readline()).group()

    def ask(self, program, *arguments):
        done = subprocess.run([*program, *arguments], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        said = CONTROL.sub("", done.stdout.decode())
        self.assertEqual(done.returncode, 0, said)
        return said

    def package(self, path):
        return self.packages / "node_modules" / path

    def test_claude_code_is_connected(self):
        claude = [self.package("@anthropic-ai/claude-code-linux-x64/claude")]
        self.install("claude-code")
        self.assertRegex(self.ask(claude, "mcp", "list"), rf"dbops: {re.escape(self.command)} - .*Connected")
        url = self.serve()
        self.install("claude-code", "--name", "other", "--url", url)
        self.assertRegex(self.ask(claude, "mcp", "list"), rf"other: {re.escape(url)} \(HTTP\) - .*Connected")

    def test_codex_lists_it(self):
        codex = [next(self.package("@openai/codex/vendor").glob("*/bin/codex"))]
        self.install("codex")
        self.install("codex", "--name", "other", "--url", "http://127.0.0.1:7411/mcp")
        said = self.ask(codex, "mcp", "list", "--json")
        servers = {each["name"]: each for each in json.loads(said[said.index("[\n"):])}
        self.assertEqual([each["enabled"] for each in servers.values()], [True, True])
        transport = servers["dbops"]["transport"]
        self.assertEqual((transport["type"], transport["command"], transport["args"]),
                         ("stdio", PROGRAM, ["mcp", "--config", self.config]))
        self.assertEqual((servers["other"]["transport"]["type"], servers["other"]["transport"]["url"]),
                         ("streamable_http", "http://127.0.0.1:7411/mcp"))

    def test_gemini_is_connected_in_a_trusted_folder(self):
        gemini = [self.packages / "node", self.package("@google/gemini-cli/bundle/gemini.js")]
        self.install("gemini")
        with open(os.path.join(self.home, ".gemini/trustedFolders.json"), "w", encoding="utf-8") as file:
            json.dump({os.path.realpath(self.work): "TRUST_FOLDER"}, file)
        self.assertIn(f"dbops: {self.command} (stdio) - Connected", self.ask(gemini, "mcp", "list"))
        url = self.serve()
        self.install("gemini", "--name", "other", "--url", url)
        self.assertIn(f"other: {url} (http) - Connected", self.ask(gemini, "mcp", "list"))

    def test_copilot_lists_it(self):
        copilot = [self.package("@github/copilot-linux-x64/copilot")]
        self.install("copilot-cli")
        self.install("copilot-cli", "--name", "other", "--url", "http://127.0.0.1:7411/mcp")
        server = json.loads(self.ask(copilot, "mcp", "get", "dbops", "--json"))["dbops"]
        self.assertEqual((server["enabled"], server["command"], server["args"]),
                         (True, PROGRAM, ["mcp", "--config", self.config]))
        other = json.loads(self.ask(copilot, "mcp", "get", "other", "--json"))["other"]
        self.assertEqual((other["enabled"], other["type"], other["url"]), (True, "http", "http://127.0.0.1:7411/mcp"))

    def test_opencode_is_connected(self):
        opencode = [self.package("opencode-linux-x64/bin/opencode")]
        self.install("opencode")
        self.install("opencode", "--name", "other", "--url", self.serve())
        said = self.ask(opencode, "mcp", "list")
        for name in ("dbops", "other"):
            self.assertRegex(said, rf"{name} +connected")


if __name__ == "__main__":
    harness.main()
