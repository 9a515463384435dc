import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.budget import estimated_tokens, most_relevant, most_tokens
from app.llm.client import Block, Prompt

# Tokens as counted by cl100k_base, o200k_base and Claude 2's tokenizer, the most of the three.
MEASURED = [
    (
        "Developed and maintained a REST API in Python serving 2,000 requests per minute.",
        18,
    ),
    (
        '{"path":"experience.0.bullets.2","text":"CI/CD (Docker, K8s), p95 236ms to 90ms"}',
        34,
    ),
    ("प्लेसमेंट सेल के लिए छात्रों का डेटा प्रबंधित किया और रिपोर्ट तैयार की", 75),
    ("மாணவர்களின் தரவை நிர்வகித்து அறிக்கைகளைத் தயாரித்தேன்", 102),
    ("విద్యార్థుల డేటాను నిర్వహించి నివేదికలు తయారు చేశాను", 110),
    ("负责开发并维护学生就业平台的后端接口并将响应时间缩短了一半", 36),
    ("قمت بتطوير وصيانة واجهة برمجية لخدمة الطلاب وتقليل زمن الاستجابة", 54),
    ("Разработал и поддерживал серверную часть платформы для студентов", 31),
    ("Développé et maintenu une interface à l'université, réduisant les délais d'été", 28),
    ("🎉🚀🔥👩‍💻✅", 18),
]

BULLETS = [
    "Built a chatbot in Python for the library",
    "Sold tickets at the fair and the gate",
    "Deployed services with Docker and Kubernetes",
    "Sang in the choir and the band",
]
POSTING = "We look for the engineer and the colleague who deploys Python services with Docker."


@pytest.mark.parametrize(("text", "measured"), MEASURED)
def test_the_estimate_is_never_below_a_real_tokenizer(text: str, measured: int) -> None:
    """In every measured script the estimate is at least the count and not wildly above it."""
    estimate = estimated_tokens(text)

    assert measured <= estimate <= 4 * measured


def test_nothing_costs_nothing() -> None:
    """An empty text has no tokens, and half a surrogate pair does not break the estimate."""
    assert estimated_tokens("") == 0
    assert estimated_tokens("\ud800") == 1


def test_the_least_relevant_go_first() -> None:
    """With room for two, those that share rare words with the posting stay, in their order."""
    room = estimated_tokens(BULLETS[0]) + estimated_tokens(BULLETS[2])

    kept = most_relevant(BULLETS, POSTING, room)

    assert kept == [0, 2]


def test_common_words_weigh_little() -> None:
    """A text is not relevant for sharing "and the" with the posting."""
    texts = ["and the and the", "docker and", "the and rowing", "and the of"]

    kept = most_relevant(texts, "and the docker", estimated_tokens("docker and"))

    assert kept == [1]


def test_word_forms_and_technical_names_match() -> None:
    """Deploys meets deployed, C++ meets C++ and not C."""
    texts = ["Deployed robots", "Wrote C", "Wrote C++ code", "Wrote poems"]

    kept = most_relevant(texts, "deploys c++", estimated_tokens("Deployed robots Wrote C++ code"))

    assert kept == [0, 2]


def test_of_equals_the_later_goes_first() -> None:
    """Among equally relevant texts the first ones stay."""
    kept = most_relevant(["aaaa bbbb"] * 4, "nothing of this", 2 * estimated_tokens("aaaa bbbb"))

    assert kept == [0, 1]


def test_all_stay_where_all_fit() -> None:
    """Nothing is left out without need."""
    assert most_relevant(BULLETS, POSTING, 10_000) == [0, 1, 2, 3]


def test_one_stays_even_if_it_does_not_fit() -> None:
    """A model is never asked about nothing."""
    assert most_relevant(BULLETS, POSTING, 0) == [2]
    assert most_relevant([], POSTING, 0) == []


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=30), st.integers(0, 60))
def test_what_stays_fits_and_keeps_its_order(texts: list[str], query: str, limit: int) -> None:
    """The kept texts are in order, fit the limit unless one alone does not, and never vary."""
    kept = most_relevant(texts, query, limit)

    total = sum(estimated_tokens(texts[position]) for position in kept)
    assert kept == sorted(set(kept))
    assert total <= limit or len(kept) == 1
    assert bool(kept) == bool(texts)
    assert kept == most_relevant(texts, query, limit)


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_has_an_estimate(text: str) -> None:
    """Half a surrogate pair, which no encoding takes, is weighed like anything else."""
    estimate = estimated_tokens(text)

    assert len(text) / 2.2 - 1 <= estimate <= len(text) * 4


def test_a_prompt_takes_what_is_sent_and_what_it_may_answer() -> None:
    """Everything that goes to the model is weighed: instructions, data, schema and former turns."""
    plain = Prompt("toy", 1, "Say it.", (), {"type": "object"}, max_output_tokens=77)
    with_data = Prompt("toy", 1, "Say it.", (Block("RESUME", "x" * 2200),), {"type": "object"})

    sent, received = most_tokens(plain)

    assert received == 77
    assert 100 < sent < 400
    assert most_tokens(with_data)[0] - sent >= 1000
    assert most_tokens(plain.followed_by("y" * 220, "z" * 220))[0] - sent >= 200
