"""The leads of a period, handed over one by one. Runs in a reader's thread."""

from collections.abc import Callable
from contextlib import closing

import apsw

from leadloop.insights.lead_view import reader
from leadloop.insights.ports import G, LeadScan
from leadloop.storage.sql import statements

SQL = statements(__file__)


def fold_leads(connection: apsw.Connection, sought: LeadScan, start: Callable[[], G]) -> G:
    """Documents come whole: taking members out of them here is quicker than by the database."""
    account_id, from_ms, to_ms, members, with_moves = sought
    found, read = start(), reader(members)
    with closing(connection.cursor()) as cursor:
        for row in cursor.execute(SQL["subjects"], (account_id, from_ms, to_ms, bool(members), with_moves)):
            found.add(read(row))
    return found
