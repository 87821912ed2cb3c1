#!/usr/bin/env python3
"""Canned series for every convention and every scenario: series.py NOW >FILE (OpenMetrics, for `promtool tsdb create-blocks-from`).

A scenario is a fleet of its own, so that one Prometheus holds all of them side by side: its namespace is `<scenario>-test`. The names
and labels follow the documentation of each convention, not what the compiler asks. Series reach from half an hour before NOW to a
quarter after, a sample every 15 seconds.
"""

import sys
from dataclasses import dataclass, field

STEP, BEFORE, AFTER = 15, 33 * 60, 15 * 60
OTEL = (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
ENVOY = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000)
LINKERD = (1, 10, 50, 100, 200, 300, 400, 500, 1000, 5000, 10000)
NGINX = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
# Milliseconds, and the share of requests that take as long.
FAST = ((40, 0.70), (200, 0.28), (700, 0.015), (1500, 0.005))
SLOWER = ((40, 0.70), (200, 0.26), (700, 0.035), (1500, 0.005))
SLOW = ((40, 0.30), (200, 0.40), (700, 0.20), (3000, 0.10))


@dataclass
class Arm:
    """What one version does: requests a second over all its pods, the share of failures, how long requests take."""
    rate: float
    failed: float
    times: tuple = FAST
    completed: float = 0.99
    memory: float = 100e6


@dataclass
class Scenario:
    canary: Arm = field(default_factory=lambda: Arm(20, 0.001))
    stable: Arm = field(default_factory=lambda: Arm(80, 0.001))
    last: int = AFTER  # seconds from NOW to the last sample
    samples: int = 0  # how many samples there are; all where 0
    value: str = ""  # the value of every sample, instead of what was counted


SCENARIOS = {
    "good": Scenario(),
    "bad": Scenario(canary=Arm(10, 0.30, SLOW, completed=0.5, memory=200e6), stable=Arm(90, 0.001)),
    "empty": None,
    "nan": Scenario(value="NaN"),
    "single": Scenario(last=-20, samples=1),
    "stale": Scenario(last=-20 * 60),
    "few": Scenario(canary=Arm(0.2, 0), stable=Arm(0.8, 0)),
    "alike": Scenario(canary=Arm(20, 0.006), stable=Arm(80, 0.005)),
    "slower": Scenario(canary=Arm(20, 0.001, SLOWER)),
    "worse": Scenario(canary=Arm(20, 0.008), stable=Arm(80, 0.002)),
}
HASHES = {"canary": "6bbf74c58d", "stable": "7c94d9f6c5"}


def line(metric, labels, value, at):
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{metric}{{{inside}}} {value} {at}\n"


def write(out, scenario, now, metric, labels, per_second, is_gauge=False):
    """One series that grows by PER_SECOND, or stays at it."""
    times = range(now - BEFORE, now + scenario.last + 1, STEP)
    for at in list(times)[-scenario.samples:]:
        counted = per_second if is_gauge else round(per_second * (at - now + BEFORE))
        out.write(line(metric, labels, scenario.value or counted, at))


def histogram(out, scenario, now, metric, labels, arm, rate, bounds, unit):
    for bound in bounds:
        share = sum(share for millis, share in arm.times if millis <= bound)
        text = f"{bound / unit:g}" if unit != 1 or bound != int(bound) or bound >= 1e6 else str(int(bound))
        write(out, scenario, now, f"{metric}_bucket", labels | {"le": text}, rate * share)
    write(out, scenario, now, f"{metric}_bucket", labels | {"le": "+Inf"}, rate)
    write(out, scenario, now, f"{metric}_count", labels, rate)


def halves(arm):
    """The requests that succeeded, and those that failed."""
    yield "ok", arm.rate * (1 - arm.failed)
    yield "failed", arm.rate * arm.failed


def otel(out, scenario, now, namespace, service, version, arm, is_grpc):
    metric = "rpc_server_call_duration_seconds" if is_grpc else "http_server_request_duration_seconds"
    status, codes = ("rpc_response_status_code", {"ok": "OK", "failed": "INTERNAL"}) if is_grpc else (
        "http_response_status_code", {"ok": "200", "failed": "500"})
    pods = 1 if version == "canary" else 4
    for pod in range(pods):
        name = f"{service}-{HASHES[version]}-{pod}"
        labels = {"namespace": namespace, "app_kubernetes_io_name": service, "rollouts_pod_template_hash": HASHES[version],
                  "pod": name, "instance": name}
        for half, rate in halves(arm):
            histogram(out, scenario, now, metric, labels | {status: codes[half]}, arm, rate / pods, OTEL, 1000)


