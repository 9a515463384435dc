"""Verbs that say little of their own, as sets of stems."""

from app.guard.lexicon import sets_of, stem

_SETS = {
    kind: frozenset(stem(verb) for verb in verbs)
    for kind, verbs in sets_of("generic_verbs.txt").items()
}
# May stand for any verb of their step or above.
GENERIC_DOING, GENERIC_MAKING, GENERIC_HELPING = _SETS["doing"], _SETS["making"], _SETS["helping"]
# `Handled the stock` may become `managed the stock`; nothing else climbs to the top step.
MANAGING, HANDLING = _SETS["managing"], _SETS["handling"]
# `Conducted a session` may become `ran a session`.
RUNNING, CONDUCTING = _SETS["running"], _SETS["conducting"]
# Verbs that carry a noun for the real verb: ran a simulation, made entries.
LIGHT = _SETS["light"]
# Plain acts that may take the place of another act, not stand beside it.
EVERYDAY = _SETS["everyday"]
