"""Libraries that log what nobody may read: prompts, keys, and what a provider answered."""

import logging

# At DEBUG and INFO these write prompts and keys.
CHATTY_LOGGERS = ("aiohttp", "httpcore", "httpx", "openai")
# LiteLLM's warnings and errors repeat what the provider answered; our errors say what matters.
LEAKY_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Proxy.stdout", "LiteLLM Router")


def quiet_loggers() -> None:
    """Let them say nothing of that; an import of LiteLLM undoes it."""
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in LEAKY_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        # LiteLLM's own print to stderr, for child loggers of any level as well.
        logger.handlers.clear()
