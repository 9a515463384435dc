"""What routes are handed: the process's runtime, once it is there.

Coroutines, because FastAPI gives every plain function a thread of its own to run in.
"""

from typing import Annotated

from fastapi import Depends, Request

from app.lifecycle import Lifecycle
from app.runs.execute import Runtime


async def lifecycle_of(request: Request) -> Lifecycle:
    """The lifecycle of the process that serves this request."""
    lifecycle: Lifecycle = request.app.state.lifecycle
    return lifecycle


LifecycleNow = Annotated[Lifecycle, Depends(lifecycle_of)]


async def runtime_now(lifecycle: LifecycleNow) -> Runtime:
    """The runtime.

    Raises:
        Unavailable: start-up work is still going on, or the process is shutting down.
    """
    return lifecycle.runtime()


RuntimeNow = Annotated[Runtime, Depends(runtime_now)]
