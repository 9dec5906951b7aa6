# mypy: ignore-errors
"""What may be sent: every field optional, those that were sent are told by `exclude_unset`."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Named(Part):
    id: str | None = None
    name: str | None = None
    unitId: str | None = None
    departmentId: str | None = None


class User(Part):
    id: str | None = None
    userId: str | None = None
    userName: str | None = None
    email: str | None = None
    phoneNumber: str | None = None
    isRealUser: bool | None = None


class Tag(Part):
    id: str | None = None
    name: str | None = None
    color: str | None = None
    createdAt: int | None = None


class Answer(Part):
    id: str
    name: str | None = None
    value: str | None = None


class Activity(Part):
    id: str
    kind: str | None = None
    name: str | None = None
    description: str | None = None
    attributionUser: User | None = None
    dueAt: int | None = None
    createdAt: int | None = None
    completedAt: int | None = None
    isComplete: bool | None = None


class Message(Part):
    content: str | None = None
    createdAt: int | None = None
    messageSender: str | None = None
    messageType: str | None = None
    through: str | None = None


class AiData(Part):
    hasCollectedData: bool | None = None
    isActive: bool | None = None


class LeadPatch(Part):
    name: str | None = None
    email: str | None = None
    phoneNumber: str | None = None
    companyName: str | None = None
    address: str | None = None
    note: str | None = None
    source: str | None = None
    type: str | None = None
    status: str | None = None
    thermometer: str | None = None
    leadDate: int | None = None
    saleValue: float | None = None
    through: str | None = None
    keyword: str | None = None
    callId: str | None = None
    callStatus: str | None = None
    callAudioUrl: str | None = None
    callDuration: int | None = None
    facebookLeadId: str | None = None
    facebookFormName: str | None = None
    startUrl: str | None = None
    referrer: str | None = None
    userAgent: str | None = None
    utmCampaign: str | None = None
    utmMedium: str | None = None
    utmSource: str | None = None
    leadAttributionUser: User | None = None
    unit: Named | None = None
    department: Named | None = None
    interest: Named | None = None
    leadActivityReason: Named | None = None
    leadLossReson: Named | None = None
    lastMessage: Message | None = None
    tags: list[Tag] | None = None
    fields: list[Answer] | None = None
    activities: list[Activity] | None = None
    conversionSteps: dict[str, bool] | None = None
    aiData: AiData | None = None
    leadCart: dict[str, Any] | None = None


class Updated(BaseModel):
    leadId: str
    version: int
    changed: list[str]
