#!/usr/bin/env python3
"""Serves what pods under traffic would say to Prometheus, and what they answer: traffic.py NAMESPACE PORT.

Each service gets 400 requests a second: a route's share each version, all its pods alike otherwise. Answers take 20 to 50 ms. Half
of them are errors where the image's digest begins with 3. Each metric convention gets its own names and labels. Any other path than
`/metrics` answers 200, as a smoke test wants it.
"""

import collections
import http.server
import json
import subprocess
import sys
import threading
import time

RATE = 400
# The bounds that each convention has, in its own unit.
OTEL = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf".split()
ENVOY = "0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1.8e+06 3.6e+06 +Inf".split()


class Traffic:
    """Counts requests of each pod, from what the cluster was last seen to run."""

    def __init__(self, namespace):
        self.command = ["kubectl", "get", "pods,httproutes,grpcroutes", "-n", namespace, "-o", "json"]
        self.counts, self.rates, self.pods, self.now, self.lock = collections.Counter(), {}, [], time.time(), threading.Lock()

    def look(self):
        items = json.loads(subprocess.run(self.command, capture_output=True, check=True).stdout)["items"]
        weights = {ref["name"]: ref["weight"] for item in items if item["kind"] != "Pod" for ref in item["spec"]["rules"][0]["backendRefs"]}
        pods = [item for item in items if item["kind"] == "Pod" and "deletionTimestamp" not in item["metadata"]]
        arms = collections.Counter(arm(pod, weights) for pod in pods)
        with self.lock:
            self.count()
            self.pods = pods
            self.rates = {name(pod): RATE * weights.get(arm(pod, weights), 100) / 100 / arms[arm(pod, weights)] for pod in pods}

    def count(self):
        before, self.now = self.now, time.time()
        for pod, rate in self.rates.items():
            self.counts[pod] += rate * (self.now - before)

    def text(self):
        with self.lock:
            self.count()
            return "".join(line for pod in self.pods for line in series(pod, round(self.counts[name(pod)])))


def name(pod):
    return pod["metadata"]["name"]


def arm(pod, weights):
    """The Service whose requests a pod gets."""
    labels = pod["metadata"]["labels"]
    service = labels["app.kubernetes.io/name"]
    return f"{service}-canary" if service in weights and labels.get("tiphys.dev/role") == "canary" else service


def series(pod, count):
    """The lines of one pod after COUNT requests."""
    namespace, labels = pod["metadata"]["namespace"], pod["metadata"]["labels"]
    service, template = labels["app.kubernetes.io/name"], labels.get("rollouts-pod-template-hash", "")
    bad = count // 2 if "@sha256:3" in pod["spec"]["containers"][0]["image"] else 0
    scraped = {"namespace": namespace, "pod": name(pod), "instance": name(pod), "rollouts_pod_template_hash": template}
    for number, status, code in ((count - bad, "200", "0"), (bad, "500", "13")):
        otel = scraped | {"app_kubernetes_io_name": service, "http_response_status_code": status, "http_request_method": "GET"}
        istio = scraped | {"reporter": "destination", "response_code": status, "grpc_response_status": code,
                           "destination_workload": service, "destination_workload_namespace": namespace}
        rpc = scraped | {"app_kubernetes_io_name": service, "rpc_response_status_code": {"0": "OK", "13": "INTERNAL"}[code]}
        yield from histogram("http_server_request_duration_seconds", otel, OTEL, 0.02, number)
        yield from histogram("rpc_server_call_duration_seconds", rpc, OTEL, 0.02, number)
        yield from histogram("istio_request_duration_milliseconds", istio, ENVOY, 20, number)
        yield line("istio_requests_total", istio, number)


def histogram(metric, labels, bounds, fastest, count):
    for bound in bounds:
        yield line(f"{metric}_bucket", labels | {"le": bound}, count if float(bound) > 2 * fastest else 0)
    yield line(f"{metric}_count", labels, count)
    yield line(f"{metric}_sum", labels, count * fastest)


def line(metric, labels, value):
    return f"{metric}{{{','.join(f'{key}={json.dumps(text)}' for key, text in labels.items())}}} {value}\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = traffic.text().encode() if self.path == "/metrics" else b"ok\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def watch():
    while True:
        try:
            traffic.look()
        except (subprocess.CalledProcessError, ValueError) as error:
            print(error, file=sys.stderr)
        time.sleep(0.5)


traffic = Traffic(sys.argv[1])
threading.Thread(target=watch, daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
