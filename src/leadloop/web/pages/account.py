"""The settings of an account, in one form."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from leadloop.core import account_settings
from leadloop.core.errors import Problem, Refusal
from leadloop.web import i18n, regions
from leadloop.web.form_view import FormView, filled, refused
from leadloop.web.render import page, redirect
from leadloop.web.visit import SubmittedForm, Visit

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TEXTS = ("name",)
_OPTIONAL = ("currency", "timeZone", "language", "country")
_FLAGS = ("requireVersion", "autoAttribution")
_SPAN = re.compile(r"\s*(\S+?)\s*[-–]\s*(\S+)\s*")


async def show_account(visit: Visit) -> Response:
    return _show(visit, filled(_values(account_settings.show(visit.account))))


async def change_account(visit: Visit) -> Response:
    try:
        await account_settings.change(visit.store, visit.stamp, visit.account.id, body_of(visit.form))
    except Refusal as error:
        return _show(visit, refused(visit, error), 422)
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(f"/app/{visit.account.id}/settings/account")


async def delete_account(visit: Visit) -> Response:
    """Only an account in mode test, by a person who has another one, with its name typed."""
    problem = None
    if not visit.account.is_test:
        problem = Problem("account_not_test")
    elif len(visit.visitor.memberships) < 2:
        problem = Problem("account_is_only_one")
    elif visit.form.text("confirmation") != visit.account.name.strip():
        problem = Problem("not_repeated", "/confirmation")
    if problem is not None:
        stored = _values(account_settings.show(visit.account)) | {"confirmation": visit.form.text("confirmation")}
        view = FormView(filled(stored).form, [problem], i18n.sentences(visit.visitor.language))
        return _show(visit, view, 422 if problem.field else 409)
    await visit.store.accounts.delete(visit.account.id)
    _ = visit.gettext
    visit.toast(_("The account is deleted with all its leads."))
    return redirect("/app")


def body_of(form: SubmittedForm) -> dict[str, Any]:
    """The form as the body of `PATCH /api/v1/account`. What it cannot read goes on as it was written, so that the use
    case names the problem."""
    goal = form.text("contactGoalMinutes")
    hours = {day: _spans(form.text(f"officeHours.{day}")) for day in DAYS if form.text(f"officeHours.{day}")}
    return (
        {name: form.text(name) for name in _TEXTS}
        | {name: form.text(name) or None for name in _OPTIONAL}
        | {name: form.has(name) for name in _FLAGS}
        | {
            "agentsSee": form.text("agentsSee"),
            "contactGoalMinutes": (int(goal) if goal.isdecimal() else goal) if goal else None,
            "officeHours": hours or None,
            "stageOrder": [line.strip() for line in form.text("stageOrder").splitlines() if line.strip()],
        }
    )


def _spans(text: str) -> Sequence[Mapping[str, str]]:
    """`08:00-12:00, 13:00-18:00` as spans."""
    spans = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        first, last = (match[1], match[2]) if match else (part.strip(), "")
        spans.append({"from": first, "to": last})
    return spans


def _values(shown: Mapping[str, Any]) -> dict[str, str | None]:
    """The fields of the form for the settings as the API shows them."""
    values = {name: str(shown[name] or "") for name in (*_TEXTS, *_OPTIONAL, "agentsSee", "contactGoalMinutes")}
    hours = shown["officeHours"] or {}
    texts = {f"officeHours.{day}": _text(hours.get(day, ())) for day in DAYS}
    flags = {name: "on" if shown[name] else None for name in _FLAGS}
    return values | texts | flags | {"stageOrder": "\n".join(shown["stageOrder"] or ())}


def _text(spans: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(f"{span['from']}-{span['to']}" for span in spans)


def _show(visit: Visit, view: FormView, status: int = 200) -> Response:
    language = visit.visitor.language
    return page(
        visit,
        "account/page.html",
        status,
        view=view,
        days=DAYS,
        currencies=regions.currencies(language),
        countries=regions.countries(language),
        zones=regions.time_zones(),
        may_delete=visit.account.is_test and visit.visitor.may("users:manage"),
    )
