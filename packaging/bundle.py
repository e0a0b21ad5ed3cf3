#!/usr/bin/env python3
"""Packs the program for clients that install bundles, and describes the bundle for the MCP registry.

packaging/bundle.py PROGRAM FOLDER                        FOLDER/dbops-VERSION-PLATFORM-ARCH.mcpb
packaging/bundle.py PROGRAM FOLDER --name io.github.OWNER/dbops --url https://.../the.mcpb
                                                          and FOLDER/server.json for that address
"""
import argparse
import hashlib
import json
import pathlib
import platform
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DESCRIPTION = "Query, explore, explain and diagnose databases; read-only unless allowed more"
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
DESCRIPTION_MAX = 100  # characters that the registry takes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same program gives the same bundle


def manifest(version):
    return {
        "manifest_version": "0.3",
        "name": "dbops",
        "display_name": "dbops",
        "version": version,
        "description": DESCRIPTION,
        "author": {"name": "The dbops authors"},
        "license": "Apache-2.0",
        "keywords": ["database", "sql", "sqlite", "postgresql"],
        "server": {
            "type": "binary",
            "entry_point": "server/dbops",
            "mcp_config": {
                "command": "${__dirname}/server/dbops",
                "args": ["mcp", "--config", "${user_config.config}"],
            },
        },
        "tools_generated": True,
        "user_config": {
            "config": {
                "type": "file",
                "title": "dbops.toml",
                "description": "The file that names your databases and what may be done with them",
                "required": True,
            }
        },
        "compatibility": {"platforms": [sys.platform]},
    }


def add(bundle, name, content, mode):
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (0o100000 | mode) << 16
    bundle.writestr(info, content)


def pack(program, folder, version):
    path = folder / f"dbops-{version}-{sys.platform}-{platform.machine()}.mcpb"
    with zipfile.ZipFile(path, "w") as bundle:
        add(bundle, "manifest.json", json.dumps(manifest(version), indent=2) + "\n", 0o644)
        add(bundle, "server/dbops", program.read_bytes(), 0o755)
        add(bundle, "LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644)
    return path


def describe(name, url, version, bundle):
    return {
        "$schema": SCHEMA,
        "name": name,
        "title": "dbops",
        "description": DESCRIPTION[:DESCRIPTION_MAX],
        "version": version,
        "packages": [{
            "registryType": "mcpb",
            "identifier": url,
            "fileSha256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
            "transport": {"type": "stdio"},
        }],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--name", help="the registry's name of it, such as io.github.OWNER/dbops")
    parser.add_argument("--url", help="where the bundle will be downloaded from")
    options = parser.parse_args()
    if bool(options.name) != bool(options.url):
        parser.error("--name and --url go together")
    if options.name and options.name.count("/") != 1:
        parser.error("--name is NAMESPACE/NAME, such as io.github.OWNER/dbops")
    try:
        said = subprocess.run([options.program.resolve(), "version", "--format", "json"], capture_output=True, check=True)
        version = json.loads(said.stdout)["version"]
    except (OSError, subprocess.CalledProcessError, ValueError, TypeError, KeyError):
        parser.error(f"{options.program} is no dbops: it doesn't tell its version")
    options.folder.mkdir(parents=True, exist_ok=True)
    bundle = pack(options.program, options.folder, version)
    print(bundle)
    if options.name:
        described = options.folder / "server.json"
        described.write_text(json.dumps(describe(options.name, options.url, version, bundle), indent=2) + "\n")
        print(described)


if __name__ == "__main__":
    main()
