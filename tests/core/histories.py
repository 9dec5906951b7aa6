"""Test data: leads with a history of random writes through both dialects."""

from typing import Any

from hypothesis import strategies as st

from tests.core.desk import DIALECTS, Desk
from tests.support.strategies import EXPAD, LEADSAIL, bodies, new_bodies

Step = tuple[str, Any]
History = tuple[Step, list[Step]]

FIRST = st.sampled_from(sorted(DIALECTS)).flatmap(lambda name: st.tuples(st.just(name), new_bodies(name)))
PATCHES = st.tuples(st.just("expad"), bodies(EXPAD, most=4)) | st.tuples(st.just("leadsail"), bodies(LEADSAIL, most=4))
STEPS: st.SearchStrategy[Step] = PATCHES | st.tuples(st.just("delete"), st.just({}))
HISTORIES: st.SearchStrategy[History] = st.tuples(FIRST, st.lists(STEPS, max_size=2))

TELL_THE_SOURCE = {
    *("campaignIdData", "attribution", "startUrl", "referrer", "userAgent", "formId", "callId", "facebookAdsPixelData"),
    *(name for name in EXPAD if name.startswith(("google", "facebook"))),
}
"""Fields from which Expad derives a source that nobody wrote; sending a shown value back is not a write."""


def desk_with(history: History) -> Desk:
    """A desk whose lead has this history."""
    (dialect, body), steps = history
    desk = Desk()
    desk.create(DIALECTS[dialect], body)
    for kind, step in steps:
        if kind == "delete":
            desk.delete()
        else:
            desk.patch(DIALECTS[kind], step)
    return desk
