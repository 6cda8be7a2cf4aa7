"""Statements of policy documents, checked against the networks."""

from toolkit.claims.checks import KINDS, CheckInputs, check_claim, check_claims
from toolkit.claims.explain import claims_layer, verdict_text
from toolkit.claims.model import CheckSpec, Claim, Evidence, Sentence, Source, Verdict
from toolkit.claims.registry import find_claim, load_claims, load_sources
from toolkit.claims.sensitivity import sensitivity_table, sensitivity_text, stability

__all__ = [
    "KINDS",
    "CheckInputs",
    "CheckSpec",
    "Claim",
    "Evidence",
    "Sentence",
    "Source",
    "Verdict",
    "check_claim",
    "check_claims",
    "claims_layer",
    "find_claim",
    "load_claims",
    "load_sources",
    "sensitivity_table",
    "sensitivity_text",
    "stability",
    "verdict_text",
]
