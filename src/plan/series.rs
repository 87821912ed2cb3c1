//! The request metrics of each convention: their names, and the labels that tell versions apart.
//!
//! | convention | requests | versions by |
//! |---|---|---|
//! | `otel` | OpenTelemetry HTTP and RPC server durations, exported to Prometheus | pod label |
//! | `istio` | Istio standard metrics, reported by the destination | pod label |
//! | `linkerd` | Linkerd proxy metrics, inbound | pod label |
//! | `ingress-nginx` | the controller's, by host | label `canary`: the canary's upstream |
//! | `envoy-gateway` | Envoy's cluster metrics | the cluster of the route's backend |
//!
//! The pod label `rollouts-pod-template-hash` is the label `rollouts_pod_template_hash` of series
//! wherever pod labels are kept: our PodMonitor does it for `otel`; the scrape configurations
//! that come with Istio and Linkerd do it for theirs.

use super::ports::Protocol;
use super::promql::Matcher;
use super::unit::Unit;
use crate::spec::field::At;
use crate::spec::text::Convention;
use crate::spec::unit::Duration;

/// Series of one service.
#[derive(Clone, Debug)]
pub struct Series {
    /// Counts requests.
    pub total: &'static str,
    /// Those of them that failed.
    pub failed: Matcher,
    /// Histogram of durations: `<histogram>_bucket` and `<histogram>_count`.
    pub histogram: &'static str,
    /// Whether durations are in milliseconds; seconds otherwise.
    pub is_millis: bool,
    /// Upper bounds of the buckets in milliseconds, ascending, without the infinite one.
    pub bounds: Vec<u64>,
    pub arms: Arms,
}

impl Series {
    /// What all requests of the service have in common, whichever version served them.
    pub fn every(&self) -> &[Matcher] {
        match &self.arms {
            Arms::PodHash(own) => own,
            Arms::Router { every, .. } => every,
        }
    }
}

/// How versions are told apart.
#[derive(Clone, Debug)]
pub enum Arms {
    /// The same labels, and the hash of the pod template.
    PodHash(Vec<Matcher>),
    /// Labels of what the router knows.
    Router {
        stable: Vec<Matcher>,
        canary: Vec<Matcher>,
        /// Of all requests, where nothing is split.
        whole: Vec<Matcher>,
        /// Of all requests, whether or not they are split.
        every: Vec<Matcher>,
    },
}

/// Server faults of gRPC, by number and by name. Source: OpenTelemetry semantic conventions,
/// "gRPC": what a server span counts as an error.
const GRPC_NUMBERS: &str = "2|4|12|13|14|15";
const GRPC_NAMES: &str =
    "UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS|2|4|12|13|14|15";

/// Source: OpenTelemetry semantic conventions, "HTTP metrics" and "RPC metrics", advised bounds.
const OTEL_BOUNDS: &[u64] = &[
    5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];
/// Source: Envoy, default histogram buckets; from half a millisecond.
const ENVOY_BOUNDS: &[u64] = &[
    1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
    1_800_000, 3_600_000,
];
/// Source: linkerd2-proxy, `linkerd/metrics/src/latency.rs`: those of today, which older proxies have
/// among others.
const LINKERD_BOUNDS: &[u64] = &[1, 10, 50, 100, 200, 300, 400, 500, 1000, 5000, 10_000];
/// Source: Prometheus client for Go, default buckets.
const NGINX_BOUNDS: &[u64] = &[5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/// What the service, or else its traffic, says about its metrics.
pub fn convention(unit: &Unit) -> Option<Convention> {
    let own = unit.spec().metrics.as_ref();
    let own = own
        .and_then(|metrics| metrics.convention.as_ref())
        .map(|at| at.value);
    own.or_else(|| {
        unit.traffic
            .as_ref()?
            .convention
            .map(|(convention, _)| convention)
    })
}

/// `None` for what takes no requests that the convention counts.
pub fn series(unit: &Unit, convention: Convention) -> Option<Series> {
    let port = unit
        .ports
        .iter()
        .find(|port| port.main && port.protocol != Protocol::Tcp)?;
    let is_grpc = port.protocol == Protocol::Grpc;
    let series = match convention {
        Convention::Otel => otel(unit, is_grpc),
        Convention::Istio => istio(unit, is_grpc),
        Convention::Linkerd => linkerd(unit),
        Convention::IngressNginx => nginx(unit)?,
        Convention::EnvoyGateway => envoy(unit, is_grpc)?,
    };
    Some(match buckets(unit) {
        [] => series,
        given => Series {
            bounds: given.iter().map(|at| at.value.0).collect(),
            ..series
        },
    })
}

/// The buckets that the service, or else its traffic, names; empty where they are the
/// convention's. A service with a convention of its own does not have its traffic's buckets.
pub fn buckets<'a>(unit: &Unit<'a>) -> &'a [At<Duration>] {
    let own = unit.spec().metrics.as_ref();
    match (own, &unit.traffic) {
        (Some(own), _) if own.convention.is_some() || !own.buckets.0.is_empty() => &own.buckets.0,
        (_, Some(traffic)) => &traffic.buckets.0,
        _ => &[],
    }
}

