"""ExplainDetail: what explain adds to the plans."""

__all__ = ["ExplainDetail"]


class ExplainDetail:
    ESTIMATED_COST = 0
    CHANGELOG_MODE = 1
    JSON_EXECUTION_PLAN = 2
    PLAN_ADVICE = 3


_NAMES = ("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")


def _text(details):
    return ",".join(_NAMES[detail] for detail in details) or None
