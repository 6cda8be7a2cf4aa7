"""Statements of policy documents, checked against the networks."""

from toolkit.claims.checks import (
    KINDS,
    NATIONAL,
    CheckInputs,
    check_claim,
    check_claims,
    check_national,
)
from toolkit.claims.explain import claims_layer, verdict_text
from toolkit.claims.facts import Facts, embedded_facts
from toolkit.claims.model import CheckSpec, Claim, Evidence, Sentence, Source, Verdict
from toolkit.claims.registry import find_claim, load_claims, load_sources
from toolkit.claims.schema import claims_schema
from toolkit.claims.sensitivity import (
    sensitivity_table,
    sensitivity_text,
    stability,
    stability_sentence,
)
from toolkit.claims.steps import explain
from toolkit.claims.uncertainty import Draws, Uncertainty, standard_draws

__all__ = [
    "KINDS",
    "NATIONAL",
    "CheckInputs",
    "CheckSpec",
    "Claim",
    "Draws",
    "Evidence",
    "Facts",
    "Sentence",
    "Source",
    "Uncertainty",
    "Verdict",
    "check_claim",
    "check_claims",
    "check_national",
    "claims_layer",
    "claims_schema",
    "embedded_facts",
    "explain",
    "find_claim",
    "load_claims",
    "load_sources",
    "sensitivity_table",
    "sensitivity_text",
    "stability",
    "stability_sentence",
    "standard_draws",
    "verdict_text",
]
