"""Folds the leads of a period one by one. Runs on a reader's thread."""

from collections.abc import Callable
from contextlib import closing

import apsw

from leadloop.insights.lead_view import reader
from leadloop.insights.ports import G, LeadScan
from leadloop.storage.sql import statements

SQL = statements(__file__)


def fold_leads(connection: apsw.Connection, scan: LeadScan, start: Callable[[], G]) -> G:
    """Reads whole documents: extracting members here is faster than in the database."""
    account_id, from_ms, to_ms, members, with_moves = scan
    fold, read = start(), reader(members)
    with closing(connection.cursor()) as cursor:
        for row in cursor.execute(SQL["lead_views"], (account_id, from_ms, to_ms, bool(members), with_moves)):
            fold.add(read(row))
    return fold
