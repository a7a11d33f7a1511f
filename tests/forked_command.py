"""`defacto-webhooks` as a shell of the tests starts it: a fork, for which it asks tests/forking.py."""

import json
import os
import signal
import socket
import sys
from types import FrameType

_NUMBER = 4  # bytes, as there


def main(path: str, *arguments: str) -> None:
    ended, ended_there = os.pipe()
    folder = os.getcwd()  # noqa: PTH109 - to import pathlib takes as long as all of this
    request = json.dumps(["defacto_webhooks", arguments, folder, dict(os.environ), 1]).encode()
    way = socket.socket(socket.AF_UNIX)  # open for as long as this goes on: the fork is killed with it
    way.connect(path)
    socket.send_fds(way, [len(request).to_bytes(_NUMBER)], [0, 1, 2, ended_there])
    way.sendall(request)
    os.close(ended_there)
    pid = int.from_bytes(os.read(ended, _NUMBER))

    def pass_on(number: int, _: FrameType | None) -> None:
        os.kill(pid, number)

    signal.signal(signal.SIGINT, pass_on)
    signal.signal(signal.SIGTERM, pass_on)
    code = os.waitstatus_to_exitcode(int.from_bytes(os.read(ended, _NUMBER)))
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main(*sys.argv[1:])
