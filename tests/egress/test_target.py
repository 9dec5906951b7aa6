"""Which URLs and addresses are allowed, the effect of the operator's rules, and that no library reads a URL
differently."""

import socket
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from leadloop.egress.addresses import METADATA, Rules, TargetRefused, judge_address
from leadloop.egress.target import DENIED_PORTS, URL_LIMIT, judge_url
from tests.support.receivers.hostile import words

OPEN = Rules(allow_http=True, allow_private=True)
PUBLIC = words("""
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 172.15.255.255 172.32.0.0 192.0.1.0
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2001:200::1 2a00::1 2400::1
::ffff:8.8.8.8 64:ff9b::808:808
""")
PRIVATE = words("""
127.0.0.1 127.255.255.255 10.0.0.1 172.31.255.255 192.168.0.1 ::1 fc00::1 fdff::1 ::ffff:10.0.0.1
""")
NEVER = words("""
0.0.0.0 169.254.1.1 100.64.0.1 192.0.2.1 198.18.0.1 224.0.0.1 255.255.255.255 :: fe80::1 ff02::1 2002:a00:1::
2001:db8::1 64:ff9b:1::a00:1 4000::1 ::a00:1 fec0::1
""")


@pytest.mark.parametrize(
    ("url", "understood"),
    {
        "https://hooks.example.com/a/b?c=d&e": "https://hooks.example.com/a/b?c=d&e",
        "HTTPS://HOOKS.Example.COM": "https://hooks.example.com/",
        "https://hooks.example.com:443/": "https://hooks.example.com/",
        "https://hooks.example.com:8443?x": "https://hooks.example.com:8443/?x",
        "https://a_b.example.com:65535/%2e%2e/x//y/./z": "https://a_b.example.com:65535/%2e%2e/x//y/./z",
        "https://example.com/{a}|b^`\"<c>'": "https://example.com/{a}|b^`\"<c>'",
        "https://ação.com.br/": "https://xn--ao-siap.com.br/",
        "https://faß.de/": "https://xn--fa-hia.de/",
        "https://ｅｘａｍｐｌｅ。com/": "https://example.com/",
        "https://xn--fa-hia.de/": "https://xn--fa-hia.de/",
        "https://8.8.8.8:1024/": "https://8.8.8.8:1024/",
        "https://[2606:4700::1111]/": "https://[2606:4700::1111]/",
        "https://[2606:4700::1111]:8443/": "https://[2606:4700::1111]:8443/",
        "https://[::ffff:8.8.8.8]/": "https://[::ffff:808:808]/",
        "https://1.2.3.4.example.com/": "https://1.2.3.4.example.com/",
        "https://0x7f.example.com/": "https://0x7f.example.com/",
        f"https://example.com/{'x' * (URL_LIMIT - 20)}": f"https://example.com/{'x' * (URL_LIMIT - 20)}",
    }.items(),
)
def test_what_is_accepted_is_understood(url: str, understood: str) -> None:
    target = judge_url(url, Rules())
    assert target.url == understood.replace("[::ffff:808:808]", f"[{ip_address('::ffff:8.8.8.8')}]")
    assert judge_url(target.url, Rules()) == target


