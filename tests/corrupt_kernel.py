"""Kernel reports: the honest ones under tests/kernels/accept, and one corruption of one of them in each
file of tests/reject/kernels.

Run as `python -m tests.corrupt_kernel` after a change of the format; the files are checked in.  A count
is changed in a block and in the figures, so that exactly one check stands between the file and
acceptance (tests/verifier/test_kernel.py removes the checks one by one).
"""

import copy
import json
from fractions import Fraction
from pathlib import Path

import mpmath

from certify.certificate.floats import FORMATS, hexadecimal, key_of
from certify.certificate.kernel import ALWAYS, decode, encode, ranges

HERE = Path(__file__).parent
ACCEPTED = HERE / "kernels" / "accept"
REJECTED = HERE / "reject" / "kernels"


def honest(target, against, backward, form, within=None):
    """A report as a run writes it."""
    from certify.kernels.programs import select
    from certify.kernels.run import keys_within, run

    kernel = select(target, against, backward)
    keys = keys_within(FORMATS[form], within) if within else None
    return encode(run(kernel, FORMATS[form], within=keys))


ACCEPT = {
    "faults": ("tests.kernels.odd_kernels:silu", "sigmoid", "tests.kernels.odd_kernels:faults", "float16"),
    "nan": ("tests.kernels.odd_kernels:silu", "sigmoid", "tests.kernels.odd_kernels:nan", "bfloat16", "1,2"),
    "overflow": ("tests.kernels.odd_kernels:silu", "square", "tests.kernels.odd_kernels:double", "float16"),
    "gelu": ("torch:gelu_tanh", None, None, "bfloat16"),
    "kinks": ("torch:hardswish", None, None, "bfloat16"),
    "no_number": ("torch:threshold", None, None, "bfloat16", "0,1"),
    "right": ("torch:relu", None, None, "bfloat16"),
    "smooth": ("torch:elu", None, None, "bfloat16"),
    "sample": ("torch:tanhshrink", None, None, "float64"),
    "part": ("torch:sigmoid", None, None, "float32", "1,1.00001"),
    "undecided": (
        "tests.kernels.odd_kernels:silu",
        "silu",
        "tests.kernels.odd_kernels:just_off",
        "bfloat16",
        "13000,40000",
    ),
    "exponential": (
        "tests.kernels.odd_kernels:silu",
        "logistic",
        "tests.kernels.odd_kernels:faults",
        "float16",
        "1,2",
    ),
}


# --- edits ------------------------------------------------------------------------------


def put(*path, to):
    def edit(body):
        place = body
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to(place[path[-1]]) if callable(to) else to

    return edit


def count(kind, by, block=None):
    """One count of a block changed, and the figure with it: of the first block that has any, or the given."""

    def edit(body):
        i = ALWAYS.index(kind)
        blocks = body["blocks"]
        place = block if block is not None else next(n for n, b in enumerate(blocks) if int(b["figures"][i]))
        row = blocks[place]["figures"]
        row[i] = str(int(row[i]) + by)
        body["figures"][kind] = str(int(body["figures"][kind]) + by)

    return edit


def in_most(of, kind, by):
    """One count changed in the block that has the most of a kind."""

    def edit(body):
        i = ALWAYS.index(of)
        place = max(range(len(body["blocks"])), key=lambda n: int(body["blocks"][n]["figures"][i]))
        count(kind, by, place)(body)

    return edit


def block_dropped(body):
    """The last block, and its part of the figures."""
    for kind, number in zip(ALWAYS, body["blocks"].pop()["figures"], strict=True):
        body["figures"][kind] = str(int(body["figures"][kind]) - int(number))


def all_of(*edits):
    def edit(body):
        for one in edits:
            one(body)

    return edit


def witness(kind, place=0, /, **changes):
    def edit(body):
        found(body, kind)[place].update(changes)

    return edit


def found(body, kind):
    return [w for w in body["witnesses"] if w["kind"] == kind]


