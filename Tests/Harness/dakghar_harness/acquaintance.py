"""Two people who see each other's presence."""

from __future__ import annotations

from .client import Client


def become_friends(alice: Client, bob: Client) -> None:
    """alice asks, bob agrees and asks back, alice agrees."""
    alice.presence("subscribe", bob)
    bob.sees(alice.bare, "subscribe")
    bob.presence("subscribed", alice)
    bob.presence("subscribe", alice)
    alice.sees(bob.bare, "subscribed")
    alice.sees(bob.bare, "subscribe")
    alice.presence("subscribed", bob)
    for one, other in ((alice, bob), (bob, alice)):
        one.wait_roster(other.bare, "both")
