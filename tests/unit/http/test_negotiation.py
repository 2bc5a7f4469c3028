"""How the Simple API chooses the form, the coding and the brevity of an answer."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pypi_http_api.headers.conditional import if_none_match_matches
from pypi_http_api.headers.content_coding import accepts_gzip
from pypi_http_api.headers.negotiation import NOT_ACCEPTABLE_TEXT, Representation, negotiate

JSON, HTML_V1, TEXT_HTML = Representation.JSON, Representation.HTML_V1, Representation.TEXT_HTML
V1_JSON = "application/vnd.pypi.simple.v1+json"
V1_HTML = "application/vnd.pypi.simple.v1+html"
LATEST_JSON = "application/vnd.pypi.simple.latest+json"
LATEST_HTML = "application/vnd.pypi.simple.latest+html"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PIP = f"{V1_JSON}, {V1_HTML}; q=0.1, text/html; q=0.01"


class TestTheForm:
    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            (PIP, JSON),
            (f"{V1_JSON}, {V1_HTML};q=0.2, text/html;q=0.01", JSON),
            (BROWSER, TEXT_HTML),
            ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", TEXT_HTML),
            (V1_JSON, JSON),
            (V1_HTML, HTML_V1),
            ("text/html", TEXT_HTML),
            (LATEST_JSON, JSON),
            (LATEST_HTML, HTML_V1),
            ("Application/VND.PyPI.Simple.V1+JSON", JSON),
        ],
    )
    def test_clients_get_what_they_ask_for(self, accept: str, form: Representation) -> None:
        assert negotiate(accept) is form

    @pytest.mark.parametrize("accept", [None, "", " \t", "*/*", "*/*;q=0.001"])
    def test_a_request_without_accept_gets_html(self, accept: str | None) -> None:
        assert negotiate(accept) is TEXT_HTML

    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            (f"text/html, {V1_HTML}, {V1_JSON}", JSON),
            (f"text/html, {V1_HTML}", HTML_V1),
            (f"*/*, {V1_JSON}", JSON),
            (f"*/*, {V1_HTML}", HTML_V1),
            (f"{LATEST_HTML}, {LATEST_JSON}", JSON),
            ("text/html;q=0.5, */*;q=0.5", TEXT_HTML),
            ("application/*, text/*", TEXT_HTML),
            ("application/*", HTML_V1),
            ("text/*", TEXT_HTML),
            ("*/*, text/html;q=0", HTML_V1),
            (f"*/*, text/html;q=0, {V1_HTML};q=0", JSON),
            (f"{V1_JSON};q=0.9, */*", TEXT_HTML),
        ],
    )
    def test_equal_weights_are_decided_by_name_then_for_html(self, accept: str, form: Representation) -> None:
        assert negotiate(accept) is form

    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            (f"{V1_JSON};q=0.1, text/html;q=0.2", TEXT_HTML),
            (f"{V1_JSON} ; q = 0.1\t,\ttext/html ;\tq=0.2", TEXT_HTML),
            (f"{V1_JSON};Q=0.1,text/html;Q=0.2", TEXT_HTML),
            (f"{V1_JSON};q=0.999, text/html;q=1.000", TEXT_HTML),
            (f"{V1_JSON};q=0., text/html;q=1.", TEXT_HTML),
            ("application/*;q=0.2, */*;q=0.1", HTML_V1),
            ("application/*;q=0, */*;q=0.1", TEXT_HTML),
            (f"*/*;q=1, application/*;q=0.5, {V1_JSON};q=0.1, text/html;q=0.2", HTML_V1),
            (f"{V1_JSON};q=0.1, {LATEST_JSON};q=0.9, text/html;q=0.5", JSON),
            ("text/html;level=1;q=0.3, text/html;charset=utf-8", TEXT_HTML),
            (f'text/html;note="a, b;q=0";q=0.7, {V1_JSON};q=0.6', TEXT_HTML),
            (f'text/html;note="\\",";q=0.7, {V1_JSON};q=0.6', TEXT_HTML),
        ],
    )
    def test_the_highest_weight_of_the_most_precise_range_wins(
        self, accept: str, form: Representation
    ) -> None:
        assert negotiate(accept) is form

    @pytest.mark.parametrize(
        "accept",
        [
            "application/vnd.pypi.simple.v2+json",
            "application/json",
            "image/*",
            "text/html;q=0",
            "*/*;q=0",
            f"{V1_JSON};q=0.000, text/plain",
            f"{V1_JSON};q=0, application/*;q=0.0, text/*;q=0.00, */*;q=0.000",
        ],
    )
    def test_an_unacceptable_header_is_reported(self, accept: str) -> None:
        assert negotiate(accept) is None

    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            ("application/vnd.pypi.simple.v2+json, */*;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=0, text/html", TEXT_HTML),
            (f"{V1_JSON};q=1.5, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=-1, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=0.1234, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=１, text/html;q=0.1", TEXT_HTML),  # noqa: RUF001 - a digit that is not ASCII
            (f"{V1_JSON};q=, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=nan, text/html;q=0.1", TEXT_HTML),
            (f"{V1_JSON};q=1;q=1, text/html;q=0.1", TEXT_HTML),
            (f";;,{V1_JSON}", JSON),
            (f",,{V1_JSON};;,", JSON),
            (f'{V1_JSON}, text/html;note="never closed, */*', JSON),
        ],
    )
    def test_a_malformed_element_is_ignored(self, accept: str, form: Representation) -> None:
        assert negotiate(accept) is form

    @pytest.mark.parametrize(
        "accept", [";;,", ",", "text", "*", "text/html;q=2", "/", "text/", "a b/c", "\0/\0"]
    )
    def test_a_malformed_header_counts_as_missing(self, accept: str) -> None:
        assert negotiate(accept) is TEXT_HTML

    def test_a_huge_header_is_read_to_a_limit(self) -> None:
        assert negotiate(f"{V1_JSON}, " + "a/b;q=0.1, " * 100_000 + "text/html") is JSON
        assert negotiate(f'{V1_JSON}, text/html;q=0.5;note="' + '\\"' * 500_000) is JSON

    def test_a_range_that_the_limit_cuts_does_not_count(self) -> None:
        filling = "a/b," * 1016
        assert negotiate(f"{filling}{V1_JSON}{' ' * 100};q=0, x/y") is None

    @given(st.text() | st.text(alphabet='*/;,=q01. "\\\ttexhml'), st.none() | st.text())
    @example("text/html;q=" + "9" * 5000, None)
    def test_arbitrary_headers_never_fail(self, accept: str, format_: str | None) -> None:
        assert negotiate(accept, format_) in {JSON, HTML_V1, TEXT_HTML, None}


class TestTheFormatParameter:
    @pytest.mark.parametrize(
        ("parameter", "form"),
        [
            (V1_JSON, JSON),
            (V1_JSON.replace("+", " "), JSON),
            (V1_HTML.replace("+", " "), HTML_V1),
            (LATEST_JSON.replace("+", " "), JSON),
            (LATEST_HTML, HTML_V1),
            ("text/html", TEXT_HTML),
            ("Text/HTML", TEXT_HTML),
        ],
    )
    def test_it_wins_over_the_header(self, parameter: str, form: Representation) -> None:
        assert negotiate("application/vnd.pypi.simple.v2+json", parameter) is form

    @pytest.mark.parametrize("parameter", ["", "json", "*/*", f"{V1_JSON},text/html", "text/html;q=1"])
    def test_an_unknown_one_is_not_acceptable(self, parameter: str) -> None:
        assert negotiate("*/*", parameter) is None


class TestContentTypes:
    def test_html_has_a_charset_and_json_has_none(self) -> None:
        assert [form.content_type for form in Representation] == [
            "application/vnd.pypi.simple.v1+json",
            "application/vnd.pypi.simple.v1+html; charset=utf-8",
            "text/html; charset=utf-8",
        ]

    def test_the_refusal_names_all_three(self) -> None:
        assert NOT_ACCEPTABLE_TEXT.splitlines()[1:] == [V1_JSON, V1_HTML, "text/html"]


class TestGzip:
    @pytest.mark.parametrize(
        "header",
        [
            "gzip",
            "GZIP",
            "x-gzip",
            "gzip, deflate, br, zstd",
            "*",
            "deflate, *;q=0.1",
            "gzip;q=0.001",
            "gzip ; q=0.5, *;q=0",
            "identity;q=0, gzip;q=0.1",
            "identity, gzip",
            "gzip;q=0, x-gzip",
        ],
    )
    def test_it_is_sent_to_clients_that_accept_it(self, header: str) -> None:
        assert accepts_gzip(header)

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "identity",
            "deflate, br",
            "gzip;q=0",
            "gzip;q=0.000, *",
            "*;q=0",
            "identity, gzip;q=0.5",
            "gzip;q=7",
            "gzipped",
            ";;,",
        ],
    )
    def test_it_is_not_sent_to_clients_that_refuse_it(self, header: str | None) -> None:
        assert not accepts_gzip(header)

    @given(st.text())
    def test_arbitrary_headers_never_fail(self, header: str) -> None:
        assert accepts_gzip(header) in {True, False}


class TestIfNoneMatch:
    @pytest.mark.parametrize(
        "header",
        ['"html"', 'W/"html"', "*", " * ", '"json", "html"', '"json",W/"html" , "x"', '"a,b", "html"'],
    )
    def test_a_tag_that_is_named_matches(self, header: str) -> None:
        assert if_none_match_matches(header, '"html"')
        assert if_none_match_matches(header, 'W/"html"')

    @pytest.mark.parametrize(
        "header", ["", '"json"', "html", '"html', '"HTML"', '"html-gzip"', '"json", *', "**"]
    )
    def test_any_other_does_not(self, header: str) -> None:
        assert not if_none_match_matches(header, '"html"')

    def test_a_tag_may_hold_a_comma(self) -> None:
        assert if_none_match_matches('"x", "a,b"', '"a,b"')
        assert not if_none_match_matches('"x,html,y"', '"html"')

    @given(st.text())
    def test_arbitrary_headers_never_fail(self, header: str) -> None:
        assert if_none_match_matches(header, '"html"') in {True, False}
