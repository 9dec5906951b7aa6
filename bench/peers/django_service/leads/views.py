# mypy: ignore-errors
"""The API of the Django peer: PATCH of a lead."""

import time

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from merging import change_record, columns, merge
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.models import Change, Lead
from leads.serializers import LeadPatch


class LeadView(APIView):
    def patch(self, request, account_id: str, lead_id: str) -> Response:
        patch = LeadPatch(data=request.data, partial=True)
        patch.is_valid(raise_exception=True)
        with transaction.atomic():
            lead = get_object_or_404(Lead.objects.select_for_update(), account_id=account_id, id=lead_id)
            doc, changes = merge(lead.doc, patch.validated_data)
            if changes:
                _save(lead, doc)
                Change(**change_record(lead, changes, request.auth)).save(force_insert=True)
        return Response(
            {"leadId": lead.id, "version": lead.version, "changed": [change["field"] for change in changes]}
        )


def _save(lead: Lead, doc: dict) -> None:
    """Writes the columns that differ."""
    new = {**columns(doc), "doc": doc, "version": lead.version + 1, "updated_at_ms": time.time_ns() // 1_000_000}
    changed = [name for name, value in new.items() if name == "doc" or getattr(lead, name) != value]
    for name in changed:
        setattr(lead, name, new[name])
    lead.save(update_fields=changed)


urlpatterns = [
    path("health", lambda request: HttpResponse("{}", content_type="application/json")),
    path("v1/account/<str:account_id>/lead/<str:lead_id>", LeadView.as_view()),
]
