"""Every attribute of the stored lead, and every member of its parts, has a label in both languages."""

import msgspec
import pytest

from leadloop.core.changes import pointer_parts
from leadloop.core.leads import parts
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.merge import PARTS as MERGED_PARTS
from leadloop.core.leads.model import Lead
from leadloop.web.i18n import LANGUAGES, translations
from leadloop.web.words import label_of
from leadloop.web.words.fields import NOISE
from leadloop.web.words.labels import ITEMS as ITEM_NOUNS
from leadloop.web.words.labels import KEYED, LEAD, PART_OF
from leadloop.web.words.part_labels import PARTS

PART_TYPES = [part for part in vars(parts).values() if isinstance(part, type) and issubclass(part, parts.Part)]
NOUNS = {text for table in (LEAD, *PARTS.values(), *KEYED.values(), ITEM_NOUNS) for text in table.values()}
ARTICLES = {"en": ("the ",), "pt-BR": ("o ", "a ", "os ", "as ")}


def test_every_attribute_of_the_lead_has_a_label() -> None:
    assert LEAD.keys() - {"messages"} == set(Lead.__struct_fields__)


@pytest.mark.parametrize("part", [part for part in PART_TYPES if part is not parts.Part])
def test_every_member_of_a_part_has_a_label(part: type[parts.Part]) -> None:
    assert PARTS[part].keys() == {field.name for field in msgspec.structs.fields(part)}


def test_members_that_changes_name_are_those_of_the_merge() -> None:
    assert {name: part for name, part in PART_OF.items() if name in Lead.__struct_fields__} == MERGED_PARTS
    assert ITEM_NOUNS.keys() == {*ITEMS, "messages"}


def test_noise_is_named_by_fields_that_exist() -> None:
    for field in NOISE:
        attribute, *member = pointer_parts(field)
        assert attribute in LEAD
        assert not member or member[0] in PARTS[PART_OF[attribute]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_is_a_noun_with_an_article(language: str) -> None:
    nouns = [translations(language).gettext(text) for text in NOUNS]
    assert [noun for noun in nouns if not noun.startswith(ARTICLES[language])] == []


@pytest.mark.parametrize(
    ("field", "english", "portuguese"),
    [
        ("phone", "Phone", "Telefone"),
        ("/email", "E-mail", "E-mail"),
        ("/address/city", "City", "Cidade"),
        ("owner", "Salesperson", "Responsável"),
        ("/params/utm_source", "UTM source", "Origem da UTM"),
        ("/consent/tcpaConsent", "Consent to calls and texts", "Consentimento para ligações e mensagens"),
        ("/flags/isDnc", "Do not contact", "Não contatar"),
        ("/steps/proposalSent", "Proposal sent", "Proposta enviada"),
        ("/step_times_ms/proposal_sent", "Proposal sent", "Proposta enviada"),
        ("/notes/018f0000aaaa0000bbbb0000", "Note", "Nota"),
        ("/custom_fields/roofAgeYears", "Roof age years", "Roof age years"),
        ("/custom_fields/consumoKwh", "Consumo kwh", "Consumo kwh"),
        ("/custom_fields/valor_da_conta", "Valor da conta", "Valor da conta"),
        ("/custom_fields/~1a~0b{", "A~b{", "A~b{"),
    ],
)
def test_labels_are_for_people(field: str, english: str, portuguese: str) -> None:
    assert label_of(field, "en") == english
    assert label_of(field, "pt-BR") == portuguese
