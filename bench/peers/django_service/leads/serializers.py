# mypy: ignore-errors
"""What may be sent: every field optional. Nested parts are JSON, as a model serializer takes JSON columns."""

from rest_framework import serializers

TEXTS = (
    *("name", "email", "phoneNumber", "companyName", "address", "note", "source", "type", "status", "thermometer"),
    *("through", "keyword", "callId", "callStatus", "callAudioUrl", "facebookLeadId", "facebookFormName", "startUrl"),
    *("referrer", "userAgent", "utmCampaign", "utmMedium", "utmSource"),
)
WHOLES = ("leadDate", "callDuration")
NESTED = (
    *("leadAttributionUser", "unit", "department", "interest", "leadActivityReason", "leadLossReson", "lastMessage"),
    *("tags", "fields", "activities", "conversionSteps", "aiData", "leadCart"),
)

LeadPatch = type(
    "LeadPatch",
    (serializers.Serializer,),
    {
        **{name: serializers.CharField(allow_null=True, allow_blank=True) for name in TEXTS},
        **{name: serializers.IntegerField(allow_null=True) for name in WHOLES},
        **{name: serializers.JSONField(allow_null=True) for name in NESTED},
        "saleValue": serializers.FloatField(allow_null=True),
    },
)
