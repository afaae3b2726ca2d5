"""Record linkage: cvclib beside splink and recordlinkage, on made people (2 x 5,000 and 1 million) and on public data.

Each side reads the same parquet file and prints its precision and recall against the truth in the file; time and
peak memory are those of the whole process. splink is set up as its documentation does it (comparisons of its
library by kind of field, several blocking rules, u from random pairs, EM on two rules, P(match) >= 0.5);
recordlinkage with its EM classifier, blocked on name, birth date and postcode. No side is tuned to a set. The public
data are those of `../shared/data`, where they are there.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _beside import measure, our_python, peer_python, report

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
LIMIT_SECONDS = 300
PEERS = ("splink", "recordlinkage")
PEOPLE = {
    "given_name": "given_name", "surname": "surname", "birth_date": "birth_date", "phone": "phone", "email": "email", "street": "street",
    "house_number": "house_number", "postcode": "postcode", "city": "city",
}  # fmt: skip

JUDGED = """
def judge(pairs, truth, n_true):
    right = sum(truth[a] == truth[b] for a, b in pairs)
    print(f"precision {right / max(len(pairs), 1):.4f}, recall {right / n_true:.4f}")
def true_pairs(frame):
    if (frame["side"] == 1).any():
        sizes = frame.groupby("truth")["side"].agg(n="size", right="sum")
        return int(((sizes["n"] - sizes["right"]) * sizes["right"]).sum())
    sizes = frame["truth"].value_counts()
    return int((sizes * (sizes - 1) // 2).sum())
"""
OURS = f"""
import json, sys
import pandas as pd
from cvclib.methods.probabilistic_linkage import link
{JUDGED}
frame, kinds = pd.read_parquet(sys.argv[1]), json.loads(sys.argv[2])
sides = [part[["id", *kinds]] for _, part in frame.groupby("side")]
found = link(*sides, kinds=kinds)
taken = found.pairs[found.pairs["probability"] >= found.best_threshold()]
judge(list(zip(taken["left"], taken["right"])), dict(zip(frame["id"], frame["truth"])), true_pairs(frame))
"""
SPLINK = f"""
import json, logging, sys
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
{JUDGED}
logging.disable(logging.WARNING)
frame, kinds = pd.read_parquet(sys.argv[1]), json.loads(sys.argv[2])
made = dict(given_name=lambda c: cl.NameComparison(c).configure(term_frequency_adjustments=True),
    surname=lambda c: cl.NameComparison(c).configure(term_frequency_adjustments=True), email=cl.EmailComparison,
    birth_date=lambda c: cl.DamerauLevenshteinAtThresholds(c, [1, 2]), house_number=lambda c: cl.DamerauLevenshteinAtThresholds(c, [1]),
    postcode=lambda c: cl.DamerauLevenshteinAtThresholds(c, [1, 2]), phone=lambda c: cl.DamerauLevenshteinAtThresholds(c, [1, 2]),
    city=lambda c: cl.JaroWinklerAtThresholds(c, [0.9, 0.7]).configure(term_frequency_adjustments=True),
    street=lambda c: cl.JaroWinklerAtThresholds(c, [0.9, 0.7]), address=lambda c: cl.JaroWinklerAtThresholds(c, [0.9, 0.7]), text=lambda c: cl.JaroWinklerAtThresholds(c, [0.9, 0.7]), region=cl.ExactMatch,
    number=lambda c: cl.DamerauLevenshteinAtThresholds(c, [1]))
at = dict((kind, column) for column, kind in reversed(list(kinds.items())))
wanted = [("given_name", "surname"), ("surname", "birth_date"), ("given_name", "birth_date"), ("postcode", "surname"), ("postcode", "given_name"),
          ("email",), ("phone",), ("street", "house_number"), ("postcode", "birth_date"), ("text", "postcode"), ("text", "address"), ("phone", "postcode")]
rules = [block_on(*(at[kind] for kind in rule)) for rule in wanted if all(kind in at for kind in rule)]
train = [block_on(at[kind]) for kind in ("birth_date", "surname", "phone", "postcode") if kind in at][:2]
if len(frame) > 100_000:
    train = rules[:2]
for column in kinds:
    frame[column] = frame[column].replace("", None)
linking = (frame["side"] == 1).any()
settings = SettingsCreator(link_type="link_only" if linking else "dedupe_only", unique_id_column_name="id",
    comparisons=[made[kind](column) for column, kind in kinds.items()], blocking_rules_to_generate_predictions=rules, retain_matching_columns=False)
api = DuckDBAPI()
parts = [api.register(part.drop(columns=["side", "truth"]), dataset_display_name=f"part{{side}}") for side, part in frame.groupby("side")]
linker = Linker(parts if linking else parts[0], settings, log_level=40)
linker.training.estimate_probability_two_random_records_match(rules[:3], recall=0.8)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
for rule in train:
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
judge(list(zip(found["id_l"], found["id_r"])), dict(zip(frame["id"], frame["truth"])), true_pairs(frame))
"""
RECORDLINKAGE = f"""
import json, sys, warnings
import pandas as pd, recordlinkage
{JUDGED}
warnings.filterwarnings("ignore")
frame, kinds = pd.read_parquet(sys.argv[1]), json.loads(sys.argv[2])
frame = frame.set_index("id").replace("", None)
sides = [part for _, part in frame.groupby("side")]
index = recordlinkage.Index()
for column, kind in kinds.items():
    if kind in ("given_name", "surname", "birth_date", "postcode", "phone", "email", "number"):
        index.block(column)
pairs = index.index(*sides)
compare = recordlinkage.Compare()
for column, kind in kinds.items():
    if kind in ("given_name", "surname", "street", "address", "city", "text"):
        compare.string(column, column, method="jarowinkler", threshold=0.85)
    else:
        compare.exact(column, column)
found = recordlinkage.ECMClassifier(binarize=0.8).fit_predict(compare.compute(pairs, *sides))
judge(list(found), frame["truth"].to_dict(), true_pairs(frame.reset_index()))
"""


def write_people(path: Path, n: int, share_twice: float, two_sides: bool) -> None:
    """Made people, some of them twice with slips, blanks and changed values; the truth stands beside them.

    Names and places follow Zipf's law; in a second writing each field has a slip in one case of eight, is blank in one of
    sixteen, and (telephone, address, e-mail) another one altogether in one of sixteen.
    """
    rng = np.random.default_rng(1)
    n_first = n // 2 if two_sides else round(n / (1 + share_twice))
    syllables = np.array([a + b for a in "bdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "os")])
    names = np.array(sorted({"".join(rng.choice(syllables, k)) for k in rng.integers(2, 5, 60_000)}))
    rng.shuffle(names)

    def drawn(size: int, among: int, start: int = 0) -> np.ndarray:
        rank = np.minimum((among ** rng.random(size)).astype(int), among - 1)
        return names[start + rank].astype(object)

    def written(size: int) -> pd.DataFrame:
        given, surname = drawn(size, 800), drawn(size, 20_000, 1_000)
        days = pd.Timestamp("1935-01-01") + pd.to_timedelta(rng.integers(0, 26_000, size), unit="D")
        number = rng.integers(0, 1_000, size)
        return pd.DataFrame(
            {
                "given_name": given,
                "surname": surname,
                "birth_date": days.strftime("%Y-%m-%d").to_numpy(dtype=object),
                "phone": np.char.add("06", np.char.zfill(rng.integers(0, 10**8, size).astype(str), 8)).astype(object),
                "email": given + "." + surname + number.astype(str).astype(object) + "@mail.example",
                "street": drawn(size, 5_000, 25_000) + " street",
                "house_number": (1 + rng.geometric(0.03, size)).astype(str).astype(object),
                "postcode": rng.integers(1_000, 9_999, size).astype(str).astype(object),
                "city": drawn(size, 500, 40_000),
            }
        )

    first = written(n_first)
    chosen = rng.choice(n_first, n - n_first if not two_sides else round(share_twice * (n - n_first)), replace=False)
    second = first.iloc[chosen].reset_index(drop=True)
    other = written(len(second))
    for column in first.columns:
        luck = rng.random(len(second))
        place, letter = rng.random(len(second)), rng.integers(0, 10, len(second))
        for row in np.flatnonzero(luck < 1 / 8):
            second.at[row, column] = _slip(second.at[row, column], place[row], int(letter[row]))
        second.loc[(luck >= 1 / 8) & (luck < 3 / 16), column] = ""
        if column in ("phone", "email", "street", "house_number", "postcode", "city"):
            changed = (luck >= 3 / 16) & (luck < 1 / 4)
            second.loc[changed, column] = other.loc[changed, column]
    n_strangers = n - n_first - len(second)
    strangers = written(max(n_strangers, 1)).head(n_strangers)
    everyone = pd.concat([first, second, strangers], ignore_index=True)
    everyone["truth"] = np.concatenate([np.arange(n_first), chosen, n_first + np.arange(len(strangers))])
    everyone["side"] = np.where(np.arange(n) < n_first, 0, int(two_sides))
    everyone["id"] = np.char.add("r", np.char.zfill(rng.permutation(n).astype(str), 7)).astype(object)
    everyone.to_parquet(path)


def _slip(text: str, place: float, letter: int) -> str:
    """One letter left out, doubled, replaced or changed with its neighbour."""
    at = int(place * (len(text) - 1))
    if letter < 3:
        return text[:at] + text[at + 1 :]
    if letter < 5:
        return text[:at] + text[at] + text[at:]
    if letter < 8:
        return text[:at] + ("0123456789" if text[at].isdigit() else "aeioulnrst")[letter] + text[at + 1 :]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def public_sets(folder: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    """The public data that are there, written as one parquet file each: id, truth, side and the fields."""
    made: dict[str, tuple[pd.DataFrame, dict[str, str]]] = {}
    febrl = {
        "given_name": "given_name", "surname": "surname", "street_number": "house_number", "address_1": "street", "address_2": "text",
        "suburb": "city", "postcode": "postcode", "state": "region", "date_of_birth": "birth_date",
    }  # fmt: skip
    for number in (1, 2, 3):
        if (file := SHARED / "febrl" / f"dataset{number}.csv").is_file():
            frame = pd.read_csv(file, dtype=str, skipinitialspace=True).rename(columns=str.strip)
            frame = frame.assign(id=frame["rec_id"], truth=frame["rec_id"].str.extract(r"rec-(\d+)-")[0])
            made[f"febrl {number}"] = (frame, febrl)
            made[f"febrl {number} with number"] = (frame, febrl | {"soc_sec_id": "number"})
    if (file := SHARED / "splink_fake_1000" / "fake_1000.csv").is_file():
        frame = pd.read_csv(file, dtype=str).rename(columns={"unique_id": "id", "cluster": "truth"})
        made["fake 1000"] = (
            frame,
            {"first_name": "given_name", "surname": "surname", "dob": "birth_date", "city": "city", "email": "email"},
        )
    if (file := SHARED / "chicago_early_childhood" / "csv_example_input_with_true_ids.csv").is_file():
        frame = pd.read_csv(file, dtype=str).rename(
            columns={"Id": "id", "True Id": "truth", "Site name": "site", "Address": "at", "Zip": "zip", "Phone": "phone"}
        )
        frame[["site", "at"]] = frame[["site", "at"]].apply(lambda c: c.str.lower().str.split().str.join(" "))
        made["chicago sites"] = (frame, {"site": "text", "at": "address", "zip": "postcode", "phone": "phone"})
    if (file := SHARED / "historical_figures_50k" / "historical_figures_with_errors_50k.parquet").is_file():
        frame = pd.read_parquet(file).rename(columns={"unique_id": "id", "cluster": "truth"})
        fields = {
            "first_name": "given_name",
            "surname": "surname",
            "dob": "birth_date",
            "birth_place": "city",
            "postcode_fake": "postcode",
            "occupation": "text",
        }
        made["historical figures"] = (frame, fields)
    found = {}
    for name, (frame, kinds) in made.items():
        path = folder / f"{name.replace(' ', '_')}.parquet"
        frame[["id", "truth", *kinds]].assign(side=0).to_parquet(path)
        found[name] = (path, kinds)
    return found


def main() -> None:
    only = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        sets: dict[str, tuple[Path, dict[str, str]]] = {}
        for name, n, share, two in (("2 x 5,000 people", 10_000, 0.6, True), ("1,000,000 people", 1_000_000, 0.2, False)):
            if not only or name in only:
                sets[name] = (Path(folder) / f"{n}.parquet", PEOPLE)
                write_people(sets[name][0], n, share, two)
        if not only or "public" in only:
            sets |= public_sets(Path(folder))
        scripts = {"splink": SPLINK, "recordlinkage": RECORDLINKAGE}
        for name, (path, kinds) in sets.items():
            arguments = [str(path), json.dumps(kinds)]
            ours = measure([our_python(), "-c", OURS, *arguments], limit_seconds=LIMIT_SECONDS)
            print(f"{name}: cvclib {ours.output.splitlines()[-1] if ours.finished else 'stopped'}", flush=True)
            for peer in PEERS:
                try:
                    theirs = measure([peer_python(peer), "-c", scripts[peer], *arguments], limit_seconds=LIMIT_SECONDS)
                    print(f"{name}: {peer} {theirs.output.splitlines()[-1] if theirs.finished else 'stopped'}", flush=True)
                    report(name, ours, theirs, peer)
                except RuntimeError as error:
                    report(name, ours, None, peer, str(error)[-300:])


if __name__ == "__main__":
    main()
