"""CompletableFuture: a result that comes later."""

__all__ = ["CompletableFuture"]


class CompletableFuture:
    """Runs a function on a thread of its own; ``result()`` waits for it."""

    def __init__(self, j_completable_future, py_class=None):
        self._function = j_completable_future
        self._result = None
        self._exception = None
        import threading  # here, so that the package starts without it

        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._result = self._function()
        except Exception as exception:  # handed to whoever asks
            self._exception = exception

    def cancel(self):
        return False

    def cancelled(self):
        return False

    def done(self):
        return not self._thread.is_alive()

    def result(self):
        while self._thread.is_alive():
            self._thread.join(0.05)
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self):
        self._thread.join()
        return self._exception

    def __str__(self):
        return "CompletableFuture[%s]" % ("completed" if self.done() else "not completed")
