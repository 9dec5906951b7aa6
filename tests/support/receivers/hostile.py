"""Hostile targets, by their trick. `{port}` is the canary's. http is allowed: each is refused for its trick alone."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address


def words(text: str) -> list[str]:
    return text.split()


LOOPBACK_NUMBERS = words("""
127.0.0.1 127.0.0.2 127.1.2.3 127.255.255.254 127.1 127.0.1 127.0.0.01 127.0.0.001 127.000.000.001 0127.0.0.1
0177.0.0.1 0177.0.0.01 0177.0.1 0177.1 00000177.0.0.1 0177.0.0.0x1 0x7f.0.0.1 0x7F.0.0.1 0x7f.0.0.0x1 0x7f.1 0x7f.0.1
0X7F.0.0.1 0x7f.0x0.0x0.0x1 0x0000007f.0.0.1 0x7f000001 0X7F000001 0x007f000001 2130706433 02130706433 017700000001
0017700000001 127.65534 127.16777214 127.0.65534 0x7f.16777214 4294967295 2130706434 0 0.0.0.0 0x0 00 0.0 0.0.0 0.1
0.0.0.1 0x0.0x0.0x0.0x0 127.0.0.1. 127.0.0.1.. 127.1. 2130706433. 0x7f000001. 127.0.0.256 256.0.0.1 127.0.0.1.1
127..0.1 127.0..1 .127.0.0.1 127.0.0. 127. 6425673729 36490444801 18446744071562067969 0x100000000000000007f000001
1.1 127.0x.0.1 0x 0x. 127.0.0.0x 08.8.8.8 099.0.0.1 1e3. 127.0.0.1%00 127.0.0.1%20 127%2e0%2e0%2e1
%31%32%37.0.0.1 127.0.0.1%2eexample.com 127.0.0.1%09 127.0.0.1,8.8.8.8 127.0.0.1;8.8.8.8 127.0.0.1/8 -127.0.0.1
+127.0.0.1 ~127.0.0.1 127.0.0.1- 127.0.0.-1 127.-0.0.1 1_27.0.0.1
""")

LOOPBACK_UNICODE = [
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "⑫⑦.⓪.⓪.①",
    "¹²⁷.⁰.⁰.¹",
    "₁₂₇.₀.₀.₁",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "𝟣𝟤𝟩.𝟢.𝟢.𝟣",
    "١٢٧.٠.٠.١",
    "１２７.１",
    "２１３０７０６４３３",
    "０ｘ７ｆ.１",
    "０ｘ７ｆ０００００１",
    "0\N{SOFT HYPHEN}177.0.0.1",
    "127\N{ZERO WIDTH SPACE}.0.0.1",
    "127.0\N{WORD JOINER}.0.1",
    "127.0.0.1\N{ZERO WIDTH NON-JOINER}",
    "\N{RIGHT-TO-LEFT OVERRIDE}1.0.0.721",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ｌｏｃａｌｈｏｓｔ",
    "local\N{SOFT HYPHEN}host",
    "localhoſt",
    "ʟᴏᴄᴀʟʜᴏꜱᴛ.localhost",
    "lOcAlHoSt。",
    "a．localhost",
    "metadata．google．internal",
    "127.0.0.1⁄.example.com",
    "127.0.0.1／.example.com",
    "127.0.0.1℀.example.com",
    "example.com＠127.0.0.1",
    "example.com\N{FULLWIDTH COLON}80",
    "[︰︰1]",
    "［::1］",
]

V6_SPELLINGS = words("""
::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 0::1 ::0:1 0:0::1 ::0001 :: 0::0 ::2 ::7f00:1 ::127.0.0.1
0:0:0:0:0:0:127.0.0.1 ::ffff:127.0.0.1 ::FFFF:127.0.0.1 ::ffff:7f00:1 ::ffff:7f00:0001 0:0:0:0:0:ffff:7f00:1
0:0:0:0:0:ffff:127.0.0.1 ::ffff:127.1 ::ffff:0177.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:7f00:1 ::ffff:10.0.0.1
::ffff:a9fe:a9fe ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::ffff:0:0 64:ff9b::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1
64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b::c0a8:1 64:ff9b::e000:1 64:ff9b::a83f:8110 64:ff9b:1::7f00:1
64:ff9b:1::808:808 64:ff9b:0:1::808:808 2002:7f00:1:: 2002:7f00:0001::1 2002:a00:1:: 2002:a9fe:a9fe:: 2002:808:808::
2001::7f00:1 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:80ff:fffe 2001:10::1 2001:20::1 2001:1::1 2001:db8::1 3fff::1
5f00::1 100::1 fc00::1 fd00::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80::1
fe80::5efe:7f00:1 febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff05::1:3 ff0e::1 4000::1 8000::1 e000::1 f000::1 fb00::1
fe00::1 ::1%lo ::1%25lo fe80::1%eth0 fe80::1%25eth0 2606:4700::1111%eth0 2606:4700::1111%25lo 1::2::3 ::g 1 127.0.0.1
localhost v1.127.0.0.1 ::1/128 ::1] [::1 [::1]
""")
"""In brackets."""

V4_RANGES = words("""
0.0.0.0 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.0
127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.170.2 169.254.170.23 169.254.255.255 172.16.0.0
172.17.0.1 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.1
192.168.0.0 192.168.1.1 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255
224.0.0.0 224.0.0.1 239.255.255.255 240.0.0.0 250.1.2.3 255.255.255.254 255.255.255.255
""")

NAMES = words("""
localhost LOCALHOST LocalHost localhost. localhost.. .localhost a.localhost a.b.LOCALHOST localhost.localhost metadata
metadata.google.internal METADATA.google.INTERNAL metadata.google.internal. a.metadata.google.internal metadata.goog
instance-data instance-data.ec2.internal metadata.azure.internal metadata.tencentyun.com db redis kubernetes intranet
printer router wpad a..b a.-b.test a-.test -a.test a_b .. . - _ xn-- a.test- *.test a*b.test a.test%00.example.com
a.test%2f.example.com loc%61lhost %6cocalhost loc%2561lhost a'b.test a"b.test a<b.test a{{b.test a|b.test a^b.test
""")

USERINFO = words("""
http://example.com@127.0.0.1:{port}/ http://127.0.0.1:{port}@hooks.test/ http://user:pass@hooks.test/
http://:@127.0.0.1:{port}/ http://@127.0.0.1:{port}/ http://hooks.test:443@127.0.0.1:{port}/
http://hooks.test:80%40127.0.0.1:{port}/ http://a@b@127.0.0.1:{port}/ http://hooks.test%40127.0.0.1:{port}/
http://[::1]@hooks.test/ http://hooks.test@[::1]:{port}/ http://127.0.0.1:{port}%23@hooks.test/
http://127.0.0.1:{port}\\@hooks.test/ http://hooks.test\\@127.0.0.1:{port}/ http://hooks.test;@127.0.0.1:{port}/
http://hooks.test&@127.0.0.1:{port}/ http://1.1.1.1&@2.2.2.2&@127.0.0.1:{port}/ http://127.0.0.1:{port}:\\@@hooks.test/
""")

PORTS = words("""
0 1 7 21 22 23 25 53 79 81 110 111 135 139 143 389 444 445 465 512 587 631 636 853 873 993 1023 1433 1521 2049 2375 2376
2379 3306 3389 5432 5672 5900 5984 6000 6379 6443 6667 8500 9042 9092 9200 9300 10250 11211 27017 65536 99999 4294967739
-1 +443 0443 00443 0x1bb 443a a443 4_43 44.3 1e3 %34%34%33 ４４３ ٤٤٣ 443:443 :443 443%20
""")
"""Of a host that is not hostile."""

SCHEMES = words("""
file:///etc/passwd file://127.0.0.1/etc/passwd ftp://127.0.0.1:{port}/ gopher://127.0.0.1:{port}/_POST dict://127.0.0.1:{port}/
ldap://127.0.0.1:{port}/ tftp://127.0.0.1:{port}/ ws://127.0.0.1:{port}/ wss://127.0.0.1:{port}/ unix:///var/run/docker.sock
http+unix://%2Fvar%2Frun%2Fdocker.sock/ jar:http://127.0.0.1:{port}!/ data:text/plain,x javascript:alert(1) about:blank
//127.0.0.1:{port}/ ///127.0.0.1:{port}/ /hook hook 127.0.0.1:{port} http:127.0.0.1:{port} http:/127.0.0.1:{port}/
http:///127.0.0.1:{port}/ http:////127.0.0.1:{port}/ http:\\\\127.0.0.1:{port}\\ http:/\\127.0.0.1:{port}/
\\\\127.0.0.1:{port}\\x http//127.0.0.1:{port} http;//127.0.0.1:{port}/ https:https://127.0.0.1:{port}/ httpss://hooks.test/
http:// https:// http://: http://:{port} http://:{port}/ http:///x http://? http://# url:http://127.0.0.1:{port}/
ｈｔｔｐ://127.0.0.1:{port}/ http：//127.0.0.1:{port}/ http:／／127.0.0.1:{port}/ httpſ://hooks.test/
""")

WHITE = [
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/ ",
    "\nhttp://127.0.0.1:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "http://\t127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.\r\n0.1:{port}/",
    "http://127.0.0.1:{port}\r\n/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1\0:{port}/",
    "http://127.0.0.1\0.hooks.test:{port}/",
    "http://hooks.test\0@127.0.0.1:{port}/",
    "http://127.0.0.1 hooks.test:{port}/",
    "http://hooks.test/ HTTP/1.1\r\nHost: 127.0.0.1",
    "http://hooks.test/a b",
    "http://hooks.test/\r\nX-Injected: yes",
    "http://hooks.test/?q=\nx",
    "http://hooks.test/\x7f",
    "http://hooks.test/\x80",
    "http://hooks.test/ç",
    "http://hooks.test/\\..\\x",
    "http://127.0.0.1:{port}#@hooks.test/",
    "http://127.0.0.1:{port}?@hooks.test/",
    "http://127.0.0.1:{port}/#@hooks.test/",
    "http://hooks.test/#",
    "http://hooks.test/#fragment",
    "http://hooks.test#",
    "http://hooks.test/" + "x" * 2_048,
    "http://" + "x." * 130 + "test/",
    "http://" + "x" * 64 + ".test/",
    "http://" + "ç" * 64 + ".test/",
]


def _hosts(hosts: Sequence[str], frame: str = "{}") -> list[str]:
    return [f"http://{frame.format(host)}:{{port}}/hook" for host in hosts]


HOSTILE: Mapping[str, Sequence[str]] = {
    "numbers": _hosts(LOOPBACK_NUMBERS),
    "unicode": _hosts(LOOPBACK_UNICODE),
    "IPv6": _hosts(V6_SPELLINGS, "[{}]"),
    "IPv4 ranges": _hosts(V4_RANGES),
    "mapped IPv4 ranges": _hosts(V4_RANGES, "[::ffff:{}]"),
    "translated IPv4 ranges": _hosts([str(IPv6Address(f"64:ff9b::{text}")) for text in V4_RANGES], "[{}]"),
    "names": _hosts(NAMES),
    "user names": USERINFO,
    "ports": [f"http://hooks.test:{port}/" for port in PORTS],
    "schemes": SCHEMES,
    "white space": WHITE,
}
