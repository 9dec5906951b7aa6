"""Outgoing HTTP: which addresses may be reached, name resolution, connections, and one exchange over them.

It knows no lead and no webhook: callers hand it a URL, header fields and bytes.
"""
