"""A third dialect, for tests only: a copy of leadloop has it as `leadloop.api.toy`."""
