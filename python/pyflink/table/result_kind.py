"""ResultKind: whether a result has rows."""

__all__ = ["ResultKind"]


class ResultKind:
    SUCCESS = 0
    SUCCESS_WITH_CONTENT = 1
