"""The JSON Schema that the package ships says of certificates what the reader says."""

import json
from importlib import resources

import jsonschema
import pytest

from certify.certificate import schema
from certify.language.functions import GUARDS, PRIMITIVES
from tests import TESTS, corrupt

SCHEMA = json.loads(resources.files("certify.certificate").joinpath("schema.json").read_text())
HONEST = [*sorted((TESTS / "accept").glob("*.json")), *sorted((TESTS.parent / "certificates").glob("*.json"))]

# What a schema can see: the corruptions of shape.
SHAPE = (
    "version_unknown", "kind_unknown", "key_unknown", "key_unknown_in_tile", "key_missing", "seams_missing",
    "tile_is_a_list", "domain_is_text", "number_is_nan", "number_is_inf", "number_is_true", "number_is_bare",
    "number_is_a_float", "interval_of_three", "interval_of_one", "name_empty", "term_unknown_function",
    "term_wrong_arity", "term_bad_condition", "verdict_unknown", "domain_empty", "not_an_object",
    "tiles_a_million", "exponent_of_a_product_by_a_guard", "exponent_of_a_product_by_a_parameter",
    "open_without_a_bracket", "open_with_spaces_around", "open_with_a_space_of_another_kind",
    "open_without_a_space", "open_with_a_plus", "open_up_to_plus_infinity", "open_parameter_with_a_space",
)  # fmt: skip


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def test_is_what_the_fields_of_the_records_declare():
    again = "run: python -m certify.certificate.schema"
    assert schema.PLACE.read_text() == schema.written(schema.schema()) + "\n", again


@pytest.mark.parametrize("path", HONEST, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_holds_for_honest_certificates(validator, path):
    validator.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("name", SHAPE)
def test_fails_for_a_wrong_shape(validator, name, accepted):
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(json.loads(corrupt.rejected(name, accepted)))


def test_knows_every_function():
    branches = SCHEMA["$defs"]["term"]["oneOf"]
    one, two = (branch["prefixItems"][0]["enum"] for branch in branches[1:3])
    product = branches[3]["prefixItems"][0]["const"]
    arities = {name: row.arity for name, row in PRIMITIVES.items()} | GUARDS
    assert set(one) == {name for name, arity in arities.items() if arity == 1}
    assert {*two, product} == {name for name, arity in arities.items() if arity == 2}