def drop(kind, place=None):
    def edit(body):
        gone = found(body, kind)
        gone = gone if place is None else [gone[place]]
        body["witnesses"] = [w for w in body["witnesses"] if w not in gone]

    return edit


def swap(kind):
    def edit(body):
        a, b = (i for i, w in enumerate(body["witnesses"]) if w["kind"] == kind)
        body["witnesses"][a], body["witnesses"][b] = body["witnesses"][b], body["witnesses"][a]

    return edit


def none_of(kind):
    """The count 0 in every block, and no witness of it."""

    def edit(body):
        i = ALWAYS.index(kind)
        for block in body["blocks"]:
            block["figures"][i] = "0"
        body["figures"][kind] = "0"
        body["witnesses"] = [w for w in body["witnesses"] if w["kind"] != kind]

    return edit


def twice(kind):
    def edit(body):
        body["witnesses"].append(copy.deepcopy(found(body, kind)[0]))

    return edit


def moved(kind, place, x, truth):
    """A witness at another input."""
    return witness(kind, place, x=x, truth=truth)


def too_long(body):
    """A derivative of a thousand nodes, and a truth that only the most bits enclose so well."""
    wide = "x"
    for _ in range(8):
        wide = ["add", wide, wide]
    body["truth"]["derivative"] = ["add", body["truth"]["derivative"], ["sub", wide, wide]]
    x = found(body, "ulp")[0]["x"]
    with mpmath.workdps(3000):
        y = 1 / (1 + mpmath.exp(-mpmath.mpf(float.fromhex(x))))
        scaled = int(y * (1 - y) * mpmath.mpf(10) ** 2450)
    for row in body["witnesses"]:
        row["truth"] = [f"{scaled - 1}e-2450", f"{scaled + 1}e-2450"] if row["x"] == x else row["truth"]


def beyond_the_exponential(body):
    """An input at which the verifier cannot evaluate exp."""
    body["program"]["dtype"] = "bfloat16"
    body["range"] = ["0x0p+0", "0x1.fep+127"]
    body["witnesses"] = [
        found(body, "ulp")[0] | {"x": "0x1.fep+127", "got": "0x0p+0", "truth": ["0", "1e-60"]}
    ]


ESCAPE = "torch 2.13.0\naccepted  certificates/other.json"

