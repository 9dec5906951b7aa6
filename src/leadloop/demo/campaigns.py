"""The invented business: a seller of solar power in Brazil, and campaigns that sell leads to partners in the US.

Each item has a factor for the chance of winning its leads, so that some perform visibly better than others. Data only.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from leadloop.core.ids import stable_id
from leadloop.core.leads.parts import Campaign, Department, Interest, Product, Ref, User


def _id(kind: str, name: str) -> str:
    return stable_id("demo", kind, name)


def _number(kind: str, name: str) -> int:
    """An id like those of an ad platform: 11 digits."""
    return 10_000_000_000 + int(_id(kind, name)[:10], 16) % 89_999_999_999


class Source(NamedTuple):
    """A source of leads: its `share` of all leads, and the factor of their quality."""

    word: str
    share: float
    factor: float
    custom_name: str | None = None


SOURCES = (
    Source("GOOGLE", 24, 1.15),
    Source("FACEBOOK", 20, 0.7),
    Source("INSTAGRAM", 11, 0.75),
    Source("WHATSAPP", 13, 1.3),
    Source("WEBSITE", 10, 1.0),
    Source("PHONE", 6, 1.5),
    Source("ORGANIC", 5, 1.1),
    Source("REFERRAL", 4, 2.2),
    Source("EMAIL", 2, 0.9),
    Source("DIRECT", 2, 1.0),
    Source("MANUAL", 1, 1.4),
    Source("CUSTOM", 2, 1.6, "Feira Solar"),
)


class Ad(NamedTuple):
    """One advertising campaign: `provider` is the source that shows it."""

    provider: str
    name: str
    share: float
    factor: float
    keywords: Sequence[str]

    @property
    def number(self) -> int:
        return _number("ad", self.name)


ADS = (
    Ad("GOOGLE", "pesquisa-energia-solar", 5, 1.3, ("energia solar residencial", "kit solar preço", "placa solar")),
    Ad("GOOGLE", "pesquisa-marca", 2, 1.8, ("sol nascente energia", "sol nascente telefone")),
    Ad("GOOGLE", "performance-max-sul", 3, 0.8, ("painel solar curitiba", "energia solar financiamento")),
    Ad("GOOGLE", "black-friday-kits", 1, 1.1, ("kit solar black friday", "promoção painel solar")),
    Ad("FACEBOOK", "formulario-conta-de-luz", 5, 0.8, ()),
    Ad("FACEBOOK", "remarketing-simulador", 2, 1.5, ()),
    Ad("FACEBOOK", "publico-semelhante", 3, 0.5, ()),
    Ad("INSTAGRAM", "reels-telhado-solar", 4, 0.6, ()),
    Ad("INSTAGRAM", "stories-antes-e-depois", 3, 1.0, ()),
    Ad("WHATSAPP", "clique-para-conversar", 4, 1.1, ()),
    Ad("WHATSAPP", "carregador-veicular", 2, 0.9, ()),
    Ad("EMAIL", "boletim-mensal", 1, 1.0, ()),
)


class ProductDemand(NamedTuple):
    """A product, the `share` of leads that want it, and the factor of its sales."""

    product: Product
    share: float
    factor: float
    interest: str


def _product(name: str, reais: int) -> Product:
    return Product(id=_id("product", name), name=name, value_micros=reais * 1_000_000)


PRODUCTS = (
    ProductDemand(_product("Kit Solar 3,3 kWp", 14_900), 30, 1.2, "Energia solar residencial"),
    ProductDemand(_product("Kit Solar 5,5 kWp", 21_900), 24, 1.0, "Energia solar residencial"),
    ProductDemand(_product("Kit Solar 11 kWp", 38_500), 9, 0.6, "Energia solar empresarial"),
    ProductDemand(_product("Bateria residencial 10 kWh", 27_800), 8, 0.5, "Baterias"),
    ProductDemand(_product("Carregador veicular 7 kW", 4_290), 13, 1.4, "Mobilidade elétrica"),
    ProductDemand(_product("Aquecedor solar 400 L", 3_650), 10, 1.3, "Aquecimento de água"),
    ProductDemand(_product("Limpeza e manutenção anual", 890), 6, 2.2, "Manutenção"),
)
EXTRAS = (_product("Instalação expressa", 1_200), _product("Monitoramento 12 meses", 358), _product("Seguro", 649))


class Seller(NamedTuple):
    """A salesperson: `skill` multiplies the chance to win; leads wait `delay_h` hours for the first call."""

    user: User
    unit: str
    skill: float
    delay_h: float


def _seller(name: str, unit: str, skill: float, delay_h: float) -> Seller:
    first = name.split(maxsplit=1)[0].lower()
    user = User(
        id=_id("user", name),
        user_id=_id("login", name),
        name=name,
        email=f"{first}@sol-nascente.example.com",
        phone=f"+55 11 90000-0{1 + int(_id('user', name)[:4], 16) % 899:03}",
        is_real=True,
        auto_attribution_disabled=False,
    )
    return Seller(user, unit, skill, delay_h)


SELLERS = (
    _seller("Amanda Torres", "São Paulo", 1.5, 1),
    _seller("Breno Castilho", "São Paulo", 1.0, 4),
    _seller("Cecília Prado", "Campinas", 1.2, 2),
    _seller("Danilo Rezende", "Campinas", 0.7, 20),
    _seller("Elisa Monteiro", "Curitiba", 1.3, 3),
    _seller("Fabrício Nogueira", "Curitiba", 0.9, 9),
    _seller("Giovana Sales", "Recife", 1.1, 5),
    _seller("Heitor Lacerda", "Recife", 0.6, 30),
)

UNITS = {name: Ref(id=_id("unit", name), name=name) for name in ("São Paulo", "Campinas", "Curitiba", "Recife")}
UNIT_OF_STATE = {
    "SP": "São Paulo",
    "RJ": "São Paulo",
    "MG": "Campinas",
    "GO": "Campinas",
    "DF": "Campinas",
    "PR": "Curitiba",
    "SC": "Curitiba",
    "RS": "Curitiba",
}
"""Every other state belongs to Recife."""
NEAR_UNIT = "Recife"
HOMES, COMPANIES = "Vendas residenciais", "Vendas empresariais"


def department(unit: str, name: str) -> Department:
    return Department(id=_id("department", unit + name), name=name, unit_id=UNITS[unit].id)


def interest(unit: str, department_name: str, name: str) -> Interest:
    place = department(unit, department_name)
    return Interest(id=_id("interest", unit + name), name=name, department_id=place.id, unit_id=place.unit_id)


TAGS: Sequence[dict[str, Any]] = tuple(
    {"id": _id("tag", name), "name": name, "color": color}
    for name, color in (
        ("financiamento", "#2563eb"),
        ("telhado grande", "#16a34a"),
        ("urgente", "#dc2626"),
        ("condomínio", "#9333ea"),
        ("indicação", "#f59e0b"),
        ("retomar em 90 dias", "#64748b"),
    )
)
CLOSED: dict[str, Any] = {"id": _id("tag", "cliente"), "name": "cliente", "color": "#0f766e"}


def _reasons(kind: str, *names: str) -> tuple[Ref, ...]:
    return tuple(Ref(id=_id(kind, name), name=name) for name in names)


LOSS_REASONS = _reasons(
    "loss", "Preço alto", "Comprou do concorrente", "Sem resposta", "Imóvel alugado", "Crédito negado", "Só pesquisando"
)
NO_ANSWER = LOSS_REASONS[2]
ACTIVITY_REASONS = _reasons("activity", "Primeiro contato", "Retorno", "Visita técnica", "Proposta")


class Offer(NamedTuple):
    """A campaign in the United States: the buyer of its leads, the price, and the factor of accepted leads."""

    campaign: Campaign
    payout_micros: int
    share: float
    factor: float


def _offer(code: str, client: str, abbrev: str, offer: str, payout: int, share: float, factor: float) -> Offer:
    campaign = Campaign(
        id=code,
        name=f"{client} - {offer}",
        client_id=_id("client", client),
        client_name=client,
        client_abbrev=abbrev,
        offer_id=_id("offer", offer),
        offer_name=offer,
        offer_abbrev="".join(word[0] for word in offer.split()),
    )
    return Offer(campaign, payout * 1_000_000, share, factor)


OFFERS = (
    _offer("BRS1", "Brightroof Sample Solar", "BRS", "Residential Solar Quote", 85, 5, 1.2),
    _offer("BRS2", "Brightroof Sample Solar", "BRS", "Battery Storage", 60, 2, 0.7),
    _offer("DSE1", "Desert Example Energy", "DSE", "Residential Solar Quote", 92, 4, 1.5),
    _offer("CPT1", "Coastal Placeholder Power", "CPP", "Home EV Charger", 34, 2, 1.0),
    _offer("CPT2", "Coastal Placeholder Power", "CPP", "Residential Solar Quote", 78, 3, 0.6),
)


class Salesperson(NamedTuple):
    """A salesperson in the United States: `skill` multiplies the chance that a partner accepts the lead."""

    user: User
    office: str
    skill: float


def _salesperson(name: str, office: str, skill: float) -> Salesperson:
    user = User(
        id=_id("user", name),
        user_id=_id("login", name),
        name=name,
        email=f"{name.lower().replace(' ', '.')}@quotes.example.com",
        phone=f"+1 512-555-01{int(_id('user', name)[:4], 16) % 100:02}",
        is_real=True,
        auto_attribution_disabled=False,
    )
    return Salesperson(user, office, skill)


SALESPEOPLE = (
    _salesperson("Maya Chen", "Austin", 1.4),
    _salesperson("Jordan Ellis", "Austin", 0.9),
    _salesperson("Rosa Delgado", "Phoenix", 1.2),
    _salesperson("Tyler Brooks", "Phoenix", 0.7),
    _salesperson("Nina Patel", "Tampa", 1.3),
    _salesperson("Marcus Reed", "Tampa", 0.8),
    _salesperson("Hannah Weiss", "Denver", 1.0),
)
OFFICES = {name: Ref(id=_id("unit", name), name=name) for name in ("Austin", "Phoenix", "Tampa", "Denver")}
OFFICE_OF_STATE = {
    **dict.fromkeys(("AZ", "CA", "NV"), "Phoenix"),
    **dict.fromkeys(("FL", "GA", "NC", "NJ"), "Tampa"),
    **dict.fromkeys(("CO", "UT"), "Denver"),
}
"""Every other state belongs to Austin."""
NEAR_OFFICE = "Austin"
US_PLATFORMS = (("google", 4, 1.2), ("facebook", 4, 0.8), ("tiktok", 2, 0.5), ("bing", 1, 1.3), ("taboola", 1, 0.6))
"""Ad platform, share, factor."""
