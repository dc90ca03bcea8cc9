"""A real SMTP server (aiosmtpd) on the loopback, with TLS, log-in, and a memory of what it took."""

import asyncio
import threading
import warnings
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.api import server_context

USER, PASSWORD = "egresswatch", "hunter2-s3cr3t"
NOBODY = "nobody@example.com"
"""A recipient that the server does not know."""

Spoil = Literal["busy", "drop before", "drop after", "refuse"]


class Mailbox:
    """`mails` are what the server took. `spoilt` says what becomes of the next ones."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.spoilt: deque[Spoil] = deque()
        self.port = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == NOBODY:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        spoil = self.spoilt.popleft() if self.spoilt else None
        if spoil in {None, "drop after"}:
            content: Any = envelope.content
            taken: Any = message_from_bytes(content, policy=policy.default)
            self.mails.append(taken)
        if spoil in {"drop before", "drop after"}:
            transport: Any = server.transport
            transport.abort()
            await asyncio.sleep(0)
        answers = {"busy": "451 try again later", "refuse": "554 we do not want this"}
        return answers.get(spoil or "", "250 OK")


def _login(_: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and given == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(*, tls: Literal["starttls", "tls", "none"] = "starttls") -> Generator[Mailbox]:
    """The server while the block runs; with TLS it wants a log-in."""
    mailbox = Mailbox()
    more: dict[str, Any] = {}
    if tls == "starttls":
        more = {"tls_context": server_context(), "require_starttls": True}
    if tls != "none":
        more |= {"authenticator": _login, "auth_required": True, "auth_require_tls": tls != "tls"}

    def serve() -> SMTP:
        with warnings.catch_warnings():  # it does not count TLS from the first byte as TLS
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(mailbox, hostname="localhost", loop=loop, **more)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        listening = loop.create_server(
            serve,
            "127.0.0.1",
            0,
            ssl=server_context() if tls == "tls" else None,
        )
        server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
        mailbox.port = server.sockets[0].getsockname()[1]
        try:
            yield mailbox
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Ends the server and the connections that its clients left open."""
    server.close()
    mine = asyncio.current_task()
    open_ones = [task for task in asyncio.all_tasks() if task is not mine]
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
