"""Runs Synapse until its standard input closes, so that no server outlives the test that started it."""

import os
import signal
import sys
import threading

from synapse.app.homeserver import main


def end_with_parent() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_parent, daemon=True).start()
main()
