"""What a person did not confirm is not done: shown at the database, where a trigger writes down every DELETE, whatever it hits."""
import base64
import copy
import hashlib
import os

import harness
from agents import FORMS, Agent, Served
from harness import World, postgres
from talk import Watcher

ROWS = 10
YES = {"confirm": {"action": "accept", "content": {"confirm": True}}}


def token(name):
    return "dbops_" + hashlib.sha256(name.encode()).hexdigest()[:43]


def altered(text):
    """The text with one of its bytes changed, cut off or put in, and others' texts of its kind."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for place in sorted({0, 1, len(raw) // 3, len(raw) // 2, len(raw) - 1}):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1:]
        yield base64.urlsafe_b64encode(changed).decode().rstrip("=")
    yield from ("", "x", "AAAA", text[:-1], text[1:], text + "A", text + "-TAMPERED", text + text, text.swapcase())


class Confirm(World):
    def setUp(self):
        super().setUp()
        self.database_of = Watcher(self)
        self.table = f"confirm_{os.getpid()}_{id(self)}"
        self.said = self.table + "_said"
        for statement in (
                f"CREATE TABLE {self.table} AS SELECT n FROM generate_series(1, {ROWS}) n", f"CREATE TABLE {self.said} (what text)",
                f"CREATE FUNCTION {self.said}() RETURNS trigger LANGUAGE plpgsql AS"
                f" 'BEGIN INSERT INTO {self.said} VALUES (TG_OP); RETURN NULL; END'",
                f"CREATE TRIGGER said AFTER DELETE ON {self.table} FOR EACH STATEMENT EXECUTE FUNCTION {self.said}()"):
            self.database_of.ask(statement)
        self.addCleanup(self.database_of.ask, f"DROP TABLE {self.table}, {self.said}; DROP FUNCTION {self.said}()")
        self.environment["PG"] = postgres()
        tokens = "".join(f'[tokens.{name}]\nhash = "sha256:{hashlib.sha256(token(name).encode()).hexdigest()}"\n'
                         'scopes = ["db:admin"]\n' for name in ("ada", "eve"))
        self.write("dbops.toml", "".join(f'[connections.{name}]\nurl = "${{PG}}"\ntier = "write"\n' for name in ("shop", "other")) + tokens)
        port = Served(self, "dbops.toml").port
        self.forms = {name: Agent(port, token(name), FORMS) for name in ("ada", "eve")}
        self.plain = {name: Agent(port, token(name)) for name in ("ada", "eve")}
        self.arguments = {"connection": "shop", "statement": f"DELETE FROM {self.table} WHERE true OR n = $1", "params": [1]}

    def others(self):
        """The same call with one thing in it another."""
        for member, value in (("connection", "other"), ("statement", f"DELETE FROM {self.table}  WHERE true OR n = $1"),
                              ("params", [2]), ("params", ["1"])):
            changed = copy.deepcopy(self.arguments)
            changed[member] = value
            yield changed

    def assert_untouched(self, what):
        self.assertEqual(self.database_of.ask(f"SELECT (SELECT count(*) FROM {self.table}), (SELECT count(*) FROM {self.said})"),
                         f"{ROWS}|0", what)

    def assert_done_once(self):
        self.assertEqual(self.database_of.ask(f"SELECT (SELECT count(*) FROM {self.table}), (SELECT count(*) FROM {self.said})"), "0|1")

    def answer(self, who, state, responses=None, arguments=None):
        return self.forms[who].ask("tools/call", name="execute", arguments=arguments or self.arguments,
                                   inputResponses=YES if responses is None else responses, requestState=state)

    def test_a_form(self):
        def ask():
            asked = self.forms["ada"].call("execute", **self.arguments)
            self.assertEqual(asked["resultType"], "input_required")
            self.assertIn("parameter 1 = 1\n", asked["inputRequests"]["confirm"]["params"]["message"])
            self.assert_untouched("asked")
            return asked["requestState"]

        for responses in ({"confirm": {"action": "decline"}}, {"confirm": {"action": "cancel"}}, {"confirm": {"action": "accept"}},
                          {"confirm": {"action": "accept", "content": {"confirm": False}}},
                          {"confirm": {"action": "accept", "content": {"confirm": "true"}}}):
            state = ask()
            for said, code in ((responses, "cancelled"), (YES, "expired")):
                error = self.answer("ada", state, said)["result"]["structuredContent"]["error"]
                self.assertEqual((error["code"], error["effect"]), (code, "none"))
                self.assert_untouched(responses)
        state = ask()
        self.assertEqual(self.answer("ada", state, {})["result"]["resultType"], "input_required")
        for wrong in altered(state):
            self.assertEqual(self.answer("ada", wrong)["error"]["code"], -32602, wrong)
            self.assert_untouched(wrong)
        for arguments in self.others():
            self.assertEqual(self.answer("ada", state, arguments=arguments)["error"]["code"], -32602, arguments)
            self.assert_untouched(arguments)
        self.assertEqual(self.answer("eve", state)["error"]["code"], -32602)
        self.assert_untouched("another principal")
        self.assertEqual(self.answer("ada", state)["result"]["structuredContent"]["affected"], ROWS)
        self.assertEqual(self.answer("ada", state)["result"]["structuredContent"]["error"]["code"], "expired")
        self.assert_done_once()

    def test_two_steps(self):
        confirmation = self.plain["ada"].call("execute", **self.arguments)["structuredContent"]["confirmation"]["token"]
        self.assert_untouched("asked")

        def refused(who, token_given, arguments):
            said = self.plain[who].call("execute", **{**arguments, "confirm": token_given})["structuredContent"]["error"]
            self.assertEqual(said["effect"], "none")
            self.assert_untouched((token_given, arguments))
            return said["code"]

        for wrong in altered(confirmation):
            self.assertIn(refused("ada", wrong, self.arguments), ("expired", "confirmation_required"), wrong)
        for arguments in self.others():
            self.assertEqual(refused("ada", confirmation, arguments), "expired", arguments)
        self.assertEqual(refused("eve", confirmation, self.arguments), "expired")
        done = self.plain["ada"].call("execute", **self.arguments, confirm=confirmation)
        self.assertEqual(done["structuredContent"]["affected"], ROWS)
        again = self.plain["ada"].call("execute", **self.arguments, confirm=confirmation)
        self.assertEqual(again["structuredContent"]["error"]["code"], "expired")
        self.assert_done_once()


if __name__ == "__main__":
    harness.main()
