"""Why a demo ends early."""


class DemoFailed(Exception):  # noqa: N818  named for what happened
    """The demo cannot go on; the text is one sentence for whoever started it."""
