"""A value worked out when it is first asked for, without the lock that Python 3.11 takes for it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  used like property
    """Like `functools.cached_property`; two threads may both work a value out, to the same end.

    Why: the lock is a tenth of a review's time (python/cpython#87634), and 3.12 dropped it.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self.work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:  # noqa: ANN401  any object
        value = self.work_out(instance)
        # Found before this descriptor from now on; frozen dataclasses have a dictionary, too.
        instance.__dict__[self.name] = value
        return value
