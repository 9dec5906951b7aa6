"""What is made of the leads and could be made anew: what they add to the Insights, and the search index."""

import apsw

from leadloop.storage.sql import statements
from leadloop.storage.sqlite import insights, renewal, search
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)


def recompute(connection: apsw.Connection, full_text: FullText) -> None:
    """What the group has not put down yet of the full text is made anew as well."""
    full_text.forget()
    for sql in SQL.values():
        connection.execute(sql)
    insights.fill(connection)
    search.fill(connection, renewal.countries(connection))
