"""Proof under faults: campaigns that inject faults into leadloop under load and count violations.

`scripts/proof`, or `python -m proof [NAME…]`. A campaign is a module of this package with `ENGINES`, which it
supports, and `run(trial: Trial) -> Campaign`; its name is that of the module. Each campaign has a control: a planted
defect under the same load, which the same check must catch. Campaigns write their results to proof/results/;
`python -m proof.report` renders them into docs/reliability.md.
"""