# name: (honest report, edit, part of the rejection)
REJECT = {
    # the truth and its kinks
    "truth_of_another_function": ("gelu", put("truth", "function", to=["sin", "x"]), "piece 1"),
    "truth_with_another_derivative": ("gelu", put("truth", "derivative", to=["tanh", "x"]), "piece 1"),
    "kink_dropped": ("kinks", put("kinks", to=lambda kinks: kinks[1:]), "what the identity leaves out"),
    "kink_that_is_none": (
        "gelu",
        put("kinks", to=[{"x": "0x1p+0", "got": "0x1p+0"}]),
        "what the identity leaves out: none",
    ),
    "kink_where_the_sides_agree": (
        "smooth",
        all_of(put("kinks", to=[{"x": "0x0p+0", "got": "0x1p+0"}]), count("inputs", -1)),
        "what the identity leaves out",
    ),
    # witnesses
    "truth_elsewhere": ("gelu", witness("ulp", truth=["1", "2"]), "truth"),
    "truth_too_thin": ("gelu", witness("ulp_large", truth=["0.86", "0.86"]), "truth"),
    "truth_too_wide": ("gelu", witness("nan", truth=["-1", "2"]), "too far apart"),
    "input_out_of_range": (
        "part",
        witness(
            "above_1",
            1,
            x="0x1p-1",
            truth=["0.235003712201594489069302695", "0.2350037122015944890693026951"],
        ),
        "an input: of the range",
    ),
    "input_not_in_the_sample": (
        "sample",
        witness("ulp", x="0x1p+0"),
        "an input: of the range",
    ),
    "kink_as_a_witness": ("right", witness("ulp", x="0x0p+0", got="0x0p+0", truth=["0", "0"]), "no kink"),
    "two_outputs_at_one_input": (
        "faults",
        witness("zero", 0, got="-0x0p+0"),  # above_1 has it first, as 0x0p+0
        "as at the same input before",
    ),
    "too_long_to_evaluate": ("part", too_long, "too long to evaluate"),
    "not_to_be_evaluated": ("exponential", beyond_the_exponential, "cannot be evaluated"),
    "pair_far_apart": ("faults", lambda b: apart(b), "neighbours, nothing left out between"),
    "pair_over_a_kink": ("no_number", lambda b: over_a_kink(b), "neighbours, nothing left out between"),
    "pair_that_goes_the_right_way": (
        "faults",
        lambda b: found(b, "not_monotone")[0]["next"].update(got=found(b, "not_monotone")[0]["got"]),
        "the other way",
    ),
    "witness_missing": ("faults", drop("zero"), "0 witnesses"),
    "one_witness_of_two": ("faults", drop("zero", 1), "1 witnesses"),
    "witnesses_of_nothing": ("faults", lambda b: uncounted(b, "zero"), "as the count is 0"),
    "witnesses_out_of_order": ("faults", swap("zero"), "by what is shown"),
    "witness_of_another_kind": (
        "faults",
        lambda b: found(b, "zero")[0].update({k: found(b, "above_1")[1][k] for k in ("x", "got", "truth")}),
        "0 where RN(f') is not",
    ),
    "nan_that_is_none": ("faults", witness("nan", got="0x1p+0"), "an output that is NaN"),
    "infinite_that_is_right": ("overflow", lambda b: right_infinity(b), "infinite where RN(f') is not so"),
    "above_1_that_is_not": ("faults", lambda b: rounded_rightly(b, "above_1"), "more than 1 ULP"),
    # undecided inputs
    "undecided_truth_elsewhere": (
        "undecided",
        witness("undecided", truth=["1.0039062", "1.0039063"]),
        "ends that do not hold it",
    ),
    "undecided_truth_too_wide": ("undecided", witness("undecided", truth=["0.99", "1.01"]), "too far apart"),
    "undecided_that_is_not": (
        "undecided",
        witness("undecided", got="0x1p+0"),
        "an output that the truth's ends settle",
    ),
    "undecided_counted_as_finite": (
        "undecided",
        count("finite", 80, 0),
        "finite + nan + infinite + undecided <= inputs",
    ),
    "undecided_by_no_witness": ("undecided", drop("undecided"), "0 witnesses"),
    "undecided_none": ("undecided", put("figures", "undecided", to="0"), "no such key"),
    "undecided_none_in_a_block": ("undecided", put("blocks", 0, "figures", 10, to="0"), "no such figure"),
    "undecided_in_another_block": (
        "right",
        put("blocks", 0, "figures", to=lambda r: [*r, "1"]),
        "the sum of",
    ),
    # the truth's name
    "origin_unknown": ("right", put("truth", "origin", to="catalogue"), "given"),
    "parameters_none": ("right", put("truth", "parameters", to={}), "no such key"),
    "parameter_that_changes_the_truth": (
        "right",
        all_of(put("truth", "parameters", to={"a": "2"}), put("truth", "function", to=["mul", "a", "x"])),
        "piece 1",
    ),
    # maxima
    "maximum_missing": ("right", drop("ulp"), "one, if an output counts"),
    "maximum_of_the_large_missing": ("faults", drop("ulp_large"), "one, if an output counts"),
    "maximum_twice": ("gelu", twice("absolute"), "one, if an output counts"),
    "maximum_of_what_is_not_finite": (
        "gelu",
        lambda b: found(b, "ulp")[0].update({k: found(b, "nan")[0][k] for k in ("x", "got", "truth")}),
        "one that counts",
    ),
    "maximum_of_the_large_where_it_is_small": (
        "gelu",
        lambda b: small_as_large(b),
        "one that counts",
    ),
    "maximum_too_small": ("gelu", witness("ulp", at_most="200"), "an error of"),
    "maximum_too_large": ("gelu", witness("ulp", at_most="300"), "an error of"),
    "maximum_below_another_output": ("faults", lambda b: lesser(b), "an output shown with"),
    "maximum_above_1_without_one": ("right", lambda b: just_above(b), "no output is more than 1 ULP off"),
    # figures
    "figures_without_their_sum": (
        "gelu",
        put("figures", "correctly_rounded", to="40000"),
        "the sum of the blocks",
    ),
    "block_dropped": ("right", block_dropped, "as the range has"),
    "inputs_too_few": ("right", count("inputs", -1, 3), "4096"),
    "inputs_three": ("nan", all_of(put("figures", "inputs", to="3")), "the sum of the blocks"),
    "every_input_of_a_longer_range": ("nan", put("range", 0, to="0x1.8p-1"), "needed 193"),
    "pairs_more_than_there_are": (
        "gelu",
        in_most("monotone_pairs", "monotone_pairs", 4096),
        "at most",
    ),
    "pairs_of_a_sample": ("sample", count("monotone_pairs", 1, 0), "at most 0"),
    "finite_and_nan_more_than_inputs": (
        "gelu",
        in_most("nan", "finite", 1),
        "finite + nan + infinite + undecided <= inputs",
    ),
    "finite_too_few": (
        "right",
        all_of(count("finite", -4096, 3), count("correctly_rounded", -1, 3)),
        "inputs - finite - nan - infinite - undecided <= correctly",
    ),
    "wrong_signs_within_1_ulp": ("faults", lambda b: more_wrong_signs(b), "wrong_sign <= above_1"),
    "correct_and_above_1": (
        "faults",
        in_most("above_1", "correctly_rounded", 1),
        "correctly rounded + above_1 <= finite",
    ),
    "correct_and_zero": (
        "faults",
        lambda b: more_zeros(b),
        "correctly rounded + zero + wrong_sign <= finite",
    ),
    "not_monotone_without_pairs": ("faults", lambda b: fewer_pairs(b), "not_monotone <= monotone_pairs"),
    "above_1_beside_255_ulp": ("gelu", none_of("above_1"), "no output is more than 1 ULP off"),
    "nan_counted_out_of_its_ends": ("gelu", lambda b: nan_elsewhere(b), "by what is shown"),
    "zeros_in_other_blocks": ("faults", lambda b: shifted(b, "zero"), "by what is shown"),
    # the reader
    "version_unknown": ("right", put("format", to="certify/kernel/9"), "certify/kernel/1"),
    "key_unknown": ("right", put("comment", to="trust me"), "unknown key"),
    "dtype_unknown": ("right", put("program", "dtype", to="float8"), "bfloat16 or"),
    "framework_unknown": ("right", put("program", "framework", to="os 1.0"), "torch or jax and its version"),
    "framework_with_a_dot": ("right", put("program", "framework", to="evil.sub 1.0"), "torch or jax"),
    "framework_with_a_line": ("right", put("program", "framework", to=ESCAPE), "torch or jax"),
    "function_with_a_line": ("right", put("program", "function", to=ESCAPE), "a path, or a call"),
    "function_that_says_more": (
        "right",
        put("program", "function", to="torch.nn.functional.relu(x), proved right"),
        "a path, or a call",
    ),
    "processor_with_an_escape": ("right", put("program", "processor", to="\x1b[2J"), "1 to 120 letters"),
    "processor_too_long": ("right", put("program", "processor", to="A" * 121), "1 to 120 letters"),
    "mode_of_the_other": ("right", put("program", "mode", to="jit of vmap of grad"), "eager, contiguous"),
    "name_with_a_line": ("right", put("truth", "name", to="relu\nx"), "the name of an entry"),
    "truth_of_the_output": ("right", put("truth", "function", to="y"), "y, the forward output"),
    "coverage_unknown": ("right", put("coverage", to="most"), "every, and sample"),
    "sample_of_bfloat16": ("right", put("coverage", to="sample"), "sample of float64"),
    "range_of_one_end": ("right", put("range", to=["0x0p+0"]), "1 ends"),
    "range_reversed": ("right", put("range", to=["0x1p+0", "0x1p-1"]), "a last input below the first"),
    "input_of_another_format": ("right", witness("ulp", x="0x1.0001p+0"), "a number of bfloat16"),
    "input_beyond_binary64": ("right", witness("ulp", x="0x1p+9999"), "a number of bfloat16"),
    "input_in_decimal": ("right", witness("ulp", x="1.5"), "a hexadecimal float"),
    "output_written_otherwise": ("right", witness("ulp", got="0x0.0p+0"), "without zeros at its end"),
    "kind_unknown": ("right", witness("ulp", kind="odd"), "above_1 or nan"),
    "count_is_a_number": ("right", put("figures", "nan", to=0), "bare number"),
    "count_negative": ("right", put("figures", "nan", to="-1"), "an integer from 0"),
    "block_of_too_few_figures": ("right", put("blocks", 0, "figures", to=lambda row: row[:-1]), "9 figures"),
    "block_with_another_hash": ("right", put("blocks", 0, "sha256", to="md5"), "64 hexadecimal digits"),
    "kinks_too_many": ("kinks", put("kinks", to=lambda kinks: kinks * 501), "at most 1000"),
    "witnesses_too_many": ("faults", put("witnesses", to=lambda rows: rows * 3), "at most"),
    "blocks_too_many": ("right", put("blocks", to=lambda rows: rows * 40), "at most 512"),
    "file_too_long": ("right", None, "bytes"),
}
GENERATED = {"file_too_long"}


