"""How long a connection to a provider may take to be made."""

import httpx

# A handshake takes well under a second; this leaves room for a lost packet or two.
LONGEST_CONNECT_SECONDS = 5


async def limit_connecting(request: httpx.Request) -> None:
    """Have a server that is not reached fail as one, before the call is given up as unanswered.

    Why: what was never sent is never charged, and a budget must not count it.
    """
    timeouts = request.extensions["timeout"]
    timeouts["connect"] = min(LONGEST_CONNECT_SECONDS, timeouts["read"] / 2)
