"""Answers every path with a greeting; /up says that it is ready. Python's own library, nothing else."""

import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE = os.environ.get("DROVER_RELEASE", "dev")


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet

    def do_GET(self):
        known = {"/": "Hello from Python", "/up": "up", "/version": f"{RELEASE} {socket.gethostname()}"}
        text = known.get(self.path)
        body = f"{text or 'not found'}\n".encode()
        self.send_response(404 if text is None else 200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def main():
    server = Server(("", int(os.environ.get("PORT", "8000"))), Answer)
    # shutdown() waits for the loop that a signal handler interrupts: it needs a thread of its own.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
    sys.exit(0)


main()
