#!/usr/bin/env python3
"""Serves the metrics that pods under traffic would have, for Prometheus to scrape: traffic.py NAMESPACE PORT.

Every pod answers 100 requests a second, all of them well and within 50 ms. Each metric convention gets its own names and labels.
"""

import http.server
import json
import subprocess
import sys
import time

RATE = 100
BUCKETS = {"seconds": ("0.005", "0.05", "0.1", "0.5", "1", "+Inf"), "milliseconds": ("5", "50", "100", "500", "1000", "+Inf")}
started = {}


def series(pod):
    """The lines of one pod: counters that grow with the time since it was first seen."""
    name, namespace, labels = pod["metadata"]["name"], pod["metadata"]["namespace"], pod["metadata"]["labels"]
    service = labels.get("app.kubernetes.io/name", "")
    template = labels.get("rollouts-pod-template-hash", "")
    count = round(RATE * (time.time() - started.setdefault(name, time.time())))
    identity = {"namespace": namespace, "pod": name, "job": f"{namespace}/{service}", "service_name": service, "rollouts_pod_template_hash": template,
                "pod_template_hash": template}
    otel = identity | {"http_response_status_code": "200", "http_request_method": "GET"}
    istio = identity | {
        "reporter": "destination", "response_code": "200", "grpc_response_status": "0", "request_protocol": "http", "destination_workload": service,
        "destination_workload_namespace": namespace, "destination_service_name": service, "destination_service_namespace": namespace,
        "destination_canonical_service": service, "destination_app": service, "destination_service": f"{service}.{namespace}.svc.cluster.local"}
    yield from histogram("http_server_request_duration_seconds", otel, "seconds", count)
    yield from histogram("istio_request_duration_milliseconds", istio, "milliseconds", count)
    yield line("istio_requests_total", istio, count)


def histogram(name, labels, unit, count):
    for bound in BUCKETS[unit]:
        yield line(f"{name}_bucket", labels | {"le": bound}, 0 if bound in ("0.005", "5") else count)
    yield line(f"{name}_count", labels, count)
    yield line(f"{name}_sum", labels, count * float(BUCKETS[unit][1]) / 2)


def line(name, labels, value):
    return f"{name}{{{','.join(f'{key}={json.dumps(text)}' for key, text in labels.items())}}} {value}\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pods = json.loads(subprocess.run(["kubectl", "get", "pods", "-n", sys.argv[1], "-o", "json"], capture_output=True, check=True).stdout)["items"]
        body = "".join(text for pod in pods if pod["metadata"].get("labels") for text in series(pod)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)


http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
