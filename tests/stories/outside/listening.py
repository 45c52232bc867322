"""A system of the CRM's own, as a process: it writes down what is posted, and answers as it should.

Run as `python listening.py FOLDER`. It writes its port to FOLDER/port and each request as one line
of JSON to FOLDER/got; FOLDER/answers holds what it answers next, a word a line: a status, "drop" to
take the request and never answer, or "away" to send it elsewhere. Without a line it answers 204.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()


class Listening(BaseHTTPRequestHandler):
    """Writes down each request."""

    def do_POST(self) -> None:
        """Keep it, then answer."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with (FOLDER / "got").open("a") as file:
            file.write(json.dumps({"path": self.path, "headers": headers, "body": body}) + "\n")
        answer = next_answer()
        if answer == "drop":
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(302 if answer == "away" else int(answer))
        if answer == "away":
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def next_answer() -> str:
    """What is answered now."""
    file = FOLDER / "answers"
    lines = file.read_text().split() if file.exists() else []
    file.write_text("\n".join(lines[1:]))
    return lines[0] if lines else "204"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    (FOLDER / "port.new").write_text(str(server.server_port))
    (FOLDER / "port.new").rename(FOLDER / "port")
    server.serve_forever()
