"""The ASGI application with its lifespan: it opens the store before the first request and closes it at the end."""

import asyncio
from collections.abc import Callable, Set
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop import secrets
from leadloop.app.dashboard import Dashboard, is_for_dashboard
from leadloop.app.failures import reason
from leadloop.app.instances import pepper_of
from leadloop.app.records import dialects
from leadloop.app.renewal import keep_renewing
from leadloop.app.retention import DAY_MS, HOUR_MS, SessionLimits, purge_expired
from leadloop.app.sender import WebhookSender
from leadloop.app.stores import EngineStore, clock, prepare
from leadloop.app.webhooks import build_sender_context, wait_until_sender
from leadloop.core.errors import Problem
from leadloop.settings import Settings
from leadloop.webhooks.routing import OnQueued

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext

_log = structlog.get_logger("leadloop")


class Application:
    def __init__(self, settings: Settings, open_store: Callable[[Settings, OnQueued], EngineStore]) -> None:
        self._settings = settings
        self._http: ASGIApp | None = None
        self._dashboard = Dashboard(self._build_dashboard)
        self._background: list[asyncio.Task[None]] = []
        """Background tasks of a server, cancelled when it stops."""
        self._sending: asyncio.Task[None] | None = None
        self._sender_context: SenderContext | None = None
        self._sender: WebhookSender | None = None
        self.store = open_store(settings, self._wake_sender)
        self.stopping = asyncio.Event()
        """Set by the server when it stops, before it waits for the requests in flight."""
        self.pepper = b""
        self.failure: str | None = None
        """Why it refused to start or did not stop cleanly, in one sentence."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._http is not None:
            await (self._dashboard if is_for_dashboard(scope) else self._http)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
        else:
            raise RuntimeError(f"the application does not serve {scope['type']}")

    def refusal(self, scope: Scope, status: int, problem: Problem, request_id: str) -> tuple[bytes, str]:
        """The body and media type of a response by the server itself, in the dialect of the request's path."""
        from leadloop.api import asgi

        return asgi.render_refusal(dialects(self._settings), scope, status, problem, request_id)

    def _wake_sender(self, endpoints: Set[tuple[str, str]]) -> None:
        if self._sender is not None:
            self._sender.wake(endpoints)

    def _sender_state(self) -> str:
        return "off" if self._sender is None else self._sender.state

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except Exception as error:
            self.failure = reason(error, self._settings)
            await self.store.close()
            await send({"type": "lifespan.startup.failed"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            try:
                await self._finish()
            finally:
                await self.store.close()
        except Exception as error:
            self.failure = reason(error, self._settings)
            await send({"type": "lifespan.shutdown.failed"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _finish(self) -> None:
        """Finishes the deliveries in flight and records their results."""
        self.stopping.set()
        for task in self._background:
            task.cancel()
        if self._sending is not None:
            await self._sending
        if self._sender_context is not None:
            await self._sender_context.sender.close()

    async def _start(self) -> None:
        from leadloop.api import asgi

        settings = self._settings
        if not settings.is_embedded:
            self.pepper = secrets.pepper(settings)
        applied = await prepare(settings, self.store, migrate=settings.is_embedded)
        if applied:
            _log.info("database migrated", migrations=applied)
        self.pepper = await pepper_of(settings, self.store)
        self._sender_context = build_sender_context(settings, self.store, self.pepper)
        sessions = SessionLimits(settings.session_idle_hours * HOUR_MS, settings.session_days * DAY_MS)
        background = purge_expired(self.store, sessions), keep_renewing(self.store)
        self._background = [asyncio.create_task(task) for task in background]
        if settings.send_webhooks:
            self._sender = WebhookSender(
                self._sender_context, self.stopping, partial(wait_until_sender, self.store, self.stopping)
            )
            self._sending = asyncio.create_task(self._sender.run())
        self._http = asgi.build(
            sender_context=self._sender_context,
            insights=self.store,
            pepper=self.pepper,
            stopping=self.stopping,
            settings=settings,
            webhooks=self._sender_state,
            public_url=settings.public_url,
        )

    def _build_dashboard(self) -> ASGIApp:
        from leadloop.app.report import report
        from leadloop.web import site

        settings, store = self._settings, self.store
        return site.build(
            store=store,
            clock=clock,
            pepper=self.pepper,
            stopping=self.stopping,
            report=partial(report, settings, store, self._sender_state),
            dialects=dialects(settings),
            insights=store.insights,
            settings=settings,
        )