def apart(body):
    """Beside an inf an output near 0, where f' is larger: not its neighbour's."""
    truth = ["0.2499999999999", "0.25"]
    found(body, "not_monotone")[0]["next"] = {"x": "-0x1p-20", "got": "0x1p-2", "truth": truth}


def over_a_kink(body):
    """The two numbers about threshold's kink at 1/10, between which f' jumps from 0 to 1 and the outputs
    fall."""
    body["witnesses"].insert(
        0,
        {"kind": "not_monotone", "x": "0x1.98p-4", "got": "0x0p+0", "truth": ["0", "0"],
         "next": {"x": "0x1.9ap-4", "got": "-0x1p+0", "truth": ["1", "1"]}}
    )  # fmt: skip
    count("not_monotone", 1, 0)(body)


def uncounted(body, kind):
    i = ALWAYS.index(kind)
    for block in body["blocks"]:
        block["figures"][i] = "0"
    body["figures"][kind] = "0"


def right_infinity(body):
    """inf at 40000, where 2*x rounds to inf in float16, under `infinite`."""
    row = {"kind": "infinite", "x": "0x1.388p+15", "got": "inf", "truth": ["80000", "80000"]}
    body["witnesses"].append(row)
    count("infinite", 1, len(body["blocks"]) - 1)(body)
    count("correctly_rounded", -1, len(body["blocks"]) - 1)(body)


