"""Records what the controller does, and compares it with what was planned.

    plan.py watch NAMESPACE FILE    gives every Rollout there a second version and writes down what happens
    plan.py compare NAME FOLDER     FOLDER holds recorded.json and the plans; says what differs, and appends to recorded.tsv,
                                    which tests/it/plan.rs compares offline

Events of all kinds are put in order by their resourceVersion: one etcd counts for all of them.
"""
import json
import pathlib
import subprocess
import sys
import threading
import time

KINDS = ["rollouts", "replicasets", "services", "httproutes", "ingresses"]


def follow(namespace, kinds):
    """Events of these kinds as they come, the lock to read them with, and the processes to end."""
    events, lock = [], threading.Lock()
    streams = []
    for kind in kinds:
        command = ["kubectl", "get", kind, "-n", namespace, "--watch", "--output-watch-events", "-o", "json"]
        stream = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        streams.append(stream)
        threading.Thread(target=read, args=(stream.stdout, events, lock), daemon=True).start()
    time.sleep(3)
    return events, lock, streams


def watch(namespace, path):
    events, lock, streams = follow(namespace, KINDS)
    names = json.loads(kubectl("get", "rollouts", "-n", namespace, "-o", "json"))
    names = [item["metadata"]["name"] for item in names["items"]]
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "registry.example.com/planned:2"}]
    for name in names:
        kubectl("patch", "rollout", name, "-n", namespace, "--type", "json", "-p", json.dumps(change))
    end = time.time() + 600
    while time.time() < end and not all(is_over(name, events, lock) for name in names):
        time.sleep(1)
    for stream in streams:
        stream.kill()
    with lock:
        pathlib.Path(path).write_text(json.dumps(events))


def kubectl(*args):
    return subprocess.run(["kubectl", *args], check=True, capture_output=True, text=True).stdout


def read(stream, events, lock):
    decoder, text = json.JSONDecoder(), ""
    for line in stream:
        now, text = time.time(), text + line
        try:
            event, _ = decoder.raw_decode(text)
        except ValueError:
            continue
        text = ""
        with lock:
            events.append({"time": now, "type": event["type"], "object": slim(event["object"])})


def slim(item):
    item["metadata"].pop("managedFields", None)
    return item


def is_over(name, events, lock):
    """The second version is stable, and no other has pods."""
    with lock:
        story = Story(name, list(events))
    return story.end is not None


class Story:
    """What happened to one Rollout, in order."""

    def __init__(self, name, events):
        self.name, self.steps, self.marks = name, {}, {}
        self.start = self.end = None
        # The most pods of an experiment since the step began: they go as soon as it is over.
        self.extra = 0
        self.new = self.old = None
        self.state = {"weight": 0, "rs": {}, "extra": {}, "selector": None}
        events = [(int(event["object"]["metadata"]["resourceVersion"]), event["time"], event["object"]) for event in events]
        for _, when, item in sorted(events, key=lambda event: event[0]):
            self.see(when, item)

    def see(self, when, item):
        kind, name = item["kind"], item["metadata"]["name"]
        if kind == "Rollout" and name == self.name:
            self.rollout(when, item)
        elif kind == "ReplicaSet":
            self.replicaset(when, item)
        elif kind == "Service" and name == self.name:
            self.state["selector"] = item["spec"]["selector"].get("rollouts-pod-template-hash")
            if self.start and self.state["selector"] != self.old:
                self.mark("switch", when)
        elif kind == "HTTPRoute" and name == self.name:
            refs = item["spec"]["rules"][0]["backendRefs"]
            self.state["weight"] = next((ref.get("weight", 0) for ref in refs if ref["name"].endswith("-canary")), 0)
        elif kind == "Ingress" and name == f"{self.name}-{self.name}-canary":
            self.state["weight"] = int(item["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"])

    def rollout(self, when, item):
        status = item.get("status", {})
        image = item["spec"]["template"]["spec"]["containers"][0]["image"]
        if self.start is None:
            self.old = status.get("stableRS")
            if image.endswith(":2"):
                self.start = when
            return
        if status.get("currentPodHash") == self.old:
            return
        self.new = status.get("currentPodHash")
        index = status.get("currentStepIndex")
        if index is not None:
            for step in range(index):
                if step not in self.steps:
                    self.steps[step] = self.now(when)
                    self.extra = 0
        if status.get("stableRS") == self.new:
            self.mark("promote", when)

    def replicaset(self, when, item):
        owner = (item["metadata"].get("ownerReferences") or [{}])[0]
        hash_ = item["metadata"]["labels"].get("rollouts-pod-template-hash")
        pods = item["spec"]["replicas"]
        if owner.get("kind") == "Experiment" and owner["name"].startswith(self.name + "-"):
            late = "scale-down-deadline" in str(item["metadata"].get("annotations", {}))
            self.state["extra"][item["metadata"]["name"]] = 0 if late else pods
            self.extra = max(self.extra, sum(self.state["extra"].values()))
        elif owner.get("kind") == "Rollout" and owner["name"] == self.name:
            ready = item.get("status", {}).get("availableReplicas", 0)
            self.state["rs"][hash_] = (pods, ready)
            if self.start and hash_ != self.old and pods and ready == pods:
                self.mark(f"ready {pods}", when)
            if "promote" in self.marks and hash_ == self.old and pods == 0:
                self.mark("retire", when)
                self.end = when

    def mark(self, what, when):
        if what not in self.marks:
            self.marks[what] = self.now(when)

    def now(self, when):
        rs = self.state["rs"]
        new = sum(pods for hash_, (pods, _) in rs.items() if hash_ != self.old)
        return {
            "time": when - self.start,
            "weight": self.state["weight"],
            "new": new,
            "old": rs.get(self.old, (0, 0))[0],
            "extra": self.extra,
        }


