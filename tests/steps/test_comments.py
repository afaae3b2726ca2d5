"""Step 2, what customers write: themes, key words, quotations, empathy map."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo.noise import noise_tables
from cvclib.exhibits import Corners, Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps import comment_themes as themes
from cvclib.steps import value_identification as step
from cvclib.steps.comment_exhibits import comment_findings
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.quotations import redactor

PERIOD = ("2025-01-01", "2025-12-31")


def client_of(comments, scores, **columns):
    n = len(comments)
    survey = pd.DataFrame(
        {"response_id": [f"r{i:05d}" for i in range(n)], "metric": "nps", "score": scores, "comment": comments, **columns}
    )
    return Client.from_frames({"survey": survey}, period=PERIOD)


def mixed(rng, n=600):
    """Detractors write of lateness, promoters of sleep, both of the shop."""
    late = ["delivery", "late", "waited", "van", "driver", "days"]
    sleep = ["mattress", "soft", "back", "pain", "morning", "sleep"]
    shop = ["shop", "coffee", "friendly", "adviser", "quiet", "tested"]
    scores = rng.choice([2, 8, 10], n)
    texts = []
    for score in scores:
        subject = shop if rng.random() < 0.4 else late if score == 2 else sleep
        texts.append(f"the {' '.join(rng.permutation(subject)[:4])} and word{rng.integers(40)}x of it")
    return texts, scores


@pytest.fixture(scope="module")
def planted():
    return client_of(*mixed(np.random.default_rng(1)))


class TestThemes:
    def test_who_raises_a_theme_is_found(self, planted):
        frame = themes.comment_themes(planted).frame
        late = frame[frame["words"].str.contains("late")].iloc[0]
        assert late["difference"] < -0.4
        assert late["p_adjusted"] < 0.001
        shop = frame[frame["words"].str.contains("coffee")].iloc[0]
        assert shop["difference_low"] < 0 < shop["difference_high"]

    def test_a_theme_of_detractors_is_a_finding_and_one_of_promoters_is_not(self, planted):
        findings = comment_findings(planted)
        assert len(findings) == 1
        assert findings[0].kind == "problem"
        assert findings[0].table == step.themes_chart(planted).caption

    def test_a_mean_score_has_its_interval(self, planted):
        row = themes.comment_themes(planted).frame.iloc[0]
        assert row["score_low"] < row["score"] < row["score_high"]

    def test_quotes_are_short_and_two_at_most(self, planted):
        quotes = themes.comment_themes(planted).frame["quotes"]
        assert all(1 <= len(two) <= 2 and max(map(len, two)) <= 120 for two in quotes)

    def test_what_says_nothing_is_counted_and_left_out(self):
        texts, scores = mixed(np.random.default_rng(2), 300)
        given = themes.given_comments(client_of([*texts, "n/a", "-", "geen"], [*scores, 5, 5, 5]))
        assert (given.commented, given.empty, len(given.frame)) == (303, 3, 300)

    def test_what_a_customer_repeats_counts_once(self):
        customers = [f"c{i}" for i in range(10)]
        client = client_of(["Very late again"] * 12, [1] * 12, customer_id=[*customers, "c0", "c1"])
        given = themes.given_comments(client)
        assert (len(given.frame), given.repeated) == (10, 2)

    def test_a_comment_on_each_of_two_questions_of_one_answer_is_one(self):
        rows = [("r1", "nps", 9, "Good bed here"), ("r1", "csat", 5, "Good bed here"), ("r2", "nps", 1, "Late van there")]
        survey = pd.DataFrame(rows, columns=["response_id", "metric", "score", "comment"])
        given = themes.given_comments(Client.from_frames({"survey": survey}))
        assert given.frame["comment"].tolist() == ["Good bed here", "Late van there"]
        assert given.frame["side"].tolist() == [1, -1]

    def test_weights_count_in_the_shares(self):
        texts, scores = mixed(np.random.default_rng(1))
        weight = np.where(scores == 2, 3.0, 1.0)
        plain, weighted = (
            themes.comment_themes(client).frame for client in (client_of(texts, scores), client_of(texts, scores, weight=weight))
        )
        late = [frame.loc[frame["words"].str.contains("late"), "share"].iloc[0] for frame in (plain, weighted)]
        assert late[1] == pytest.approx(3 * late[0] / (1 + 2 * np.mean(scores == 2)), rel=0.02)

    def test_few_comments_are_said_to_be_few(self):
        client = client_of([f"late van {i}" for i in range(30)], [5] * 30)
        with pytest.raises(TooFewAnswersError, match="30 comments"):
            themes.comment_themes(client)
        assert isinstance(step.themes_chart(client), Reading)
        assert step.themes_reading(client) is None

    def test_without_a_score_themes_have_no_sides(self):
        texts, _ = mixed(np.random.default_rng(1))
        client = client_of(texts, [3] * len(texts), metric="ces")
        frame = themes.comment_themes(client).frame
        assert len(frame)
        assert frame["p_adjusted"].isna().all()
        assert isinstance(step.themes_chart(client), Figure)

    def test_satisfaction_stands_in_where_nobody_was_asked_to_recommend(self):
        given = themes.given_comments(client_of(["so late", "so so", "so good"], [2, 3, 4], metric="csat"))
        assert given.frame["side"].tolist() == [-1, 0, 1]
        assert given.sides == ("the satisfied", "the dissatisfied")

    def test_coded_comments_are_counted_text_by_text(self):
        client = client_of(["Too slow at the desk", "Friendly staff at the gate"] * 60, [3, 9] * 60)
        assert step.read_as_coded(client)
        assert isinstance(step.themes_chart(client), Table)
        assert comment_findings(client) == []


class TestKeyWords:
    def test_each_side_has_its_words(self, planted):
        clear = themes.telling_words(themes.key_words(planted), 0.05)
        assert set(clear.loc[clear["log_ratio"] < 0, "word"]) & {"late", "van", "driver"}
        assert not set(clear["word"]) & {"coffee", "adviser", "the"}
        assert isinstance(step.key_words_chart(planted), Figure)

    def test_one_talkative_customer_makes_no_key_word(self):
        rng = np.random.default_rng(4)
        texts, scores = mixed(rng, 200)
        talk = [f"zebra zebra zebra number{i}x" for i in range(40)]
        customers = [*[f"c{i}" for i in range(200)], *["talker"] * 40]
        client = client_of([*texts, *talk], [*scores, *[2] * 40], customer_id=customers)
        assert "zebra" not in themes.key_words(client)["word"].tolist()

    def test_a_negation_stays_before_its_word(self):
        client = client_of([f"not recommended at all, number{i}x" for i in range(30)] + [f"recommended warmly number{i}x" for i in range(30)],
                           [1] * 30 + [10] * 30)  # fmt: skip
        words = themes.telling_words(themes.key_words(client), 0.05).set_index("word")
        assert words.loc["not recommended", "log_ratio"] < 0


def test_noise_has_no_theme_no_key_word_and_no_finding():
    """By design of the tests: at most one run in twenty each; here none of six."""
    for seed in range(6):
        survey = noise_tables(np.random.default_rng(seed), n_customers=300)["survey"]
        client = Client.from_frames({"survey": survey}, period=("2024-01-01", "2025-12-31"))
        assert themes.comment_themes(client).frame.empty
        assert themes.telling_words(themes.key_words(client), 0.05).empty
        assert comment_findings(client) == []


class TestQuotations:
    def test_names_of_customers_and_other_names_are_masked(self):
        customers = pd.DataFrame({"customer_id": ["c1", "c2"], "name": ["Fenna de Wit", "Bo Grote"]})
        client = Client.from_frames({"customers": customers})
        texts = ["I spoke to fenna and then to Lieselot about the bed", "we saw a white bed", "then it came"] * 9
        redact = redactor(client, texts)
        assert redact("I spoke to Fenna, and then to Lieselot about the Bed") == "I spoke to •••, and then to ••• about the Bed"

    def test_a_name_that_is_also_a_word_is_masked_only_where_it_is_written_as_a_name(self):
        client = Client.from_frames({"customers": pd.DataFrame({"customer_id": ["c1"], "name": ["May Best"]})})
        redact = redactor(client, ["the best bed", "it may be so", "I like this best of all"] * 5)
        assert redact("the best bed of all") == "the best bed of all"


class TestEmpathyMap:
    quotes = pd.DataFrame(
        [
            ("interview", "A", "Shop", "says", "Call me on 0612345678"),
            ("interview", "B", "Shop", "does", "Leaves when it is full"),
            ("social", None, None, "feels", "<b>Tired</b> of it"),
            *[("interview", "A", "Shop", "says", f"We say it in way {c}") for c in "abcdefg"],
        ],
        columns=["source", "segment", "touchpoint", "empathy", "text"],
    )

    def client(self, segment=""):
        touchpoints = pd.DataFrame({"touchpoint": ["Shop", "Web"], "stage": "purchase"})
        customers = pd.DataFrame({"customer_id": ["c1", "c2"], "segment": ["A", "B"]})
        return Client.from_frames({"quotes": self.quotes, "touchpoints": touchpoints, "customers": customers}, segment=segment)

    def test_has_four_corners_masked_and_escaped(self):
        shown = step.empathy_map(self.client())
        assert isinstance(shown, Corners)
        assert [corner.name for corner in shown.corners] == ["Says (8)", "Thinks (0)", "Does (1)", "Feels (1)"]
        html = shown.to_html()
        assert "0612345678" not in html
        assert "<b>" not in html
        assert "Nobody was heard on this yet." in html

    def test_a_full_corner_counts_what_it_does_not_show(self):
        says = step.empathy_map(self.client()).corners[0]
        assert (len(says.entries), says.more) == (5, 3)

    def test_the_reading_says_who_and_what_is_missing(self):
        text = step.empathy_reading(self.client()).text
        assert "none from focus group or observation" in text
        assert "nothing on what customers think" in text
        assert "nothing about Web" in text

    def test_one_segment_has_a_map_of_its_own(self):
        shown = step.empathy_map(self.client(segment="B"))
        assert sum(len(corner.entries) for corner in shown.corners) == 1
        assert "Segment B" in shown.middle

    def test_without_quotations_there_is_a_gap(self):
        assert isinstance(
            step.empathy_map(Client.from_frames({"touchpoints": pd.DataFrame({"touchpoint": ["Shop"], "stage": "purchase"})})), Gap
        )


class TestDemonstrationClient:
    def test_the_planted_themes_are_found_with_those_who_raise_them(self, nordic_beds):
        """Three in ten comments after delivery: promoters of bed comfort, detractors of late delivery; in English and Dutch."""
        frame = themes.comment_themes(nordic_beds).frame
        clear = frame[frame["p_adjusted"] < 0.05]
        for word, sign in (("delivery", -1), ("bezorging", -1), ("mattress", 1), ("matras", 1)):
            rows = clear[clear["words"].str.split(", ").str[:5].map(lambda names, word=word: word in names)]
            assert (np.sign(rows["difference"]) == sign).all()
            assert len(rows)

    def test_both_languages_are_told(self, nordic_beds):
        assert set(themes.comment_words(nordic_beds)[2]) == {"english", "dutch"}

    def test_late_delivery_is_the_first_of_the_findings(self, nordic_beds):
        assert "delivery" in comment_findings(nordic_beds)[0].claim

    def test_no_name_number_or_address_is_quoted(self, nordic_beds):
        given = themes.given_comments(nordic_beds)
        redact = redactor(nordic_beds, given.frame["comment"].tolist())
        signed = given.frame.loc[given.frame["comment"].str.contains("@|06-|Regards|Groeten|more\\.|aan [A-Z]"), "comment"]
        assert len(signed) > 30
        for text in signed:
            quote = redact(text)
            assert not any(mark in quote for mark in ("@", "06-"))
            if "Regards, " in text or "Groeten, " in text:
                assert quote.endswith(("•••", "•••.", "…"))
