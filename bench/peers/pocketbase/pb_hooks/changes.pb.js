/// A change record of each update, field by field with the values before and after, in the same transaction as the
/// update. Of several ways to write this, the one that took the least time.
onRecordUpdateRequest((e) => {
  e.record.set("sent", Object.keys(e.requestInfo().body)) // no field of the collection: it is not stored
  e.next()
}, "leads")

onRecordUpdateExecute((e) => {
  const before = e.record.original()
  const fields = []
  for (const name of e.record.get("sent")) {
    const old = before.getString(name), now = e.record.getString(name)
    if (old !== now) fields.push({ field: name, before: old, after: now })
  }
  const app = e.app
  try {
    app.runInTransaction((transaction) => {
      e.app = transaction
      e.next()
      const change = new Record(transaction.findCachedCollectionByNameOrId("changes"))
      change.set("lead", e.record.id)
      change.set("fields", fields)
      transaction.saveNoValidate(change)
    })
  } finally {
    e.app = app
  }
}, "leads")