def small_as_large(body):
    """The largest error of all under ulp_large, though f' is less than 1/1024 there."""
    row = dict(found(body, "ulp")[0])
    found(body, "ulp_large")[0].update({k: row[k] for k in ("x", "got", "truth", "at_most")})


def lesser(body):
    """The maximum taken at another witness, whose error is less."""
    row = found(body, "absolute")[0]
    other = found(body, "zero")[0]
    truth = Fraction(other["truth"][1])
    row.update(x=other["x"], got=other["got"], truth=other["truth"], at_most=str(round(float(truth), 9)))


def just_above(body):
    """A bound of 1.00001 at an error of 1 ULP."""
    row = found(body, "ulp")[0]
    row.update(x="0x1p-1", got="0x1.02p+0", truth=["1", "1"], at_most="1.00001")
    found(body, "ulp_large")[0].update({k: row[k] for k in ("x", "got", "truth", "at_most")})
    found(body, "absolute")[0].update(
        {k: row[k] for k in ("x", "got", "truth")}, at_most=str(Fraction(1, 128))
    )
    count("correctly_rounded", -1, block_of(body, row["x"]))(body)


def block_of(body, x):
    report = decode(json.dumps(body).encode())
    key = key_of(report.form, Fraction(float.fromhex(x)), negative=x.startswith("-"))
    return next(i for i, (a, b) in enumerate(ranges(report.form, report.start, report.stop)) if a <= key < b)


