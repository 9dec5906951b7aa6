"""One name, one meaning: no two modules define a type of the same name."""

from lab.complexity import homonyms, types
from lab.source_tree import ROOT


def test_no_type_name_means_two_things() -> None:
    modules_by_name = types(ROOT)
    assert {"Lead", "Claim", "IpAddress"} <= modules_by_name.keys()
    assert homonyms(modules_by_name) == {}, (
        "give the new type the field's more specific term; the glossary in docs/architecture.md has the nouns "
        "(`python -m lab.complexity --names` lists what several modules define)"
    )
