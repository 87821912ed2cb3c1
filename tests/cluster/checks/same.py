#!/usr/bin/env python3
"""Is every custom resource stored as it was written: same.py WRITTEN.json STORED.json.

Built-in kinds get defaults that nobody writes, and are left out. Of the metadata, what one can write is compared.
"""

import json
import sys

BUILT_IN = {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io"}
METADATA = ("name", "namespace", "labels", "annotations", "finalizers")
OF_CONTROLLERS = {"Rollout": {"rollout.argoproj.io/revision"}}


def key(item):
    return item["apiVersion"], item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def comparable(item):
    """ITEM without what the server and controllers add."""
    result = {name: value for name, value in item.items() if name not in ("metadata", "status", "operation")}
    metadata = {name: item["metadata"].get(name) for name in METADATA}
    ours = OF_CONTROLLERS.get(item["kind"], set()) | {"kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id"}
    metadata["annotations"] = {name: value for name, value in (metadata["annotations"] or {}).items() if name not in ours} or None
    return result | {"metadata": {name: value for name, value in metadata.items() if value is not None}}


def differences(old, new, path=""):
    """Where NEW is not OLD, one line each."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from differences(old.get(name), new.get(name), f"{path}/{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new)):
            yield from differences(a, b, f"{path}/{index}")
    elif old != new:
        yield f"{path}: written {json.dumps(old)}, stored {json.dumps(new)}"


def main():
    written, stored = ({key(item): item for item in json.load(open(path))["items"]} for path in sys.argv[1:3])
    custom = [name for name in sorted(written) if ("/" in name[0] and name[0].split("/")[0]) not in BUILT_IN | {False}]
    n_different = 0
    for name in custom:
        found = list(differences(comparable(written[name]), comparable(stored[name]))) if name in stored else ["/: not stored"]
        n_different += bool(found)
        for line in found:
            print(name[1], f"{name[2]}/{name[3]}", line)
    print(f"{n_different} of {len(custom)} custom resources differ")
    sys.exit(bool(n_different) or not custom)


if __name__ == "__main__":
    main()
