#!/usr/bin/env python3
"""Answers the calls of checks: answers.py PORT. The first part of a path says how, the rest is what was asked for.

`/good/…` 200 and JSON that is well, `/bad/…` 500; every other scenario gets what a broken service says.
"""

import http.server
import sys

ANSWERS = {
    "good": (200, "application/json", '{"status": "ok", "checks": {"database": true}}'),
    "bad": (500, "application/json", '{"status": "down"}'),
    "empty": (503, "text/plain", ""),
    "nan": (404, "text/plain", "no such page"),
    "page": (200, "text/html", "<html>Log in</html>"),
    "nothing": (204, "text/plain", ""),
    "text": (200, "application/json", '{"checks": {"database": "false"}}'),
    "other": (200, "application/json", '{"checks": [true]}'),
    "missing": (200, "application/json", '{"status": "ok"}'),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, kind, body = ANSWERS.get(self.path.split("/")[1], ANSWERS["good"])
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        if status != 204:
            self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
