"""The official client of Python, in each era and over both transports: python_mcp.py [REPORT.xml]"""
import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback
import xml.sax.saxutils as xml

import httpx2
import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

WORLD = os.environ["DBOPS_WORLD"]
CASES = json.loads((pathlib.Path(__file__).parent / "cases.json").read_text())["cases"]
MODES = ("legacy", "auto", "2026-07-28")

@contextlib.asynccontextmanager
async def over_stdio():
    yield StdioServerParameters(command=os.environ["DBOPS"], args=["mcp", "--config", f"{WORLD}/dbops.toml"],
                                env=dict(os.environ))


@contextlib.asynccontextmanager
async def over_http():
    headers = {"Authorization": f"Bearer {os.environ['DBOPS_TOKEN']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
        yield streamable_http_client(os.environ["DBOPS_URL"], http_client=client)


TRANSPORTS = {"stdio": over_stdio, "http": over_http}
CANCEL_S = 1.0  # until a cancelled query is gone from the server; asking it takes a part of that


def psql(statement):
    command = ["psql", "-XAtq", "-d", os.environ["DBOPS_CLIENTS_PG"], "-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def text_of(result):
    return "\n".join(part.text for part in result.content if part.type == "text")


def check(expected, result):
    shown = text_of(result)
    assert bool(result.is_error) == ("error" in expected), shown
    for key, value in expected.get("expect", {}).items():
        assert result.structured_content[key] == value, (key, result.structured_content[key])
    for key, value in expected.get("error", {}).items():
        assert result.structured_content["error"][key] == value, shown
    for part in expected.get("text", []):
        assert part in shown, (part, shown)
    for part in expected.get("text_lacks", []):
        assert part not in str(result), part


async def makes_every_call(client, _):
    listed = await client.list_tools()
    assert "query" in [tool.name for tool in listed.tools]
    problems = []
    for expected in CASES:
        try:
            check(expected, await client.call_tool(expected["tool"], expected["arguments"]))
        except (AssertionError, MCPError) as failure:
            problems.append(f"{expected['name']}: {failure}")
    assert not problems, "\n".join(problems)


async def reads_on_behind_a_cursor(client, _):
    statement = {"connection": "pg", "statement": "SELECT generate_series(1, 500) AS n", "limit": 200}
    page = await client.call_tool("query", statement)
    numbers = [row[0] for row in page.structured_content["rows"]]
    while page.structured_content["truncated"]:
        arguments = {"connection": "pg", "cursor": page.structured_content["cursor"], "limit": 200}
        page = await client.call_tool("query", arguments)
        numbers += [row[0] for row in page.structured_content["rows"]]
    assert numbers == list(range(1, 501)), len(numbers)


async def is_refused_a_tool_that_is_not_there(client, _):
    try:
        await client.call_tool("no_such_tool", {})
    except MCPError as refusal:
        assert refusal.error.code == -32602, refusal
    else:
        raise AssertionError("it was called")


async def reads_documents_and_prompts(client, _):
    listed = await client.list_resources()
    assert sorted(str(one.uri) for one in listed.resources) == [f"dbops://{name}/" for name in ("demo", "down", "lite", "pg", "pg_write")]
    table = await client.read_resource("dbops://pg/public.notes")
    assert "text text not null" in table.contents[0].text, table.contents[0].text
    schema = types.ResourceTemplateReference(type="ref/resource", uri="dbops://{connection}/{+path}")
    completed = await client.complete(schema, {"name": "path", "value": "public.no"}, {"connection": "pg"})
    assert completed.completion.values == ["public.notes"], completed
    prompts = await client.list_prompts()
    assert "write_query" in [prompt.name for prompt in prompts.prompts]
    prompt = await client.get_prompt("write_query", {"connection": "pg", "question": "How many notes?"})
    assert "notes" in prompt.messages[0].content.text
    try:
        await client.read_resource("dbops://pg/public.nothing")
    except MCPError as refusal:
        assert refusal.error.code in (-32602, -32002), refusal
    else:
        raise AssertionError("it was read")


async def cancels_on_the_server(client, _):
    mark = f"mark_{os.getpid()}_{time.monotonic_ns()}"
    running = f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{mark}%' AND pid <> pg_backend_pid()"

    async def becomes(count, seconds):
        end = time.monotonic() + seconds
        while (seen := int(await asyncio.to_thread(psql, running))) != count:
            assert time.monotonic() < end, f"{seen} queries run, not {count}, after {seconds} s"

    statement = f"SELECT count(*) AS {mark} FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
    call = asyncio.create_task(client.call_tool("query", {"connection": "pg", "statement": statement}))
    await becomes(1, 5)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await becomes(0, CANCEL_S)
    result = await client.call_tool("query", {"connection": "pg", "statement": "SELECT 1"})
    assert result.structured_content["rows"] == [[1]]


async def asks_the_person(client, answers):
    for action, left in (("decline", 3), ("accept", 0)):
        answers.append(action)
        table = f"doomed_{time.monotonic_ns()}"
        psql(f"CREATE TABLE {table} AS SELECT * FROM notes")
        result = await client.call_tool("execute", {"connection": "pg_write", "statement": f"DELETE FROM {table}"})
        assert bool(result.is_error) == (action == "decline"), text_of(result)
        assert psql(f"SELECT count(*) FROM {table}") == str(left)
        psql(f"DROP TABLE {table}")
        assert not answers, "the person was asked"


TESTS = (makes_every_call, reads_on_behind_a_cursor, is_refused_a_tool_that_is_not_there,
         reads_documents_and_prompts, cancels_on_the_server, asks_the_person)


async def run(test, transport, mode):
    answers = []

    async def elicit(_, params):
        action = answers.pop()
        (name,) = params.requested_schema["properties"]
        return types.ElicitResult(action=action, content={name: True} if action == "accept" else None)

    callback = elicit if test is asks_the_person else None
    async with transport() as server, Client(server, mode=mode, elicitation_callback=callback) as client:
        assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28"), client.protocol_version
        await test(client, answers)


def main():
    report, failed = [], 0
    for name_of_transport, transport in TRANSPORTS.items():
        for mode in MODES:
            for test in TESTS:
                name = f"{name_of_transport}, {mode}: {test.__name__.replace('_', ' ')}"
                problem = ""
                try:
                    asyncio.run(asyncio.wait_for(run(test, transport, mode), 60))
                except Exception:  # Whatever goes wrong is this case's failure; the others go on.
                    problem = traceback.format_exc()
                print("ok    " if not problem else "FAILED", name, problem, flush=True)
                failed += bool(problem)
                failure = f"<failure>{xml.escape(problem)}</failure>" if problem else ""
                report.append(f"<testcase classname='python_mcp' name={xml.quoteattr(name)}>{failure}</testcase>")
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(f"<testsuites>{''.join(report)}</testsuites>")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
