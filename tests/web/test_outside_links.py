"""Links to addresses that came with a lead: web addresses alone, and only where a browser would go where they say."""

import pytest

from leadloop.web.outside_links import LONGEST, OutsideLink, outside_link


def test_a_link_says_its_host_and_the_name_of_its_file() -> None:
    url = "https://files.example.com:8443/a/conta%20de%20luz.jpg?x=1#y"
    assert outside_link(url) == OutsideLink(url, "files.example.com", "conta de luz.jpg")
    assert outside_link("HTTP://EXAMPLE.com") == OutsideLink("HTTP://EXAMPLE.com", "example.com", "")
    cyrillic = outside_link("https://\u0440\u0430ypal.com/")
    assert cyrillic is not None and cyrillic.host.startswith("xn--")


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "example.com",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "blob:https://example.com/x",
        "//example.com/x",
        "https:example.com",
        "https:///x",
        "https://good.example@evil.example/",
        "https://evil.example\\@good.example/",
        "https://exam\tple.com/",
        " https://example.com/",
        "https://[::1/",
        "https://a..b/",
        "https://example.com/" + "x" * LONGEST,
    ],
)
def test_anything_else_is_no_link(url: object) -> None:
    assert outside_link(url) is None
