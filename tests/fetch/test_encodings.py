"""Content encodings: whole streams come out exactly, cut ones never do, bombs stop."""

import contextlib
import gzip
import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch.encodings import decoded
from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome
from tests.fetch.faultserver import ENCODERS, bomb

CAP = 1024 * 1024


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@settings(max_examples=60)
@given(body=st.binary(max_size=2000), times=st.sampled_from([1, 50, 500]), name=st.sampled_from(sorted(ENCODERS)))
def test_what_was_packed_comes_out_and_any_cut_of_it_is_noticed(body: bytes, times: int, name: str) -> None:
    whole = body * times
    packed = ENCODERS[name](whole)
    assert decoded(packed, [name], bytes_max=CAP) == whole
    for cut in {1, len(packed) // 2, len(packed) - 1} - {0, len(packed)}:
        with pytest.raises(NotFetched) as refused:
            decoded(packed[:cut], [name], bytes_max=CAP)
        assert refused.value.ending[:2] == (Outcome.RETRY, "cut")


@given(st.binary(max_size=3000))
def test_deflate_without_its_header_is_read_as_browsers_do(body: bytes) -> None:
    assert decoded(raw_deflate(body), ["deflate"], bytes_max=CAP) == body


@given(st.binary(max_size=500), st.sampled_from(sorted(ENCODERS)))
def test_garbage_is_a_retry_and_never_another_error(body: bytes, name: str) -> None:
    with contextlib.suppress(NotFetched):  # any other error fails
        decoded(body, [name], bytes_max=CAP)


@pytest.mark.parametrize("size", [65535, 65536, 65537, 131072])
@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_bodies_that_end_where_a_piece_ends_are_whole(name: str, size: int) -> None:
    body = os.urandom(size)
    assert decoded(ENCODERS[name](body), [name], bytes_max=CAP) == body


@pytest.mark.parametrize("name", [*ENCODERS, "nested"])
def test_a_bomb_stops_at_the_cap(name: str) -> None:
    codings = ["gzip, gzip"] if name == "nested" else [name]
    with pytest.raises(NotFetched) as refused:
        decoded(bomb(name), codings, bytes_max=CAP)
    assert refused.value.ending[:2] == (Outcome.OVERSIZE, "body")


def test_a_body_of_exactly_the_cap_is_taken() -> None:
    assert len(decoded(gzip.compress(b"a" * CAP), ["gzip"], bytes_max=CAP)) == CAP


def test_a_frame_that_asks_for_a_huge_window_is_not_unpacked() -> None:
    with pytest.raises(NotFetched):
        decoded(bomb("window"), ["zstd"], bytes_max=CAP)


def test_where_a_beginning_is_enough_the_rest_is_left_off() -> None:
    assert decoded(bomb("gzip"), ["gzip"], bytes_max=100, is_prefix_enough=True) == b"a" * 100


def test_two_members_and_what_stands_behind_them() -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0garbage"
    assert decoded(body, ["gzip"], bytes_max=CAP) == b"one two"


def test_layers_are_undone_from_the_last_and_their_number_is_limited() -> None:
    body = zlib.compress(gzip.compress(b"text"))
    assert decoded(body, ["gzip, deflate"], bytes_max=CAP) == b"text"
    assert decoded(body, ["gzip", "deflate"], bytes_max=CAP) == b"text"
    with pytest.raises(NotFetched, match="encoding: 4 layers"):
        decoded(body, ["gzip", "gzip", "gzip", "gzip"], bytes_max=CAP)


@pytest.mark.parametrize("name", ["snappy", "compress", "aes128gcm", "x-unknown"])
def test_an_unknown_encoding_is_a_retry_and_never_text(name: str) -> None:
    with pytest.raises(NotFetched) as refused:
        decoded(b"text", [name], bytes_max=CAP)
    assert refused.value.ending[:2] == (Outcome.RETRY, "encoding")


@pytest.mark.parametrize("name", ["", "identity", "UTF-8", "euc-kr", "none"])
def test_a_charset_named_as_an_encoding_leaves_the_body_as_it_is(name: str) -> None:
    assert decoded(b"text", [name], bytes_max=CAP) == b"text"
