"""How people get in: TLS first, SCRAM only, the right password only."""

import ssl
import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import Client, Denied, LoginFailed, RawStream, StreamEnded

MECHANISMS = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]
TLS = "{urn:ietf:params:xml:ns:xmpp-tls}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
BINDING = "{urn:xmpp:sasl-cb:0}"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_client_logs_in_with(mechanism, finance, account, client):
    """slixmpp logs in with each mechanism that the box offers."""
    alice = client(finance, account(finance, "alice"), mechanism=mechanism)
    alice.login()
    assert alice.stream.boundjid.bare == alice.bare


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_direct_tls_takes(mechanism, finance, account, password):
    """The same over direct TLS (XEP-0368), by hand: the box also proves that it knows the password."""
    local = account(finance, "alice")
    with RawStream.to(finance, direct_tls=True) as stream:
        stream.login(local, password, mechanism=mechanism)


def test_exactly_these_mechanisms_are_offered_and_no_plain(finance):
    """After TLS the box offers SCRAM with and without channel binding, and nothing else."""
    with RawStream.to(finance).start_tls() as stream:
        features = stream.open()
        assert sorted(stream.mechanisms()) == sorted(MECHANISMS)
        types = [b.get("type") for b in features.findall(
            f"{BINDING}sasl-channel-binding/{BINDING}channel-binding")]
        assert "tls-server-end-point" in types, ET.tostring(features)


def test_nothing_but_starttls_before_tls(finance):
    """On 5222 the only feature is STARTTLS, required; no mechanism is shown in the clear."""
    with RawStream.to(finance) as stream:
        features = stream.open()
        assert [child.tag for child in features] == [f"{TLS}starttls"]
        assert features.find(f"{TLS}starttls/{TLS}required") is not None


def test_a_password_is_not_even_asked_for_in_the_clear(finance):
    """`<auth/>` before TLS ends in a failure or in a stream error, never in a challenge."""
    with RawStream.to(finance) as stream:
        stream.open()
        stream.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='SCRAM-SHA-256'>biwsbj1h</auth>")
        try:
            assert stream.next().tag == f"{SASL}failure"
        except StreamEnded as ended:
            assert ended.condition in ("policy-violation", "not-authorized")


def test_plain_is_refused_when_a_client_tries_it_all_the_same(finance):
    """A mechanism that was not offered fails with invalid-mechanism (RFC 6120 §6.5.7)."""
    with RawStream.to(finance).start_tls() as stream:
        stream.open()
        stream.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='PLAIN'>AGEAYg==</auth>")
        failure = stream.expect(f"{SASL}failure")
        assert failure[0].tag == f"{SASL}invalid-mechanism"


def test_a_wrong_password_and_an_unknown_name_look_the_same(finance, account):
    """Neither gets in, and the answer does not tell which of the two it was."""
    local = account(finance, "alice")
    found = []
    for name in (local, "nobody-of-this-name"):
        with RawStream.to(finance, source="127.0.0.9").start_tls() as stream:
            stream.open()
            with pytest.raises(Denied) as denied:
                stream.authenticate(name, "wrong")
            found.append(denied.value.condition)
    assert found == ["not-authorized", "not-authorized"]


def test_slixmpp_is_told_that_its_password_is_wrong(finance, account):
    """A client shows its user a refusal, not a lost connection."""
    alice = Client(finance, account(finance, "alice"), "wrong", source="127.0.0.10",
                   mechanism="SCRAM-SHA-256")
    with pytest.raises(LoginFailed) as failed:
        alice.login()
    assert failed.value.reason == "denied"
    assert failed.value.conditions == ["not-authorized"]


def test_a_stripped_channel_binding_is_noticed(finance, account, password):
    """A client that says "you offered no -PLUS" was lied to by somebody in between (RFC 5802 §6)."""
    local = account(finance, "alice")
    with RawStream.to(finance, source="127.0.0.11").start_tls() as stream:
        stream.open()
        with pytest.raises(Denied):
            stream.authenticate(local, password, flag=b"y")


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_may_be(version, finance, account, password):
    """TLS 1.2 and 1.3 both work."""
    with RawStream.to(finance) as stream:
        stream.context.minimum_version = stream.context.maximum_version = (
            ssl.TLSVersion[version])
        stream.login(account(finance, "alice"), password)


@pytest.mark.filterwarnings("ignore")
def test_tls_older_than_1_2_is_refused(finance):
    """TLS 1.1 gets no handshake."""
    with RawStream.to(finance) as stream:
        stream.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        stream.context.minimum_version = ssl.TLSVersion.TLSv1
        stream.context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            stream.start_tls()
