//! The language: every noun and every field, once.
//!
//! The doc comments are what editors and the reference page show.

use super::field::{
    At, Calls, Field, Flag, Grouped, ListOf, Named, Remove, Sequence, Set, Strings, Struct, structs,
};
use super::scalar::{Accepts, Scalar, ScalarShape, integers, plain_integer};
use super::shape::{Datum, Kind, Shape};
use super::text::*;
use super::unit::*;

integers! {
    /// A TCP port.
    Port(u16) "a port" "8080" 1..=65535;
    /// A number of things, at least one.
    Count(u32) "a number" "3" 1..=10_000;
    /// Percent of the traffic.
    Weight(u8) "a percentage without its sign" "25" 1..=100;
    /// A Unix user or group.
    UserId(u32) "a user" "1000" 1..=2_147_483_647;
    /// Failed tries.
    Tries(u16) "a number of tries" "3" 1..=1000;
    /// Availability zones.
    Zones(u8) "a number of zones" "3" 1..=20;
}

structs! {
    /// A fleet: everything that is released together into the same environments.
    Fleet {
        /// Where the rendered tree is published; Applications point there.
        "publish" publish: Option<Publish>,
        /// The repository in front of every service's image.
        "images" images: Option<At<ImageName>>,
        /// Registries that images may come from.
        "registries" registries: Set<Line>,
        /// Who owns services.
        "team" team: Named<Team>,
        /// Levels of the policy packs.
        "policies" policies: Strings<Name, Level>,
        /// What every service gets where it says nothing else.
        "defaults" defaults: Option<Service>,
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
    }

    /// A place in a git repository.
    Publish {
        /// The repository, as Argo CD reaches it.
        "repository" repository: Option<At<Repository>>,
        /// The branch.
        "branch" branch: Option<At<Line>>,
        /// The directory of the tree.
        "path" path: Option<At<DirectoryPath>>,
    }

    /// People who own services.
    Team {
        /// The rotation that is called at night.
        "oncall" oncall: Option<At<Line>>,
        /// The group of the identity provider; it gets a role in the AppProject.
        "group" group: Option<At<Group>>,
        /// Who may approve a release to production.
        "approvers" approvers: Set<Person>,
    }

    /// One stage on one cluster.
    Environment {
        /// The environment that lies below this one, its releases excepted.
        "like" like: Option<At<Name>>,
        /// Versions of what runs there.
        "target" target: Option<Target>,
        /// The cluster.
        "cluster" cluster: Option<Cluster>,
        /// How Argo CD syncs.
        "sync" sync: Option<Sync>,
        /// Ways in: gateways, ingress controllers, a mesh.
        "traffic" traffic: Named<Traffic>,
        /// Where metrics are.
        "metrics" metrics: Option<Metrics>,
        /// Where secrets are.
        "secrets" secrets: Option<Secrets>,
        /// What the environment's namespace may use in sum.
        "quota" quota: Option<Quota>,
        /// What one container of the environment's namespace gets and may ask for.
        "limits" limits: Option<Limits>,
        /// What a release promises.
        "objective" objective: Option<Objective>,
        /// When syncs are allowed or denied.
        "window" window: Named<Window>,
        /// Levels of the policy packs.
        "policies" policies: Strings<Name, Level>,
        /// Where this environment's tree is published, if not where the fleet's is.
        "publish" publish: Option<Publish>,
        /// Manifests of one's own that belong to the environment.
        "also" also: Set<AlsoPath>,
        /// Components that run here.
        "install" install: Grouped<Install>,
        /// What every service gets here where it says nothing else.
        "defaults" defaults: Option<Service>,
        /// What every service gets here, whatever it says.
        "everywhere" everywhere: Option<Service>,
        /// Services that run here, and what differs for them.
        "deploy" deploy: Grouped<Service>,
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
        /// What of the other environment does not hold here.
        "remove" remove: Remove,
    }

    /// Versions of what runs in an environment.
    Target {
        /// Kubernetes: 1.34 to 1.37.
        "kubernetes" kubernetes: Option<At<Minor>>,
        /// Argo CD: 3.4 to 3.6.
        "argo-cd" argo_cd: Option<At<Minor>>,
        /// Argo Rollouts: 1.8 to 1.10.
        "argo-rollouts" argo_rollouts: Option<At<Minor>>,
    }

    /// A cluster as Argo CD knows it.
    Cluster {
        /// The address of its API server.
        "server" server: Option<At<HttpUrl>>,
        /// Availability zones; pods are spread over them.
        "zones" zones: Option<At<Zones>>,
    }

    /// How Argo CD syncs.
    Sync {
        /// By itself or by hand.
        arg "mode" mode: Option<At<SyncMode>>,
        /// What happens to objects that left the tree.
        "prune" prune: Option<At<Prune>>,
    }

    /// One way in. Exactly one of `gateway`, `nginx` and `mesh`.
    Traffic {
        /// A Gateway, as `<namespace>/<name>`.
        "gateway" gateway: Option<At<Namespaced>>,
        /// An ingress-nginx class, as `<namespace>/<class>`.
        "nginx" nginx: Option<At<Namespaced>>,
        /// A service mesh.
        "mesh" mesh: Option<At<Mesh>>,
        /// How the metrics of this traffic are named.
        "convention" convention: Option<At<Convention>>,
        /// The domain that hosts without a dot are put before.
        "domain" domain: Option<At<Host>>,
    }

    /// Where metrics are.
    Metrics {
        /// The address of Prometheus, as the Rollouts controller reaches it.
        "prometheus" prometheus: Option<At<HttpUrl>>,
        /// The namespace that scrapes.
        "scraper" scraper: Option<At<ObjectName>>,
        /// How often it scrapes.
        "scrape" scrape: Option<At<Duration>>,
    }

    /// Where secrets are.
    Secrets {
        /// An External Secrets store.
        "store" store: Option<At<Store>>,
        /// What stands before every path.
        "prefix" prefix: Option<At<SecretPath>>,
        /// How often secrets are read again.
        "refresh" refresh: Option<At<Duration>>,
    }

    /// A sum over a namespace.
    Quota {
        /// Requested processors.
        "cpu" cpu: Option<At<Cpu>>,
        /// Requested memory.
        "memory" memory: Option<At<Memory>>,
        /// Pods.
        "pods" pods: Option<At<Count>>,
    }

    /// Bounds for one container.
    Limits {
        /// What a container gets that asks for no cpu: request, or request and limit.
        "cpu" cpu: Option<At<Range<Cpu>>>,
        /// What a container gets that asks for no memory.
        "memory" memory: Option<At<Range<Memory>>>,
        /// The most cpu that a container may ask for.
        "max-cpu" max_cpu: Option<At<Cpu>>,
        /// The most memory that a container may ask for.
        "max-memory" max_memory: Option<At<Memory>>,
    }

    /// What a release promises.
    Objective {
        /// From the first pod to promotion.
        "deploy" deploy: Option<At<Duration>>,
        /// From the decision to the old version serving everything.
        "rollback" rollback: Option<At<Duration>>,
        /// From a failed analysis to the old version serving everything.
        "abort" abort: Option<At<Duration>>,
    }

    /// A time in which Argo CD may or may not sync.
    Window {
        /// Deny or allow.
        arg "effect" effect: Option<At<WindowEffect>>,
        /// When it opens.
        "cron" cron: Option<At<Cron>>,
        /// How long it stays open.
        "for" length: Option<At<Duration>>,
        /// The time zone of `cron`; UTC where none is given.
        "zone" zone: Option<At<Zone>>,
        /// Manual syncs are denied as well.
        "hard" hard: Flag,
    }

    /// A component that runs in an environment.
    Install {
        /// A values file that replaces the component's.
        "values" values: Option<At<AlsoPath>>,
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath>,
    }

    /// A platform part that comes from elsewhere.
    Component {
        /// The team that owns it.
        "owner" owner: Option<At<Name>>,
        /// A Helm chart.
        "chart" chart: Option<Chart>,
        /// Plain manifests in a git repository.
        "directory" directory: Option<Directory>,
        /// Its namespace.
        "namespace" namespace: Option<ComponentNamespace>,
        /// What `calls` to this component reach.
        "endpoint" endpoint: Named<ComponentEndpoint>,
        /// Its values file.
        "values" values: Option<At<AlsoPath>>,
        /// Services and components that it calls.
        "calls" calls: Set<Name>,
        /// What is installed before it.
        "depends" depends: Set<Name>,
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath>,
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
    }

    /// A Helm chart. Its version stands in `releases.yaml`.
    Chart {
        /// The chart's name.
        arg "name" name: Option<At<ObjectName>>,
        /// The chart repository.
        "repository" repository: Option<At<Repository>>,
    }

    /// A directory of manifests. Its revision stands in `releases.yaml`.
    Directory {
        /// The git repository.
        arg "repository" repository: Option<At<Repository>>,
        /// The directory in it.
        "path" path: Option<At<DirectoryPath>>,
    }

    /// The namespace of a component.
    ComponentNamespace {
        /// Its name.
        arg "name" name: Option<At<ObjectName>>,
        /// The pod security level that it needs; `restricted` where none is given.
        "pods" pods: Option<At<PodSecurity>>,
    }

    /// A Service of a component.
    ComponentEndpoint {
        /// The Service's name.
        "service" service: Option<At<Name>>,
        /// Its port.
        "port" port: Option<At<Port>>,
    }

    /// What a service is, wherever it runs.
    Service {
        /// The team that owns it.
        "owner" owner: Option<At<Name>>,
        /// How much it matters.
        "tier" tier: Option<At<Tier>>,
        /// Its image without version, if not `<images>/<service>`.
        "image" image: Option<At<ImageName>>,
        /// The names of Secrets with registry credentials, which exist in the namespace.
        "pull-secret" pull_secret: Set<ObjectName>,
        /// Its namespace, if not the environment's.
        "namespace" namespace: Option<At<Name>>,
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
        "drain" drain: Option<At<Duration>>,
        /// From the stop to the kill; `drain` plus 30 seconds where none is given.
        "grace" grace: Option<At<Duration>>,
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
        /// Environment variables.
        "config" config: Strings<EnvName, Text>,
        /// Secrets from the environment's store.
        "secret" secret: Named<Secret>,
        /// Directories in the container.
        "volume" volume: Named<Volume>,
        /// Containers that run to their end before it.
        "init" init: Named<Container>,
        /// Containers that run beside it.
        "sidecar" sidecar: Named<Container>,
        /// Replaces the image's entry point.
        "command" command: Sequence<Text>,
        /// Replaces the image's arguments.
        "args" args: Sequence<Text>,
        /// The user that its processes run as.
        "run-as" run_as: Option<RunAs>,
        /// Where its pods may run.
        "schedule" schedule: Option<Schedule>,
        /// It talks to the Kubernetes API: token and network. Its Role comes by `also`.
        "kubernetes-api" kubernetes_api: Flag,
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath>,
        /// What is installed before it.
        "depends" depends: Set<Name>,
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

    /// How to ask a container how it is.
    Probe {
        /// An HTTP path.
        arg "path" path: Option<At<UrlPath>>,
        /// The name of another port, or its number.
        "port" port: Option<At<Text>>,
        /// A command that exits with 0 when all is well.
        "command" command: Sequence<Text>,
        /// HTTP headers.
        "headers" headers: Strings<HeaderName, Text>,
        /// Before the first try.
        "delay" delay: Option<At<Duration>>,
        /// Between tries.
        "every" every: Option<At<Duration>>,
        /// How long an answer may take.
        "timeout" timeout: Option<At<Duration>>,
        /// Failed tries in a row that count.
        "tries" tries: Option<At<Tries>>,
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
        "max" max: Option<At<Count>>,
        /// The use of the requested cpu that the autoscaler aims at.
        "cpu" cpu: Option<At<Percent>>,
    }

    /// The requests that are expected.
    Load {
        /// On an ordinary hour.
        "usual" usual: Option<At<Rate>>,
        /// At the highest.
        "peak" peak: Option<At<Rate>>,
    }

    /// Where the world reaches a service.
    Expose {
        /// Which traffic, where there is a choice.
        "via" via: Option<At<Name>>,
        /// The host: complete with a dot, else before the domain; the domain itself where none is given.
        "host" host: Option<At<Host>>,
        /// The path that leads here with all below it.
        "path" path: Option<At<UrlPath>>,
    }

    /// What a service promises.
    Slo {
        /// The share of good requests.
        "availability" availability: Option<At<Percent>>,
        /// The time over which it is counted.
        "window" window: Option<At<Duration>>,
        /// The time that 95 of 100 requests stay below.
        "p95" p95: Option<At<Duration>>,
    }

    /// Metrics of a service.
    ServiceMetrics {
        /// How they are named.
        "convention" convention: Option<At<Convention>>,
    }

    /// New pods beside the old, step by step.
    Canary {
        /// A plan that the other fields refine.
        "preset" preset: Option<At<Preset>>,
        /// Shares of the traffic; 100 means promotion.
        "steps" steps: Sequence<Weight>,
        /// How long each stage is watched: one duration, or one for each stage before 100.
        "observe" observe: Sequence<Duration>,
        /// What must hold at every stage.
        "require" require: Option<Criteria>,
    }

    /// A complete new set, then the switch.
    BlueGreen {
        /// A plan that the other fields refine.
        "preset" preset: Option<At<Preset>>,
        /// How long the new version is watched after the switch.
        "observe" observe: Option<At<Duration>>,
        /// How long the old version stays, for a quick way back.
        "keep-old" keep_old: Option<At<Duration>>,
        /// What must hold before the switch.
        "before" before: Option<Criteria>,
        /// What must hold after it.
        "after" after: Option<Criteria>,
    }

    /// Pod by pod, without a judgement: a Deployment, or a StatefulSet where there is a claim.
    Rolling {}

    /// First the old pods go, then the new ones come.
    Recreate {}

    /// What must hold. What is empty, NaN or unreadable does not hold.
    Criteria {
        /// The share of failed requests.
        "errors" errors: Option<At<ShareLimit>>,
        /// The median latency.
        "p50" p50: Option<At<TimeLimit>>,
        /// The latency that 90 of 100 requests stay below.
        "p90" p90: Option<At<TimeLimit>>,
        /// The latency that 95 of 100 requests stay below.
        "p95" p95: Option<At<TimeLimit>>,
        /// The latency that 99 of 100 requests stay below.
        "p99" p99: Option<At<TimeLimit>>,
        /// Requests for each pod, against the stable version.
        "throughput" throughput: Option<At<StableShare>>,
        /// A path on the first port that must answer with success.
        "smoke" smoke: Option<At<UrlPath>>,
    }

    /// A secret in the store.
    Secret {
        /// Where it lies, behind the environment's prefix.
        "path" path: Option<At<SecretPath>>,
        /// Variables and the keys that they get.
        "env" env: Strings<EnvName, Line>,
        /// Files and the keys that they get; a `volume` mounts them.
        "file" file: Strings<FileName, Line>,
    }

    /// A directory in the container. An emptyDir where it names no other source.
    Volume {
        /// Where it is mounted.
        "mount" mount: Option<At<MountPath>>,
        /// The storage class of a claim that outlives the pod; `default` is the cluster's own.
        "claim" claim: Option<At<ObjectName>>,
        /// An existing PersistentVolumeClaim.
        "existing" existing: Option<At<ObjectName>>,
        /// One of the service's secrets, as files.
        "secret" secret: Option<At<Name>>,
        /// A file below `also/`, as a ConfigMap.
        "config" config: Option<At<AlsoPath>>,
        /// The size of a claim, or the most that an emptyDir may hold.
        "size" size: Option<At<Memory>>,
        /// Nothing can be written there.
        "read-only" read_only: Flag,
    }

    /// A container beside the service's own.
    Container {
        /// Its image with version and digest.
        "image" image: Option<At<PinnedImage>>,
        /// Replaces the image's entry point.
        "command" command: Sequence<Text>,
        /// Replaces the image's arguments.
        "args" args: Sequence<Text>,
        /// Environment variables.
        "config" config: Strings<EnvName, Text>,
        /// What it gets, if not as much as the service.
        "size" size: Option<ContainerSize>,
        /// Restarts it when it fails.
        "live" live: Option<Probe>,
        /// Takes the pod out of traffic when it fails.
        "ready" ready: Option<Probe>,
        /// Holds back the others until it succeeds.
        "start" start: Option<Probe>,
    }

    /// What one container gets.
    ContainerSize {
        /// Request and limit of cpu.
        "cpu" cpu: Option<At<Range<Cpu>>>,
        /// Request and limit of memory.
        "memory" memory: Option<At<Range<Memory>>>,
    }

    /// The user that processes run as.
    RunAs {
        /// The user.
        "user" user: Option<At<UserId>>,
        /// The group, if not the user's number.
        "group" group: Option<At<UserId>>,
        /// The group that owns volumes, if not the group.
        "files" files: Option<At<UserId>>,
    }

    /// Where pods may run.
    Schedule {
        /// Labels that nodes must have.
        "nodes" nodes: Strings<LabelKey, LabelValue>,
        /// Taints that do not keep it away.
        "tolerate" tolerate: Named<Toleration>,
        /// The PriorityClass.
        "priority" priority: Option<At<ObjectName>>,
    }

    /// A taint that does not keep pods away.
    Toleration {
        /// The taint's value; any where none is given.
        "value" value: Option<At<LabelValue>>,
        /// The taint's effect; any where none is given.
        "effect" effect: Option<At<TaintEffect>>,
    }

    /// An exception from a policy, with its owner and its end.
    Waiver {
        /// The code of the rule.
        arg "code" code: Option<At<Name>>,
        /// The service or component; in their own files it is them.
        "target" target: Option<At<Name>>,
        /// Why it is acceptable.
        "reason" reason: Option<At<Line>>,
        /// Where it was decided.
        "ticket" ticket: Option<At<Line>>,
        /// The team that answers for it.
        "by" by: Option<At<Name>>,
        /// Its last day.
        "until" until: Option<At<Date>>,
    }

    /// What runs in an environment.
    Release {
        /// The version of an image or chart, the revision of a directory.
        "version" version: Option<At<Version>>,
        /// The digest of an image.
        "digest" digest: Option<At<Digest>>,
    }
}

/// How a new version replaces the old one.
#[derive(Clone, Debug)]
pub enum Rollout {
    Canary(Canary),
    BlueGreen(BlueGreen),
    Rolling(Rolling),
    Recreate(Recreate),
}

impl Field for Option<Rollout> {
    const SHAPE: Shape = Shape::Tagged(&[
        ("canary", Canary::STRUCT),
        ("blue-green", BlueGreen::STRUCT),
        ("rolling", Rolling::STRUCT),
        ("recreate", Recreate::STRUCT),
    ]);

    fn read(datum: Option<&Datum>) -> Self {
        let Some(Kind::Tagged(tag, content)) = datum.map(|datum| &datum.kind) else {
            return None;
        };
        Some(match tag {
            0 => Rollout::Canary(Canary::read_struct(content)),
            1 => Rollout::BlueGreen(BlueGreen::read_struct(content)),
            2 => Rollout::Rolling(Rolling::read_struct(content)),
            _ => Rollout::Recreate(Recreate::read_struct(content)),
        })
    }
}

impl Rollout {
    pub fn span(&self) -> crate::source::Span {
        match self {
            Rollout::Canary(canary) => canary.span,
            Rollout::BlueGreen(blue_green) => blue_green.span,
            Rollout::Rolling(rolling) => rolling.span,
            Rollout::Recreate(recreate) => recreate.span,
        }
    }
}
