# mypy: ignore-errors
"""Runs on the far machine, in any Python from 3.6 on: start the viewer, keep it while the link lives, end it with it.

`job`, read from standard input by whoever started this, holds what to run. Standard input then carries one JSON
line per beat of the near side; standard output carries our answers. The viewer ends when the near side says so,
when its channel closes, when no beat came for `job["patience_s"]`, or when this process is told to end.
"""

import collections
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

GRACE_S = 5
TRIES = 5
events = queue.Queue()
job = globals().get("job", {})


def say(**event):
    """Write one line to the near side; a closed channel ends everything."""
    try:
        sys.stdout.write(job["marker"] + json.dumps(event) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        events.put(("gone", None))


def is_free(port):
    """Tell whether nobody listens on this port of loopback."""
    listener = socket.socket()
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return True
    except OSError:
        return False
    finally:
        listener.close()


def choose_port(wanted):
    """Return `wanted`, or the first port from 8080 on that is free. Raises OSError when there is none."""
    for port in [wanted] if wanted else range(8080, 9000):
        if is_free(port):
            return port
    raise OSError(f"port {wanted} is in use" if wanted else "no port from 8080 to 8999 is free")


def absolute(path):
    """Return `path` with `~` as the home folder; any other name, `~x` too, is taken as it is."""
    home = os.path.expanduser("~")
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    return os.path.join(home, path)


def die_with_parent():
    """Have Linux end the viewer even when this process is killed outright."""
    os.setsid()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)


def start(port):
    """Return the running viewer. Its token is in its environment, which no other user of this machine can read."""
    command = [sys.executable, "-m", "runicorn", "viewer", "--storage", absolute(job["root"])]
    command += ["--host", "127.0.0.1", "--port", str(port), "--remote-mode", "--log-level", "INFO"]
    return subprocess.Popen(
        command,
        cwd="/",
        env=dict(os.environ, RUNICORN_VIEWER_TOKEN=job["token"], PYTHONSAFEPATH="1", PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent,
    )


def read_output(viewer, tail):
    """Keep the last lines the viewer wrote, for an error message; tell when it ended."""
    for line in viewer.stdout:
        tail.append(line.decode("utf-8", "replace").replace(job["token"], "***")[:500])
    events.put(("ended", viewer.wait()))


def read_near():
    """Pass on what the near side sends; the end of the channel means it is gone."""
    for line in sys.stdin:
        events.put(("near", line))
    events.put(("gone", None))


def serve():
    """Answer beats until something ends the viewer; return what it was."""
    deadline = time.monotonic() + job["patience_s"]
    while True:
        try:
            kind, value = events.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            return "silence", None
        if kind != "near":
            return kind, value
        message = json.loads(value)
        if message.get("stop"):
            return "stopped", None
        deadline = time.monotonic() + job["patience_s"]
        say(event="beat", beat=message.get("beat"))


def end(viewer):
    """End the viewer and what it started, kindly first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(viewer.pid, number)
            viewer.wait(timeout=GRACE_S)
        except (OSError, subprocess.TimeoutExpired):
            continue


def run(tail):
    """Run one viewer; return why it ended and whether somebody else had taken its port meanwhile, and may have left."""
    port = choose_port(job.get("port"))
    viewer = start(port)
    threading.Thread(target=read_output, args=(viewer, tail), daemon=True).start()
    say(event="started", pid=viewer.pid, port=port)
    reason, code = serve()
    end(viewer)
    port_lost = not is_free(port) or "already in use" in "".join(tail)
    return reason, code, reason == "ended" and not job.get("port") and port_lost


def main():
    """Run the viewer from start to end, on another port when the first was lost to somebody quicker."""
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: events.put(("told", None)))
    threading.Thread(target=read_near, daemon=True).start()
    tail = collections.deque(maxlen=40)
    try:
        for _ in range(TRIES):
            reason, code, port_lost = run(tail)
            if not port_lost:
                break
            tail.clear()
    except OSError as error:
        reason, code = "ended", None
        tail.append(str(error))
    say(event="ended", code=code, reason=reason, output="".join(tail))


main()
