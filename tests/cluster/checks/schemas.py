#!/usr/bin/env python3
"""Write strict JSON schemas for kubeconform: schemas.py OUT OPENAPI_V2.json CRDS.json."""

import json
import re
import sys
from pathlib import Path

REFERENCE = re.compile(r'"#/definitions/([^"]+)"')


def strict(node):
    """NODE with no unknown fields, and with int-or-string spelt as JSON schema has it."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string") is True:
        return {"type": ["string", "integer"]}
    result = {key: strict(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and not node.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    return result


def write(out, group, kind, version, schema):
    path = out / (group or version) / f"{kind.lower()}_{version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema))


def builtin_schemas(definitions):
    uses = {name: set(REFERENCE.findall(json.dumps(definition))) for name, definition in definitions.items()}
    for name, definition in definitions.items():
        kinds = definition.get("x-kubernetes-group-version-kind", [])
        if not name.startswith("io.k8s.") or len(kinds) != 1 or "metadata" not in definition.get("properties", {}):
            continue
        needed, queue = set(), [name]
        while queue:
            if (current := queue.pop()) not in needed:
                needed.add(current)
                queue.extend(uses[current])
        schema = definition | {"definitions": {item: definitions[item] for item in needed}}
        yield kinds[0]["group"], kinds[0]["kind"], kinds[0]["version"], schema


def custom_schemas(crd):
    for version in crd["spec"]["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {"metadata": {"type": "object"}, "apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        yield crd["spec"]["group"], crd["spec"]["names"]["kind"], version["name"], schema


def main():
    out, openapi, crds = map(Path, sys.argv[1:])
    definitions = {name: strict(definition) for name, definition in json.loads(openapi.read_text())["definitions"].items()}
    for schema in builtin_schemas(definitions):
        write(out, *schema)
    for crd in json.loads(crds.read_text())["items"]:
        for schema in custom_schemas(crd):
            write(out, *schema)


if __name__ == "__main__":
    main()
