//! Services: what they are, wherever they run.

use super::*;

structs! {
    /// What a service is, wherever it runs.
    Service {
        /// The team that owns it.
        "owner" owner: Option<At<Name>> = "carts",
        /// How much it matters.
        "tier" tier: Option<At<Tier>>,
        /// Its image without version, if not `<images>/<service>`.
        "image" image: Option<At<ImageName>>,
        /// The names of Secrets with registry credentials, which exist in the namespace.
        "pull-secret" pull_secret: Set<ObjectName> = "registry",
        /// Its namespace, if not the environment's.
        "namespace" namespace: Option<At<Name>> = "shop",
        /// Its HTTP port.
        "http" http: Option<ServicePort>,
        /// Its gRPC port.
        "grpc" grpc: Option<ServicePort>,
        /// Its TCP port.
        "tcp" tcp: Option<ServicePort>,
        /// Further ports.
        "port" port: Named<ExtraPort>,
        /// What `live` and `ready` have in common.
        "health" health: Option<Probe>,
        /// Restarts the container when it fails.
        "live" live: Option<Probe>,
        /// Takes the pod out of traffic when it fails.
        "ready" ready: Option<Probe>,
        /// Holds back the others until it succeeds.
        "start" start: Option<Probe>,
        /// How long a stopping pod still serves before it gets the signal.
        "drain" drain: Option<At<Duration>> = "15s",
        /// From the stop to the kill; `drain` plus 30 seconds where none is given.
        "grace" grace: Option<At<Duration>> = "45s",
        /// What one pod gets, and how many pods there are.
        "size" size: Option<Size>,
        /// The requests that are expected.
        "load" load: Option<Load>,
        /// Where the world reaches it.
        "expose" expose: Option<Expose>,
        /// Whom it calls: opens the network, orders the first installation, may set a variable.
        "calls" calls: Calls<Name, EnvName>,
        /// What it calls outside the cluster, as host or CIDR with a port.
        "external" external: Set<Endpoint>,
        /// What it promises.
        "slo" slo: Option<Slo>,
        /// How a new version replaces the old one.
        "rollout" rollout: Option<Rollout>,
        /// How its request metrics are named, if not as its traffic says.
        "metrics" metrics: Option<ServiceMetrics>,
        /// Environment variables. As in Kubernetes `$(NAME)` is the value of one before it: an address
        /// of `calls`, a key of a `secret`, an earlier one here; `$$(NAME)` is the text itself.
        "config" config: Strings<EnvName, Text>,
        /// Secrets from the environment's store.
        "secret" secret: Named<Secret>,
        /// Directories in the container.
        "volume" volume: Named<Volume>,
        /// Containers that run to their end before it.
        "init" init: Named<Container>,
        /// Containers that run beside it.
        "sidecar" sidecar: Named<Container>,
        /// Replaces the image's entry point. `$(NAME)` is the value of a variable.
        "command" command: Sequence<Text> = "/bin/cart",
        /// Replaces the image's arguments. `$(NAME)` is the value of a variable.
        "args" args: Sequence<Text> = "--verbose",
        /// The user that its processes run as.
        "run-as" run_as: Option<RunAs>,
        /// Where its pods may run.
        "schedule" schedule: Option<Schedule>,
        /// It talks to the Kubernetes API: token and network. Its Role comes by `also`.
        "kubernetes-api" kubernetes_api: Flag,
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath> = "also/role.yaml",
        /// What is installed before it.
        "depends" depends: Set<Name> = "vault",
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
        /// What lower layers wrote and does not hold here.
        "remove" remove: Remove,
    }

    /// A port of a service.
    ServicePort {
        /// The port in the container.
        arg "port" port: Option<At<Port>>,
        /// The port of the Service, if another.
        "as" as_port: Option<At<Port>>,
    }

    /// A further port. Exactly one of `http`, `grpc` and `tcp`.
    ExtraPort {
        /// HTTP on this container port.
        "http" http: Option<At<Port>>,
        /// gRPC on this container port.
        "grpc" grpc: Option<At<Port>>,
        /// TCP on this container port.
        "tcp" tcp: Option<At<Port>>,
        /// The port of the Service, if another.
        "as" as_port: Option<At<Port>>,
    }

    /// What one pod gets, and how many pods there are.
    Size {
        /// Request and limit of cpu; one value is the request.
        "cpu" cpu: Option<At<Range<Cpu>>>,
        /// Request and limit of memory; one value is both.
        "memory" memory: Option<At<Range<Memory>>>,
        /// How many pods.
        "replicas" replicas: Option<Replicas>,
    }

    /// How many pods.
    Replicas {
        /// At least, also without load.
        "min" min: Option<At<Count>>,
        /// At most, under load.
        "max" max: Option<At<Count>> = "6",
        /// The use of the requested cpu that the autoscaler aims at.
        "cpu" cpu: Option<At<Percent>> = "70%",
    }

    /// The requests that are expected.
    Load {
        /// On an ordinary hour.
        "usual" usual: Option<At<Rate>>,
        /// At the highest.
        "peak" peak: Option<At<Rate>> = "120rps",
    }

    /// Where the world reaches a service.
    Expose {
        /// Which traffic, where there is a choice.
        "via" via: Option<At<Name>> = "edge",
        /// The host: complete with a dot, else before the domain; the domain itself where none is given.
        "host" host: Option<At<Host>>,
        /// The path that leads here with all below it.
        "path" path: Option<At<UrlPath>> = "/cart",
        /// Through ingress-nginx: the existing Secret with the certificate of the host.
        "tls" tls: Option<At<ObjectName>> = "web-tls",
    }

    /// What a service promises.
    Slo {
        /// The share of good requests.
        "availability" availability: Option<At<Percent>>,
        /// The time over which it is counted.
        "window" window: Option<At<Duration>> = "30d",
        /// The time that 95 of 100 requests stay below.
        "p95" p95: Option<At<Duration>> = "300ms",
    }

    /// Metrics of a service.
    ServiceMetrics {
        /// How they are named.
        "convention" convention: Option<At<Convention>>,
        /// Upper bounds of the buckets that latencies are counted in, if not the convention's.
        "buckets" buckets: Sequence<Duration> = "250ms",
    }
}
