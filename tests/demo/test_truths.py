"""Each planted truth is found again in the written files by a direct sum.

The tolerance is four standard errors of the estimate unless a test says otherwise: an estimate of a true value
lies further off once in 16,000 times, so that a failure means a generator that does not do what it says.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from cvclib.demo.truths import ATTRIBUTES, DELIVERY, FUNNEL
from cvclib.demo.vocabulary import SEGMENTS_IN_DUTCH, TOUCHPOINTS

ERRORS = 4
STAGE = {touchpoint.dutch: touchpoint.stage for touchpoint in TOUCHPOINTS}


def near_share(hits, share):
    """Whether the share of hits lies within four standard errors of a share."""
    n = len(hits)
    return abs(np.mean(hits) - share) < ERRORS * np.sqrt(share * (1 - share) / n)


def difference(left, right):
    """Difference of means and its standard error."""
    return left.mean() - right.mean(), np.sqrt(left.var() / len(left) + right.var() / len(right))


def test_a_regression_finds_the_weights_of_the_drivers_again(written):
    """Grade on ten ratings by least squares, without the segment that differs."""
    truths = written.truths
    frame = written.deliveries_judged
    frame = frame[frame["Segment"] != truths.segment_differs]
    design = np.column_stack([np.ones(len(frame)), *(frame[f"How good: {name}"] for name in ATTRIBUTES)])
    grade = frame["Grade (1-10)"].to_numpy()
    found, residuals, *_ = np.linalg.lstsq(design, grade, rcond=None)
    variance = residuals[0] / (len(frame) - design.shape[1])
    errors = np.sqrt(np.diag(variance * np.linalg.inv(design.T @ design)))

    planted = [truths.driver_weights[name] for name in ATTRIBUTES]

    # 0.03 beside the errors: grades are cut at 10, which flattens every effect a little
    assert np.abs(found[1:] - planted) == pytest.approx(0, abs=ERRORS * errors[1:].max() + 0.03)


def test_drivers_carry_the_expected_shares_of_the_explained_variance(written):
    """Squared coefficient times variance over the sum, all segments together; 0.1 covers chance and what ratings share."""
    frame = written.deliveries_judged
    ratings = frame[[f"How good: {name}" for name in written.truths.drivers]].to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(frame)), ratings])
    found = np.linalg.lstsq(design, frame["Grade (1-10)"].to_numpy(), rcond=None)[0][1:]
    explained = found**2 * ratings.var(axis=0)

    assert explained / explained.sum() == pytest.approx(list(written.truths.importance_shares.values()), abs=0.1)


def test_ratings_have_the_planted_means(written):
    """Each person's first answer only: who is content comes again, and would be counted more often."""
    truths = written.truths
    frame = written.deliveries_judged.sort_values("Completed").drop_duplicates("person")
    frame = frame[(frame["Segment"] != truths.segment_differs) & (frame["late"] == 0)]

    for name in ATTRIBUTES:
        rating = frame[f"How good: {name}"]
        assert abs(rating.mean() - truths.performance[name]) < ERRORS * rating.std() / np.sqrt(len(rating)), name


def test_stated_importance_has_the_planted_means_and_the_overrated_attribute_leads(written):
    stated = written.answers[[f"How important: {name}" for name in ATTRIBUTES]].dropna()

    for name in ATTRIBUTES:
        answers = stated[f"How important: {name}"]
        assert abs(answers.mean() - written.truths.stated_importance[name]) < ERRORS * answers.std() / np.sqrt(len(answers)), name
    assert stated.mean().idxmax() == f"How important: {written.truths.overrated_attribute}"
    assert written.truths.driver_weights[written.truths.overrated_attribute] == 0


