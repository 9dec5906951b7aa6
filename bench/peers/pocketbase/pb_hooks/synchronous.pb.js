/// PocketBase opens its one writing connection with synchronous=NORMAL, which can lose the last updates in a power
/// cut. This sets another value for as long as the connection lives (three idle minutes end it, so the benchmark sets it
/// before every turn, and reads it back after it).
routerAdd("POST", "/synchronous/{value}", (e) => {
  e.app.nonconcurrentDB().newQuery("PRAGMA synchronous = " + e.request.pathValue("value")).execute()
  return e.noContent(204)
})

routerAdd("GET", "/synchronous", (e) => {
  const found = new DynamicModel({ synchronous: 0 })
  e.app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(found)
  return e.json(200, found)
})
