"""Messages come out as they went in, however the bytes are cut on their way."""

import os
import socket
import threading

from hypothesis import given
from hypothesis import strategies as st

from cvclib.kernels.wire import IOPUB, SHELL, Receiver, Sender

MESSAGES = st.lists(st.tuples(st.sampled_from([IOPUB, SHELL]), st.lists(st.binary(max_size=300), max_size=4)), max_size=5)


@given(MESSAGES, st.integers(1, 97))
def test_messages_arrive_whole_and_in_order(messages, cut):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = Sender(ours)
        for channel, frames in messages:
            sender.send(channel, frames)
        ours.shutdown(socket.SHUT_WR)
        sent = bytearray()
        while chunk := theirs.recv(1 << 20):
            sent += chunk
    again, here = socket.socketpair()
    with again, here:
        receiver, received = Receiver(here), []
        for start in range(0, len(sent), cut):
            again.sendall(sent[start : start + cut])
            received += receiver.ready()
        again.close()
        received += receiver.ready()

    assert received == [(channel, list(frames)) for channel, frames in messages]
    assert receiver.ended


def test_a_message_larger_than_the_socket_holds_goes_through():
    ours, theirs = socket.socketpair()
    large = os.urandom(5_000_000)
    writer = threading.Thread(target=Sender(ours).send, args=(IOPUB, [large]))
    writer.start()
    receiver, received = Receiver(theirs), []
    while not received:
        received += receiver.ready()
    writer.join()
    ours.close()
    theirs.close()

    assert received == [(IOPUB, [large])]
