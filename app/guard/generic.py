"""Verbs that say little of their own, as sets of stems."""

from app.guard.lexicon import sets_of, stem, stems_of

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
# May stand before a noun for an act in any form: `helped conduct tests`.
CARRIERS = _SETS["carriers"]
# Plain acts that may take the place of another act, not stand beside it.
EVERYDAY = _SETS["everyday"]
# `Studied the pumps` may become `examined the pumps`; `attended a course`, `completed a course`.
LOOKING, EXAMINING = _SETS["looking"], _SETS["examining"]
ATTENDING, COMPLETING, COURSES = _SETS["attending"], _SETS["completing"], _SETS["courses"]
# Say that the deed named beside them was done: did the costing.
CARRYING_OUT = stems_of("do conduct carry_out perform")
