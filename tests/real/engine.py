"""The twin of engine.mjs for engines in Python, and the little HTTP server that such an engine answers with."""
import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


def run(start):
    """`start(settings)` makes the engine and gives what it is ready with and `answer(question)`."""
    answers, sys.stdout = sys.stdout, sys.stderr

    def say(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    first = sys.stdin.readline()
    if not first:
        return
    ready, answer = start(json.loads(first))
    say(ready)
    for line in sys.stdin:
        try:
            say({"ok": answer(json.loads(line))})
        except Exception:
            say({"error": traceback.format_exc()})


class Request:
    """What a handler is given: parameters of the query, or of the form that was posted, are in `given`."""

    def __init__(self, raw):
        url = urlsplit(raw.path)
        length = int(raw.headers.get("content-length", 0))
        text = raw.rfile.read(length).decode() if raw.command == "POST" else url.query
        self.method, self.path = raw.command, url.path
        self.given = dict(parse_qsl(text, keep_blank_values=True))
        cookies = (raw.headers.get("cookie") or "").split("; ")
        self.cookies = dict(cookie.split("=", 1) for cookie in cookies if "=" in cookie)


def listen(handle, port=None):
    """Serves on loopback, on a port of the system's choice unless one is given, one request at a time.

    `handle(request)` gives status, headers and a body. The address comes back.
    """
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            try:
                with one_at_a_time:
                    status, headers, body = handle(Request(self))
            except Exception:
                traceback.print_exc()
                status, headers, body = 500, [("Content-Type", "text/plain")], traceback.format_exc()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = respond

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}"
