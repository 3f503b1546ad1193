"""What became of a person's messages (urn:dakghar:states:0), as their client asks and is told."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from .client import Client
from .waiting import until

STATES = "{urn:dakghar:states:0}"


class States:
    """The states that one client's box tells of its messages."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def enable(self) -> "States":
        self.client.ask("set", "<enable xmlns='urn:dakghar:states:0'/>")
        return self

    def disable(self) -> None:
        self.client.ask("set", "<disable xmlns='urn:dakghar:states:0'/>")

    def of(self, *names: str) -> list[str]:
        """The states of messages by their ids, as they are now."""
        return [one.get("state", "") for one in self.ask(*names)]

    def ask(self, *names: str, key: str = "id") -> list[ET.Element]:
        items = "".join(f"<message {key}='{name}'/>" for name in names)
        answer = self.client.ask("get", f"<states xmlns='urn:dakghar:states:0'>{items}</states>")
        return answer.findall(f"{STATES}states/{STATES}state")

    def conversation(self, with_: str, **where: str) -> ET.Element:
        more = "".join(f" {key}='{value}'" for key, value in where.items())
        answer = self.client.ask(
            "get", f"<states xmlns='urn:dakghar:states:0' with='{with_}'{more}/>")
        found = answer.find(f"{STATES}states")
        assert found is not None
        return found

    def wait(self, name: str, state: str, *, within: float = 15) -> ET.Element:
        """Until a message is in a state; what the box says of it."""
        def look() -> ET.Element | None:
            found = self.ask(name)[0]
            return found if found.get("state") == state else None
        return until(look, within=within, look=0.1,
                     what=lambda: f"{name} is {state}; it is {self.of(name)}")

    @property
    def pushes(self) -> list[ET.Element]:
        return [found for message in list(self.client.messages)
                if message.type == "headline"
                and (found := message.xml.find(f"{STATES}state")) is not None]

    def pushed(self, name: str) -> list[str]:
        """The states of one message in the order in which they were pushed."""
        return [push.get("state", "") for push in self.pushes if push.get("id") == name]

    def wait_pushed(self, name: str, state: str, *, within: float = 15) -> list[str]:
        until(lambda: state in self.pushed(name), within=within,
              what=lambda: f"{name} pushed as {state}; it was {self.pushed(name)}")
        return self.pushed(name)
