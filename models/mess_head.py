"""Second output of the network: how messy a place looks.

A room can be messy without one thing the network knows. So what its backbone sees anyway is
averaged over the picture, at two of its depths, and weighed by a logistic regression learnt on
real rooms. That costs no time worth measuring, and one file stays one file. The weights hang on the
backbone: a network that was trained on must learn them again (`ppe model mess --set`).

Few rooms are known to be messy, so the figures are those of cross-validation over all of them:
every room is judged by weights that never saw it, nor a picture that looks like it. Rooms people
live in are not places where somebody worked: ten pictures of littered work sites learn along and
are counted apart. Floors and furniture of homes that were cleaned learn along too and measure
nothing; so do the parts of rendered pictures where nothing lies and nobody stands, as tidy floors.
Their litter does not: a bottle on a floor is the boxes' matter, and taught here it made every such
floor look messy.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

from datasets.alike import hash_pictures, pairs_alike
from datasets.boxes import clear_part
from datasets.records import Record, read_sources
from datasets.sources import BY_NAME, Source
from datasets.splits import split_of
from models.errors import MakeError
from models.rule_thresholds import UNSURE, WRONG_FAIL, WRONG_PASS
from models.truth import ROOMS, judgements
from vision.checker import Checker
from vision.detector import letterbox
from vision.findings import Verdict
from vision.labels import Label
from vision.manifest import Manifest, MessFacts, RuleFacts
from vision.policy import RuleId
from vision.session import MESS_OUTPUT, OnnxSession

# Of 140 rooms with the first network, cross-validated: depth 4 alone is right on 86 %, 6 on 95 %,
# 10 on 93 %, 6 and 10 together on 95 % in the best order; largest values are worse than means.
TAPS = tuple(f"/model.{depth}/cv2/act/Mul_output_0" for depth in (6, 10))
POOLED = "mess/features"
FOLDS = 10
ALL = "all rooms, cross-validated"
PENALTY = 0.03  # on the squared weights of standardised features, against the mean loss
STEPS = 10  # of Newton's method; it stands still after seven
MIN_ACCURACY = 0.85  # balanced, UNSURE not right; below, the output decides nothing
DOUBTED_TIDY = 0.03  # share of tidy rooms that may be UNSURE for a box of litter
MARGIN = 0.03  # thresholds that cost least are too timid: they must leave this much above it

# `floor_litter_worksite`, as far as `seen.csv` judges it. The name says who took a picture.
SITES = Source("floor_litter_worksite", {}, frozenset(), group=lambda stem: stem.split("_")[1])
CLEANED = BY_NAME["indoor_homes_vve"]  # as far as `seen.csv` judges it
RENDERED = BY_NAME["rendered"]
CLEAR = 0.25  # shorter side of a part where nothing lies, share of the picture's
# Weight beside that of a source of real rooms.
ALONG = {SITES.name: 0.25, CLEANED.name: 0.25, RENDERED.name: 1.0}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """probability = sigmoid(features @ weight + bias)."""

    weight: Floats
    bias: float

    def of(self, features: Floats) -> Floats:
        """Probabilities of rows of features."""
        probabilities: Floats = 1 / (1 + np.exp(-(features @ self.weight + self.bias)))
        return probabilities


@dataclass(frozen=True)
class Rooms:
    """Rooms, one row each: real ones, and those that learn along.

    Attributes:
        source: name of its folder.
        messy: the truth.
        held_out: whether it belongs to the validation pictures.
        group: rooms that look alike have the same number.
        features: shape (rooms, features).
        litter: best score of a box of litter, 0 without one.
    """

    source: npt.NDArray[np.str_]
    messy: npt.NDArray[np.bool_]
    held_out: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]
    features: Floats
    litter: Floats

    @property
    def homes(self) -> npt.NDArray[np.bool_]:
        """The real rooms that figures are of."""
        found: npt.NDArray[np.bool_] = ~np.isin(self.source, list(ALONG))
        return found

    def weight(self) -> Floats:
        """Messy and tidy rooms count alike, and each source of either; those along less."""
        found = np.zeros(len(self.messy))
        for messy in (True, False):
            names = np.unique(self.source[self.messy == messy])
            shares = {name: ALONG.get(name, 1.0) for name in names}
            for name, share in shares.items():
                rows = (self.source == name) & (self.messy == messy)
                found[rows] = 0.5 * share / sum(shares.values()) / rows.sum()
        return found


def tapped(model: ModelProto) -> ModelProto:
    """The network with the features as its last output.

    Raises:
        MakeError: `make.layer_missing`.
    """
    model = without_mess(model)
    made = {output for node in model.graph.node for output in node.output}
    missing = [tap for tap in TAPS if tap not in made]
    if missing:
        raise MakeError("make.layer_missing", f"the network has no layer {', '.join(missing)}")
    pooled = [f"mess/pool{i}" for i in range(len(TAPS))]
    for tap, name in zip(TAPS, pooled, strict=True):
        model.graph.node.append(
            helper.make_node("ReduceMean", [tap], [name], name, axes=[2, 3], keepdims=0)
        )
    model.graph.node.append(helper.make_node("Concat", pooled, [POOLED], POOLED, axis=1))
    model.graph.output.append(helper.make_tensor_value_info(POOLED, TensorProto.FLOAT, None))
    return model


def with_mess(model: ModelProto, weights: Weights) -> ModelProto:
    """The network with the probability as its second output.

    Raises:
        MakeError: `make.layer_missing`.
    """
    model = tapped(model)
    del model.graph.output[-1]
    constants = {
        "mess/weight": weights.weight[:, None].astype(np.float32),
        "mess/bias": np.array([weights.bias], np.float32),
    }
    for name, value in constants.items():
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    names = [POOLED, "mess/weight", "mess/bias"]
    model.graph.node.append(helper.make_node("Gemm", names, ["mess/logit"], "mess/logit"))
    model.graph.node.append(
        helper.make_node("Sigmoid", ["mess/logit"], [MESS_OUTPUT], "mess/probability")
    )
    model.graph.output.append(
        helper.make_tensor_value_info(MESS_OUTPUT, TensorProto.FLOAT, ["batch", 1])
    )
    return model


def without_mess(model: ModelProto) -> ModelProto:
    """A copy of the network without the output this module makes."""
    bare = ModelProto()
    bare.CopyFrom(model)
    for things in (bare.graph.node, bare.graph.initializer):
        for thing in [thing for thing in things if thing.name.startswith("mess/")]:
            things.remove(thing)
    for output in [output for output in bare.graph.output if output.name == MESS_OUTPUT]:
        bare.graph.output.remove(output)
    return bare


def look(
    checker: Checker, network: bytes, data: Path, on_room: Callable[[], object] = lambda: None
) -> Rooms:
    """Features of every real room, at the size the checker looks at photos."""
    seen = judgements()
    records = list(read_sources(data, [BY_NAME[name] for name in ROOMS]))
    records += [r for r in read_sources(data, [SITES]) if (r.source, r.path.name) in seen]
    cleaned = [r for r in read_sources(data, [CLEANED]) if (r.source, r.path.name) in seen]
    records += [r for r in cleaned if split_of(r) == "train"]
    records += list(read_sources(data, [RENDERED]))
    session = OnnxSession(tapped(onnx.load_from_string(network)).SerializeToString())
    groups, found = _look_alikes(records), []
    for record, group in zip(records, groups, strict=True):
        on_room()
        pixels = checker.decode(record.path.read_bytes()).pixels
        view = _clear(record, pixels) if record.source == RENDERED.name else pixels
        if view is None:
            continue
        held_out = record.source in ROOMS and split_of(record) == "val"
        batch, _ = letterbox(view, checker.detector.manifest.input_side)
        features = session.run_named(batch, POOLED).ravel()
        boxes = checker.detector.detect(view).boxes()
        litter = max((b.score for b in boxes if b.label is Label.LITTER), default=0.0)
        found.append((record.source, _messy(record), held_out, group, features, litter))
    source, messy_rows, held, group_rows, rows, best = zip(*found, strict=True)
    return Rooms(
        source=np.array(source),
        messy=np.array(messy_rows),
        held_out=np.array(held),
        group=np.array(group_rows),
        features=np.array(rows, np.float64),
        litter=np.array(best, np.float64),
    )


def _clear(record: Record, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """The largest part of a picture without anything boxed, if it is not too small."""
    part = clear_part(record.size, [box for _, box in record.boxes], CLEAR)
    if part is None:
        return None
    ratio = pixels.shape[1] / record.size[0]
    x1, y1, x2, y2 = (int(v * ratio) for v in part)
    return np.ascontiguousarray(pixels[y1:y2, x1:x2])


def _messy(record: Record) -> bool:
    if record.source in (RENDERED.name, CLEANED.name):
        return False
    return ROOMS.get(record.source, Verdict.FAIL) is Verdict.FAIL


def _look_alikes(records: Sequence[Record]) -> npt.NDArray[np.int64]:
    paths = [record.path for record in records]
    hashes, mirrored = hash_pictures(paths), hash_pictures(paths, mirror=True)
    group = np.arange(len(records))
    same = [(pair.a, pair.b) for pair in pairs_alike(hashes, mirrored, hashes)]
    names = [record.group for record in records]
    same += [(i, names.index(name)) for i, name in enumerate(names)]
    for a, b in same:
        group[group == group[a]] = group[b]
    return group


def fit(features: Floats, messy: npt.NDArray[np.bool_], weight: Floats) -> Weights:
    """Logistic regression with a penalty on the weights, by Newton's method.

    Args:
        features: shape (rooms, features).
        messy: shape (rooms,).
        weight: how much each room counts; sums up to 1.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = np.c_[(features - mean) / spread, np.ones(len(features))]
    penalty = np.r_[np.full(features.shape[1], PENALTY), 0.0]
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (weight * (p - messy)) + penalty * beta
        curve = (x * (weight * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x + np.diag(penalty)
        beta = beta - np.linalg.solve(curve, slope)
    scaled = beta[:-1] / spread
    return Weights(scaled, float(beta[-1] - scaled @ mean))


def cross_validated(rooms: Rooms, folds: int = FOLDS) -> Floats:
    """The probability of every room, from weights that saw neither it nor its look-alikes."""
    digest = [hashlib.sha256(f"mess/{group}".encode()).digest() for group in rooms.group]
    fold = np.array([int.from_bytes(d[:4], "big") % folds for d in digest])
    weight, found = rooms.weight(), np.zeros(len(rooms.messy))
    for number in range(folds):
        others = fold != number
        weights = fit(rooms.features[others], rooms.messy[others], weight[others])
        found[~others] = weights.of(rooms.features[~others])
    return found


@dataclass(frozen=True)
class MessFigures:
    """How right the answers are; shares of rooms, those of one truth counting alike."""

    balanced_accuracy: float
    wrong_pass: float
    wrong_fail: float
    unsure: float


def figures(
    p: Floats, messy: npt.NDArray[np.bool_], weight: Floats, present: float, absent: float
) -> MessFigures:
    """Figures of probabilities at two thresholds; `weight` as in `Rooms.weight`."""

    def share(rows: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
        return float(weight[rows & truth].sum() / max(weight[truth].sum(), 1e-12))

    fail, clean = p >= present, p < absent
    return MessFigures(
        balanced_accuracy=(share(fail, messy) + share(clean, ~messy)) / 2,
        wrong_pass=share(clean, messy),
        wrong_fail=share(fail, ~messy),
        unsure=(share(~fail & ~clean, messy) + share(~fail & ~clean, ~messy)) / 2,
    )


def thresholds(p: Floats, messy: npt.NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    """`present` and `absent`: of those accurate enough the ones that cost least.

    The costs are those of `models.rule_thresholds`.
    """

    def cost(present: float, absent: float) -> float:
        found = figures(p, messy, weight, present, absent)
        wrong = WRONG_PASS * found.wrong_pass + WRONG_FAIL * found.wrong_fail
        return wrong + 2 * UNSURE * found.unsure

    steps = [round(step, 2) for step in np.arange(0.02, 1.0, 0.02)]
    pairs = [(present, absent) for present in steps for absent in steps if absent <= present]
    good = [
        pair
        for pair in pairs
        if figures(p, messy, weight, *pair).balanced_accuracy >= MIN_ACCURACY + MARGIN
    ]
    return min(good or pairs, key=lambda pair: cost(*pair))


def measured(rooms: Rooms) -> tuple[MessFacts, dict[str, MessFigures]]:
    """Thresholds, and the figures of all rooms and of the validation rooms alone."""
    p, weight = cross_validated(rooms), rooms.weight()
    sites, lived_in = rooms.source == SITES.name, rooms.homes
    present, absent = thresholds(p[lived_in], rooms.messy[lived_in], weight[lived_in])
    parts = {ALL: lived_in, "validation rooms alone": rooms.held_out}
    found = {
        name: figures(p[rows], rooms.messy[rows], weight[rows], present, absent)
        for name, rows in parts.items()
    }
    best = found[ALL]
    why = (
        f"balanced accuracy {best.balanced_accuracy:.3f} on "
        f"{int((rooms.messy & lived_in).sum())} messy and "
        f"{int((~rooms.messy & lived_in).sum())} tidy real rooms in {FOLDS}-fold "
        f"cross-validation by group, UNSURE not right; wrong PASS {best.wrong_pass:.3f}, "
        f"wrong FAIL {best.wrong_fail:.3f}, "
        f"UNSURE {best.unsure:.3f}; thresholds set on the same rooms at costs {WRONG_PASS:g}, "
        f"{WRONG_FAIL:g}, {UNSURE:g}; of {int(sites.sum())} littered work sites "
        f"{int((p[sites] >= present).sum())} found, {int((p[sites] < absent).sum())} passed"
    )
    return MessFacts(present=present, absent=absent, why=why), found


def attach(network: Path, manifest: Manifest, rooms: Rooms, facts: MessFacts) -> Manifest:
    """Write the second output into the network file; the manifest that then fits it.

    The weights come from training rooms only, so that validation rooms can still measure them.
    """
    seen = ~rooms.held_out
    weight = rooms.weight()[seen]
    weights = fit(rooms.features[seen], rooms.messy[seen], weight / weight.sum())
    model = with_mess(onnx.load(str(network)), weights)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    network.write_bytes(data)
    return manifest.model_copy(
        update={
            "sha256": hashlib.sha256(data).hexdigest(),
            "mess": facts,
            "rules": (*_others(manifest.rules), *_litter(manifest, rooms)),
        }
    )


def _others(rules: Iterable[RuleFacts]) -> list[RuleFacts]:
    return [facts for facts in rules if facts.rule is not RuleId.SITE_CLEAN]


def _litter(manifest: Manifest, rooms: Rooms) -> list[RuleFacts]:
    """What boxes of litter that were not shown to be right may do.

    They fail no place, but surer ones than tidy rooms have keep it from passing: of small things on
    a floor the whole picture tells little.
    """
    own = manifest.facts(Label.LITTER)
    if own is None or own.supported:
        return []
    tidy = rooms.litter[~rooms.messy & rooms.homes]
    limit = min(1.0, round(float(np.quantile(tidy, 1 - DOUBTED_TIDY)), 2) + 0.01)
    return [
        RuleFacts(
            rule=RuleId.SITE_CLEAN,
            label=Label.LITTER,
            supported=True,
            present=1.0,
            absent=limit,
            why="not shown to be right on real litter, so that it fails no place; "
            f"from {limit:.2f} it makes one that looks tidy UNSURE, as "
            f"{np.mean(tidy >= limit):.3f} of {len(tidy)} tidy real rooms are",
        )
    ]