@pytest.mark.parametrize(
    "host", ["2606:4700:0::1111", "2606:4700::0:1111", "2606:4700::01111", "2606:4700::17.17.17.17"]
)
def test_an_ipv6_address_is_written_in_one_way(host: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        judge_url(f"https://[{host}]/", Rules())
    assert refused.value.kind == "number"
    judge_url("https://[2606:4700::ABCD]/", Rules())


def test_http_is_for_those_who_allow_it() -> None:
    with pytest.raises(TargetRefused) as refused:
        judge_url("http://hooks.example.com/", Rules())
    assert (refused.value.kind, refused.value.problem.text) == ("scheme", "must begin with https://")
    assert judge_url("http://hooks.example.com/", Rules(allow_http=True)).port == 80
    assert judge_url("https://hooks.example.com:80/", Rules(allow_http=True)).port == 80
    with pytest.raises(TargetRefused):
        judge_url("https://hooks.example.com:80/", Rules())


@pytest.mark.parametrize("port", [1, 22, 80, 442, 444, 1023, *sorted(DENIED_PORTS)])
def test_a_port_of_another_service_is_refused(port: int) -> None:
    with pytest.raises(TargetRefused) as refused:
        judge_url(f"https://hooks.example.com:{port}/", Rules())
    assert refused.value.kind == "port"


def test_no_port_that_a_system_lends_is_refused() -> None:
    assert max(DENIED_PORTS) < 32_768


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_pass(text: str) -> None:
    judge_address(ip_address(text), Rules())


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_pass_for_development_only(text: str) -> None:
    with pytest.raises(TargetRefused):
        judge_address(ip_address(text), Rules())
    judge_address(ip_address(text), OPEN)


@pytest.mark.parametrize("text", NEVER)
def test_other_special_addresses_pass_only_if_allowed_by_name(text: str) -> None:
    for rules in (Rules(), OPEN):
        with pytest.raises(TargetRefused):
            judge_address(ip_address(text), rules)
    judge_address(ip_address(text), Rules(allowed=(ip_network(text),)))


@pytest.mark.parametrize("address", sorted(METADATA, key=str), ids=str)
def test_metadata_services_never_pass(address: object) -> None:
    parsed = ip_address(str(address))
    with pytest.raises(TargetRefused):
        judge_address(parsed, OPEN._replace(allowed=(ip_network("0.0.0.0/0"), ip_network("::/0"))))


def test_what_is_denied_wins_over_what_is_allowed_and_that_over_what_is_own() -> None:
    address, network = ip_address("8.8.8.8"), ip_network("8.8.8.0/24")
    own = Rules(own_addresses=frozenset({address}))
    for rules in (own, own._replace(allow_private=True), Rules(denied=(network,), allowed=(network,))):
        for written in (address, ip_address("::ffff:8.8.8.8"), ip_address("64:ff9b::808:808")):
            with pytest.raises(TargetRefused):
                judge_address(written, rules)
    judge_address(address, own._replace(allowed=(network,)))


def test_short_names_are_for_those_who_have_an_intranet() -> None:
    with pytest.raises(TargetRefused):
        judge_url("https://crm/", Rules())
    assert judge_url("https://crm/", OPEN).host == "crm"
    assert judge_url("https://crm/", Rules(allowed=(ip_network("10.1.0.0/16"),))).host == "crm"
    assert judge_url("http://localhost:9000/", OPEN).host == "localhost"
    with pytest.raises(TargetRefused):
        judge_url("https://localhost:9000/", Rules(allowed=(ip_network("10.1.0.0/16"),)))


@pytest.mark.parametrize("text", [*PUBLIC, *PRIVATE, *NEVER])
def test_only_loopback_passes_where_nothing_may_be_sent_outside(text: str) -> None:
    rules, address = OPEN._replace(only_loopback=True, allowed=(ip_network("0.0.0.0/0"),)), ip_address(text)
    if address.is_loopback:
        judge_address(address, rules)
        with pytest.raises(TargetRefused):
            judge_address(address, Rules(only_loopback=True))
    else:
        with pytest.raises(TargetRefused):
            judge_address(address, rules)


def test_only_loopback_is_named_where_nothing_may_be_sent_outside() -> None:
    rules = OPEN._replace(only_loopback=True)
    for url in ("http://localhost:9000/", "http://hooks.localhost:9000/", "http://127.0.0.1:9000/", "http://[::1]/"):
        judge_url(url, rules)
    for url in ("https://hooks.example.com/", "https://crm/", "http://10.0.0.1:9000/", "https://8.8.8.8/"):
        with pytest.raises(TargetRefused):
            judge_url(url, rules)


def test_a_refusal_does_not_repeat_what_was_submitted() -> None:
    for url in ("https://secret@example.com/", "https://secret!.example.com/", "https://10.9.8.7/", "secret"):
        with pytest.raises(TargetRefused) as refused:
            judge_url(url, Rules())
        assert "secret" not in str(refused.value) and "10.9.8.7" not in str(refused.value)


HOSTS = st.text(st.sampled_from("01278.xXaAfF-_:[]%@/?#\\ \t\n\0１。ⓛ٠０"), max_size=24) | st.text(max_size=16)


@given(host=HOSTS, rest=st.text(max_size=8))
def test_no_library_reads_an_accepted_url_differently(host: str, rest: str) -> None:
    """Neither aiohttp's URLs nor the C library find another host in it, or a number in its name."""
    try:
        target = judge_url(f"http://{host}{rest}", OPEN)
    except TargetRefused:
        return
    url = URL(target.url, encoded=True)
    assert (url.scheme, url.raw_host, url.port) == (target.scheme, target.host, target.port)
    assert (url.user, url.password, url.fragment) == (None, None, "")
    if target.address is None:
        with pytest.raises(OSError):
            socket.inet_aton(target.host)
        with pytest.raises(OSError):
            socket.getaddrinfo(target.host, target.port, flags=socket.AI_NUMERICHOST)
