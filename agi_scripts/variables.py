"""Every word that passes between our dialplan and our server, named once.

The server answers a decision with ONE channel variable, set last and whole:
``TURN``. The dialplan empties it before it asks; still empty means that no
decision was made, whatever AGISTATUS says.
"""

TURN = "IVR_TURN"
"""Comma-separated fields in the order of FIELDS; the dialplan splits it with ARRAY()."""

FIELDS = ("CALL", "STEP", "LANG", "WANTED", "SAY", "NOTICE", "RECORD", "PLAY", "A", "B", "MARK")
"""CALL: the call, base64url JSON · STEP: ask, queue or end · LANG: the language spoken · WANTED: asked for ·
SAY: sounds played to their end · NOTICE: yes if SAY is the legal notice · RECORD: yes to begin ·
PLAY: sounds · A, B: ask: digits, seconds; queue: queue, sound whispered to the agent; end: reason ·
MARK: always WHOLE, for Asterisk obeys a command whose end was lost with the connection."""

ASK, QUEUE, END = "ask", "queue", "end"
YES = "yes"
WHOLE = "whole"

TURN_PATH = "turn"
"""``agi://…/turn,CALL,EVENT[,…]``: the only question the dialplan asks."""

READY_PATH, READY = "ready", "ready"
"""``agi://…/ready``: the readiness probe's question and its answer."""

ARRIVED, PRESSED, SILENT, LEFT_QUEUE = "arrived", "pressed", "silent", "queue"
"""First word of an event: arrived,CALLER,DIALLED · pressed,KEYS · silent · queue,STATUS,POSITION,AGENTS."""

QUEUE_PREFIX = "agents-"
WHISPER_PREFIX = "agent."
