"""Records how Kubernetes' own controllers replace pods, and compares it with what was planned.

    replaced.py watch NAMESPACE FOLDER  gives every Deployment and StatefulSet there a second image, and writes FOLDER/recorded.tsv,
                                        which tests/it/plan.rs compares offline
    replaced.py compare FOLDER          FOLDER holds recorded.tsv and plan.json; says what differs
"""
import json
import pathlib
import sys
import time

import plan

KINDS = ["deployments", "statefulsets", "replicasets", "pods"]


def watch(namespace, folder):
    events, lock, streams = plan.follow(namespace, KINDS)
    found = json.loads(plan.kubectl("get", "deployments,statefulsets", "-n", namespace, "-o", "json"))["items"]
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "registry.example.com/replaced:2"}]
    begun = []
    for item in found:
        kind, name = item["kind"], item["metadata"]["name"]
        with lock:
            begun.append((kind, name, len(events)))
        plan.kubectl("patch", kind.lower(), name, "-n", namespace, "--type", "json", "-p", json.dumps(change))
    for kind, name, _ in begun:
        plan.kubectl("rollout", "status", f"{kind.lower()}/{name}", "-n", namespace, "--timeout", "300s")
    # What is ready is not yet available, and a StatefulSet is done before.
    time.sleep(5)
    for stream in streams:
        stream.kill()
    with lock:
        rows = [[name, *count(kind, name, events[:at], events[at:])] for kind, name, at in begun]
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (pathlib.Path(folder) / "recorded.tsv").write_text(text)


def count(kind, name, before, after):
    """Seconds from the change to the last change of what serves, most pods that are wanted at once, fewest that serve, and new and old pods at the end.

    A pod serves once it counts as available (minReadySeconds keeps the moments apart).
    """
    pods, sets, served = {}, {}, {}
    most, least, last, since, end = 0, 1 << 30, None, None, 0.0

    def see(kept, item):
        meta = item["metadata"]
        key = meta["name"]
        if name not in (meta.get("labels", {}).get("app"), key):
            return
        if item["kind"] == "Pod":
            alive = kept != "DELETED" and "deletionTimestamp" not in meta
            pods[key] = (alive, item["spec"]["containers"][0]["image"].endswith(":2"))
        elif item["kind"] == ("ReplicaSet" if kind == "Deployment" else kind):
            sets[key] = item["spec"]["replicas"]
            served[key] = min(sets[key], item.get("status", {}).get("availableReplicas", 0))

    for event in before:
        see(event["type"], event["object"])
    for event in sorted(after, key=lambda event: int(event["object"]["metadata"]["resourceVersion"])):
        now, item = event["time"], event["object"]
        see(event["type"], item)
        if since is None and (item["kind"], item["metadata"]["name"]) == (kind, name):
            since = now
        most, least = max(most, sum(sets.values())), min(least, sum(served.values()))
        if last != (last := sum(served.values())):
            end = now
    since = end if since is None else since
    alive = [is_new for is_alive, is_new in pods.values() if is_alive]
    return f"{end - since:.1f}", most, least, sum(alive), len(alive) - sum(alive)


def compare(folder):
    folder = pathlib.Path(folder)
    releases = json.loads((folder / "plan.json").read_text())["environments"][0]["releases"]
    rows = [line.split("\t") for line in (folder / "recorded.tsv").read_text().splitlines()]
    wrong = [] if len(rows) == len(releases) else [f"{len(rows)} recorded, {len(releases)} planned"]
    for name, took, most, least, new, old in rows:
        release = next(one for one in releases if one["name"] == name)
        planned = release["takes"]["expected"] / 1000
        if abs(planned - float(took)) > max(5, planned * 0.02):
            wrong.append(f"{name}: {took} s, planned {planned} s")
        last = release["moments"][-1]
        for what, want, got in (
            ("most pods", max(one["peak"] for one in release["moments"]), most),
            ("fewest that serve", release["served"]["least"], least),
            ("new pods", last["new"], new),
            ("old pods", last["old"], old),
        ):
            if want != int(got):
                wrong.append(f"{name}: {what} {got}, planned {want}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    {"watch": watch, "compare": compare}[sys.argv[1]](*sys.argv[2:])
