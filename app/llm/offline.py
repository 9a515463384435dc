"""The built-in offline editor: rewords résumé bullets by rule, so that no key is needed.

It answers what a model would answer to the tasks of `ANSWERS` and is labelled `offline/editor`
wherever it appears. An unchanged bullet is better than a wrong one: a rule that is not sure does
nothing.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.llm.english_verbs import Form
from app.llm.fence import Message, blocks_in
from app.llm.offline_analytics import narrate
from app.llm.offline_posting import analysed
from app.llm.offline_suggestions import Text, suggested
from app.llm.offline_summary import summarised
from app.llm.offline_tailoring import evaluated, in_front
from app.llm.rewording import reword, reword_phrases

TASK = re.compile(r"^Task: *(\S+)", re.MULTILINE)
TONE = re.compile(r"^Tone: *(concise|detailed|professional)", re.MULTILINE)

YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ONGOING = re.compile(
    r"\b(?:present|current|currently|now|ongoing|till date|to date|today)\b", re.IGNORECASE
)


def answer(messages: Sequence[Message]) -> str:
    """The JSON that a model would answer; no edits for a task this editor does not know."""
    task = TASK.search(messages[0]["content"])
    answered = ANSWERS.get(task[1]) if task else None
    return json.dumps(answered(messages) if answered else {"edits": []}, ensure_ascii=False)


def _rewrite_resume(messages: Sequence[Message]) -> dict[str, object]:
    tone = TONE.search(messages[0]["content"])
    return _rewritten(_resume(messages), tone[1] if tone else "professional")


def _suggest_improvements(messages: Sequence[Message]) -> dict[str, object]:
    resume = _resume(messages)
    texts = [Text(*bullet) for bullet in _bullets(resume)]
    summary = resume.get("summary")
    if isinstance(summary, str) and summary.strip():
        texts.insert(0, Text("summary", summary, None))
    return suggested(texts)


def _generate_student_summary(messages: Sequence[Message]) -> dict[str, object]:
    blocks = blocks_in(messages)
    is_mending = any(message["role"] == "assistant" for message in messages)
    return summarised(
        blocks.get("NAME", ""),
        _document(blocks.get("PROFILE", "{}")),
        _document(blocks.get("RESUME", "{}")),
        is_mending=is_mending,
    )


def _analyze_posting(messages: Sequence[Message]) -> dict[str, object]:
    blocks = blocks_in(messages)
    return analysed(blocks.get("TITLE", ""), blocks.get("POSTING", ""))


def _tailor_resume(messages: Sequence[Message]) -> dict[str, object]:
    resume, posting = _resume(messages), blocks_in(messages).get("POSTING", "")
    bullets = [(path, text) for path, text, _ in _bullets(resume)]
    return {**_rewritten(resume, "professional"), **in_front(posting, bullets)}


def _evaluate_resume(messages: Sequence[Message]) -> dict[str, object]:
    resume, posting = _resume(messages), blocks_in(messages).get("POSTING", "")
    bullets = [(path, text) for path, text, _ in _bullets(resume)]
    listed = resume.get("skills")
    skills = (
        [skill for skill in listed if isinstance(skill, str)] if isinstance(listed, list) else []
    )
    return evaluated(posting, bullets, skills)


ANSWERS: Mapping[str, Callable[[Sequence[Message]], dict[str, object]]] = {
    "analyze-posting": _analyze_posting,
    "generate-analytics-summary": narrate,
    "evaluate-resume": _evaluate_resume,
    "rewrite-resume": _rewrite_resume,
    "suggest-improvements": _suggest_improvements,
    "generate-student-summary": _generate_student_summary,
    "tailor-resume": _tailor_resume,
}


def _rewritten(resume: dict[str, object], tone: str) -> dict[str, object]:
    edits = [
        {"path": path, "text": new}
        for path, text, form in _bullets(resume)
        if (new := reword(text, tone, form)) != text
    ]
    summary = resume.get("summary")
    if isinstance(summary, str) and (new := reword_phrases(summary, tone)) != summary:
        return {"edits": edits, "summary": new}
    return {"edits": edits}


def _resume(messages: Sequence[Message]) -> dict[str, object]:
    return _document(blocks_in(messages).get("RESUME", "{}"))


def _document(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _bullets(resume: dict[str, object]) -> Iterator[tuple[str, str, Form | None]]:
    """Path and text of every bullet, with the form that its entry's verbs have."""
    for entry in _objects(resume.get("entries")):
        form = _form(str(entry.get("heading")))
        for bullet in _objects(entry.get("bullets")):
            path, text = bullet.get("path"), bullet.get("text")
            if isinstance(path, str) and isinstance(text, str):
                yield path, text, form


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _form(heading: str) -> Form | None:
    if ONGOING.search(heading):
        return "base"
    return "past" if YEAR.search(heading) else None
