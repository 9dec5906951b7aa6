-- Who signs in, of the whole instance. `founder` is 1 for the first person: of two that set up an instance at once one
-- wins.
-- global: people belong to the instance
CREATE TABLE people (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    created_at_ms bigint NOT NULL,
    password_hash text,
    is_operator boolean NOT NULL,
    language text,
    time_zone text,
    theme text NOT NULL,
    has_shortcuts boolean NOT NULL,
    founder bigint UNIQUE CHECK (founder = 1)
);

-- What a person is in an account.
CREATE TABLE memberships (
    account_id text COLLATE "C" NOT NULL,
    person_id text COLLATE "C" NOT NULL,
    role text NOT NULL,
    state text NOT NULL,
    created_at_ms bigint NOT NULL,
    catalogue_user_id text,
    last_seen_at_ms bigint,
    signed_out_at_ms bigint,
    PRIMARY KEY (account_id, person_id)
);
CREATE INDEX memberships_by_person ON memberships (person_id);

-- The browsers in which people are signed in, each by the SHA-256 of its cookie.
-- global: sessions belong to the instance
CREATE TABLE sessions (
    digest bytea NOT NULL PRIMARY KEY,
    person_id text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL,
    seen_at_ms bigint NOT NULL,
    password_at_ms bigint NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);

-- One-time links, each by the SHA-256 of its token. `used_by` is the call that used it up: its rerun succeeds.
-- global: links belong to the instance
CREATE TABLE links (
    digest bytea NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL,
    person_id text COLLATE "C",
    for_account_id text COLLATE "C",
    used_by text
);
CREATE INDEX links_by_person ON links (person_id);
CREATE INDEX links_by_account ON links (for_account_id);

-- Failed sign-ins by address and by e-mail.
-- global: sign-ins belong to the instance
CREATE TABLE throttles (
    key text COLLATE "C" NOT NULL PRIMARY KEY,
    failures bigint NOT NULL,
    last_at_ms bigint NOT NULL
);
CREATE INDEX throttles_by_time ON throttles (last_at_ms);

-- Acts that changed no lead.
CREATE TABLE audit (
    account_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    request_id text NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX audit_by_time ON audit (at_ms);

ALTER TABLE accounts ADD COLUMN is_test boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN currency text;
ALTER TABLE accounts ADD COLUMN time_zone text;
ALTER TABLE accounts ADD COLUMN language text;
ALTER TABLE accounts ADD COLUMN agents_see_own boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN contact_goal_minutes bigint;
ALTER TABLE accounts ADD COLUMN office_hours text;
ALTER TABLE accounts ADD COLUMN stage_order text NOT NULL DEFAULT '[]';

ALTER TABLE api_keys ADD COLUMN created_by text NOT NULL DEFAULT 'system';
ALTER TABLE api_keys ADD COLUMN last_used_from text;
ALTER TABLE api_keys ADD COLUMN replaces text;