def test_lateness_lowers_rating_grade_and_recommendation_as_planted(written):
    """Difference of means; recommendation may fall short by 0.1 because answers stop at 10."""
    truths = written.truths
    frame = written.deliveries_judged
    if truths.segment_attribute == DELIVERY:
        frame = frame[frame["Segment"] != truths.segment_differs]
    late, in_time = frame[frame["late"] == 1], frame[frame["late"] == 0]

    for column, planted, slack in (
        (f"How good: {DELIVERY}", -truths.late_rating_drop, 0),
        ("Grade (1-10)", truths.late_effect_on_grade, 0.03),
        ("Recommend (0-10)", truths.late_effect_on_recommendation, 0.1),
    ):
        found, error = difference(late[column], in_time[column])
        assert abs(found - planted) < ERRORS * error + slack, column


def test_the_late_share_is_the_planted_one_before_any_initiative(written):
    truths = written.truths
    first_change = pd.Timestamp(min(truths.worked.started_on, truths.failed.started_on))
    due = written.orders.dropna(subset="Delivered")
    due = due[(due["Promised"] < first_change)]

    assert near_share(due["Delivered"] > due["Promised"], truths.late_share)


def test_the_initiative_that_worked_moved_its_metric_and_the_other_did_not(written):
    """Before against after the start; orders promised until a month before the end, so that all have come."""
    due = written.orders.dropna(subset="Delivered")
    due = due[due["Promised"] < "2025-12-01"]
    ease = written.answers[written.answers["About"] == "Service request"].dropna(subset="Easy (1-7)")
    metrics = {
        "on_time_share": (due["Promised"], (due["Delivered"] <= due["Promised"]).astype(float)),
        "ces": (ease["Completed"], ease["Easy (1-7)"]),
    }
    for initiative in (written.truths.worked, written.truths.failed):
        when, value = metrics[initiative.metric]
        after = when >= pd.Timestamp(initiative.started_on)
        found, error = difference(value[after], value[~after])
        assert abs(found - initiative.change) < ERRORS * error, initiative.initiative


def test_stage_conversions_are_the_planted_ones_and_one_stage_leaks(written):
    """Journeys that began in time to finish: by half a year before the end of the data."""
    truths = written.truths
    touches = written.contacts.assign(stage=written.contacts["Contactpunt"].map(STAGE))
    began = touches.groupby("Dossier")["at"].min()
    touches = touches[touches["Dossier"].map(began) < "2025-07-01"]
    reached = touches.groupby("Dossier")["stage"].agg(set)

    for stage, following in zip(FUNNEL, (*FUNNEL[1:], "advocacy"), strict=True):
        there = reached[[stage in stages for stages in reached]]
        assert near_share([following in stages for stages in there], truths.stage_conversion[stage]), stage


def test_showroom_visitors_go_back_to_the_online_comparison_as_often_as_planted(written):
    touches = written.contacts.sort_values(["Dossier", "at"], kind="stable")
    touches = touches[touches["Contactpunt"].isin(["Showroombezoek", "Online vergelijking"])]
    following = touches.groupby("Dossier")["Contactpunt"].shift(-1)
    visits = (touches["Contactpunt"] == "Showroombezoek") & (touches["at"] < "2025-11-15")

    assert near_share(following[visits] == "Online vergelijking", written.truths.loop_probability)


def test_duplicates_are_the_same_person(written):
    """A second record keeps the postcode, and the e-mail address or all but a slip of the surname."""
    customers, pairs = written.customers, written.identities["crm_duplicate"]

    assert len(pairs) == round(written.truths.duplicate_share * len(customers))
    for second, first in pairs.items():
        left, right = customers.loc[second], customers.loc[first]
        assert left["Postcode"] == right["Postcode"]
        assert left["Voornaam"][0] == right["Voornaam"][0]
        assert left["E-mail"] == right["E-mail"] or left["Achternaam"] != right["Achternaam"]


