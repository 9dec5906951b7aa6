"""HTTP on a socket: uvicorn with deadlines, limits, a graceful stop and several processes. Does not depend on leads."""
