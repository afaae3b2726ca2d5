"""Messages of the Jupyter protocol over a pair of sockets: a letter for the channel, then the frames with their lengths.

The frames are those that ZeroMQ would carry. Only the transport differs from a stock kernel's, so outputs pass
through the same packing and unpacking.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Sequence

from jupyter_client.session import Session

IOPUB, SHELL, TROUBLE = b"i", b"s", b"t"  # outputs and states; replies and requests; why a kernel could not start
HEAD = struct.Struct("!cI")  # channel, number of frames
LENGTH = struct.Struct("!Q")
CHUNK_BYTES = 1 << 20


def unsigned_session(name: str) -> Session:
    """A session of the protocol that signs nothing: the sockets are a pair, and no one else's.

    Parameters
    ----------
    name : str
        Of the end that speaks.

    Returns
    -------
    jupyter_client.session.Session

    Examples
    --------
    >>> unsigned_session("kernel").auth is None
    True
    """
    session = Session(key=b"any", username=name)  # without one it warns
    session.key = b""
    return session


class Sender:
    """Writes messages to a socket, whole, from any thread.

    Parameters
    ----------
    sock : socket.socket
        Blocking; a reader that is slow holds the writer up.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()

    def send(self, channel: bytes, frames: Sequence[bytes | memoryview]) -> None:
        """Write one message."""
        lengths = [LENGTH.pack(memoryview(frame).nbytes) for frame in frames]
        with self._lock:
            self._sock.sendall(b"".join([HEAD.pack(channel, len(frames)), *lengths, *frames]))


class Receiver:
    """Reads messages from a socket without waiting.

    Parameters
    ----------
    sock : socket.socket

    Attributes
    ----------
    ended : bool
        Whether the other end is closed and all that it sent is read.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held = bytearray()
        self.ended = False

    def ready(self) -> Iterator[tuple[bytes, list[bytes]]]:
        """Messages that have arrived, each as its channel and frames."""
        try:
            chunk = self._sock.recv(CHUNK_BYTES, socket.MSG_DONTWAIT)  # one a call: an endless writer must not keep us here
            self.ended = not chunk
            self._held += chunk
        except BlockingIOError:
            pass
        except ConnectionResetError:  # it ended with requests unread
            self.ended = True
        while (message := self._take()) is not None:
            yield message

    def _take(self) -> tuple[bytes, list[bytes]] | None:
        held = self._held
        if len(held) < HEAD.size:
            return None
        channel, n_frames = HEAD.unpack_from(held)
        start = HEAD.size + n_frames * LENGTH.size
        if len(held) < start:
            return None
        lengths = [LENGTH.unpack_from(held, HEAD.size + i * LENGTH.size)[0] for i in range(n_frames)]
        if len(held) < start + sum(lengths):
            return None
        frames = []
        for length in lengths:
            frames.append(bytes(held[start : start + length]))
            start += length
        del held[:start]
        return channel, frames
