"""The catalogues have every text of the dashboard, translated, and no other."""

from pathlib import Path

import pytest

from tools.messages import LOCALES, WEB, catalogue_file, problems, read_catalogue, texts_of, update

TEMPLATE = """{{ _("Sign in") }} {{ _("at %(host)s", host=host) }} {{ ngettext("%(num)d lead", "%(num)d leads", n) }}
{{ parts.field("a", _("Name")) }} {{ pgettext("stage", "Keys") }}"""
PAGE = 'TITLE = N_("Keys")\n\ndef show(visit):\n    _ = visit.gettext\n    return _("Saved")\n'
TEXTS = {"Sign in", "at %(host)s", ("%(num)d lead", "%(num)d leads"), "Name", "Keys", "stage\4Keys", "Saved"}
TRANSLATED = {
    'msgid "Sign in"\nmsgstr ""': 'msgid "Sign in"\nmsgstr "Entrar"',
    'msgid "at %(host)s"\nmsgstr ""': 'msgid "at %(host)s"\nmsgstr "em %(host)s"',
    'msgstr[0] ""\nmsgstr[1] ""': 'msgstr[0] "%(num)d lead"\nmsgstr[1] "%(num)d leads"',
    'msgid "Name"\nmsgstr ""': 'msgid "Name"\nmsgstr "Nome"',
    '\n\nmsgid "Keys"\nmsgstr ""': '\n\nmsgid "Keys"\nmsgstr "Chaves"',
    'msgctxt "stage"\nmsgid "Keys"\nmsgstr ""': 'msgctxt "stage"\nmsgid "Keys"\nmsgstr "Teclas"',
    'msgid "Saved"\nmsgstr ""': 'msgid "Saved"\nmsgstr "Salvo"',
}


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A dashboard with a complete catalogue."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "x.html").write_text(TEMPLATE)
    (tmp_path / "x.py").write_text(PAGE)
    file = catalogue_file(tmp_path, "pt_BR")
    file.parent.mkdir(parents=True)
    text = update(read_catalogue(file, "pt_BR"), texts_of(tmp_path), "pt_BR")
    for old, new in TRANSLATED.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text)
    return tmp_path


def problems_of(web: Path) -> list[str]:
    return list(problems(read_catalogue(catalogue_file(web, "pt_BR"), "pt_BR"), texts_of(web)))


def test_texts_are_found_in_templates_and_pages(web: Path) -> None:
    assert texts_of(web) == TEXTS


def test_a_complete_catalogue_has_no_problems_and_stays_the_same(web: Path) -> None:
    assert problems_of(web) == []
    file = catalogue_file(web, "pt_BR")
    assert update(read_catalogue(file, "pt_BR"), texts_of(web), "pt_BR") == file.read_text()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Entrar", "", "is not translated"),
        ('"%(num)d leads"\n', '""\n', "is not translated"),
        ("em %(host)s", "em %(hots)s", "other placeholders"),
        ("em %(host)s", "em", "other placeholders"),
        ('msgid "Name"', '#, fuzzy\nmsgid "Name"', "fuzzy"),
        ("Nome", "<b>Nome</b>", "HTML"),
        ('msgid "Name"', 'msgid "Names"', "is not in the catalogue"),
        ('msgid "Name"', 'msgid "Names"', "is shown nowhere"),
    ],
)
def test_what_is_missing_is_noticed(web: Path, old: str, new: str, problem: str) -> None:
    file = catalogue_file(web, "pt_BR")
    text = file.read_text()
    head, found, tail = text.rpartition(old)
    assert found
    file.write_text(head + new + tail)
    assert any(problem in line for line in problems_of(web)), problems_of(web)


def test_an_update_removes_what_is_gone_and_keeps_translations(web: Path) -> None:
    (web / "x.py").write_text(PAGE.replace("Saved", "Stored"))
    file = catalogue_file(web, "pt_BR")
    text = update(read_catalogue(file, "pt_BR"), texts_of(web), "pt_BR")
    assert "Salvo" not in text
    assert 'msgid "Keys"\nmsgstr "Chaves"' in text
    assert 'msgid "Stored"\nmsgstr ""' in text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_of_the_dashboard_is_complete(locale: str) -> None:
    assert list(problems(read_catalogue(catalogue_file(WEB, locale), locale), texts_of(WEB))) == []
