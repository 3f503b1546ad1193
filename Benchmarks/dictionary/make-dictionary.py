#!/usr/bin/env python3
"""Trains bundle dictionary 1 on synthetic stanzas and writes it as a Swift source. See README.md here."""
import base64
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import uuid

SEED = 1
SAMPLES = 6000
DICTIONARY_BYTES = 12288
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "Sources/Bundles/Dictionary/Dictionary1.swift"
rng = random.Random(SEED)

FIRST = """ali ayesha bilal farah hassan imran junaid kamran khalid mariam naveed omar rabia saad sana tariq
usman yasmin zainab zubair fatima ahmed hina nadia waqas""".split()
LAST = "khan ahmed malik hussain shah qureshi butt raza iqbal siddiqui chaudhry javed".split()
OFFICES = "finance interior health education revenue secretariat treasury planning works law".split()
CLIENTS = ["phone", "Conversations.", "gajim.", "dino.", "monal.", "profanity.", "web-", "desktop"]
ENGLISH = """please send the file before the meeting|the summary has been submitted for approval|kindly confirm receipt
the meeting is at 11 am in the committee room|I will be in the office by tomorrow morning|noted, thank you
the budget statement for this month is attached|please find attached the revised draft|who has the original file
the secretary has asked for a report by today|the case has been forwarded to the ministry of finance|ok
can you please check and let me know|the line was down since yesterday|your leave has been approved|received with thanks
the letter is signed and sent to the district office|we are waiting for your comments|call me when you are free
the tender documents will be opened on Monday|Good morning|thank you very much sir|is there any update on this
the payment was released on Friday|please share the contact number of the officer|the notification will be issued today
subject to the approval of the competent authority|with reference to your letter dated|for information and necessary action
I am forwarding the minutes of the meeting|please treat this as urgent|the section officer is on leave""".replace("\n", "|").split("|")
ROMAN = """ji sir file bhej di hai|assalam o alaikum|walaikum assalam|meeting kal subah das baje hai|theek hai, shukriya
kya aap ne darkhwast dekh li hai|main abhi daftar mein hoon|yeh kaam aaj hi mukammal karna hai|report tayyar hai
sahib ne dastakhat kar diye hain|mujhe number bhej dein|aap kab tak aayenge|bijli nahi hai, internet bhi band hai
budget ki file kahan hai|inshallah kal tak ho jayega|meharbani kar ke jaldi jawab dein|fikar na karein, ho jayega
kal chutti hai|aap ka khat mil gaya hai|is par amal karein""".replace("\n", "|").split("|")
URDU = """السلام علیکم|وعلیکم السلام|جی ہاں، فائل بھیج دی ہے|میٹنگ کل صبح دس بجے ہے|شکریہ|براہ کرم رپورٹ بھیج دیں
درخواست موصول ہو گئی ہے|کیا آپ دفتر میں ہیں|یہ کام آج ہی مکمل کرنا ہے|محکمہ خزانہ کو خط بھیج دیا گیا ہے
اجلاس کا وقت تبدیل ہو گیا ہے|آپ کا نمبر کیا ہے|انشاءاللہ کل تک ہو جائے گا|منظوری کے لیے پیش ہے
مہربانی کر کے جلد جواب دیں|بجلی نہیں ہے|دستخط ہو گئے ہیں|برائے ضروری کارروائی""".replace("\n", "|").split("|")


def person():
    return f"{rng.choice(FIRST)}{rng.choice(['', '.' + rng.choice(LAST)])}@{rng.choice(OFFICES)}.gov.{rng.choice(['test', 'pk'])}"


def token(size):
    return "".join(rng.choices(string.ascii_letters + string.digits, k=size))


def resource():
    client = rng.choice(CLIENTS)
    return client + (token(4) if client[-1] in ".-" else "")


def identifier():
    return rng.choice([str(uuid.UUID(int=rng.getrandbits(128), version=4)), token(22), token(8)])


def blob(size):
    return base64.b64encode(rng.randbytes(size)).decode()


def text():
    pool = rng.choices([ENGLISH, ROMAN, URDU], weights=[5, 3, 3])[0]
    return ". ".join(rng.sample(pool, rng.choice([1, 1, 2, 2, 3])))


def stamp():
    return (f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T"
            f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999):03}Z")


def open_message(kind="chat"):
    to = person() + (f"/{resource()}" if rng.random() < 0.2 else "")
    attributes = {"id": identifier(), "type": kind, "to": to, "from": f"{person()}/{resource()}"}
    names = list(attributes)
    rng.shuffle(names)
    return "<message " + " ".join(f"{n}='{attributes[n]}'" for n in names) + ">", attributes


