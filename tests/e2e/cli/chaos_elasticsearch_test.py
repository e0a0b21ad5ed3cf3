"""The same between dbops and OpenSearch: HTTP, on links that are used again."""
import json
import uuid

import harness
from chaos_test import Chaos, Engine
from harness import World


class OpenSearch(Engine):
    exact = False  # HTTP has no checksum.
    time_limit = "4s"  # It collects garbage now and then.
    # More than libcurl can count. What says less is waited for, as on a link that stalls.
    claims = tuple(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + size + b"\r\n\r\n" for size in (
        b"content-length: 9223372036854775808", b"transfer-encoding: chunked\r\n\r\nffffffffffffffffffffffff"))

    def __init__(self, world):
        self.url = harness.server("DBOPS_TEST_OPENSEARCH")
        self.name = f"chaos_{uuid.uuid4().hex}"
        documents = [{"k": n, "text": text} for n, text in Engine.rows]
        self.rows = [[self.name, str(n), None, json.dumps(each), [n]]
                     for n, each in enumerate(documents, 1)]
        self.read = f"GET /{self.name}/_search " + json.dumps({"size": 20, "sort": ["k"]})
        self.prepare = f"POST /{self.name}/_bulk?refresh=true\n" + "".join(
            json.dumps(line) + "\n" for n, each in enumerate(documents, 1) for line in ({"index": {"_id": str(n)}}, each))
        world.addCleanup(lambda: world.run_program("--no-config", "execute", self.url, f"DELETE /{self.name}*", "--tier",
                                                   "admin", "--yes"))

    def write(self, n):
        return f"POST /{self.name}_n/_doc?refresh=true " + json.dumps({"n": n})

    def count(self, n):
        return f"GET /{self.name}_n/_count?ignore_unavailable=true " + json.dumps({"query": {"term": {"n": n}}})


class OpenSearchChaos(Chaos, World):
    engine_type = OpenSearch


del Chaos

if __name__ == "__main__":
    harness.main()
