"""Fleet files: what reads, what is refused and where, and that what is written reads back equal."""

import json
from pathlib import Path
from textwrap import dedent

import jsonschema  # type: ignore[import-untyped]  # has no stubs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decnet_core.adapters.fleet_files import dump_submission, load_submission, submission_schema
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.network import Driver
from decnet_core.domain.submission import DeckyRequest, MutationRequest, NetworkRequest, Submission

EXAMPLES = Path(__file__).parents[2] / "deployments" / "examples"


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidSubmissionError) as caught:
        load_submission(None, dedent(text))
    return [str(cause).removeprefix("<stdin>:") for cause in caught.value.causes]


MALFORMED = {
    "a tab": ("deckies:\n\t- name: a", "2:1: found character '\\t' that cannot start any token"),
    "an open bracket": ("deckies:\n  - {name: a\n  - {name: b}", "3:5: expected ',' or '}'"),
    "an open quote": ("fleet: 'office\n", "2:1: found unexpected end of stream"),
    "a colon too many": ("fleet: a: b", "1:9: mapping values are not allowed here"),
    "an unknown alias": ("fleet: *office", "1:8: found undefined alias 'office'"),
    "a bare at sign": ("fleet: @office", "1:8: found character '@'"),
    "two documents": ("fleet: a\n---\nfleet: b", "2:1: expected a single document"),
    "a control character": ("fleet: a\nx: \x01", "2:4: character U+0001 is not allowed"),
    "a foreign tag": ("fleet: !!python/name:os.system x", "1:8: the tag"),
    "binary": ("fleet: !!binary aGk=", "1:8: the tag"),
    "not a number": ("fleet: .nan", "1:8: .nan is no number here"),
    "a list as a key": ("[a]: b", "1:1: a key must be a word"),
    "half a surrogate pair": ('fleet: "\\ud83d"', "1:8: half a surrogate pair"),
    "an alias of itself": ("deckies: &a [*a]", "1:10: an alias that contains itself"),
    "a list at the top": ("- name: a", "1:1: a fleet file is a mapping"),
    "a word at the top": ("office", "1:1: a fleet file is a mapping"),
}


@pytest.mark.parametrize(("text", "fault"), MALFORMED.values(), ids=MALFORMED)
def test_given_malformed_yaml_when_loaded_then_line_and_column_are_named(text: str, fault: str):
    assert faults(text)[0].startswith(fault)


ILL_TYPED = {
    "an unknown key": ("flet: a", "1:1: unknown key 'flet' (did you mean 'fleet'?)"),
    "a key of another section": ("subnet: 10.0.0.0/24", "1:1: unknown key 'subnet' here (it belongs under 'network')"),
    "a key of the top": (
        "deckies:\n  - name: a\n    fleet: b",
        "3:5: unknown key 'fleet' here (it belongs at the top of the file)",
    ),
    "a misspelt decky key": (
        "deckies:\n  - name: a\n    servics: [ssh]",
        "3:5: unknown key 'servics' (did you mean 'services'?)",
    ),
    "no name": ("deckies:\n  - ip: 10.0.0.5", "2:5: deckies[0] name is missing"),
    "a bad name": ("deckies: [{name: Web_1}]", "1:18: deckies[0] (Web_1) name: 'Web_1' is not a name"),
    "a long name": (f"deckies: [{{name: {'a' * 64}}}]", "1:18: deckies[0]"),
    "a number as a name": ("deckies: [{name: 12}]", "1:18: deckies[0] name: 12 is a number where text is wanted"),
    "a bad address": ("deckies: [{name: a, ip: 10.0.0.300}]", "1:25: deckies[0] (a) ip: '10.0.0.300' is not an IPv4"),
    "a bad MAC": ("deckies: [{name: a, mac_address: zz}]", "1:34: deckies[0] (a) mac_address: 'zz' is not a MAC"),
    "a multicast MAC": ("deckies: [{name: a, mac_address: '01:00:00:00:00:01'}]", "1:34: deckies[0] (a) mac_address"),
    "a word for services": (
        "deckies: [{name: a, services: ssh}]",
        "1:31: deckies[0] (a) services: 'ssh' is not a list",
    ),
    "a bad count": ("deckies: [{name: a, count: lots}]", "1:28: deckies[0] (a) count: 'lots' is not a whole number"),
    "no deckies at all": ("deckies: [{name: a, count: 0}]", "1:28: deckies[0] (a) count: must be greater"),
    "a bad interval": ("deckies: [{name: a, mutate_interval: 0}]", "1:38: deckies[0] (a) mutate_interval: 0 is not"),
    "a bad policy": ("mutation: {every: never}", "1:19: mutation.every: 'never' is not an interval"),
    "too many percent": ("mutation: {at_most: 200%}", "1:21: mutation.at_most: must be less than or equal to 100"),
    "a network with host bits": (
        "network: {subnet: 10.0.0.5/24}",
        "1:19: network.subnet: '10.0.0.5/24' is not a network (did you mean 10.0.0.0/24?)",
    ),
    "a misspelt driver": (
        "network: {driver: maclan}",
        "1:19: network.driver: 'maclan' is not a driver (did you mean 'macvlan'?)",
    ),
    "a bare decky": ("deckies: [a]", "1:11: deckies[0]: 'a' is not a mapping"),
    "a null fleet": ("fleet:", "1:7: fleet: this is not text"),
    "neither true nor false": ("deckies: [{name: a, protected: perhaps}]", "1:32: deckies[0] (a) protected: 'perhaps'"),
}