def chat():
    head, attributes = open_message()
    parts = [f"<body>{text()}</body>"]
    if rng.random() < 0.8:
        parts.append(f"<origin-id xmlns='urn:xmpp:sid:0' id='{attributes['id']}'/>")
    if rng.random() < 0.7:
        parts.append("<request xmlns='urn:xmpp:receipts'/>")
    if rng.random() < 0.7:
        parts.append("<markable xmlns='urn:xmpp:chat-markers:0'/>")
    if rng.random() < 0.5:
        parts.append("<active xmlns='http://jabber.org/protocol/chatstates'/>")
    if rng.random() < 0.3:
        parts.append(f"<thread>{identifier()}</thread>")
    if rng.random() < 0.1:
        parts.append(f"<replace xmlns='urn:xmpp:message-correct:0' id='{identifier()}'/>")
    if rng.random() < 0.1:
        parts.append(f"<reply xmlns='urn:xmpp:reply:0' to='{person()}' id='{identifier()}'/>"
                     "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='42'/></fallback>")
    if rng.random() < 0.1:
        parts.append(f"<delay xmlns='urn:xmpp:delay' stamp='{stamp()}'/>")
    rng.shuffle(parts)
    return head + "".join(parts) + "</message>"


def file_message():
    head, _ = open_message()
    url = f"https://files.gov.test/{rng.choice(OFFICES)}/{token(22)}/{rng.choice(['report.pdf', 'letter.docx', 'IMG.jpg'])}"
    return (head + f"<body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x>"
            "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>")


def receipt():
    head, _ = open_message(rng.choice(["chat", "normal"]))
    marker = rng.choice(["displayed", "received"])
    body = rng.choice([
        f"<received xmlns='urn:xmpp:receipts' id='{identifier()}'/>",
        f"<{marker} xmlns='urn:xmpp:chat-markers:0' id='{identifier()}'/>",
        f"<received xmlns='urn:xmpp:receipts' id='{identifier()}'/><received xmlns='urn:xmpp:chat-markers:0' id='{identifier()}'/>"])
    return head + body + rng.choice(["", "<store xmlns='urn:xmpp:hints'/>"]) + "</message>"


def chat_state():
    head, _ = open_message()
    state = rng.choice(["composing", "paused", "active", "inactive", "gone"])
    return head + f"<{state} xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>"


def omemo_old():
    head, attributes = open_message()
    keys = "".join(f"<key rid='{rng.getrandbits(31)}'{rng.choice(['', chr(32) + 'prekey=' + chr(39) + 'true' + chr(39)])}>{blob(60)}</key>"
                   for _ in range(rng.randint(1, 4)))
    return (head + f"<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='{rng.getrandbits(31)}'>{keys}"
            f"<iv>{blob(12)}</iv></header><payload>{blob(60)}</payload></encrypted>"
            "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
            "<body>I sent you an OMEMO encrypted message but your client doesn’t seem to support that.</body>"
            f"<origin-id xmlns='urn:xmpp:sid:0' id='{attributes['id']}'/><store xmlns='urn:xmpp:hints'/>"
            "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>")


def omemo_new():
    head, _ = open_message()
    keys = "".join(f"<key rid='{rng.getrandbits(31)}'>{blob(60)}</key>" for _ in range(rng.randint(1, 3)))
    return (head + f"<encrypted xmlns='urn:xmpp:omemo:2'><header sid='{rng.getrandbits(31)}'><keys jid='{person()}'>{keys}"
            f"</keys><keys jid='{person()}'>{keys}</keys></header><payload>{blob(60)}</payload></encrypted>"
            "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2' name='OMEMO'/><store xmlns='urn:xmpp:hints'/></message>")


def presence():
    shown = rng.choice(["", "<show>away</show>", "<show>dnd</show>", "<show>xa</show>"])
    status = rng.choice(["", f"<status>{text()}</status>", "<status>In the office</status>"])
    return (f"<presence from='{person()}/{resource()}'>{shown}{status}<priority>{rng.choice([0, 1, 5, 10])}</priority>"
            f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='{rng.choice(['http://conversations.im', 'https://gajim.org', 'https://dino.im', 'https://monal-im.org/'])}' ver='{blob(20)}'/>"
            f"<x xmlns='vcard-temp:x:update'><photo>{rng.randbytes(20).hex()}</photo></x></presence>")


