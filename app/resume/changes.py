"""The texts that differ between a résumé and the whole résumé a model returned for it."""

from collections.abc import Iterator, Mapping, Sequence

from app.resume.matching import matched

_Change = tuple[str, str]


def changed_texts(before: object, after: object, path: str = "") -> Iterator[_Change]:
    """Path in `before` and new text of everything `after` says otherwise, identity included.

    A key is the same in snake_case and camelCase. Items of a list are found again wherever they
    are; a new one gets the next free position. What is absent, null or blank in `after` was
    dropped, which changes nothing, and so does a bullet's `verified`, which is not the model's to
    say.
    """
    if isinstance(after, Mapping):
        yield from _changed_object(before, after, path)
    elif isinstance(after, list):
        yield from _changed_list(before, after, path)
    else:
        yield from _changed_text(before, after, path)


def _changed_object(before: object, after: Mapping[str, object], path: str) -> Iterator[_Change]:
    known = before if isinstance(before, Mapping) else {}
    spelled = {_folded(key): key for key in known}
    has_text = isinstance(after.get("text"), str)
    for key, value in after.items():
        name = key if key in known else spelled.get(_folded(key), key)
        if has_text and key == "text":
            yield from _changed_text(before, value, path)
        elif not (has_text and key == "verified"):
            # A string that became an object is compared with each text of the object.
            old = before if isinstance(before, str) else known.get(name)
            yield from changed_texts(old, value, f"{path}.{name}" if path else name)


def _changed_list(before: object, after: Sequence[object], path: str) -> Iterator[_Change]:
    known = before if isinstance(before, list) else []
    next_free = len(known)
    for item, origin in zip(after, matched(known, after), strict=True):
        if origin is None:
            yield from changed_texts(None, item, f"{path}.{next_free}")
            next_free += 1
        else:
            yield from changed_texts(known[origin], item, f"{path}.{origin}")


def _changed_text(before: object, after: object, path: str) -> Iterator[_Change]:
    text = _text(after)
    if not text or (before is None and after is False):
        return
    if _same(text) not in {_same(old) for old in _texts_of(before)}:
        yield path, text


def _texts_of(before: object) -> list[str]:
    """The texts a text is compared with: of an object that became a string, each of its own."""
    if isinstance(before, Mapping):
        if isinstance(before.get("text"), str):
            return [before["text"]]
        return [_text(value) for value in before.values()]
    return [_text(before)]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _same(text: str) -> str:
    return " ".join(text.split())


def _folded(key: str) -> str:
    return key.replace("_", "").casefold()
