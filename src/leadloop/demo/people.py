"""Invents people with contact details that reach nobody.

E-mail addresses are at example.com, .org and .net. US phones end in 555-01xx, which is reserved for fiction. Brazil has
no reserved numbers: these begin with 9 0, which no mobile network assigns. IP addresses are reserved for documentation.
"""

from random import Random
from typing import Any, NamedTuple

from leadloop.core.leads.normalize import name_key
from leadloop.demo import names
from leadloop.demo.names import City

MAIL_HOSTS = ("example.com", "example.com", "example.org", "example.net")
IP_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
COMPANY_SHARE = 0.08

_SPREAD = 7_654_321
"""Coprime to 10^7, so that no two of ten million leads share a number."""


class InventedPerson(NamedTuple):
    first: str
    last: str
    email: str
    phone: str
    city: City
    street: str
    company: str | None
    ip: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    def address(self, country: str, zip_code: str) -> dict[str, Any]:
        city, state = self.city.name, self.city.state
        return {"street": self.street, "city": city, "state": state, "zip": zip_code, "country": country}


def brazilian(dice: Random, index: int) -> InventedPerson:
    first, last, city = dice.choice(names.BR_FIRST), dice.choice(names.BR_LAST), dice.choice(names.BR_CITIES)
    if dice.random() < 0.4:
        last = f"{dice.choice(names.BR_LAST)} {last}"
    number = f"{index * _SPREAD % 10**7:07}"
    spelling = dice.choice(("+55 {0} 90{1}-{2}", "({0}) 90{1}-{2}", "{0} 90{1}{2}", "+55{0}90{1}{2}"))
    phone = spelling.format(city.area_code, number[:3], number[3:])
    company = f"{dice.choice(names.BR_COMPANIES)} {last.split()[-1]}" if dice.random() < COMPANY_SHARE else None
    street = f"{dice.choice(names.BR_STREETS)}, {dice.randrange(10, 2000)}"
    return InventedPerson(first, last, _email(dice, first, last, index), phone, city, street, company, _ip(dice))


def american(dice: Random, index: int) -> InventedPerson:
    first, last, city = dice.choice(names.US_FIRST), dice.choice(names.US_LAST), dice.choice(names.US_CITIES)
    spelling = dice.choice(("({0}) 555-01{1}", "{0}-555-01{1}", "+1 {0}-555-01{1}", "{0}.555.01{1}"))
    phone = spelling.format(city.area_code, f"{index % 100:02}")
    street = f"{dice.randrange(100, 9900)} {dice.choice(names.US_STREETS)}"
    return InventedPerson(first, last, _email(dice, first, last, index), phone, city, street, None, _ip(dice))


def _email(dice: Random, first: str, last: str, index: int) -> str:
    local = f"{name_key(first)}.{name_key(last)}".replace("'", "").replace(" ", ".")
    return f"{local}.{index}@{dice.choice(MAIL_HOSTS)}"


def _ip(dice: Random) -> str:
    return f"{dice.choice(IP_NETWORKS)}.{dice.randrange(1, 255)}"
