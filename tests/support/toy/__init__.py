"""A third dialect, for tests only: a test copies it into a copy of leadloop as `leadloop.api.toy`."""
