"""All field problems are reported at once, one line each, at most 50, without the values sent."""

from lab.server import Client
from tests.support.answers import details, refused

SECRET = "s3cr3t-Value"


def test_all_problems_come_at_once_and_nothing_is_written(client: Client) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    wrong = {"firstName": "", "country": "USA", "tags": ["ok", 1], "statuss": 1, "address": {"city": 5, "cty": 1}}
    answer = client.patch_leadsail(lead, {"detail": "fine", **wrong, "submissionCount": -1})
    expected = ["firstName", "country", "tags.1", "statuss", "address.city", "address.cty", "submissionCount"]
    assert refused(answer) == expected
    assert client.get_leadsail(lead) == before
    assert client.leadsail("GET", f"leads/{lead}").headers["ETag"] == '"1"'


def test_at_most_50_problems(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert len(details(client.patch_leadsail(lead, {"tags": [1] * 50}))) == 50
    assert len(details(client.patch_leadsail(lead, {"tags": [1] * 51}))) == 50
    assert len(details(client.patch_leadsail(lead, {f"x{n}": n for n in range(999)}))) == 50
    assert len(details(client.patch_leadsail(lead, {"customFields": {f"x{n}": "\x01" for n in range(999)}}))) == 50


def test_no_problem_repeats_a_value(client: Client) -> None:
    lead = client.new_leadsail_lead()
    texts = [
        "email",
        "dateOfBirth",
        "timezone",
        "timezoneSource",
        "status",
        "deliveredAt",
        "country",
        "submissionCount",
    ]
    texts += ["address", "notes", "questionnaire", "attribution", "flags", "tags", "approval", "customFields"]
    wrong: dict[str, object] = dict.fromkeys(texts, SECRET)
    answer = client.patch_leadsail(lead, {**wrong, "nickname": SECRET, "phone": SECRET[:9], "firstName": [SECRET]})
    assert len(details(answer)) == len(wrong) + 3
    assert SECRET[:9] not in answer.text
    for raw in (
        f'{{"email": {SECRET}}}',
        f'{{"email": "{SECRET}\x01"}}',
        f'{{"email": "{SECRET}\\u0001"}}',
        f'["{SECRET}"]',
    ):
        answer = client.leadsail("PATCH", f"leads/{lead}", content=raw, headers={"Content-Type": "application/json"})
        assert details(answer) and SECRET not in answer.text


def test_other_refusals_have_no_details(client: Client) -> None:
    answers = {
        401: client.leadsail("GET", headers={"X-API-Key": "x"}),
        404: client.leadsail("GET", "leads/lead_x"),
        405: client.leadsail("PUT"),
        415: client.leadsail("POST", content="x", headers={"Content-Type": "text/plain"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.json().keys() == {"success", "error"} and answer.json()["success"] is False
        assert answer.json()["error"].keys() == {"code", "message"}
    assert answers[401].json()["error"] == {"code": "UNAUTHORIZED", "message": "Authentication required"}
    assert answers[404].json()["error"] == {"code": "NOT_FOUND", "message": "Resource not found"}
