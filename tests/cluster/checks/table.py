#!/usr/bin/env python3
"""The verdicts of analyses as a table: table.py TEMPLATES RUNS. TEMPLATES has `{scenario, template}`, RUNS the runs of all of them.

Columns: template, scenario, the run's verdict, the value that was measured, and the digest of what was asked: the query or address,
and the conditions, a line each.
"""

import json
import sys


def asked(metric):
    provider = metric["provider"]
    lines = [provider["prometheus"]["query"] if "prometheus" in provider else json.dumps(provider, sort_keys=True)]
    lines += [metric.get("successCondition", ""), metric.get("failureCondition", "")]
    return digest("\n".join(lines))


def digest(text):
    """FNV-1a, as `tests/it/analyses.rs` computes it."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


with open(sys.argv[1]) as templates, open(sys.argv[2]) as runs:
    digests = {(item["scenario"], item["template"]["metadata"]["name"]): asked(item["template"]["spec"]["metrics"][0]) for item in json.load(templates)}
    rows = []
    for run in json.load(runs)["items"]:
        scenario, name = run["metadata"]["labels"]["canned"], run["metadata"]["name"]
        result = run["status"]["metricResults"][0]
        value = " ".join(result.get("measurements", [{}])[-1].get("value", "").split()) or "-"
        rows.append((name, scenario, result["phase"], value, digests[scenario, name]))
for row in sorted(rows):
    print(*row, sep="\t")