fn pods(unit: &Unit, more: impl IntoIterator<Item = Matcher>) -> Arms {
    let own = [
        Matcher::is("namespace", unit.namespace.as_str()),
        Matcher::is("app_kubernetes_io_name", unit.name.as_str()),
    ];
    Arms::PodHash(own.into_iter().chain(more).collect())
}

fn otel(unit: &Unit, is_grpc: bool) -> Series {
    let (total, histogram, failed) = match is_grpc {
        true => (
            "rpc_server_call_duration_seconds_count",
            "rpc_server_call_duration_seconds",
            Matcher::matches("rpc_response_status_code", GRPC_NAMES),
        ),
        false => (
            "http_server_request_duration_seconds_count",
            "http_server_request_duration_seconds",
            Matcher::matches("http_response_status_code", "5.."),
        ),
    };
    Series {
        total,
        failed,
        histogram,
        is_millis: false,
        bounds: OTEL_BOUNDS.to_vec(),
        arms: pods(unit, []),
    }
}

/// The workload is the Rollout: Istio derives its name from the pod's ReplicaSet.
fn istio(unit: &Unit, is_grpc: bool) -> Series {
    let failed = match is_grpc {
        true => Matcher::matches("grpc_response_status", GRPC_NUMBERS),
        false => Matcher::matches("response_code", "5.."),
    };
    Series {
        total: "istio_requests_total",
        failed,
        histogram: "istio_request_duration_milliseconds",
        is_millis: true,
        bounds: ENVOY_BOUNDS.to_vec(),
        arms: Arms::PodHash(vec![
            Matcher::is("reporter", "destination"),
            Matcher::is("destination_workload_namespace", unit.namespace.as_str()),
            Matcher::is("destination_workload", unit.name.as_str()),
        ]),
    }
}

/// The proxy classifies HTTP and gRPC alike.
fn linkerd(unit: &Unit) -> Series {
    Series {
        total: "response_total",
        failed: Matcher::is("classification", "failure"),
        histogram: "response_latency_ms",
        is_millis: true,
        bounds: LINKERD_BOUNDS.to_vec(),
        arms: pods(unit, [Matcher::is("direction", "inbound")]),
    }
}

/// By host and not by namespace, which a scraper may rename. The canary's upstream is
/// `<namespace>-<service>-<port>`; it is empty for what the stable version got. Only statuses of
/// HTTP are counted, for gRPC too.
fn nginx(unit: &Unit) -> Option<Series> {
    let exposed = unit.traffic.as_ref()?.exposed.as_ref()?;
    let whole = vec![
        Matcher::is("ingress", unit.name.as_str()),
        Matcher::is("host", exposed.host.as_str()),
    ];
    let upstream = format!("{}-{}-", unit.namespace, unit.suffixed("canary"));
    let and = |matcher| whole.iter().cloned().chain([matcher]).collect::<Vec<_>>();
    let arms = Arms::Router {
        stable: and(Matcher::is("canary", "")),
        canary: and(Matcher::begins("canary", &upstream)),
        every: whole.clone(),
        whole,
    };
    Some(Series {
        total: "nginx_ingress_controller_requests",
        failed: Matcher::matches("status", "5.."),
        histogram: "nginx_ingress_controller_request_duration_seconds",
        is_millis: false,
        bounds: NGINX_BOUNDS.to_vec(),
        arms,
    })
}

/// Clusters are named by route, rule and backend, because each backend of our routes has a filter;
/// the stable Service is the first one.
fn envoy(unit: &Unit, is_grpc: bool) -> Option<Series> {
    unit.traffic.as_ref()?.exposed.as_ref()?;
    let kind = if is_grpc { "grpcroute" } else { "httproute" };
    let rule = format!("{kind}/{}/{}/rule/0", unit.namespace, unit.name);
    let backend = |at: u8| {
        vec![Matcher::is(
            "envoy_cluster_name",
            format!("{rule}/backend/{at}"),
        )]
    };
    let arms = Arms::Router {
        stable: backend(0),
        canary: backend(1),
        every: vec![Matcher::begins_or_is(
            "envoy_cluster_name",
            &rule,
            "/backend/",
        )],
        whole: vec![Matcher::is("envoy_cluster_name", rule.clone())],
    };
    Some(Series {
        total: "envoy_cluster_upstream_rq_xx",
        failed: Matcher::is("envoy_response_code_class", "5"),
        histogram: "envoy_cluster_upstream_rq_time",
        is_millis: true,
        bounds: ENVOY_BOUNDS.to_vec(),
        arms,
    })
}