def subscription():
    kind = rng.choice(["subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "unavailable"])
    return f"<presence from='{person()}' to='{person()}' type='{kind}' id='{identifier()}'/>"


def vcard():
    first, last = rng.choice(FIRST).title(), rng.choice(LAST).title()
    return (f"<vCard xmlns='vcard-temp'><FN>{first} {last}</FN><N><FAMILY>{last}</FAMILY><GIVEN>{first}</GIVEN></N>"
            f"<NICKNAME>{first}</NICKNAME><TITLE>{rng.choice(['Section Officer', 'Deputy Secretary', 'Assistant', 'Clerk'])}</TITLE>"
            f"<ORG><ORGNAME>Ministry of {rng.choice(OFFICES).title()}</ORGNAME><ORGUNIT>Section {rng.randint(1, 9)}</ORGUNIT></ORG>"
            f"<TEL><WORK/><VOICE/><NUMBER>+92 51 9{rng.randint(100000, 999999)}</NUMBER></TEL>"
            f"<EMAIL><INTERNET/><USERID>{person()}</USERID></EMAIL></vCard>")


def iq():
    kind, payload = rng.choice([
        ("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"), ("get", "<ping xmlns='urn:xmpp:ping'/>"),
        ("get", "<query xmlns='jabber:iq:version'/>"), ("get", "<time xmlns='urn:xmpp:time'/>"), ("get", "<vCard xmlns='vcard-temp'/>"),
        ("get", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='eu.siacs.conversations.axolotl.devicelist'/></pubsub>"),
        ("get", f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='eu.siacs.conversations.axolotl.bundles:{rng.getrandbits(31)}'/></pubsub>"),
        ("result", "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='phone' name='Conversations'/>"
                   "<feature var='urn:xmpp:receipts'/><feature var='urn:xmpp:chat-markers:0'/><feature var='urn:xmpp:ping'/></query>"),
        ("error", "<error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"),
        ("error", "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>")])
    return (f"<iq from='{person()}/{resource()}' to='{person()}/{resource()}' type='{kind}' id='{identifier()}'>"
            f"{payload}</iq>")


KINDS = [(chat, 45), (receipt, 18), (chat_state, 5), (omemo_old, 7), (omemo_new, 4), (presence, 7),
         (subscription, 3), (vcard, 3), (iq, 5), (file_message, 3)]


def swift_source(encoded, size):
    encoded = encoded.rstrip("=").replace("+", "-").replace("/", "_")
    lines = ["        " + encoded[start:start + 96] + "\\" for start in range(0, len(encoded), 96)]
    lines[-1] = lines[-1].rstrip("\\")
    return "\n".join([
        "// Written by Benchmarks/dictionary/make-dictionary.py, not by hand.", "",
        "/// The zstd dictionary with id 1, trained on invented stanzas. Boxes in the field share it: it never changes.",
        "enum Dictionary1 {", f"    /// {size} bytes, decoded once.",
        "    static let bytes: [UInt8] = Base64URL.decode(text) ?? []", "",
        '    private static let text = """', *lines, '        """', "}", ""])


def groups():
    """Stanzas of one person that leave together: mostly one."""
    makers, weights = zip(*KINDS)
    for _ in range(SAMPLES):
        maker = rng.choices(makers, weights=weights)[0]
        yield [maker() for _ in range(rng.choice([1, 1, 1, 1, 2, 4]))]


def compact(written):
    """The groups as zstd gets them: what `dakghar-samples` makes of them."""
    tool = subprocess.run(["swift", "build", "--product", "dakghar-samples", "--show-bin-path"], cwd=ROOT,
                          check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["swift", "build", "--product", "dakghar-samples"], cwd=ROOT, check=True, stdout=sys.stderr)
    given = "".join("\n".join(group) + "\n\n" for group in written)
    made = subprocess.run([f"{tool}/dakghar-samples"], input=given, check=True, capture_output=True, text=True)
    return [bytes.fromhex(line) for line in made.stdout.splitlines()]


def main():
    with tempfile.TemporaryDirectory() as folder:
        samples = []
        for index, made in enumerate(compact(list(groups()))):
            sample = pathlib.Path(folder) / f"{index:05}"
            sample.write_bytes(made)
            samples.append(str(sample))
        output = pathlib.Path(folder) / "dictionary"
        subprocess.run(["zstd", "-q", "-T1", "-19", "--train", *samples, f"--maxdict={DICTIONARY_BYTES}",
                        "--dictID=1", "-o", str(output)], check=True)
        dictionary = output.read_bytes()
    OUTPUT.write_text(swift_source(base64.b64encode(dictionary).decode(), len(dictionary)), encoding="utf-8")
    print(f"{OUTPUT.name}: {len(dictionary)} bytes from {SAMPLES} samples")


if __name__ == "__main__":
    main()