def test_accounts_share_e_mail_or_name_postcode_and_birth_with_the_crm_as_often_as_planted(written):
    truths = written.truths
    accounts = written.english("erp_accounts.csv").set_index("Account No")
    true = written.customers.reindex(accounts.index.map(written.identities["account"]))
    by_email = (accounts["E-mail"] != "").to_numpy() & (accounts["E-mail"].to_numpy() == true["E-mail"].to_numpy())
    prefix = np.where(true["Tussenvoegsel"] == "", "", true["Tussenvoegsel"] + " ")
    name = true["Voornaam"] + " " + prefix + true["Achternaam"]
    by_person = (
        (accounts["E-mail"] == "").to_numpy()
        & (accounts["Name"].to_numpy() == name.to_numpy())
        & (accounts["Post code"].to_numpy() == true["Postcode"].to_numpy())
        & (accounts["Date of birth"].str.replace("/", "-").to_numpy() == true["Geboortedatum"].to_numpy())
    )

    assert near_share(by_email, truths.account_email_share)
    assert near_share(by_person, truths.account_person_share)


def test_an_e_mail_address_never_belongs_to_two_persons(written):
    customers = written.customers[written.customers["E-mail"] != ""]
    person = customers.index.map(lambda number: written.identities["crm_duplicate"].get(number, number))

    assert person.to_series().groupby(customers["E-mail"].to_numpy()).nunique().max() == 1


@pytest.mark.parametrize("referred", [False, True])
def test_the_share_without_a_repeat_order_is_that_of_the_planted_process(written, referred):
    """BG/NBD: P(no repeat in T) = (alpha / (alpha + rate factor * T))^r."""
    truths = written.truths
    buyers = written.first_orders[written.first_orders["referred"] == referred]
    factor = truths.referral_effect if referred else 1
    expected = (truths.purchase_alpha_weeks / (truths.purchase_alpha_weeks + factor * buyers["weeks"])) ** truths.purchase_r

    found = (buyers["n_repeats"] == 0).mean()
    error = np.sqrt((expected * (1 - expected)).sum()) / len(buyers)

    assert abs(found - expected.mean()) < ERRORS * error


def test_customers_not_referred_repeat_as_often_as_the_planted_process_expects(written):
    """BG/NBD, Fader, Hardie and Lee 2005, equation 9."""
    t = written.truths
    buyers = written.first_orders[~written.first_orders["referred"]]
    weeks = buyers["weeks"].to_numpy()
    gauss = special.hyp2f1(t.purchase_r, t.purchase_b, t.purchase_a + t.purchase_b - 1, weeks / (t.purchase_alpha_weeks + weeks))
    shrunk = (t.purchase_alpha_weeks / (t.purchase_alpha_weeks + weeks)) ** t.purchase_r * gauss
    expected = (t.purchase_a + t.purchase_b - 1) / (t.purchase_a - 1) * (1 - shrunk)

    error = buyers["n_repeats"].std() / np.sqrt(len(buyers))

    assert abs(buyers["n_repeats"].mean() - expected.mean()) < ERRORS * error


def test_referred_customers_come_again_more_often(written):
    buyers = written.first_orders
    rates = buyers.groupby("referred")[["n_repeats", "weeks"]].sum()

    assert rates.loc[True, "n_repeats"] / rates.loc[True, "weeks"] > 1.1 * rates.loc[False, "n_repeats"] / rates.loc[False, "weeks"]


def test_the_planted_share_of_referrals_ends_in_an_order(written):
    """Made up to the planted share exactly, but for rounding to whole referrals."""
    referrals = pd.read_csv(written.folder / "referrals.csv", dtype=str)

    assert referrals["First order"].notna().mean() == pytest.approx(written.truths.referral_conversion, abs=0.005)


def test_care_plans_last_as_long_as_the_planted_process_says(written):
    """Shifted beta-geometric: S(t) = B(alpha, beta + t) / B(alpha, beta), of plans begun t months before the end."""
    t = written.truths
    plans = pd.read_json(written.folder / "care_plans.jsonl", lines=True, convert_dates=["start", "end"])
    months = (plans["end"] - plans["start"]).dt.days / 30.4375
    for horizon in (1, 3, 6):
        seen = plans["start"] <= pd.Timestamp("2026-01-01") - pd.DateOffset(months=horizon + 1)
        stays = ~(months[seen] < horizon + 0.5)
        assert near_share(
            stays, np.exp(special.betaln(t.contract_alpha, t.contract_beta + horizon) - special.betaln(t.contract_alpha, t.contract_beta))
        )


