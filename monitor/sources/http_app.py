"""The HTTP endpoint of ingest, as an ASGI application over an IngestQueue."""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.sources.framing import Line
from monitor.sources.http_body import Refusal, check_types, read_lines, too_large
from monitor.sources.http_queue import Admitted, IngestQueue, Refused

_RETRY = {"Retry-After": "1"}
_LONGEST_KEY = 255


class IngestApp:
    """Answers POST /v1/events and GET /livez."""

    def __init__(
        self,
        queue: IngestQueue,
        token: Callable[[], str],
        *,
        max_request_bytes: int,
        queue_records: int,
        commit_timeout: float,
    ) -> None:
        self._queue = queue
        self._token = token
        self._max_bytes = max_request_bytes
        self._capacity = queue_records
        self._timeout = commit_timeout
        self.asgi = Starlette(
            routes=[
                Route("/v1/events", _answering(self._events), methods=["POST"]),
                Route("/livez", _livez, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _http_error},
        )

    async def _events(self, request: Request) -> Response:
        self._authorise(request.headers.get("authorization", ""))
        encoding = request.headers.get("content-encoding", "").strip().lower()
        check_types(request.headers.get("content-type", ""), encoding)
        key = request.headers.get("idempotency-key", "")
        if len(key) > _LONGEST_KEY:
            raise Refusal(400, "bad-idempotency-key", f"at most {_LONGEST_KEY} characters")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise too_large(self._max_bytes)
        lines = await read_lines(request.stream(), encoding, self._max_bytes)
        if len(lines) > self._capacity:
            raise Refusal(413, "too-many", f"send at most {self._capacity} records a request")
        accepted = await self._committed(self._admit(key, lines))
        return JSONResponse({"accepted": accepted})

    def _authorise(self, header: str) -> None:
        scheme, _, given = header.partition(" ")
        token = self._token()
        right = compare_digest(given.strip().encode(), token.encode())
        if not right or not token or scheme.lower() != "bearer":
            headers = {"WWW-Authenticate": "Bearer"}
            raise Refusal(401, "unauthorised", "send Authorization: Bearer TOKEN", headers)

    def _admit(self, key: str, lines: list[Line]) -> Admitted:
        match self._queue.admit(key, _digest(lines), lines):
            case Admitted() as admitted:
                return admitted
            case Refused.FULL:
                raise Refusal(429, "busy", "send the request again, later", _RETRY)
            case Refused.OTHER_BODY:
                raise Refusal(422, "key-reused", "this key was sent with another body")
            case Refused.STOPPING:
                raise _stopping()

    async def _committed(self, admitted: Admitted) -> int:
        """Waits for the commit; several requests may wait for the same one."""
        future = asyncio.wrap_future(admitted.done)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._timeout)
        except TimeoutError:
            remedy = "not committed yet; send it again with the same Idempotency-Key"
            raise Refusal(503, "not-committed", remedy, _RETRY) from None
        except asyncio.CancelledError:
            if not admitted.done.cancelled():
                raise
            raise _stopping() from None


def _stopping() -> Refusal:
    return Refusal(503, "stopping", "send the request again, later", _RETRY)


def _digest(lines: list[Line]) -> str:
    digest = blake2b(digest_size=16)
    for line in lines:
        digest.update(line.data or b"")
        digest.update(b"\n")
    return digest.hexdigest()


def _answering(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Turns a Refusal into its answer."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return _error(refusal.status, refusal.code, str(refusal), refusal.headers)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it

    return answer


def _error(status: int, code: str, message: str, headers: dict[str, str]) -> Response:
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)


async def _livez(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _http_error(_: Request, error: Exception) -> Response:
    """Wrong paths and methods, in the same shape as our own refusals."""
    if not isinstance(error, HTTPException):
        raise error
    return _error(error.status_code, "http-error", error.detail, dict(error.headers or {}))
