"""Static files, read once at the start and served under a hash of all of them, so that browsers keep them for good."""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from starlette.responses import Response

DIRECTORY = Path(__file__).parent / "static"
PREFIX = "/app/static/"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
COMPRESSED = (".css", ".js", ".svg")
_IMMUTABLE = "public, max-age=31536000, immutable"


class File(Struct, frozen=True):
    body: bytes
    compressed: bytes | None
    media_type: str


class StaticFiles:
    def __init__(self, directory: Path = DIRECTORY) -> None:
        places = sorted(place for place in directory.iterdir() if place.suffix in TYPES)
        bodies = {place.name: place.read_bytes() for place in places}
        digest = hashlib.sha256()
        for name, body in bodies.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
        self.version = digest.hexdigest()[:16]
        self._files = {name: _file(name, body) for name, body in bodies.items()}

    def url(self, name: str) -> str:
        """Raises `KeyError` for a file that does not exist, so that no template links to one."""
        if name not in self._files:
            raise KeyError(name)
        return f"{PREFIX}{self.version}/{name}"

    def response(self, path: str, headers: Mapping[str, str]) -> Response | None:
        """The file at a path below `PREFIX`; `None` if there is none. A page of an earlier version gets the current
        file, and does not keep it."""
        version, _, name = path.removeprefix(PREFIX).partition("/")
        file = self._files.get(name)
        if file is None:
            return None
        answer = {
            "Cache-Control": _IMMUTABLE if version == self.version else "no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Content-Type": file.media_type,
        }
        body = file.body
        if file.compressed is not None:
            answer["Vary"] = "Accept-Encoding"
            if "gzip" in headers.get("accept-encoding", ""):
                answer["Content-Encoding"], body = "gzip", file.compressed
        return Response(body, headers=answer)


def _file(name: str, body: bytes) -> File:
    suffix = Path(name).suffix
    compressed = gzip.compress(body, 9, mtime=0) if suffix in COMPRESSED else None
    return File(body, compressed, TYPES[suffix])