def test_one_segment_rates_the_planted_attribute_lower_and_another_nothing(written):
    """Each person's first answer only, as the answers of one person hang together."""
    truths = written.truths
    frame = written.deliveries_judged.sort_values("Completed").drop_duplicates("person")
    column = f"How good: {truths.segment_attribute}"
    in_time = frame[frame["late"] == 0]
    rest = in_time[in_time["Segment"] != truths.segment_differs]

    found, error = difference(in_time.loc[in_time["Segment"] == truths.segment_differs, column], rest[column])
    assert abs(found - truths.segment_rating_shift) < ERRORS * error
    others = rest[rest["Segment"] != truths.segment_same]
    for name in ATTRIBUTES:
        found, error = difference(rest.loc[rest["Segment"] == truths.segment_same, f"How good: {name}"], others[f"How good: {name}"])
        assert abs(found) < ERRORS * error, name


def test_touchpoints_differ_from_home_delivery_by_the_planted_grades(written):
    """Service requests follow late deliveries more often, so the two are compared within the answers' own tolerance only for the others."""
    grades = written.answers.groupby("About")["Grade (1-10)"]
    base, truths = written.answers.loc[written.answers["About"] == "Home delivery", "Grade (1-10)"], written.truths
    for name, planted in truths.touchpoint_satisfaction.items():
        if name in ("Home delivery", "Service request"):
            continue
        found, error = difference(grades.get_group(name), base)
        late_orders_only = 0.35 * abs(truths.late_effect_on_grade)  # journeys that end before delivery are spared lateness
        assert abs(found - planted) < ERRORS * error + late_orders_only, name


def test_each_feature_has_its_planted_kano_category(written):
    """The mode over respondents; six in ten answer in the planted category, the others in one of three."""
    frame = pd.read_csv(written.folder / "kano.tsv", sep="\t")
    cells = [
        ((frame["if_present"] == 1) & (frame["if_absent"] == 5), "one-dimensional"),
        ((frame["if_present"] == 1) & frame["if_absent"].between(2, 4), "attractive"),
        (frame["if_present"].between(2, 4) & (frame["if_absent"] == 5), "must-be"),
        (frame["if_present"].between(2, 4) & frame["if_absent"].between(2, 4), "indifferent"),
    ]
    frame["category"] = np.select([mask for mask, _ in cells], [name for _, name in cells], "other")

    assert frame.groupby("feature")["category"].agg(lambda found: found.mode()[0]).to_dict() == written.truths.kano


def test_roles_have_the_planted_faults(written):
    roles = pd.read_excel(written.folder / "workshop.xlsx", sheet_name="Roles", engine="calamine")
    pairs = roles.groupby(["Touchpoint", "Activity"])["Role"].agg(lambda held: (held == "A").sum()).reset_index()

    assert set(pairs.loc[pairs["Role"] == 0, "Touchpoint"]) == {written.truths.no_accountable}
    assert set(pairs.loc[pairs["Role"] == 2, "Touchpoint"]) == {written.truths.two_accountable}


def test_one_department_ranks_the_attributes_the_wrong_way_round(written):
    views = pd.read_excel(written.folder / "workshop.xlsx", sheet_name="Department views", engine="calamine")
    ranks = views.pivot(index="attribute", columns="department", values="rank")
    agreement = ranks.corr("spearman").mean()

    assert agreement.idxmin() == written.truths.department_out_of_line


def test_satisfied_customers_buy_again_more_often(written):
    """Loyalty is correlated with the first experience as planted; here only the sign, as counts are coarse."""
    frame = written.deliveries_judged.sort_values("Completed").drop_duplicates("person").set_index("person")
    buyers = written.first_orders.join(frame["Grade (1-10)"], how="inner")
    seen = buyers[(buyers["weeks"] > 26)]

    assert seen["Grade (1-10)"].corr(seen["n_repeats"] / seen["weeks"], method="spearman") > 0


def test_segments_are_named_in_dutch_in_the_crm(written):
    assert set(written.customers["segment"]) == set(SEGMENTS_IN_DUTCH.values())
