"""Problems of a whole request: each sentence stands alone. `body_...` completes "the body ..."."""

ENGLISH = {
    "invalid_fields": "invalid fields",
    "invalid_input": "invalid input",
    "internal_error": "something failed inside leadloop; report the request id to its operator",
    # The request as it arrives
    "host_required": "the request must have exactly one header field Host",
    "content_length_wrong": "Content-Length must be the number of bytes of the body",
    "transfer_encoding_refused": "send the body without Transfer-Encoding, or with chunked alone",
    "request_malformed": "this is not a valid HTTP/1.1 request: see its first line, Content-Length and "
    "Transfer-Encoding; if you meant https, put a proxy that speaks it in front",
    "request_timeout": "the request did not arrive in time; send it again",
    "address_too_long": "the address of the request is longer than 8 KiB; send long values in the body",
    "header_too_large": "the header of the request is larger than 32 KiB; send fewer or shorter header fields",
    "too_many_requests": "too many requests are arriving at once; send it again, all of it in one go",
    "content_encoding_refused": "send the body without Content-Encoding",
    "json_type_expected": "send the body as Content-Type: application/json",
    "utf8_expected": "send the body in UTF-8",
    "body_too_large": "the body is larger than {limit} bytes; send less at once",
    "body": "the body {problem}",
    "body_empty": "is empty; send a JSON object",
    "body_too_deep": "is nested deeper than {limit} levels",
    "body_not_json": "is not valid JSON in UTF-8: {decoder}",
    "body_number_range": "holds a number that is out of range",
    "body_object_expected": "must be a JSON object",
    "body_incomplete": "ended before it was complete",
    # Addresses and keys
    "no_route": "there is nothing at this path; see the list of routes in the README",
    "method_not_allowed": "this path takes {methods}",
    "lead_id_missing": "lead id missing in the path",
    "key_required": "Authentication required",
    "key_in_url": "an API key must not be in the URL: send it as the header X-API-Key, and replace it now",
    "scope_missing": "this API key lacks the scope {scope}; create one that has it",
    "too_many_failed_keys": "too many failed API keys from this address",
    "account_not_found": "there is no such account: its id is 24 lower-case hexadecimal characters",
    "account_of_others": "this API key belongs to another account",
    # Leads
    "lead_not_found": "lead not found: there is no lead with this id in the account",
    "lead_changed": "the lead has changed since; get it again, and send the change with its new ETag",
    "version_required": "this account asks for If-Match with the lead's ETag, or Leadloop-Base-Version",
    "conflict": "changed by somebody else since that version: {names}; get the lead again and decide what it shall be",
    "several_leads_match": "several leads match: update one of them by its id",
    "idempotency_key_reused": "this Idempotency-Key came with another request before; use a new one",
    "request_under_way": "the same request is still under way; try again",
    "newer_format": "this lead was written by a newer leadloop; update this server",
    # Catalogue
    "kind_not_found": "there is no such kind; the catalogue has {kinds}",
    "entry_not_found": "there is no entry with this id among the account's of this kind",
    "id_taken": "the entry {entry_id} has this id already: change that one",
    "name_taken": "the entry {entry_id} has this name already: change that one",
    "user_id_taken": "the entry {entry_id} has this user id already: change that one",
    "email_taken": "the entry {entry_id} has this e-mail already: change that one",
    "catalogue_full": "the catalogue has {limit} {kind}, and takes no more",
    # Webhooks
    "webhook_not_found": "webhook not found: there is no endpoint with this id in the account",
    "webhook_limit": "an account has at most {limit} webhooks; delete one first",
    "webhook_disabled": "the webhook is disabled: resume it first, then replay",
    "delivery_not_found": "there is no delivery with this id; of changes over 14 days ago there is none any more: "
    "replay them",
    "secret_newer": "the secret was sealed by a newer leadloop, or is damaged: update, or rotate the secret",
    "secret_of_other_key": "the secret was sealed under another encryption key: put the one with id {key_id} back",
    "secret_damaged": "the sealed secret is damaged or of another endpoint: rotate the secret",
    # Too much at once, and what only the operator can help
    "too_many_unread": "{limit} large answers to this API key are unread or being made; read them, then try again",
    "too_many_insights": "{limit} Insights of this account are waiting for their turn already; try again later",
    "too_many_lists": "too many lists of this account look at all of its leads; try again, or ask for less",
    "too_slow": "this takes longer than {limit_s} s: ask for less, such as a shorter period",
    "database_unreachable": "the database can not be reached; try again",
    "files_moved": "the database file, or its log, was moved, replaced or deleted while the server runs, and nothing "
    "is written: the operator must put it back or restart the server, see docs/operations.md",
    "file_overwritten": "another program has overwritten the database file while the server runs, and nothing is "
    "written: the operator must stop the server and restore the database, see docs/operations.md",
}
