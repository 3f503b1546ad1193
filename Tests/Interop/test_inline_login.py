"""Fewer round trips to a session: SASL2, Bind 2, FAST, and the offer that is signed (XEP-0474)."""

import pytest

from dakghar_harness import Denied, RawStream
from dakghar_harness.inline_login import BIND2, FAST, SASL2, with_password, with_token

BIND = ("<bind xmlns='urn:xmpp:bind:0'><tag>test</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/>"
        "<enable xmlns='urn:xmpp:carbons:2'/></bind>")
ASK = "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-ENDP'/>"


def opened(box):
    stream = RawStream.to(box, direct_tls=True)
    stream.open()
    return stream


def token_of(box, user, password):
    with opened(box) as stream:
        return with_password(stream, user, password, ASK).find(f"{FAST}token").get("token")


@pytest.mark.parametrize("plus", [False, True], ids=["plain", "bound"])
def test_one_exchange_logs_in_binds_and_enables(plus, finance, account, password):
    """Password, resource, stream management and carbons in one exchange, and the session works."""
    user = account(finance, "alice")
    with opened(finance) as stream:
        success = with_password(stream, user, password, BIND, plus=plus)
        name = success.findtext(f"{SASL2}authorization-identifier")
        assert name.startswith(f"{user}@{finance.domain}/test."), name
        assert success.find(f"{BIND2}bound/{{urn:xmpp:sm:3}}enabled").get("id")
        assert success.find(f"{BIND2}bound/{{urn:xmpp:mam:2}}metadata") is not None
        stream.expect("{http://etherx.jabber.org/streams}features")
        assert stream.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"


def test_a_token_logs_in_with_one_message_and_the_same_resource(finance, account, password):
    user = account(finance, "alice")
    with opened(finance) as stream:
        success = with_password(stream, user, password, BIND + ASK)
        first = success.findtext(f"{SASL2}authorization-identifier")
        token = success.find(f"{FAST}token").get("token")
    with opened(finance) as stream:
        success = with_token(stream, user, token, BIND)
        assert success.findtext(f"{SASL2}authorization-identifier") == first
    finance.restart()
    with opened(finance) as stream:
        with_token(stream, user, token, BIND)


def test_a_token_is_good_for_its_mechanism_its_count_and_its_life_only(finance, account, password):
    """Another mechanism, a repeated count, a taken back token, a new password: all refused."""
    user = account(finance, "alice")
    token = token_of(finance, user, password)
    with opened(finance) as stream, pytest.raises(Denied):
        with_token(stream, user, token, mechanism="HT-SHA-256-NONE")
    counted = "<fast xmlns='urn:xmpp:fast:0' count='5'/>"
    with opened(finance) as stream:
        with_token(stream, user, token, fast=counted)
    with opened(finance) as stream, pytest.raises(Denied):
        with_token(stream, user, token, fast=counted)
    with opened(finance) as stream:
        with_token(stream, user, token, fast="<fast xmlns='urn:xmpp:fast:0' count='6' invalidate='true'/>")
    with opened(finance) as stream, pytest.raises(Denied):
        with_token(stream, user, token, fast="<fast xmlns='urn:xmpp:fast:0' count='7'/>")
    token = token_of(finance, user, password)
    finance.command("user", "password", user, "--password-stdin", given="another one\n")
    with opened(finance) as stream, pytest.raises(Denied):
        with_token(stream, user, token)


def test_a_torn_session_is_resumed_within_the_login(finance, account, password):
    """`<resume/>` inside `<authenticate/>`: one exchange, and the session goes on."""
    user = account(finance, "alice")
    with opened(finance) as stream:
        success = with_password(stream, user, password, BIND + ASK)
        identity = success.find(f"{BIND2}bound/{{urn:xmpp:sm:3}}enabled").get("id")
        token = success.find(f"{FAST}token").get("token")
    with opened(finance) as stream:
        resume = f"<resume xmlns='urn:xmpp:sm:3' previd='{identity}' h='0'/>"
        success = with_token(stream, user, token, resume + BIND)
        assert success.find("{urn:xmpp:sm:3}resumed") is not None
        assert stream.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"


def test_a_wrong_password_is_refused_inline_too(finance, account, password):
    user = account(finance, "alice")
    with opened(finance) as stream, pytest.raises(Denied) as denied:
        with_password(stream, user, "wrong")
    assert str(denied.value).endswith("not-authorized")
