/// The collections of the PocketBase peer: scalars as typed columns, nested parts as JSON, leadloop's indexes.
/// Rules are open: PocketBase has no key to check, which spares it work that the others do.
migrate((app) => {
  const texts = [
    "name", "email", "phoneNumber", "companyName", "address", "note", "source", "type", "status", "thermometer",
    "through", "keyword", "callId", "callStatus", "callAudioUrl", "facebookLeadId", "facebookFormName", "startUrl",
    "referrer", "userAgent", "utmCampaign", "utmMedium", "utmSource",
  ]
  const numbers = ["leadDate", "saleValue", "callDuration"]
  const nested = [
    "leadAttributionUser", "unit", "department", "interest", "tags", "fields", "activities", "conversionSteps",
    "aiData", "leadCart", "leadActivityReason", "leadLossReson", "lastMessage", "more",
  ]
  app.save(new Collection({
    type: "base",
    name: "leads",
    listRule: "", viewRule: "", createRule: "", updateRule: "",
    fields: [
      ...texts.map((name) => ({ type: "text", name })),
      ...numbers.map((name) => ({ type: "number", name })),
      ...nested.map((name) => ({ type: "json", name })),
      { type: "autodate", name: "updated", onCreate: true, onUpdate: true },
    ],
    indexes: [
      "CREATE INDEX leads_by_date ON leads (leadDate, id)",
      "CREATE INDEX leads_by_email ON leads (email) WHERE email != ''",
      "CREATE INDEX leads_by_phone ON leads (phoneNumber) WHERE phoneNumber != ''",
    ],
  }))
  app.save(new Collection({
    type: "base",
    name: "changes",
    listRule: "",
    fields: [
      { type: "text", name: "lead" },
      { type: "json", name: "fields" },
      { type: "autodate", name: "at", onCreate: true },
    ],
    indexes: ["CREATE INDEX changes_by_lead ON changes (lead, at)"],
  }))
  const settings = app.settings()
  settings.logs.maxDays = 0 // no log of requests: the others write none
  app.save(settings)
}, () => {})
