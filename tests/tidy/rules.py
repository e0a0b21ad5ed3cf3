"""What tidy.py holds the tree to. Each exception stands here with its reason."""

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".venv"}
SKIPPED_PATHS = {"tests/tidy/samples"}  # bad on purpose
FILE_BYTES_MAX = 4 << 20  # bytes; what is larger is data

LINES_MAX = 500
COLUMNS_MAX = 100

# Which layers a layer may include, beside itself. ops and mcp know engines by their capabilities
# alone, so the connectors are missing there.
LAYERS = {
    "base": [],
    "wire": ["base"],
    "net": ["base"],
    "core": ["base", "net"],
    "connectors": ["base", "wire", "net", "core"],
    "ops": ["base", "wire", "net", "core"],
    "mcp": ["base", "wire", "net", "core", "ops"],
    "front": ["base", "wire", "net", "core", "ops", "mcp"],
    "app": ["base", "wire", "net", "core", "connectors", "ops", "mcp", "front"],
}
WITH_SIBLINGS = ("connectors", "front")  # whose folders don't see each other
LAYERED = {"connectors/timescaledb": "connectors/postgres"}  # an extension of that engine
FOR_TESTS = ("connectors",)  # real engines to test with

# Who may see a library: the include, then the paths that may have it.
LIBRARIES = {
    r"(libpq-fe|libpq/.*|postgres_ext|pg_query)\.h": ("src/connectors/postgres/",),
    r"sqlite3.*\.h": ("src/connectors/sqlite/", "src/ops/audit"),
    r"boost/beast/": ("src/front/http/request_reader.cc",),
    r"spdlog/": ("src/base/log.cc",),
    r"(editline/|histedit)": ("src/front/cli/",),
}
IN_ONE_CC = (r"CLI/",)
ONLY_IN_CC = r"boost/json(?!/fwd\.hpp)|boost/beast|CLI/|spdlog/"

# Pattern in code without comments and literals: the reason, and the files that may.
BANNED = {
    r"\b(strcpy|strcat|stpcpy|gets)\s*\(": ("it doesn't know the size of its target", ()),
    r"\bv?sprintf\s*\(": ("it doesn't know the size of its target", ()),
    r"\b(std::)?(sto(i|l|ul|ll|ull|f|d|ld)|ato(i|l|ll|f))\s*\(":
        ("it throws or hides bad input: std::from_chars", ()),
    r"\bstrtok\s*\(": ("it is not thread-safe", ()),
    r"\b(gmtime|localtime|asctime|ctime)\s*\(": ("it is not thread-safe: the _r form", ()),
    r"\.\s*detach\s*\(": ("threads are joined", ()),
    r"\b(sleep_for|sleep_until)\b": ("wait for a condition, not for a time", ()),
    r"\b(u|nano)?sleep\s*\((?!\))": ("wait for a condition, not for a time", ()),
    r"\bcatch\s*\(\s*\.\.\.\s*\)": ("exceptions are caught by name, at the two borders", ()),
    # A private constructor is out of std::make_unique's reach.
    r"(?<!>\()\bnew\s+(\(|[A-Za-z_:])": ("std::make_unique", ()),
    r"(?<!=)\s\bdelete\b\s*(\[\s*\]\s*)?[A-Za-z_(*]": ("std::unique_ptr", ()),
    r"\b(system|popen)\s*\(": ("no shell", ()),
    r"\bs?rand\s*\(": ("random_bytes()", ()),
}

TO_DO = r"\b([T]ODO|[F]IXME|[X]XX)\b(?!\(#\d+\))"
MACHINE_PATH = r"(?<![\w.])/(?:root|work|home/(?!me/|user/)\w+)/"

# Hosts that may stand in a URL: reserved names, standards, and the projects that we talk about.
HOSTS = (
    r"[\w-]+|127\.0\.0\.1|0\.0\.0\.0|([\w-]+\.)*example(\.(com|org|net))?|[\w.-]+\.(test|invalid|evil)"
    r"|([\w-]+\.)?(json-schema\.org|modelcontextprotocol\.io|rfc-editor\.org|w3\.org|apache\.org)"
    r"|([\w-]+\.)?(postgresql\.org|sqlite\.org|github\.com|creativecommons\.org|toml\.io)"
    r"|(no-color\.org|opencollective\.com)"
)
