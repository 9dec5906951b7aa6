"""The animals of the zoo, and the expected result of an attempt at each. A 2xx status is a success even if the
connection fails afterwards; `error` then names the failure."""

import ssl

from tests.support.receivers.behaviours import (
    OLD_TLS,
    PIECE,
    asks_for_patience,
    closes_after_the_request,
    closes_at_once,
    closes_for_writing_only,
    drips,
    gzipped,
    reply,
    resets_at_once,
    resets_within_the_request,
    says,
    says_again_and_again,
    says_and_closes,
    says_and_resets,
    says_before_listening,
    says_half_and_nothing_more,
    says_in_turn,
    says_nothing,
    secured,
)
from tests.support.receivers.certificates import Authority
from tests.support.receivers.zoo import NAME, Animal, Expected

SIX_HOURS = 6 * 3_600
READ = 16_384
KEPT = 4_096


def exactly(seconds: int) -> range:
    return range(seconds, seconds + 1)


def stranger(authority: Authority) -> ssl.SSLContext:
    """A certificate of an unknown authority."""
    return Authority(authority.directory, "nobody").server([NAME])


ANSWERING = [
    *(Animal(f"says {n}", says(reply(n, b"fine")), Expected(n, answer="fine")) for n in (200, 201, 202, 203, 299)),
    Animal("says 204", says(reply(204)), Expected(204, answer="")),
    *(
        Animal(f"redirects by {n}", says(reply(n, b"", "Location: http://127.0.0.1:9/")), Expected(n))
        for n in (300, 301, 302, 303, 304, 305, 307, 308)
    ),
    *(
        Animal(f"says {n}", says(reply(n, b"no")), Expected(n, answer="no"))
        for n in (400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413, 418, 422, 451, 499)
    ),
    *(
        Animal(f"says {n}", says(reply(n, b"oh")), Expected(n, answer="oh"))
        for n in (500, 501, 502, 503, 504, 507, 599)
    ),
    Animal("says 413 before it listens", says_before_listening(reply(413, b"no", "Connection: close")), Expected(413)),
    Animal("says 101", says(reply(101, b"", "Upgrade: websocket", "Connection: Upgrade", length=False)), Expected(101)),
    Animal("says 103 and 200", says(reply(103, length=False) + reply(200, b"ok")), Expected(200, answer="ok")),
    Animal(
        "says 100 twice and 200", says(reply(100, length=False) * 2 + reply(200, b"ok")), Expected(200, answer="ok")
    ),
    Animal("has no words", says(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), Expected(200, answer="ok")),
    Animal("speaks HTTP/1.0", says_and_closes(reply(200, b"old", version="1.0")), Expected(200, answer="old")),
    Animal(
        "speaks HTTP/1.0 to the end",
        says_and_closes(reply(200, b"old", version="1.0", length=False)),
        Expected(200, answer="old"),
    ),
    Animal("answers to the end", says_and_closes(reply(200, b"end", length=False)), Expected(200, answer="end")),
    Animal(
        "answers in chunks",
        says(reply(200, b"2\r\nch\r\n4;a=b\r\nunks\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False)),
        Expected(200, answer="chunks"),
    ),
    Animal("sends cookies", says(reply(200, b"ok", "Set-Cookie: a=b; Path=/")), Expected(200, answer="ok")),
    Animal("sends HTML", says(reply(200, b"<script>")), Expected(200, answer="<script>")),
    Animal("sends no text", says(reply(200, b"a\0b\xff\xfe\xc3")), Expected(200, answer="a\ufffdb\ufffd\ufffd\ufffd")),
    Animal("sends UTF-16", says(reply(200, b"o\0k\0", "Content-Type: text/plain; charset=utf-16")), Expected(200)),
]

PATIENT = [
    Animal("429 for seconds", says(reply(429, b"", "Retry-After: 120")), Expected(429, None, exactly(120))),
    Animal("503 for seconds", says(reply(503, b"", "retry-after:  7 ")), Expected(503, None, exactly(7))),
    Animal("429 to a date", asks_for_patience(429, 600), Expected(429, None, range(560, 602))),
    Animal("503 to a date", asks_for_patience(503, 600), Expected(503, None, range(560, 602))),
    Animal("429 for days", says(reply(429, b"", "Retry-After: 864000")), Expected(429, None, exactly(SIX_HOURS))),
    Animal(
        "429 for ages", says(reply(429, b"", f"Retry-After: {'9' * 5_000}")), Expected(429, None, exactly(SIX_HOURS))
    ),
    Animal("429 to next year", asks_for_patience(429, 365 * 86_400), Expected(429, None, exactly(SIX_HOURS))),
    Animal("429 to yesterday", asks_for_patience(429, -86_400), Expected(429)),
    *(
        Animal(f"429 with rubbish {text!r}", says(reply(429, b"", f"Retry-After: {text}")), Expected(429))
        for text in ("", "soon", "-5", "1.5", "12 s", "0x10", "Tue, 99 Foo 2026 99:99:99 GMT", "0", "2 3")
    ),
    Animal("429 without a word", says(reply(429)), Expected(429)),
    Animal("200 with patience", says(reply(200, b"", "Retry-After: 120")), Expected(200)),
    Animal("500 with patience", says(reply(500, b"", "Retry-After: 120")), Expected(500)),
]

BREAKING = [
    Animal("resets at once", resets_at_once, Expected(error="reset")),
    Animal("resets within the request", resets_within_the_request, Expected(error="reset")),
    Animal("resets after the request", says_and_resets(b""), Expected(error="reset")),
    Animal("resets within the header", says_and_resets(b"HTTP/1.1 200 OK\r\nContent-"), Expected(error="reset")),
    Animal(
        "resets within the body", says_and_resets(reply(200, b"x" * 100)[:-50]), Expected(200, "reset", None, "x" * 50)
    ),
    Animal(
        "resets within a 500", says_and_resets(reply(500, b"x" * 100)[:-50]), Expected(500, "reset", None, "x" * 50)
    ),
    Animal("resets after the body", says_and_resets(reply(200, b"all")), Expected(200, answer="all")),
    Animal("closes at once", closes_at_once, Expected(error="reset")),
    Animal("closes after the request", closes_after_the_request, Expected(error="reset")),
    Animal("closes within the header", says_and_closes(b"HTTP/1.1 200 OK\r\nContent-"), Expected(error="reset")),
    Animal(
        "closes within the body", says_and_closes(reply(200, b"x" * 100)[:-50]), Expected(200, "reset", None, "x" * 50)
    ),
    Animal(
        "closes within a chunk",
        says_and_closes(reply(200, b"64\r\nxxxx", "Transfer-Encoding: chunked", length=False)),
        Expected(200, "reset", None, "xxxx"),
    ),
    Animal("closes after the body", says_and_closes(reply(200, b"all")), Expected(200, answer="all")),
    Animal("closes for writing only", closes_for_writing_only, Expected(error="reset")),
]

SLOW = [
    Animal("never takes the connection", None, Expected(error="timeout")),
    Animal("says no word of TLS", None, Expected(error="timeout"), None, True),
    Animal("says nothing", says_nothing, Expected(error="timeout")),
    Animal("says half and nothing more", says_half_and_nothing_more, Expected(200, "timeout", None, "x" * 50)),
    Animal("drips its header", drips(b"HTTP/1.1 200 OK\r\n", b"x"), Expected(error="timeout")),
    Animal("drips its body", drips(reply(200, length=False), b"x"), Expected(200, "timeout")),
    Animal("drips spaces", drips(b"", b"\r\n"), Expected(error="timeout")),
    Animal(
        "mumbles a later chunk",
        says_in_turn(reply(200, b"2\r\nok\r\n", "Transfer-Encoding: chunked", length=False), b"zz\r\nxx\r\n"),
        Expected(200, "timeout"),  # aiohttp does not pass this on to who reads the body
    ),
    Animal(
        "mumbles between its chunks",
        says_again_and_again(reply(200, b"2;", "Transfer-Encoding: chunked", length=False), PIECE),
        Expected(200, "timeout"),
    ),
    Animal("says 100 again and again", says_again_and_again(b"", reply(100, length=False)), Expected(error="timeout")),
]

LONG = [
    Animal("sends all that is read", says(reply(200, b"x" * READ)), Expected(200, answer="x" * KEPT)),
    Animal("sends a byte more", says(reply(200, b"x" * (READ + 1))), Expected(200, "body_limit", None, "x" * KEPT)),
    Animal(
        "sends without end",
        says_again_and_again(reply(200, length=False), PIECE),
        Expected(200, "body_limit", None, "x" * KEPT),
    ),
    Animal(
        "fails without end",
        says_again_and_again(reply(500, length=False), PIECE),
        Expected(500, "body_limit", None, "x" * KEPT),
    ),
    Animal(
        "sends chunks without end",
        says_again_and_again(
            reply(200, b"", "Transfer-Encoding: chunked", length=False), b"1000\r\n" + PIECE + b"\r\n"
        ),
        Expected(200, "body_limit", None, "x" * KEPT),
    ),
    Animal(
        "cuts a character", says(reply(200, b"x" * (KEPT - 1) + "ç".encode())), Expected(200, answer="x" * (KEPT - 1))
    ),
    Animal("sends rubbish", says(reply(200, b"\xff" * KEPT)), Expected(200, answer="\ufffd" * (KEPT // 3))),
    Animal("sends a small bomb", says(reply(200, gzipped(10_000_000), "Content-Encoding: gzip")), Expected(200)),
    Animal(
        "sends a bomb", says(reply(200, gzipped(50_000_000), "Content-Encoding: gzip")), Expected(200, "body_limit")
    ),
    Animal(
        "sends what is no gzip", says(reply(200, b"plain", "Content-Encoding: gzip")), Expected(200, answer="plain")
    ),
    Animal(
        "sends what is no brotli", says(reply(200, b"plain", "Content-Encoding: br")), Expected(200, answer="plain")
    ),
    Animal("has a long first line", says(b"HTTP/1.1 200 " + b"x" * 65_536 + b"\r\n\r\n"), Expected(error="http")),
    Animal("has a huge field", says(reply(200, b"", "X-Huge: " + "x" * 65_536)), Expected(error="http")),
    Animal("has a huge name", says(reply(200, b"", "x" * 65_536 + ": y")), Expected(error="http")),
    Animal("has many fields", says(reply(200, b"", *(f"X-{n}: y" for n in range(500)))), Expected(error="http")),
    Animal(
        "has fields without end",
        says_again_and_again(b"HTTP/1.1 200 OK\r\n", b"X-A: y\r\n" * 500),
        Expected(error="http"),
    ),
    Animal("has a field without end", says_again_and_again(b"HTTP/1.1 200 OK\r\nX-A: ", PIECE), Expected(error="http")),
]

MUMBLING = [
    *(
        Animal(f"mumbles {what}", says_and_closes(text), Expected(error="http"))
        for what, text in {
            "HTTP/0.9": b"<html>hello</html>\n",
            "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
            "SMTP": b"220 mail.example ESMTP\r\n",
            "Redis": b"-ERR unknown command\r\n",
            "HTTP/2": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xff\xff\0\x05\0\0\x40\0",
            "zeros": bytes(100),
            "a bad status": b"HTTP/1.1 2OO OK\r\n\r\n",
            "a long status": b"HTTP/1.1 20000 OK\r\n\r\n",
            "a field without a name": b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
            "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "a length in words": b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
            "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/3.7": b"HTTP/3.7 200 OK\r\n\r\n",
        }.items()
    ),
    Animal(
        "mumbles a chunk",
        says(reply(200, b"zz\r\nxx\r\n", "Transfer-Encoding: chunked", length=False)),
        Expected(error="http"),
    ),
]

SECURED = [
    Animal("has a certificate", says(reply(200, b"ok")), Expected(200, answer="ok"), secured(NAME), True),
    Animal("has a wider one", says(reply(200, b"ok")), Expected(200, answer="ok"), secured("*.receiver.test"), True),
    Animal(
        "has one that expired",
        says(reply(200)),
        Expected(error="tls"),
        secured(NAME, begins_days=-9, ends_days=-1),
        True,
    ),
    Animal(
        "has one for later", says(reply(200)), Expected(error="tls"), secured(NAME, begins_days=1, ends_days=9), True
    ),
    Animal("has another's", says(reply(200)), Expected(error="tls"), secured("other.test"), True),
    Animal("has a deeper one", says(reply(200)), Expected(error="tls"), secured("*.hooks.receiver.test"), True),
    Animal("has its address's", says(reply(200)), Expected(error="tls"), secured("127.0.0.1"), True),
    Animal("has a stranger's", says(reply(200)), Expected(error="tls"), stranger, True),
    Animal("speaks old TLS", says_before_listening(OLD_TLS), Expected(error="tls"), None, True),
    Animal("speaks no TLS", says_before_listening(reply(400)), Expected(error="tls"), None, True),
    Animal("resets TLS", resets_at_once, Expected(error="reset"), None, True),
    Animal("closes TLS", closes_at_once, Expected(error="reset"), None, True),
    Animal(
        "resets within TLS",
        says_and_resets(reply(200, b"x" * 9)[:-5]),
        Expected(200, "reset", None, "xxxx"),
        secured(NAME),
        True,
    ),
    Animal(
        "closes within TLS",
        says_and_closes(reply(200, b"x" * 9)[:-5]),
        Expected(200, "reset", None, "xxxx"),
        secured(NAME),
        True,
    ),
    Animal(
        "sends without end in TLS",
        says_again_and_again(reply(200, length=False), PIECE),
        Expected(200, "body_limit"),
        secured(NAME),
        True,
    ),
]

ANIMALS = [*ANSWERING, *PATIENT, *BREAKING, *SLOW, *LONG, *MUMBLING, *SECURED]
