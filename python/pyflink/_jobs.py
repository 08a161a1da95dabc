"""The jobs that still run when the program ends.

Queries end.  INSERTs that nobody waits for are waited for under ``flink run``, which submits a
program and stays until its jobs are done; in plain Python they end with it, as those of PyFlink's
local cluster do, and a line on standard error says so.  When an exception ends the program, Ctrl-C
too, all jobs end.
"""

import atexit
import os
import sys

from pyflink import _rask


def end_at_exit():
    atexit.register(_end)


def _end():
    attached = "execution.attached=true" in os.environ.get("RASK_PROGRAM_OPTIONS", "").split("\n")
    broken_off = hasattr(sys, "last_value")
    if not attached and not broken_off:
        for name in _rask.jobs_running():
            _say("job %r was still running and is cancelled; wait() for its result" % name)
    wait, failures = attached and not broken_off, 0
    while True:
        try:
            _rask.jobs_end(wait)
            break
        except KeyboardInterrupt:
            wait = False
        except Exception as error:  # an INSERT that failed, and nobody was told
            _say("a job failed: %s" % error)
            failures += 1
    if attached and failures > 0:
        _flush()
        os._exit(1)  # an exit handler has no other way to say so


def _say(text):
    _flush()
    print("pyflink: " + text, file=sys.stderr, flush=True)


def _flush():
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # closed, or a pipe that nobody reads
