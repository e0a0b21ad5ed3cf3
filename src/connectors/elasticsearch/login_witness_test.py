#!/usr/bin/env python3
"""Who the program says it is, beside what the official client says: passwords, keys, tokens, cloud ids, certificates; and whom it believes.

    login_witness_test.py DBOPS
"""

import base64
import pathlib
import ssl
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/fakes"))
from elastic_server import Fake  # noqa: E402  pylint: disable=wrong-import-position

DBOPS = ""


def doctor(url):
    """Whether the program connects, and all that it says."""
    done = subprocess.run([DBOPS, "--no-config", "query", url, "GET /_license"], capture_output=True, timeout=60, check=False)
    return done.returncode == 0, (done.stdout + done.stderr).decode()


class Plain(unittest.TestCase):
    def test_each_way_of_login_sends_what_the_client_sends(self):
        import elasticsearch  # pylint: disable=import-outside-toplevel
        for theirs, ours in (({"basic_auth": ("user", "p@:/?#")}, "user:p%40:%2F%3F%23@"), ({"api_key": "aWQ6a2V5"}, "?api_key=aWQ6a2V5"),
                             ({"api_key": ("id", "key")}, "?api_key=id:key"), ({"bearer_auth": "t.o-k"}, "?bearer_token=t.o-k"), ({}, "")):
            with self.subTest(str(theirs)):
                fake = Fake()
                self.addCleanup(fake.close)
                with elasticsearch.Elasticsearch(f"http://127.0.0.1:{fake.server_port}", **theirs) as client:
                    client.license.get()
                sent = fake.authorizations[-1]
                user, settings = (ours, "") if ours.endswith("@") else ("", ours)
                connected, said = doctor(f"elasticsearch://{user}127.0.0.1:{fake.server_port}/{settings}")
                self.assertTrue(connected, said)
                self.assertEqual(set(fake.authorizations[1:]), {sent})

    def test_a_cloud_id_is_the_place_that_the_client_finds(self):
        from elastic_transport import client_utils  # pylint: disable=import-outside-toplevel
        parse = getattr(client_utils, "parse_cloud_id")
        for text in ("host.invalid$abc$kibana", "host.invalid:9243$abc$kibana"):
            cloud_id = "my:" + base64.b64encode(text.encode()).decode()
            host, port = parse(cloud_id).es_address
            connected, said = doctor(f"elasticsearch+https:?cloud_id={cloud_id.replace('=', '%3D')}&api_key=x")
            self.assertFalse(connected)
            self.assertIn(f"{host}:{port}", said)

    def test_serverless_says_what_it_is_and_what_it_lacks(self):
        fake = Fake(serverless=True)
        self.addCleanup(fake.close)
        url = f"elasticsearch://127.0.0.1:{fake.server_port}"
        run = lambda *arguments: subprocess.run([DBOPS, "--no-config", *arguments], capture_output=True, timeout=60, check=False)
        self.assertIn(b"Elasticsearch Serverless", run("doctor", url).stdout)
        self.assertIn(b"logs (index", run("explore", url).stdout)
        self.assertIn(b"error [unsupported]", run("query", url, "GET /_cluster/health").stderr)
        self.assertIn(b"cluster: this server has none", run("diagnose", url, "--area", "cluster").stdout)


class Certificates(unittest.TestCase):
    """A server that wants to know who comes; two authorities, of which it is known by one."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        cls.addClassCleanup(cls.folder.cleanup)
        for authority in ("ca", "other"):
            cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={authority}",
                        "-keyout", cls.path(f"{authority}.key"), "-out", cls.path(f"{authority}.crt"))
        cls.sign("server", "ca", "subjectAltName=IP:127.0.0.1")
        cls.sign("elsewhere", "ca", "subjectAltName=IP:127.0.0.9")
        cls.sign("client", "ca", "extendedKeyUsage=clientAuth")
        cls.sign("stranger", "other", "extendedKeyUsage=clientAuth")

    @classmethod
    def path(cls, name):
        return str(pathlib.Path(cls.folder.name, name))

    @classmethod
    def openssl(cls, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    @classmethod
    def sign(cls, name, authority, extension):
        pathlib.Path(cls.path("ext")).write_text(extension, encoding="utf-8")
        cls.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", cls.path(f"{name}.key"),
                    "-out", cls.path(f"{name}.csr"))
        cls.openssl("x509", "-req", "-in", cls.path(f"{name}.csr"), "-CA", cls.path(f"{authority}.crt"), "-CAkey", cls.path(f"{authority}.key"),
                    "-CAcreateserial", "-days", "30", "-out", cls.path(f"{name}.crt"), "-extfile", cls.path("ext"))

    def serve(self, name="server", wants_client=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f"{name}.crt"), self.path(f"{name}.key"))
        if wants_client:
            context.load_verify_locations(self.path("ca.crt"))
            context.verify_mode = ssl.CERT_REQUIRED
        fake = Fake(tls=context)
        self.addCleanup(fake.close)
        return fake.server_port

    def url(self, port, root="ca", client=None, more=""):
        shown = f"&sslcert={self.path(client + '.crt')}&sslkey={self.path(client + '.key')}" if client else ""
        return f"elasticsearch+https://u:hunter2@127.0.0.1:{port}/?sslrootcert={self.path(root + '.crt')}{shown}{more}"

    def test_a_client_shows_its_certificate(self):
        import elasticsearch  # pylint: disable=import-outside-toplevel
        port = self.serve()
        with elasticsearch.Elasticsearch(f"https://127.0.0.1:{port}", ca_certs=self.path("ca.crt"), client_cert=self.path("client.crt"),
                                         client_key=self.path("client.key")) as client:
            self.assertEqual(client.license.get()["license"]["type"], "platinum")
        connected, said = doctor(self.url(port, client="client"))
        self.assertTrue(connected, said)
        for stranger in (None, "stranger"):
            connected, said = doctor(self.url(port, client=stranger))
            self.assertFalse(connected)
            self.assertRegex(said, r"error \[(tls|disconnected)\]")
            self.assertIn(f"127.0.0.1:{port}", said)
            self.assertNotIn("hunter2", said)

    def test_a_server_is_believed_by_its_authority_and_its_name(self):
        port = self.serve(wants_client=False)
        self.assertTrue(doctor(self.url(port))[0])
        elsewhere = self.serve("elsewhere", wants_client=False)
        for url in (self.url(port, root="other"), self.url(elsewhere)):
            connected, said = doctor(url)
            self.assertFalse(connected)
            self.assertIn("error [tls]", said)
            self.assertNotIn("hunter2", said)
        self.assertTrue(doctor(self.url(elsewhere, more="&sslmode=verify-ca"))[0])
        self.assertTrue(doctor(f"elasticsearch+https://127.0.0.1:{elsewhere}/?sslmode=require")[0])


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True, text=True).stdout.strip())
    unittest.main(verbosity=1)
