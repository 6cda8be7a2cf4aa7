"""A web server on the loopback interface that serves files and injects every fault."""

import hashlib
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

MOST_REQUESTS = 300
LAST_MODIFIED = "Sun, 19 Jul 2026 04:00:00 GMT"


@dataclass(frozen=True)
class Reply:
    """How to answer one request; the plain one is a good server's."""

    status: int = 200
    body: bytes | None = None  # None: the file
    headers: tuple[tuple[str, str], ...] = ()
    ranges: bool = True
    etag: str | None = None  # None: made of the content; '': none is sent
    dated: bool = True
    length_off_by: int = 0
    framing: str = "length"  # 'chunked', or 'close': the end of the connection ends the body
    stop_after: int | None = None  # bytes of the body, then `ending`
    ending: str = "close"  # 'reset', or 'stall'
    piece: int = 1 << 16
    pause_s: float = 0.0


def status(code, *headers):
    return Reply(status=code, body=b"sorry", headers=headers)


def html(title="Please log in"):
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head></html>"
    return Reply(body=page.encode(), headers=(("Content-Type", "text/html"),))


def redirect(to):
    return Reply(status=302, body=b"", headers=(("Location", to),))


def cut(after, ending="close", **options):
    return Reply(stop_after=after, ending=ending, **options)


@dataclass
class Request:
    """One request as the server saw it, and how much of a body it sent."""

    target: str
    path: str
    headers: dict[str, str]
    sent: int = 0
    status: int = 0

    @property
    def range(self):
        return self.headers.get("range")


@dataclass
class Web:
    """Files, faults and a log; `url` is the address of the server."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    queued: dict[str, deque] = field(default_factory=lambda: defaultdict(deque))
    standing: dict[str, Reply] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    on_request: Callable[[Request], None] = lambda request: None

    def put(self, path: str, content: bytes) -> str:
        """Publish a file; gives its URL."""
        self.files[path] = content
        return self.url + path

    def mount(self, path: str, folder: Path) -> None:
        """Publish a folder."""
        self.folders[path] = folder

    def next(self, path: str, *replies: Reply) -> None:
        """Answer the next requests for a path so, in turn."""
        self.queued[path].extend(replies)

    def always(self, path: str, reply: Reply) -> None:
        """Answer every request for a path so."""
        self.standing[path] = reply

    def content(self, path: str) -> bytes | None:
        for prefix, folder in self.folders.items():
            file = folder / path.removeprefix(prefix).lstrip("/")
            if path.startswith(prefix) and file.is_file():
                return file.read_bytes()
        return self.files.get(path)

    def reply(self, path: str) -> Reply:
        if len(self.requests) > MOST_REQUESTS:
            return status(500)
        if self.queued[path]:
            return self.queued[path].popleft()
        return self.standing.get(path, Reply())

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def sent(self, path: str) -> int:
        return sum(request.sent for request in self.asked(path))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self):
        path = urlsplit(self.path).path
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, path, headers)
        self.web.requests.append(request)
        self.web.on_request(request)
        reply, content = self.web.reply(path), self.web.content(path)
        if reply.body is None and content is None:
            reply = status(404)
        try:
            self.answer(reply, content if reply.body is None else reply.body, request)
        except OSError:  # the client is gone
            self.close_connection = True

    def answer(self, reply, body, request):
        etag = reply.etag
        if etag is None:
            etag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:12]}"'
        dated = LAST_MODIFIED if reply.dated else ""
        if reply.status == 200 and etag and request.headers.get("if-none-match") == etag:
            reply, body = replace(reply, status=304), b""
        headers = dict(reply.headers)
        if reply.status == 200:
            headers |= {"ETag": etag} if etag else {}
            headers |= {"Last-Modified": dated} if dated else {}
            reply, body, partial = self.part_of(reply, body, request, {etag, dated} - {""})
            headers |= partial
        request.status = reply.status
        self.send_response(reply.status)
        if reply.status != 304:
            headers |= self.framing(reply, body)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(reply, body, request)

    def part_of(self, reply, body, request, validators):
        asked = request.range
        if not reply.ranges or asked is None:
            return reply, body, {"Accept-Ranges": "bytes"} if reply.ranges else {}
        if request.headers.get("if-range") not in validators | {None}:
            return reply, body, {}
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return replace(reply, status=416), b"", {"Content-Range": f"bytes */{len(body)}"}
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return replace(reply, status=206), body[start:], {"Content-Range": span}

    def framing(self, reply, body):
        if reply.framing == "chunked":
            return {"Transfer-Encoding": "chunked"}
        if reply.framing == "close":
            self.close_connection = True
            return {"Connection": "close"}
        return {"Content-Length": str(len(body) + reply.length_off_by)}

    def send_body(self, reply, body, request):
        body = body[: reply.stop_after]
        for start in range(0, len(body), reply.piece):
            piece = body[start : start + reply.piece]
            framed = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(framed if reply.framing == "chunked" else piece)
            request.sent += len(piece)
            if reply.pause_s and self.web.stopping.wait(reply.pause_s):
                return
        if reply.stop_after is not None or reply.length_off_by:
            self.end_badly(reply)
        elif reply.framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")

    def end_badly(self, reply):
        self.close_connection = True
        if reply.ending == "stall":
            self.web.stopping.wait(5)
        if reply.ending == "reset":
            # lingering for zero seconds makes the system send a reset instead of an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *args):
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


def start(web: Web) -> Callable[[], None]:
    """Serve on a free port of 127.0.0.1; gives the function that ends it."""
    handler = type("BoundHandler", (Handler,), {"web": web})
    server = Server(("127.0.0.1", 0), handler)
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def stop() -> None:
        web.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()

    return stop