@pytest.mark.parametrize(("text", "fault"), ILL_TYPED.values(), ids=ILL_TYPED)
def test_given_a_wrong_value_when_loaded_then_its_place_and_the_way_out_are_named(text: str, fault: str):
    assert faults(text)[0].startswith(fault)


def test_given_several_problems_when_loaded_then_all_are_named_in_their_order():
    text = """\
        flet: office
        network:
          subnet: 10.0.0.0/99
        deckies:
          - {name: UP, services: ssh}
          - {nam: b}
        """

    assert [fault.split(" ")[0] for fault in faults(text)] == ["1:1:", "3:11:", "5:12:", "5:26:", "6:5:", "6:6:"]


def test_given_a_key_twice_when_loaded_then_both_lines_are_named():
    assert faults("fleet: a\ndeckies: []\nfleet: b") == ["3:1: duplicate key 'fleet' (it stands in line 1 already)"]


def test_given_a_secret_in_a_wrong_place_when_loaded_then_it_is_not_repeated():
    assert "hunter2" not in " ".join(faults("deckies: [{name: a, service_config: {ssh: hunter2}}]"))


def test_given_aliases_of_aliases_when_loaded_then_it_is_refused_soon():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert "are no fleet file" in faults("\n".join(lines))[0]


def test_given_brackets_without_end_when_loaded_then_it_is_refused():
    assert faults("[" * 600) == [" nested too deep to be a fleet file"]


def test_given_values_nested_too_deep_to_be_kept_when_loaded_then_it_is_refused():
    assert "nested too deep" in faults(f"deckies: {'[' * 60}{']' * 60}")[0]


def test_given_anchors_and_merges_when_loaded_then_own_keys_win():
    found = load_submission(
        None,
        dedent("""\
            deckies:
              - &base {name: a, archetype: linux-server, distro: debian}
              - {<<: *base, name: b}
            """),
    )

    assert [(decky.name, decky.distro) for decky in found.deckies] == [("a", "debian"), ("b", "debian")]


