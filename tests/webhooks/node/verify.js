// Reads [{secret, headers, body}] and prints for each whether standardwebhooks takes it: the body as it read it, or null.
const { Webhook } = require("standardwebhooks");

const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const verdicts = cases.map(({ secret, headers, body }) => {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return null;
  }
});
console.log(JSON.stringify(verdicts));
