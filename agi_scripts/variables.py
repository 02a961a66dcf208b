"""Words that pass between our dialplan and our server, each named once.

The server answers a decision with ONE channel variable, set last and whole:
``TURN``. The dialplan empties it before it asks; still empty means that no
decision was made, whatever AGISTATUS says.
"""

TURN = "IVR_TURN"
"""Comma-separated fields in the order of FIELDS; the dialplan splits it with ARRAY()."""

FIELDS = (
    "CALL", "STEP", "LANG", "WANTED", "SAY", "NOTICE", "RECORD", "PLAY", "A", "B", "C", "D", "LISTED", "MARK",
)  # fmt: skip
"""CALL: the call, base64url JSON · STEP: ask, queue, ring, agent, message or end · LANG: the language spoken · WANTED: asked for ·
SAY: sounds played to their end · NOTICE: yes if SAY is the legal notice · RECORD: yes to begin ·
PLAY: sounds · A, B, C, D: ask: digits, seconds, sounds of an information before those of PLAY; queue: queue, sound
whispered to the agent, yes for the front, sounds said only when an agent is there;
ring: target (officers/EXT or outside/NUMBER/KEYS), seconds, sounds whispered, label (kind/asked/extension/section/
agency); agent: phone, seconds, sounds said only when it is free;
message: name, audio socket id, seconds; end: reason ·
LISTED: the entry of the special list, if any ·
MARK: always WHOLE, for Asterisk obeys a command whose end was lost with the connection."""

ASK, QUEUE, RING, AGENT, MESSAGE, END = "ask", "queue", "ring", "agent", "message", "end"
YES = "yes"
GREETED = "greeted"
WHOLE = "whole"

TURN_PATH = "turn"
"""``agi://…/turn,CALL,EVENT[,…]``: the only question the dialplan asks."""

CONSULT_PATH = "consult"
"""``agi://…/consult,EXTENSION,URGENT``: an agent calls an officer first. The answer in TURN: ``TARGET|SECONDS|LABEL`` for each
phone in order, joined by ``~``, and ``,whole``."""

DUTY_PATH = "duty"
"""``agi://…/duty``: who on duty is rung in an emergency that no supervisor answers; as of a consultation."""

CARRIER = "carrier"
"""The account code of the carrier's calls, and of no others: their caller's number is the carrier's word."""

READY_PATH, READY = "ready", "ready"
"""``agi://…/ready``: the readiness probe's question and its answer."""

ARRIVED, ASKED, PRESSED, SILENT, LEFT_QUEUE = "arrived", "asked", "pressed", "silent", "queue"
TRANSFER, RANG, LEFT_MESSAGE = "transfer", "rang", "message"
"""First word of an event: arrived,CALLER,DIALLED,GREETED,CROWDED · asked,CALLER,DIALLED,VERSION,KEYS ·
pressed,KEYS,INFORMED · silent,INFORMED ·
queue,STATUS,POSITION,AGENTS,PROMISED,BY_OFFICER ·
transfer,EXTENSION,PHONE,URGENT,REASON ·
rang,DIALSTATUS,CAUSE,PROMISED,RINGTIME_MS,BY_OFFICER · message,NAME,HOW.
CROWDED: yes if this number has more calls at once than one may; else not there.
AGENTS: who can answer, and how many of them are free: 3/0.
BY_OFFICER: yes if an officer hung up; not told by a dialplan of before.
INFORMED: yes if the information of the question was heard to its end; else empty or not told.
GREETED: greeted, if the greeting was heard before anybody was asked; else empty.
VERSION: of the menus whose first one or two the dialplan has asked, behind the greeting.
KEYS: of them, joined by -, the last one empty if there was none: 4, 1-4, 1-, or nothing.
PROMISED: when a callback was registered by key in the talk, seconds since 1970; else empty.
RINGTIME_MS: milliseconds until it rang (180 or 183); empty when it did not, not told by a dialplan of before."""

QUEUE_PREFIX = "agents-"
WHISPER_PREFIX = "agent."
LISTED_WHISPER = "listed"
