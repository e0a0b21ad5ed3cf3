"""dbops install: each client's own file changed, kept, and changed back."""
import json
import os
import stat
import tomllib

import harness
from harness import PROGRAM, World

FILES = {
    "claude-code": (".claude.json", "mcpServers"),
    "claude-desktop": (".config/Claude/claude_desktop_config.json", "mcpServers"),
    "vscode": (".config/Code/User/mcp.json", "servers"),
    "cursor": (".cursor/mcp.json", "mcpServers"),
    "codex": (".codex/config.toml", "mcp_servers"),
    "gemini": (".gemini/settings.json", "mcpServers"),
    "windsurf": (".codeium/windsurf/mcp_config.json", "mcpServers"),
    "zed": (".config/zed/settings.json", "context_servers"),
    "copilot-cli": (".copilot/mcp-config.json", "mcpServers"),
    "opencode": (".config/opencode/opencode.json", "mcp"),
}


def existing(client):
    if client == "codex":
        return '# mine\nmodel = "m"\n\n[mcp_servers.other]\ncommand = "o"\n'
    section = FILES[client][1]
    comment = "" if client in ("claude-code", "claude-desktop", "windsurf", "copilot-cli") else "  // mine\n"
    return f'{{\n{comment}    "z": 1.50,\n    "{section}": {{\n        "other": {{"command": "o"}}\n    }},\n    "a": [1,2]\n}}\n'


def servers(client, text):
    if client == "codex":
        return tomllib.loads(text)["mcp_servers"]
    plain = "\n".join(line for line in text.splitlines() if not line.strip().startswith("//"))
    return json.loads(plain)[FILES[client][1]]


def command(entry):
    """The program and its arguments, however the client wants them."""
    return entry["command"] if isinstance(entry["command"], list) else [entry["command"], *entry["args"]]