def at(body, kind):
    """The block of the first witness of a kind."""
    return block_of(body, found(body, kind)[0]["x"])


def more_wrong_signs(body):
    """One output fewer that is more than 1 ULP off than there are wrong signs."""
    block = at(body, "wrong_sign")
    row = body["blocks"][block]["figures"]
    above, wrong = (int(row[ALWAYS.index(kind)]) for kind in ("above_1", "wrong_sign"))
    count("above_1", wrong - 1 - above, block)(body)


def more_zeros(body):
    block = at(body, "zero")
    row = body["blocks"][block]["figures"]
    finite, correct, zero, wrong = (
        int(row[ALWAYS.index(kind)]) for kind in ("finite", "correctly_rounded", "zero", "wrong_sign")
    )
    count("zero", finite - correct - zero - wrong + 1, block)(body)


def fewer_pairs(body):
    block = at(body, "not_monotone")
    row = body["blocks"][block]["figures"]
    pairs, falls = (int(row[ALWAYS.index(kind)]) for kind in ("monotone_pairs", "not_monotone"))
    count("monotone_pairs", falls - pairs - 1, block)(body)


def nan_elsewhere(body):
    """A NaN among the inputs near 0, nearer than the first of them."""
    block = len(body["blocks"]) // 2
    count("nan", 1, block)(body)
    count("finite", -1, block)(body)
    count("correctly_rounded", -1, block)(body)


def shifted(body, kind):
    """One of a kind counted in the first block, far out, and not in its own."""
    count(kind, -1, at(body, kind))(body)
    count(kind, 1, 0)(body)
    count("correctly_rounded", -1, 0)(body)


def nearest(dtype, truth):
    return hexadecimal(float(FORMATS[dtype].nearest(truth)))


def rounded_rightly(body, kind):
    """The last witness of a kind with the output that it should have."""
    row = found(body, kind)[1]
    row["got"] = nearest(body["program"]["dtype"], Fraction(row["truth"][0]))


def rejected(name, accepted):
    """The bytes of a rejected file, from the honest reports."""
    base, edit, _ = REJECT[name]
    if edit is None:
        return accepted[base] + b" " * 2**22
    body = json.loads(accepted[base])
    before = copy.deepcopy(body)
    edit(body)
    if body == before:
        raise ValueError(f"{name} changes nothing")
    return (json.dumps(body, indent=1) + "\n").encode("ascii")


def accepted_reports():
    return {path.stem: path.read_bytes() for path in sorted(ACCEPTED.glob("*.json"))}


def main():
    import sys

    for name in sys.argv[1:] or ACCEPT:
        (ACCEPTED / f"{name}.json").write_bytes(honest(*ACCEPT[name]))
    accepted = accepted_reports()
    for path in REJECTED.glob("*.json"):
        path.unlink()
    for name in REJECT:
        if name not in GENERATED:  # too long to be checked in: the tests make it
            (REJECTED / f"{name}.json").write_bytes(rejected(name, accepted))


if __name__ == "__main__":
    main()
