#!/usr/bin/env python3
"""Write the schemas of the bundle's sources as strict JSON schemas for kubeconform: schemas.py SOURCES OUT [KUBERNETES]."""

import json
import re
import sys
import zlib
from pathlib import Path

REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
IDENTITY = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}


def strict(node):
    """NODE without unknown fields, and with int-or-string spelt as JSON schema has it."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string") is True:
        return {"type": ["string", "integer"]}
    result = {key: strict(value) for key, value in node.items() if key != "format"}
    if isinstance(node.get("properties"), dict) and not node.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    return result


def write(out, group, kind, version, schema):
    path = out / (group or version) / f"{kind.lower()}_{version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema))


def builtin(definitions, out):
    text = json.dumps({name: strict(schema) for name, schema in definitions.items()})
    definitions = json.loads(REFERENCE.sub(r'"#/definitions/\1"', text))
    local = re.compile(r'"#/definitions/([^"]+)"')
    uses = {name: set(local.findall(json.dumps(schema))) for name, schema in definitions.items()}
    for name, schema in definitions.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            needed, queue = set(), [name]
            while queue:
                if (current := queue.pop()) not in needed:
                    needed.add(current)
                    queue.extend(uses[current])
            whole = schema | {"definitions": {item: definitions[item] for item in sorted(needed)}}
            write(out, kind["group"], kind["kind"], kind["version"], whole)


def custom(definition, out):
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"] = schema.get("properties", {}) | IDENTITY
        write(out, spec["group"], spec["names"]["kind"], version["name"], schema)


def main():
    sources, out = map(Path, sys.argv[1:3])
    kubernetes = sys.argv[3] if len(sys.argv) > 3 else "1.36"
    for path in sorted(sources.glob("*.json.z")):
        source = json.loads(zlib.decompress(path.read_bytes(), -15))
        if source["name"] == "kubernetes":
            if source["version"].startswith(kubernetes + "."):
                builtin(source["objects"][0], out)
            continue
        for definition in source["objects"]:
            custom(definition, out)


if __name__ == "__main__":
    main()
