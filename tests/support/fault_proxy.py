"""A server between the Lambda function and one service of the emulator, which fails on purpose."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from waiting import PATIENCE

THROTTLED = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class FaultProxy:
    """Hands requests on to the emulator, except while `fault(method, path)` returns (status, headers, body).

    A status of None cuts the emulator's answer off in the middle of its body. `failed` counts what was not handed on.
    """

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.fault = lambda method, path: None
        self.failed = 0


def refusing(status, body=b"", headers=(), times=10**9, method=None):
    """Return a fault: the first `times` requests, of this method, get this answer."""
    left = [times]

    def fault(asked, path):
        if (method and asked != method) or left[0] <= 0:
            return None
        left[0] -= 1
        return status, dict(headers), body

    return fault


@contextlib.contextmanager
def fault_proxy(endpoint):
    """Yield a FaultProxy in front of the emulator at this endpoint."""
    target = urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = proxy.fault(self.command, self.path)
            cut = found is not None and found[0] is None
            if found is None or cut:
                connection = http.client.HTTPConnection(target.hostname, target.port, timeout=PATIENCE)
                with contextlib.closing(connection):
                    connection.request(self.command, self.path, body, dict(self.headers))
                    response = connection.getresponse()
                    status, headers, content = response.status, dict(response.headers), response.read()
            else:
                status, headers, content = found
            proxy.failed += found is not None
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = self.close_connection or cut

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy = FaultProxy(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
