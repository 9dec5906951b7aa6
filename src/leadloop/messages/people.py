"""Problems of accounts, people and API keys."""

ENGLISH = {
    # Of one field: each sentence continues the field's name
    "name_expected": "must have 1 to {most} printable characters",
    "currency_expected": "must be an ISO 4217 code such as BRL or USD",
    "clock_time_expected": "must be a time of day such as 08:00",
    "span_backwards": "must be later than from",
    "span_overlaps": "must not be earlier than the end of the previous span",
    "office_hours_empty": "must have at least one span; send null for no office hours",
    "stage_name_expected": "must be the name of a stage, with 1 to {most} characters",
    "stage_fixed": "must not be one of {choices}: they stand before your own stages",
    "stage_twice": "must not be there twice",
    "email_fixed": "cannot be changed: invite the new address, and disable this user",
    "catalogue_user_unknown": "must be the id of a user in the catalogue that is not archived",
    "scopes_empty": "must have at least one scope; leave it out for the default ones",
    "scopes_fixed": "cannot be changed: create another key, and revoke this one",
    "in_past": "must be in the future",
    # Of the whole request: each sentence stands alone
    "account_gone": "the account of this API key was deleted",
    "member_not_found": "user not found: there is no user with this id in the account",
    "member_exists": "a user of the account already has this e-mail: create a new link for that user",
    "member_disabled": "the user is disabled: set the state to active first",
    "last_owner": "the account must keep an active owner: make another user an owner first",
    "member_elsewhere": "the user belongs to another account too, or operates this instance: only the user, or the "
    "operator by `leadloop users link`, can do this",
    "api_key_not_found": "API key not found: there is no key with this id in the account",
    "api_key_revoked": "the API key is revoked: create a new one",
    "scopes_lacking": "a key can only give scopes that it has itself; this one lacks {scopes}",
    # Warnings
    "key_manages_keys": "whoever has this key can create and revoke keys of the account",
    "key_manages_users": "whoever has this key can invite users, and so reach everything in the account",
}
