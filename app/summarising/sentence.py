"""A summary's sentences, one for each of the things a placement officer looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Source: document 000, STUDENT_SUMMARY_PROMPT; a summary reads in this order.
TOPICS = ("academics", "experience", "skills", "distinctive")
MIN_SENTENCES = 3

# A sentence of sixty words is read twice; a path of a deep profile has sixty characters.
MAX_PATHS = 40
MAX_PATH_CHARS = 200

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "topic": {"type": "string", "enum": list(TOPICS)},
                    "text": {"type": "string"},
                    "paths": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["topic", "text", "paths"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}


class SentencesUnreadable(ValueError):  # noqa: N818  named for what happened
    """The answer holds no sentences of a summary; the message can be shown to the model."""


@dataclass(frozen=True)
class Sentence:
    """`paths` lead to the facts that the text rests on."""

    topic: str
    text: str
    paths: tuple[str, ...]

    @property
    def path(self) -> str:
        """The place in the summary, of which each has one sentence."""
        return self.topic


def read_summary(answer: object) -> list[Sentence]:
    """The three or four sentences of a whole answer.

    Raises:
        SentencesUnreadable: there are fewer or more, or two on one topic, or one is malformed.
    """
    sentences = read_sentences(answer)
    if len(sentences) < MIN_SENTENCES:
        raise SentencesUnreadable(f"a summary has 3 or 4 sentences, not {len(sentences)}")
    return sentences


def read_sentences(answer: object) -> list[Sentence]:
    """Up to four sentences, each on a topic of its own, in the order of the topics.

    Raises:
        SentencesUnreadable: the answer has another shape, more sentences, or two on one topic.
    """
    listed = answer.get("sentences") if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise SentencesUnreadable("the answer must be a JSON object with a list `sentences`")
    if len(listed) > len(TOPICS):
        raise SentencesUnreadable(f"a summary has 3 or 4 sentences, not {len(listed)}")
    sentences = [_sentence(f"sentences[{number}]", item) for number, item in enumerate(listed)]
    topics = [sentence.topic for sentence in sentences]
    if len(set(topics)) < len(topics):
        raise SentencesUnreadable("there is one sentence for each topic, not two")
    return sorted(sentences, key=lambda sentence: TOPICS.index(sentence.topic))


def as_answer(sentences: Sequence[Sentence]) -> dict[str, Any]:
    """The sentences as a model would answer them."""
    return {"sentences": [{**vars(each), "paths": list(each.paths)} for each in sentences]}


def _sentence(name: str, item: object) -> Sentence:
    if not isinstance(item, dict):
        raise SentencesUnreadable(f"{name} must be an object with `topic`, `text` and `paths`")
    topic, text, paths = (item.get(key) for key in ("topic", "text", "paths"))
    if topic not in TOPICS:
        raise SentencesUnreadable(f"{name}.topic must be one of {', '.join(TOPICS)}")
    if not isinstance(text, str) or not text.strip():
        raise SentencesUnreadable(f"{name}.text must be a sentence")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise SentencesUnreadable(f"{name}.paths must be a list of strings")
    if len(paths) > MAX_PATHS or any(len(path) > MAX_PATH_CHARS for path in paths):
        raise SentencesUnreadable(f"{name}.paths has more or longer paths than a sentence needs")
    return Sentence(topic, " ".join(text.split()), tuple(dict.fromkeys(paths)))
