"""HTTP on a socket: uvicorn with deadlines, caps, a clean stop, and more than one process. Knows nothing of leads."""
