"""A node behind the edge: how its telephones are reached, and whom it tells what they do."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from hotline.settings import Settings
from ops.pbx import configuration
from ops.pbx.home import AsteriskHome
from ops.pbx.program import NO_ASTERISK
from tests.house.configured import AGENTS, section


def rendered(home: Path, template: str, **set_: object) -> str:
    """One file of a node's configuration."""
    settings = Settings(home=home, **set_)  # type: ignore[arg-type]
    facts = configuration._facts(AsteriskHome.of(settings, NO_ASTERISK), AGENTS, {})
    return configuration.render(template, facts)


BEHIND = {"edge_phones": "10.0.0.11:5060", "other_nodes": "ntpc2=10.0.0.22:5060,ntpc3=10.0.0.23:5070"}


def test_a_telephone_is_rung_through_the_edge_first(tmp_path: Path) -> None:
    """What registered here comes second; its address is the edge's to know."""
    pjsip = rendered(tmp_path, "pjsip.conf", **BEHIND)
    assert "aors = agent-1-edge,agent-1\n" in section(pjsip, "agent-1")
    assert "contact = sip:agent-1@10.0.0.11:5060\n" in section(pjsip, "agent-1-edge")
    assert "rewrite_contact = no\n" in section(pjsip, "phone")


def test_each_other_node_is_told_and_tells(tmp_path: Path) -> None:
    """By its address; nothing can be dialled from there."""
    pjsip = rendered(tmp_path, "pjsip.conf", **BEHIND)
    assert "context = nowhere\n" in section(pjsip, "node-ntpc3") and "match = 10.0.0.23\n" in pjsip
    assert "server_uri = sip:ntpc1@10.0.0.23:5070\n" in section(pjsip, "node-ntpc3-states")
    assert "[nowhere]" not in rendered(tmp_path, "extensions.conf", **BEHIND)
    entity = {rendered(tmp_path, "asterisk.conf", node=name, **BEHIND) for name in ("ntpc1", "ntpc4")}
    assert len({one.split("entityid = ")[1].split("\n")[0] for one in entity}) == len(entity)


def test_who_may_tell_what_a_node_knows_of_telephones(tmp_path: Path) -> None:
    """That node, and our jobs once it is silent."""
    pjsip = rendered(tmp_path, "pjsip.conf", **BEHIND)
    assert "endpoint = node-ntpc3\n" in section(pjsip, "ntpc3")
    assert "endpoint = states\n" in section(pjsip, "ntpc3-silent")
    assert "context = nowhere\n" in section(pjsip, "states") and "auth = states\n" in section(pjsip, "states")
    assert "res_manager_devicestate" in rendered(tmp_path, "modules.conf", **BEHIND)


def test_a_node_alone_has_nothing_of_it(tmp_path: Path) -> None:
    """Its configuration names no edge and no other node."""
    for template in ("pjsip.conf", "modules.conf", "asterisk.conf"):
        text = rendered(tmp_path, template)
        assert not any(word in text for word in ("-edge", "publish", "entityid", "[states]", "devicestate"))


@pytest.mark.parametrize("given", ["ntpc2", "ntpc2=10.0.0.22", "NTPC2=10.0.0.22:5060"])
def test_a_node_that_cannot_be_told_is_refused(tmp_path: Path, given: str) -> None:
    """Name, address and port."""
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, other_nodes=given)
