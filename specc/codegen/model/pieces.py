"""The former home of `Refusal`."""

from specc.codegen.lowering import Refusal as Refusal
