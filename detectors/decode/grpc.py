"""gRPC messages in their frames: a byte that says compressed or not, a length, the message."""

from detectors.decode.work import Place, Work

_HEAD = 5
_TRAILERS = 0x80


class GrpcDecoder:
    """Frames that fill the body to its end; the last may be cut where the sender says gRPC."""

    name = "grpc"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        declared = "grpc" in place.content_type
        frames = _frames(data, cut=declared)
        if not frames:
            return False
        inside = "application/json" if "json" in place.content_type else "application/x-protobuf"
        for number, frame in enumerate(frames):
            if frame and work.spend(64):
                work.open(frame, place.inner(f"grpc[{number}]", inside))
        return True


def _frames(data: bytes, *, cut: bool) -> list[bytes]:
    """The messages; none where the bytes are no frames."""
    found: list[bytes] = []
    position = 0
    while position < len(data):
        flag = data[position]
        size = int.from_bytes(data[position + 1 : position + _HEAD], "big")
        start = position + _HEAD
        if flag & ~_TRAILERS > 1 or start > len(data) or (start + size > len(data) and not cut):
            return []
        if not flag & _TRAILERS:
            found.append(data[start : start + size])
        position = start + size
    return found if any(found) else []