SECRETS = [
    *("100%", "%d%s%%", "a#b", "a #b", "$HOME $$ ${x}", "it's", 'say "hi"', "two\nlines\n", "\ttab ", " lead", "~"),
    *("null", "yes", "0123", "1e3", "2026-01-01", "ключ 🔑", "a: b", "- x", "\u2028\u0085\r\n", "\\n", "", "{x}", "&a"),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_given_a_secret_when_written_and_read_then_it_is_byte_exact(secret: str):
    config = {"ssh": {"users": {"admin": secret, secret: "x"}}}
    before = Submission(deckies=(DeckyRequest(name="a", service_config=config),))

    assert load_submission(None, dump_submission(before)).deckies[0].service_config == config


@pytest.mark.parametrize("secret", SECRETS)
def test_given_a_secret_in_json_when_read_then_it_is_byte_exact(secret: str):
    text = json.dumps({"deckies": [{"name": "a", "service_config": {"ssh": {"users": {"admin": secret}}}}]})

    assert load_submission(None, text).deckies[0].service_config == {"ssh": {"users": {"admin": secret}}}


def test_given_a_submission_when_written_then_it_reads_like_a_file_by_hand():
    submission = Submission(
        fleet="office",
        network=NetworkRequest(driver=Driver.MACVLAN, interface="eth0", subnet="192.168.1.0/24"),
        mutation=MutationRequest(every=30, at_most=10, quiet=15),
        deckies=(
            DeckyRequest(name="files-01", ip="192.168.1.101", services=("smb", "ssh"), mutate_interval="off"),
            DeckyRequest(name="web", count=4, service_config={"ssh": {"users": {"admin": "a#%\n"}}}),
        ),
    )

    assert dump_submission(submission) == dedent("""\
        fleet: office
        network:
          driver: macvlan
          interface: eth0
          subnet: 192.168.1.0/24
        mutation:
          every: 30m
          at_most: 10%
          quiet: 15m
        deckies:
          - name: files-01
            ip: 192.168.1.101
            services: [smb, ssh]
            mutate_interval: "off"
          - name: web
            count: 4
            service_config:
              ssh:
                users:
                  admin: "a#%\\n"
        """)


names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
requests = st.builds(
    DeckyRequest,
    name=names,
    count=st.integers(1, 1000),
    archetype=st.none() | st.text(max_size=10),
    ip=st.none() | st.ip_addresses(v=4),
    services=st.none() | st.lists(names, max_size=3).map(tuple),
    service_config=st.none() | st.dictionaries(names, st.dictionaries(st.text(), values, max_size=3), max_size=2),
    mutate_interval=st.none() | st.just("off") | st.integers(1, 10_000),
    protected=st.none() | st.booleans(),
)
submissions = st.builds(
    Submission,
    fleet=names,
    mutation=st.none() | st.builds(MutationRequest, every=st.none() | st.integers(1, 999) | st.just("off")),
    deckies=st.lists(requests, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(submissions)
def test_what_is_written_reads_back_equal(submission: Submission):
    assert load_submission(None, dump_submission(submission)) == submission


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_causes(text: str):
    causes: tuple[Cause, ...] | None = None
    try:
        load_submission(None, text)
    except InvalidSubmissionError as exc:
        causes = exc.causes

    assert causes is None or causes


def test_given_no_file_when_loaded_then_it_is_named(tmp_path: Path):
    with pytest.raises(InvalidSubmissionError, match=r"none\.yaml: cannot be read: No such file"):
        load_submission(tmp_path / "none.yaml")


def test_given_a_directory_when_loaded_then_it_is_refused(tmp_path: Path):
    with pytest.raises(InvalidSubmissionError, match="Is a directory"):
        load_submission(tmp_path)


def test_given_latin_1_when_loaded_then_the_byte_is_named(tmp_path: Path):
    (tmp_path / "f.yaml").write_bytes(b"fleet: a\nx: caf\xe9\n")

    with pytest.raises(InvalidSubmissionError, match=r"f\.yaml:2:7: not UTF-8"):
        load_submission(tmp_path / "f.yaml")


def test_given_an_empty_file_when_loaded_then_it_is_refused(tmp_path: Path):
    (tmp_path / "f.yaml").write_text("# nothing yet\n")

    with pytest.raises(InvalidSubmissionError, match="the file is empty"):
        load_submission(tmp_path / "f.yaml")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_reads_and_fits_the_published_schema(path: Path):
    submission = load_submission(path)

    document = json.loads(submission.model_dump_json(exclude_unset=True))
    jsonschema.Draft202012Validator(submission_schema()).validate(document)


def test_the_schema_knows_the_catalogues_words():
    decky = submission_schema()["$defs"]["DeckyRequest"]["properties"]

    assert "linux-server" in decky["archetype"]["anyOf"][0]["enum"]
    assert "ssh" in decky["service_config"]["anyOf"][0]["properties"]


def test_the_schema_accepts_intervals_as_operators_write_them():
    document = {"mutation": {"every": "30m", "at_most": "10%", "quiet": "15m"}}

    jsonschema.Draft202012Validator(submission_schema()).validate(document)