class Install(World):
    def file(self, client):
        path = os.path.join(self.home, FILES[client][0])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def put(self, client, text, mode=0o640):
        path = self.file(client)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def each(self):
        for client in FILES:
            with self.subTest(client=client):
                yield client

    def test_what_is_there_is_kept_and_undo_gives_it_back_byte_by_byte(self):
        for client in self.each():
            path = self.put(client, existing(client))
            shown = self.good("install", client, "x=sqlite:x.db", "--tier", "x=write", "--yes")
            self.assertIn(f"+++ {path}\n", shown)
            text = self.read(path)
            entry = servers(client, text)["dbops"]
            self.assertEqual(command(entry), [PROGRAM, "mcp", "x=sqlite:" + self.path("x.db"), "--tier", "x=write"])
            self.assertEqual(servers(client, text)["other"], {"command": "o"})
            for line in existing(client).splitlines():
                self.assertIn(line, text)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
            self.assertIn("nothing to do", self.good("install", client, "x=sqlite:x.db", "--tier", "x=write", "--yes"))
            self.good("install", client, "--undo", "--yes")
            self.assertEqual(self.read(path), existing(client))
            self.assertIn("[not_found]", self.run_program("install", client, "--undo", "--yes")[2])

    def test_a_missing_file_is_made_for_the_user_alone_and_goes_again(self):
        for client in self.each():
            path = self.file(client)
            self.good("install", client, "x.db", "--yes")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertEqual(list(servers(client, self.read(path))), ["dbops"])
            self.good("install", client, "--undo", "--yes")
            self.assertFalse(os.path.exists(path))

    def test_two_names_are_undone_in_either_order(self):
        for before in (None, "", existing):
            for order in (("one", "two"), ("two", "one")):
                for client in self.each():
                    path = self.file(client)
                    text = before(client) if before is existing else before
                    if text is not None:
                        self.put(client, text)
                    for name in ("one", "two"):
                        self.good("install", client, name + ".db", "--yes", "--name", name)
                    for name in order:
                        self.good("install", client, "--undo", "--yes", "--name", name)
                    if before is None:
                        self.assertFalse(os.path.exists(path))
                    else:
                        self.assertIn(self.read(path), (text, text or "{}\n"))
                        os.remove(path)

    def test_undo_leaves_a_section_that_dbops_did_not_make(self):
        for client in self.each():
            if client == "codex":  # Tables come and go with what is in them.
                continue
            path = self.put(client, "{\n  \"" + FILES[client][1] + "\": {}\n}\n")
            before = self.read(path)
            for name in ("one", "two"):
                self.good("install", client, name + ".db", "--yes", "--name", name)
            for name in ("one", "two"):
                self.good("install", client, "--undo", "--yes", "--name", name)
            self.assertEqual(self.read(path), before)

    def test_broken_content_is_left_alone(self):
        for client in self.each():
            path = self.put(client, "{ = \n")
            code, _, error = self.run_program("install", client, "x.db", "--yes")
            self.assertEqual(code, 1)
            self.assertRegex(error, r"error \[syntax\]: .*, line 1: ")
            self.assertEqual(self.read(path), "{ = \n")

    def test_what_dbops_cannot_read_is_not_said_to_be_broken(self):
        for text, said in (('{"a": 1,\n"a": 2}', 'line 2: .*"a" occurs twice'), ('{"a": 1.0e400}', "line 1: "),
                           ('{"a": "\\ud800"}', "line 1: "), ('{"a": ' + "[" * 300 + "]" * 300 + "}", "nested deeper than 64 levels")):
            path = self.put("claude-code", text)
            code, out, error = self.run_program("install", "claude-code", "x.db", "--yes")
            self.assertEqual((code, out), (1, ""))
            self.assertRegex(error, said)
            self.assertIn("hint: dbops changes only a file that it can read whole: mend it, or add the server by hand", error)
            self.assertEqual(self.read(path), text)

    def test_a_path_that_cannot_be_followed(self):
        path = self.file("cursor")
        os.symlink("mcp.json", path)
        error = self.bad(6, "install", "cursor", "x.db", "--yes")
        self.assertIn(f"can't look at {path}: Too many levels of symbolic links", error)
        self.assertNotIn("installed", error)

    def test_a_link_is_followed_and_stays_a_link(self):
        for client in self.each():
            path = self.file(client)
            target = self.path(client + ".real")
            with open(target, "w", encoding="utf-8") as file:
                file.write(existing(client))
            os.symlink(target, path)
            self.good("install", client, "x.db", "--yes")
            self.assertTrue(os.path.islink(path))
            self.assertIn("dbops", servers(client, self.read(target)))
            os.remove(target)
            self.assertIn("a symbolic link to a file that is missing",
                          self.run_program("install", client, "x.db", "--yes")[2])

    def test_a_read_only_file_is_left_alone(self):
        for client in self.each():
            path = self.put(client, existing(client), mode=0o444)
            self.assertIn("is read-only", self.run_program("install", client, "x.db", "--yes")[2])
            self.assertEqual(self.read(path), existing(client))

    def test_undo_after_the_users_own_edits(self):
        for client in self.each():
            path = self.put(client, existing(client))
            self.good("install", client, "x.db", "--yes")
            text = self.read(path)
            self.put(client, text.replace('"o"', '"mine"'))
            self.good("install", client, "--undo", "--yes")
            self.assertEqual(self.read(path), existing(client).replace('"o"', '"mine"'))
            # An entry that the user changed is the user's.
            self.good("install", client, "x.db", "--yes")
            edited = self.read(path).replace('"mcp", ', '"mcp", "--verbose", ')
            self.put(client, edited)
            self.assertIn("was changed since", self.run_program("install", client, "--undo", "--yes")[2])
            self.assertEqual(self.read(path), edited)
            self.assertIn("another server named dbops", self.run_program("install", client, "y.db", "--yes")[2])

    def test_our_own_entry_is_replaced_and_undone(self):
        for client in self.each():
            path = self.put(client, existing(client))
            self.good("install", client, "x.db", "--yes")
            self.good("install", client, "y=x.db", "--yes")
            self.assertEqual(command(servers(client, self.read(path))["dbops"])[1:], ["mcp", "y=" + self.path("x.db")])
            self.good("install", client, "--undo", "--yes")
            self.assertEqual(self.read(path), existing(client))

    def test_a_server_that_runs(self):
        keys = {"gemini": "httpUrl", "windsurf": "serverUrl"}
        for client in self.each():
            path = self.put(client, existing(client))
            code, _, error = self.run_program("install", client, "--url", "http://127.0.0.1:7411/mcp", "--yes")
            if client == "claude-desktop":
                self.assertIn("[unsupported]", error)
                continue
            self.assertEqual((code, error), (0, ""))
            self.assertEqual(servers(client, self.read(path))["dbops"][keys.get(client, "url")],
                             "http://127.0.0.1:7411/mcp")

    def test_print_changes_nothing_and_without_a_yes_nothing_changes(self):
        path = self.put("cursor", existing("cursor"))
        self.assertIn('+        "dbops": {\n', self.good("install", "cursor", "x.db", "--print"))
        self.assertEqual(self.read(path), existing("cursor"))
        terminal = self.terminal("install", "cursor", "x.db")
        terminal.expect("Type yes to go on: ")
        terminal.type("no\n")
        self.assertEqual(terminal.rest()[1], 4)
        self.assertEqual(self.read(path), existing("cursor"))
        terminal = self.terminal("install", "cursor", "x.db")
        terminal.expect("Type yes to go on: ")
        terminal.type("yes\n")
        self.assertEqual(terminal.rest()[1], 0)
        self.assertIn("dbops", servers("cursor", self.read(path)))

    def test_secrets_are_not_shown_and_the_better_way_is_named(self):
        self.put("cursor", '{"mcpServers": {"other": {"env": {"API_KEY": "hunter1"}}}}')
        code, out, error = self.run_program("install", "cursor", "p=postgresql://me:hunter2@h/d", "--yes")
        self.assertEqual(code, 0, error)
        self.assertNotIn("hunter", out + error)
        self.assertIn('password = { env = "NAME" }', error)
        with open(os.path.join(self.home, ".local/state/dbops/installed.json"), encoding="utf-8") as file:
            self.assertNotIn("hunter", file.read())

    def test_a_secret_in_the_url_of_a_server(self):
        self.put("cursor", existing("cursor"))
        code, out, error = self.run_program("install", "cursor", "--url", "http://u:hunter2@127.0.0.1:7411/mcp", "--yes")
        self.assertEqual(code, 0, error)
        self.assertNotIn("hunter", out + error)
        self.assertIn("holds a password or token", error)
        self.assertIn("hint: leave it out of the URL", error)
        self.assertNotIn("--config", error)

    def test_what_would_not_start_is_refused(self):
        path = self.put("codex", existing("codex"))
        for arguments, said in ((["x=nosuch://y"], "nosuch"), ([], "nothing says which databases"),
                                (["x.db", "--tier", "q=read"], "q"), (["--url", "ftp://x"], "http://"),
                                (["x.db", "--name", "a.b"], "can't be used"), (["x.db", "--url", "http://x"], "--url"),
                                (["--url", "http://x", "--tier", "write"], "--tier"), (["--url", "http://x", "--create"], "--create"),
                                (["--url", "http://x", "--no-config"], "--no-config")):
            code, out, error = self.run_program("install", "codex", *arguments, "--yes")
            self.assertEqual((code > 0, out), (True, ""), arguments)
            self.assertIn(said, error)
        self.assertEqual(self.read(path), existing("codex"))

    def test_the_configuration_of_this_folder_is_named_in_full(self):
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\n')
        path = self.put("gemini", "")
        self.good("install", "gemini", "--yes")
        self.assertEqual(servers("gemini", self.read(path))["dbops"]["args"],
                         ["mcp", "--config", self.path("dbops.toml")])

    def test_a_client_that_is_not_there(self):
        os.rmdir(self.home)
        os.mkdir(self.home)
        error = self.bad(1, "install", "cursor", "x.db", "--yes")
        self.assertIn("is Cursor installed?", error)


if __name__ == "__main__":
    harness.main()
