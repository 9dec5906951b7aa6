"""What a form shows: the values of its fields and, after a refusal, the problem of each in the visitor's language."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from leadloop.core.errors import InvalidFields, Problem, Refusal
from leadloop.web import i18n
from leadloop.web.visit import SubmittedForm, Visit

EMPTY = SubmittedForm()


class FormView(Struct, frozen=True):
    form: SubmittedForm = EMPTY
    problems: Sequence[Problem] = ()
    sentences: Mapping[str, str] = {}

    def value(self, name: str) -> str:
        return self.form.get(name, "")

    def is_chosen(self, name: str, value: str) -> bool:
        return value in self.form.all(name)

    def problem(self, name: str) -> str:
        """The sentence about a field, which continues its name; empty if it is fine. Problems inside the field count
        too (`/officeHours/monday/0` is about `officeHours.monday` or else `officeHours`)."""
        place = "/" + name.replace(".", "/")
        for problem in self.problems:
            if problem.field == place or problem.field.startswith(f"{place}/"):
                return problem.text_in(self.sentences)
        return ""

    @property
    def others(self) -> list[str]:
        """Problems that no field of the form can show."""
        tops = {name.split(".")[0] for name in self.form} | set(SHOWN_WITHOUT_VALUE)
        return [
            problem.text_in(self.sentences)
            for problem in self.problems
            if problem.field.lstrip("/").split("/")[0] not in tops
        ]


SHOWN_WITHOUT_VALUE = ("scopes", "role", "officeHours")
"""Fields that a browser leaves out of the form where nothing is chosen."""


def refused(visit: Visit, error: Refusal) -> FormView:
    """The form as it was sent, with what is wrong with it."""
    problems = error.problems if isinstance(error, InvalidFields) else [error.problem]
    return FormView(visit.form, problems, i18n.sentences(visit.visitor.language))


def filled(values: Mapping[str, str | None]) -> FormView:
    """The form with stored values; a `None` is a box that is not checked, or nothing chosen."""
    return FormView(SubmittedForm([(name, value) for name, value in values.items() if value is not None]))
