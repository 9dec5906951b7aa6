"""People: who signs in, in which accounts with which role, their sessions, one-time links, and the audit trail."""
