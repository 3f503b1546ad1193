"""What a client publishes and is told of: personal eventing (XEP-0163) in the words of the tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

from .client import Client
from .waiting import until

PUBSUB = "{http://jabber.org/protocol/pubsub}"
EVENT = "{http://jabber.org/protocol/pubsub#event}"
OWNER = "{http://jabber.org/protocol/pubsub#owner}"
FORM = "{jabber:x:data}"


@dataclass
class Event:
    """One notification: of an item, or of what happened to items or to the node."""

    sender: str
    node: str
    #: "item", "retract", "delete", "purge" or "configuration".
    kind: str
    id: str | None = None
    payload: ET.Element | None = None


def interested(client: Client, *nodes: str) -> Client:
    """Wants to be told of these nodes; before the login."""
    client.stream.register_plugin("xep_0163")
    for node in nodes:
        client.stream["xep_0163"].add_interest(node)
    return client


def events(client: Client, node: str | None = None) -> list[Event]:
    """All notifications so far."""
    found: list[Event] = []
    for message in list(client.messages):
        event = message.xml.find(f"{EVENT}event")
        for child in [] if event is None else event:
            kind = child.tag.removeprefix(EVENT)
            name = child.get("node", "")
            if node not in (None, name):
                continue
            if kind != "items":
                found.append(Event(message.sender, name, kind))
            for part in child if kind == "items" else ():
                found.append(Event(message.sender, name, part.tag.removeprefix(EVENT),
                                   part.get("id"), part[0] if len(part) else None))
    return found


def told(client: Client, node: str, matches: Callable[[Event], bool] = lambda _: True, *,
         within: float = 10) -> Event:
    """Waits for a notification."""
    return until(lambda: next((e for e in events(client, node) if matches(e)), None),
                 within=within,
                 what=lambda: f"{client.jid} is told of {node}; it was told {events(client)}")


def form(kind: str, fields: dict[str, str]) -> str:
    """A submitted data form."""
    inner = "".join(f"<field var='pubsub#{name}'><value>{value}</value></field>"
                    for name, value in fields.items())
    return ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
            f"<value>http://jabber.org/protocol/pubsub#{kind}</value></field>{inner}</x>")


def publish(client: Client, node: str, payload: str = "<x xmlns='test:x'/>", *,
            id: str | None = None, to: str | None = None, options: dict[str, str] | None = None) -> str:
    """Publishes one item; its id."""
    name = f" id='{id}'" if id else ""
    extra = "" if options is None else (
        f"<publish-options>{form('publish-options', options)}</publish-options>")
    answer = client.ask("set", f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{node}'>"
                        f"<item{name}>{payload}</item></publish>{extra}</pubsub>", to=to)
    return answer.find(f".//{PUBSUB}item").get("id")


def items(client: Client, node: str, *ids: str, of: str | None = None, most: int | None = None,
          after: str | None = None) -> dict[str, ET.Element | None]:
    """Items of a node, newest first: id to payload."""
    wanted = "".join(f"<item id='{one}'/>" for one in ids)
    limit = "" if most is None else f" max_items='{most}'"
    page = "" if after is None else (
        f"<set xmlns='http://jabber.org/protocol/rsm'><after>{after}</after></set>")
    answer = client.ask("get", f"<pubsub xmlns='{PUBSUB[1:-1]}'><items node='{node}'{limit}>"
                        f"{wanted}</items>{page}</pubsub>", to=of)
    return {item.get("id"): item[0] if len(item) else None
            for item in answer.iterfind(f".//{PUBSUB}item")}


def retract(client: Client, node: str, *ids: str, notify: bool = False) -> None:
    wanted = "".join(f"<item id='{one}'/>" for one in ids)
    client.ask("set", f"<pubsub xmlns='{PUBSUB[1:-1]}'><retract node='{node}' "
               f"notify='{str(notify).lower()}'>{wanted}</retract></pubsub>")


def owner(client: Client, kind: str, inner: str, *, to: str | None = None) -> ET.Element:
    """A request of the owner of nodes."""
    return client.ask(kind, f"<pubsub xmlns='{OWNER[1:-1]}'>{inner}</pubsub>", to=to)


def configuration(client: Client, node: str) -> dict[str, str]:
    """A node's settings."""
    answer = owner(client, "get", f"<configure node='{node}'/>")
    return {field.get("var", "").removeprefix("pubsub#"): field.findtext(f"{FORM}value") or ""
            for field in answer.iterfind(f".//{FORM}field")}


def configure(client: Client, node: str, **fields: str) -> None:
    owner(client, "set", f"<configure node='{node}'>{form('node_config', fields)}</configure>")
