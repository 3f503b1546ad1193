"""A copied disk, a snapshot put back: two lives of one box never give one name to two messages."""

import shutil

from dakghar_harness import until


def test_a_copy_put_back_loses_and_doubles_nothing(make_box, account, client):
    """50 messages go after the copy was taken; the copy is put back, 50 others go: all arrive once."""
    finance, interior = make_box("finance"), make_box("interior")
    finance.peer_add(interior.card())
    interior.peer_add(finance.card())
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    interior.start()
    bob = client(interior, names[1]).login()
    alice = client(finance, names[0]).login()
    alice.send(bob, "before the copy")
    bob.reads("before the copy", within=20)
    alice.logout()

    finance.stop()
    copy = finance.directory.with_name("copy")
    shutil.copytree(finance.directory, copy, ignore=shutil.ignore_patterns("*.sock"))

    first = [f"in the first life {number}" for number in range(50)]
    second = [f"in the second life {number}" for number in range(50)]
    write(finance, client(finance, names[0], resource="one"), bob, first)
    bob.reads_all(51, within=20)

    shutil.rmtree(finance.directory)
    shutil.copytree(copy, finance.directory)
    write(finance, client(finance, names[0], resource="two"), bob, second)
    bob.reads_all(101, within=20)
    assert [m.body for m in bob.inbox] == ["before the copy", *first, *second]
    assert [m.body for m in bob.archive()] == ["before the copy", *first, *second]


def write(finance, alice, bob, texts):
    """The box runs for as long as it takes to bring these."""
    finance.start()
    alice.login()
    alice.wait_acknowledged(alice.send_all(bob, texts))
    until(lambda: bob.bodies[-1:] == texts[-1:], within=20, what="they are delivered")
    alice.logout()
    finance.stop()


def test_a_copy_with_unsent_mail_put_back_brings_it_once(make_box, account, client):
    """What waited in the outbox when the copy was taken goes in both lives, and is shown once."""
    finance, interior = make_box("finance"), make_box("interior")
    finance.peer_add(interior.card())
    interior.peer_add(finance.card())
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    alice = client(finance, names[0]).login()
    waiting = [f"waiting {number}" for number in range(50)]
    alice.wait_acknowledged(alice.send_all(f"{names[1]}@{interior.domain}", waiting))
    alice.logout()
    finance.stop()
    copy = finance.directory.with_name("copy")
    shutil.copytree(finance.directory, copy, ignore=shutil.ignore_patterns("*.sock"))

    interior.start()
    finance.start()
    bob = client(interior, names[1]).login()
    bob.reads_all(50, within=20)
    finance.stop()
    shutil.rmtree(finance.directory)
    shutil.copytree(copy, finance.directory)
    finance.start()
    alice = client(finance, names[0], resource="again").login()
    alice.send(bob, "and a new one")
    bob.reads("and a new one", within=20)
    assert bob.bodies == [*waiting, "and a new one"]
