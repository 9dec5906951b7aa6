"""The parts of a PATCH by which `bench/profile --parts` groups its samples. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

GLUE = "glue, asyncio"
"""The event loop, threads, queues and batches, and whatever no rule names."""
RULES: tuple[tuple[str, str], ...] = (
    ("contact count", r"same_contact|_load_contacts|find_contact_keys"),
    ("commit", r"\b_?commit(ted)?(\.| \().*storage/|storage/sqlite/(files|generations|checkpoints)"),
    ("search", r"leadloop/(derived/(terms|words|tokens)|core/search/|storage/\w+/search)"),
    ("facts", r"leadloop/(derived/(facts|stage_moves)|storage/\w+/insights|core/leads/cart)|_fact_changes"),
    ("catalogue", r"leadloop/(core/catalogue/|derived/references|storage/catalogues|storage/\w+/catalogue)"),
    ("columns", r"leadloop/(derived/columns|core/leads/(source|status))"),
    ("phone keys", r"leadloop/core/leads/(phones|matching|normalize|former_keys)|phonenumbers/"),
    ("encode", r"^encode .*leads/doc|leadloop/storage/rows|leadloop/storage/postgres/batch_rows"),
    ("load", r"^decode .*leads/doc|^_?load\b.*leadloop/storage/\w+/(leads|one_account)"),
    ("merge", r"leadloop/core/(leads/|changes|writes/rebase|ids)"),
    ("mapping", r"leadloop/api/(expad|leadsail|properties|shapes|scalars|prepare|views|zero_values|body)"),
    ("routing", r"leadloop/webhooks/"),
    (GLUE, r"leadloop/(storage/(\w+/(writer|queue|batch)|results|batches)\.|core/writes/)|uvicorn/_compat"),
    ("SQL", r"leadloop/storage/|asyncpg/"),
    ("rim", r"leadloop/(api|app|egress|core)/|uvicorn/|starlette/|httptools/"),
)
"""A part and the functions, as `name (file:line)`, that belong to it; the first rule that matches decides."""
WAITING = re.compile(r"^(Condition\.wait|_worker) \((threading|concurrent/futures/thread)\b")
"""Threads without work, which py-spy counts on a busy machine."""
_COMPILED = [(part, re.compile(pattern)) for part, pattern in RULES]


class PartShare(NamedTuple):
    part: str
    share: float


def part_shares(stacks: Iterable[str]) -> list[PartShare]:
    """Parses lines of `outermost;…;innermost count`; the largest part first. The innermost frame with a rule decides,
    so that what a library does counts for the caller."""
    samples = Counter[str]()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not WAITING.search(frames[-1]):
            samples[next(filter(None, map(part_of, reversed(frames))), GLUE)] += int(count)
    total = sum(samples.values()) or 1
    return [PartShare(part, count / total) for part, count in samples.most_common()]


@lru_cache(maxsize=4_096)
def part_of(frame: str) -> str | None:
    return next((part for part, pattern in _COMPILED if pattern.search(frame)), None)


def parts_table(shares: Iterable[PartShare], total_us: float) -> str:
    """`total_us` is the server's CPU time of one request."""
    lines = [f"{share.share:6.1%} {share.share * total_us:6.0f} µs  {share.part}" for share in shares]
    return "\n".join([" share of the CPU  part", *lines])
