"""Proof under faults: campaigns that do harm to leadloop under load, and count what was lost.

`scripts/proof`, or `python -m proof [NAME…]`. A campaign is one module of this package with `ENGINES`, the engines it
can be run on, and `run(trial: Trial) -> Campaign`; its name is that of the module. It has a control: a planted defect
under the same load, judged by the same check, which must be caught. Results are written to proof/results/ and rendered
into docs/reliability.md by `python -m proof.report`.
"""
