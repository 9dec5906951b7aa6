"""Every place that people reach the server at: https behind a proxy, plain http by a name, loopback."""

import httpx

from lab.door import Door, open_door
from lab.site import PASSWORD
from leadloop.settings import Settings
from tests.web.test_door_sessions import is_signed_in

PROXY = "127.0.0.1"
TRUSTING = Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8")
NAMED = "leads.example.com"
LOOPBACK = ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"]


async def session_cookie(door: Door, browser: httpx.AsyncClient) -> str:
    person = await door.add_person((await door.add_account()).id)
    answer = await browser.post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 303
    return answer.headers["set-cookie"]


def proxied(door: Door, **headers: str) -> httpx.AsyncClient:
    """A browser at https://leads.example.com, whose proxy passes its requests on by http."""
    origin = f"https://{NAMED}"
    return door.browser(host=NAMED, address=PROXY, origin=origin, x_forwarded_proto="https", **headers)


async def test_by_https_the_cookie_is_secure_and_bound_to_the_host(door_database: str) -> None:
    async with open_door(door_database, TRUSTING) as door:
        cookie = await session_cookie(door, proxied(door, x_forwarded_for="203.0.113.5"))
        assert cookie.startswith("__Host-leadloop=")
        assert cookie.endswith("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure")


async def test_a_cookie_by_http_is_no_session_by_https(door_database: str) -> None:
    """An attacker in the network can plant cookies by http, for the same host."""
    async with open_door(door_database, TRUSTING) as door:
        plain = door.browser(host=NAMED)
        cookie = await session_cookie(door, plain)
        assert cookie.startswith("leadloop=") and "Secure" not in cookie
        assert await is_signed_in(plain)
        secure = proxied(door)
        secure.headers["cookie"] = f"leadloop={plain.cookies['leadloop']}"
        assert not await is_signed_in(secure)


async def test_only_trusted_proxies_are_believed(door_database: str) -> None:
    async with open_door(door_database, TRUSTING) as door:
        liar = door.browser(host=NAMED, address="203.0.113.77", x_forwarded_proto="https", x_forwarded_for="8.8.8.8")
        assert (await session_cookie(door, liar)).startswith("leadloop=")
    async with open_door(door_database) as door:
        browser = door.browser(host=NAMED, address=PROXY, x_forwarded_proto="https")
        assert (await session_cookie(door, browser)).startswith("leadloop=")


FORWARDED = {
    "203.0.113.5": "203.0.113.5",
    "203.0.113.5:4711": "203.0.113.5",
    "[2001:db8::7]:443": "2001:db8::7",
    "2001:db8::7": "2001:db8::7",
    "1.2.3.4, 203.0.113.6, 10.1.2.3": "203.0.113.6",
    "unknown": PROXY,
    "": PROXY,
    "10.0.0.9": PROXY,
}


async def test_the_address_of_a_client_is_the_nearest_that_no_trusted_proxy_has(door_database: str) -> None:
    async with open_door(door_database, TRUSTING) as door:
        for forwarded, address in FORWARDED.items():
            person = await door.add_person((await door.add_account()).id)
            headers = {"x_forwarded_for": forwarded} if forwarded else {}
            await proxied(door, **headers).post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
            sessions = await door.store.sessions.of_person(person.id)
            assert [session.address for session in sessions] == [address], forwarded


async def test_a_proxy_may_name_the_host(door_database: str) -> None:
    async with open_door(door_database, TRUSTING) as door:
        browser = door.browser(
            host="backend:8080",
            address=PROXY,
            origin=f"https://{NAMED}",
            x_forwarded_proto="https",
            x_forwarded_host=NAMED,
        )
        del browser.headers["sec-fetch-site"]
        await session_cookie(door, browser)
        answer = await browser.get("/app/sign-in", headers={"cookie": ""})
        assert f"at {NAMED}" in answer.text


async def test_plain_http_signs_in_by_any_name(door_database: str) -> None:
    """Safari takes no `Secure` cookie by http, not even from localhost; other browsers none from a name."""
    async with open_door(door_database) as door:
        for host in (*LOOPBACK, NAMED, f"{NAMED}:8080", "192.168.1.5"):
            browser = door.browser(host=host)
            if host not in LOOPBACK:
                del browser.headers["sec-fetch-site"]
            cookie = await session_cookie(door, browser)
            assert cookie.startswith("leadloop=") and "Secure" not in cookie
            assert await is_signed_in(browser), host


async def test_owners_are_told_where_nothing_is_encrypted(door_database: str) -> None:
    async with open_door(door_database, TRUSTING) as door:
        banner = "This page is not encrypted"
        for browser, is_told in (
            (door.browser(host=NAMED), True),
            (door.browser(host="localhost:8080"), False),
            (proxied(door), False),
        ):
            await session_cookie(door, browser)
            answer = await browser.get("/app/settings/me", follow_redirects=True)
            assert answer.status_code == 200
            assert (banner in answer.text) == is_told


async def test_every_answer_has_the_strict_headers(door_database: str) -> None:
    async with open_door(door_database) as door:
        nonces = set()
        for path in ("/app", "/app/sign-in", "/app/nothing", "/app/manifest.json", "/app/welcome/unknown"):
            answer = await door.browser().get(path)
            policy = answer.headers["content-security-policy"]
            nonce = policy.partition("'nonce-")[2].partition("'")[0]
            nonces.add(nonce)
            assert policy == (
                f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
                "font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; "
                "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx"
            )
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert len(nonces) == 5 and all(len(nonce) >= 22 for nonce in nonces)


async def test_static_files_are_kept_for_good_under_their_hash(door_database: str) -> None:
    async with open_door(door_database) as door:
        browser = door.browser()
        text = (await browser.get("/app/sign-in")).text
        path = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        answer = await browser.get(path, headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip" and "--accent" in answer.text
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        other = await browser.get(path.replace(path.split("/")[3], "0" * 16))
        assert (other.status_code, other.headers["cache-control"]) == (200, "no-store")
        for missing in ("/app/static/x/../site.py", "/app/static/x/vendor.toml", "/app/static/", "/app/static/x/"):
            assert (await browser.get(missing)).status_code == 404


async def test_a_strange_host_breaks_nothing(door_database: str) -> None:
    async with open_door(door_database) as door:
        for host in ("[", "a b", "evil.example:x", "[::1", "ü", "x" * 300):
            for path in ("/app", "/app/sign-in", "/app/nothing"):
                answer = await door.browser().get(path, headers=[(b"host", host.encode())])
                assert answer.status_code in (200, 303, 404), host