def moment_of(story, moment, release):
    """What was recorded at the end of a planned moment."""
    if moment["step"] is not None:
        return story.steps.get(moment["step"])
    what = moment["what"]
    if what in ("promote", "after"):
        return story.marks.get("promote")
    if what in ("preview", "scale-up"):
        return story.marks.get(f"ready {moment['new']}")
    return story.marks.get(what)


def compare(name, folder):
    folder = pathlib.Path(folder)
    story = Story(name, json.loads((folder / "recorded.json").read_text()))
    plans = [json.loads(path.read_text()) for path in folder.glob("*.json") if path.name != "recorded.json"]
    releases = [release for plan in plans for release in plan["environments"][0]["releases"]]
    release = next(release for release in releases if release["name"] == name)
    wrong, rows = [], []
    # Times are compared from stage to stage and from the beginning.
    before = (0.0, 0.0)
    for at, moment in enumerate(release["moments"]):
        real = moment_of(story, moment, release)
        title = f"{name}\t{at}\t{moment['what']}"
        if real is None:
            if moment["what"] not in ("before", "pause"):
                wrong.append(f"{title}: never seen")
            continue
        planned = moment["to"]["expected"] / 1000
        for what, want, got in (
            ("end", planned, real["time"]),
            ("length", planned - before[0], real["time"] - before[1]),
        ):
            if abs(want - got) > max(5, want * 0.02):
                wrong.append(f"{title}: {what} {got:.1f} s, planned {want:.1f} s")
        before = (planned, real["time"])
        # Who serves without a router is a matter of pods; the last weights are taken back at once.
        weighed = release["router"] and moment["step"] is not None
        pairs = [("new", moment["new"], real["new"]), ("old", moment["old"], real["old"])]
        if moment["what"] == "experiment":
            pairs.append(("experiment", moment["experiment"], real["extra"]))
        if weighed:
            pairs.append(("weight", moment["weight"], real["weight"]))
        for what, want, got in pairs:
            if want != got:
                wrong.append(f"{title}: {what} {got}, planned {want}")
        shown = [f"{real['time']:.1f}", real["new"], real["old"], real["extra"], real["weight"]]
        rows.append("\t".join([title, *map(str, shown)]))
    with (folder / "recorded.tsv").open("a") as file:
        file.writelines(row + "\n" for row in rows)
    print("\n".join(rows))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    {"watch": watch, "compare": compare}[sys.argv[1]](*sys.argv[2:])
