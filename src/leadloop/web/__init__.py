"""The dashboard under `/app`: pages rendered on the server, for people who sign in with a password."""
