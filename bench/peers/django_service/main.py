# mypy: ignore-errors
"""A lead service as good engineers write it with Django and its REST framework: the synchronous peer on PostgreSQL.

`python main.py` makes the tables; gunicorn serves `application`.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from django.core.wsgi import get_wsgi_application
from django.db import connection

application = get_wsgi_application()


def make_tables() -> None:
    from leads.models import STORAGE, Change, Lead

    with connection.schema_editor() as editor:
        for model in (Lead, Change):
            editor.create_model(model)
        for statement in STORAGE:
            editor.execute(statement)


if __name__ == "__main__":
    make_tables()