def istio(out, scenario, now, namespace, service, version, arm, is_grpc):
    labels = {"destination_workload_namespace": namespace, "destination_workload": service,
              "rollouts_pod_template_hash": HASHES[version], "request_protocol": "grpc" if is_grpc else "http"}
    codes = {"ok": {"response_code": "200", "grpc_response_status": "0" if is_grpc else ""},
             "failed": {"response_code": "200" if is_grpc else "503", "grpc_response_status": "13" if is_grpc else ""}}
    for half, rate in halves(arm):
        more = {"reporter": "destination", **codes[half]}
        write(out, scenario, now, "istio_requests_total", labels | more, rate)
        histogram(out, scenario, now, "istio_request_duration_milliseconds", labels | more, arm, rate, ENVOY, 1)
    # The caller's proxy sees failures that never reach the pod: they are not the callee's.
    write(out, scenario, now, "istio_requests_total", labels | {"reporter": "source", **codes["failed"]}, arm.rate)


def linkerd(out, scenario, now, namespace, service, version, arm, _):
    labels = {"namespace": namespace, "app_kubernetes_io_name": service, "rollouts_pod_template_hash": HASHES[version]}
    for half, rate in halves(arm):
        more = {"direction": "inbound", "classification": "success" if half == "ok" else "failure"}
        write(out, scenario, now, "response_total", labels | more, rate)
        histogram(out, scenario, now, "response_latency_ms", labels | more, arm, rate, LINKERD, 1)
    # Calls of its own that fail are not its failures.
    write(out, scenario, now, "response_total", labels | {"direction": "outbound", "classification": "failure"}, arm.rate)


def nginx(out, scenario, now, namespace, service, version, arm, _):
    name = namespace.removesuffix("-test")
    labels = {"ingress": service, "host": f"{service}.ops.{name}.example.com", "exported_namespace": namespace,
              "canary": f"{namespace}-{service}-canary-80" if version == "canary" else ""}
    for half, rate in halves(arm):
        more = {"status": "200" if half == "ok" else "502"}
        write(out, scenario, now, "nginx_ingress_controller_requests", labels | more, rate)
        histogram(out, scenario, now, "nginx_ingress_controller_request_duration_seconds", labels | more, arm, rate, NGINX, 1000)


def envoy(out, scenario, now, namespace, service, version, arm, is_grpc):
    kind, backend = "grpcroute" if is_grpc else "httproute", 1 if version == "canary" else 0
    labels = {"envoy_cluster_name": f"{kind}/{namespace}/{service}/rule/0/backend/{backend}"}
    for half, rate in halves(arm):
        more = {"envoy_response_code_class": "2" if half == "ok" else "5"}
        write(out, scenario, now, "envoy_cluster_upstream_rq_xx", labels | more, rate)
    histogram(out, scenario, now, "envoy_cluster_upstream_rq_time", labels, arm, arm.rate, ENVOY, 1)


def business(out, scenario, now, namespace, service, version, arm):
    labels = {"namespace": namespace, "app": service, "version": HASHES[version]}
    write(out, scenario, now, "begun_total", labels, arm.rate)
    write(out, scenario, now, "done_total", labels, arm.rate * arm.completed)
    write(out, scenario, now, "memory_bytes", labels, arm.memory, is_gauge=True)


SERVICES = {"envoy-grpc": envoy, "envoy-http": envoy, "istio-grpc": istio, "istio-http": istio, "linkerd": linkerd, "nginx": nginx,
            "otel-grpc": otel, "otel-http": otel, "switched": otel}

if __name__ == "__main__":
    now = int(sys.argv[1])
    for name, scenario in SCENARIOS.items():
        if scenario is None:
            continue
        for service, convention in SERVICES.items():
            for version in ("canary", "stable"):
                arm = getattr(scenario, version)
                convention(sys.stdout, scenario, now, f"{name}-test", service, version, arm, service.endswith("-grpc"))
                business(sys.stdout, scenario, now, f"{name}-test", service, version, arm)
    sys.stdout.write("# EOF\n")
