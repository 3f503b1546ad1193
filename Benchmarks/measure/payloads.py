"""What the measurements write: texts as people's, texts as ciphertext, OMEMO messages."""

from __future__ import annotations

import base64
import random
import uuid

#: Common words, so that texts are about as compressible as what people write.
WORDS = """
the of and to in is you that it he for was on are with as his they be at one have this from or had by
but some what there we can out other were all your when up use word how said an each she which do their
time if will way about many then them would write like so these her long make thing see him two has
look more day could go come did number sound no most people my over know water than call first who may
down side been now find any new work part take get place made live where after back little only round
man year came show every good me give our under name very through just form great think say help low
line before turn cause same mean differ move right boy old too does tell set three want air well also
play small end put home read hand port large spell add even land here must big high such follow act why
ask men change went light kind off need house picture try us again animal point mother world near build
self earth father head stand own page should country found answer school grow study still learn plant
cover food sun four thought let keep eye never last door between city tree cross since hard start might
story saw far sea draw left late run while press close night real life few stop open seem together next
report office meeting district form budget letter signed copy please tomorrow morning urgent confirm
""".split()


def written(count: int, seed: int) -> list[str]:
    """Texts of exactly 100 bytes, as people write."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < 100:
            text += chance.choice(WORDS) + chance.choice(["", "", "", "", "", ",", "."]) + " "
        texts.append(text[:100])
    return texts


def incompressible(count: int, seed: int) -> list[str]:
    """Texts of exactly 100 bytes, as end-to-end encryption makes them of 75."""
    chance = random.Random(seed)
    return [base64.b64encode(chance.randbytes(75)).decode() for _ in range(count)]


def identities(count: int, seed: int) -> list[str]:
    """Ids as most apps give them: UUIDs."""
    chance = random.Random(seed)
    return [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(count)]


class Omemo:
    """Messages of 100 bytes for three devices, as an app with `eu.siacs.conversations.axolotl` writes
    them; the ciphertext is random, as it looks to everybody else."""

    #: Text, a key for each device, initialization vector: what cannot be compressed, in bytes.
    ciphertext_bytes = 100 + 3 * 65 + 12

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._sender = self._chance.getrandbits(31)
        self._devices = [self._chance.getrandbits(31) for _ in range(3)]

    def payload(self) -> str:
        keys = "".join(f"<key rid='{device}'>{self._random(65)}</key>" for device in self._devices)
        return (f"<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='{self._sender}'>{keys}"
                f"<iv>{self._random(12)}</iv></header><payload>{self._random(100)}</payload></encrypted>")

    def _random(self, count: int) -> str:
        return base64.b64encode(self._chance.randbytes(count)).decode()
