"""Redis and the shim beside a service on a developer's machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from app.local_queue.redis import answers, running_redis
from app.local_queue.shim import node, running_shim
from app.settings import Settings

REDIS_PORT = 6379
THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})


@contextmanager
def queue_beside(settings: Settings, service_port: int) -> Iterator[str]:
    """The shim on REDIS_URL, and a Redis there if it is this machine and has none; gives its URL.

    Raises:
        LocalQueueAbsent: Node, the shim's packages or Redis are missing.
    """
    node()
    address = urlsplit(settings.redis_url.get_secret_value())
    port = address.port or REDIS_PORT
    with ExitStack() as stack:
        if address.hostname in THIS_MACHINE and not answers(port):
            stack.enter_context(running_redis(settings.data_dir.absolute() / "redis", port))
        stack.enter_context(
            running_shim(
                redis_url=settings.redis_url.get_secret_value(),
                worker_url=f"http://127.0.0.1:{service_port}",
                secret=settings.accepted_secrets[0],
                port=settings.shim_port,
                log=settings.data_dir.absolute() / "shim.log",
            )
        )
        yield f"redis://{address.hostname}:{port}"
