-- Who signs in, of the whole instance. `founder` is 1 for the first person: of two that set up an instance at once one
-- wins.
-- global: people belong to the instance
CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    password_hash TEXT,
    is_operator INTEGER NOT NULL,
    language TEXT,
    time_zone TEXT,
    theme TEXT NOT NULL,
    has_shortcuts INTEGER NOT NULL,
    founder INTEGER UNIQUE CHECK (founder = 1)
) STRICT;

-- What a person is in an account.
CREATE TABLE memberships (
    account_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    catalogue_user_id TEXT,
    last_seen_at_ms INTEGER,
    signed_out_at_ms INTEGER,
    PRIMARY KEY (account_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_person ON memberships (person_id);

-- The browsers in which people are signed in, each by the SHA-256 of its cookie.
-- global: sessions belong to the instance
CREATE TABLE sessions (
    digest BLOB NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    password_at_ms INTEGER NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person_id);

-- One-time links, each by the SHA-256 of its token. `used_by` is the call that used it up: its rerun succeeds.
-- global: links belong to the instance
CREATE TABLE links (
    digest BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    person_id TEXT,
    for_account_id TEXT,
    used_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_person ON links (person_id);
CREATE INDEX links_by_account ON links (for_account_id);

-- Failed sign-ins by address and by e-mail.
-- global: sign-ins belong to the instance
CREATE TABLE throttles (
    key TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_time ON throttles (last_at_ms);

-- Acts that changed no lead.
CREATE TABLE audit (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at_ms);

ALTER TABLE accounts ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN currency TEXT;
ALTER TABLE accounts ADD COLUMN time_zone TEXT;
ALTER TABLE accounts ADD COLUMN language TEXT;
ALTER TABLE accounts ADD COLUMN agents_see_own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN contact_goal_minutes INTEGER;
ALTER TABLE accounts ADD COLUMN office_hours TEXT;
ALTER TABLE accounts ADD COLUMN stage_order TEXT NOT NULL DEFAULT '[]';

ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT 'system';
ALTER TABLE api_keys ADD COLUMN last_used_from TEXT;
ALTER TABLE api_keys ADD COLUMN replaces TEXT;
