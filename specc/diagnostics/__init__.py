"""Diagnostics as data (`model`), their explanations (`codes`) and their renderings."""

from specc.diagnostics.model import Diagnostic, Edit, Fix, Related, Severity, error, warning

__all__ = ["Diagnostic", "Edit", "Fix", "Related", "Severity", "error", "warning"]
