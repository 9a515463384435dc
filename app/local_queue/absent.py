"""Why there is no queue on this machine."""


class LocalQueueAbsent(Exception):  # noqa: N818  named for what happened
    """Redis, Node or the shim's packages are missing; the text is one line for a person."""
