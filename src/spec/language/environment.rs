//! Environments: one stage on one cluster each.

use super::*;

structs! {
    /// One stage on one cluster.
    Environment {
        /// The environment that lies below this one, its releases excepted.
        "like" like: Option<At<Name>> = "staging",
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
        /// What calls services on behalf of `health` criteria.
        "caller" caller: Option<Caller>,
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
        "policies" policies: Strings<Name, Level> = "error" by "production",
        /// Where this environment's tree is published, if not where the fleet's is.
        "publish" publish: Option<Publish>,
        /// Manifests of one's own that belong to the environment.
        "also" also: Set<AlsoPath> = "also/quota.yaml",
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
        "argo-cd" argo_cd: Option<At<Minor>> = "3.6",
        /// Argo Rollouts: 1.8 to 1.10.
        "argo-rollouts" argo_rollouts: Option<At<Minor>> = "1.10",
    }

    /// A cluster as Argo CD knows it.
    Cluster {
        /// The address of its API server.
        "server" server: Option<At<ServerUrl>>,
        /// Availability zones; pods are spread over them.
        "zones" zones: Option<At<Zones>>,
    }

    /// How Argo CD syncs.
    Sync {
        /// By itself or by hand.
        arg "mode" mode: Option<At<SyncMode>>,
        /// What happens to objects that left the tree.
        "prune" prune: Option<At<Prune>>,
        /// The repository's host tells Argo CD of each commit, which then need not look for it.
        "webhook" webhook: Option<Webhook>,
    }

    /// How commits are announced to Argo CD: the host, and where the secret lies that it signs with.
    Webhook {
        /// Who hosts the repository.
        arg "from" from: Option<At<RepositoryHost>>,
        /// Where the secret lies, behind the environment's prefix.
        "path" path: Option<At<SecretPath>> = "argo-cd/webhook",
        /// Its key.
        "key" key: Option<At<Line>> = "webhook",
    }

    /// One way in. Exactly one of `gateway`, `nginx` and `mesh`.
    Traffic {
        /// A Gateway, as `<namespace>/<name>`.
        "gateway" gateway: Option<At<Namespaced>>,
        /// An ingress-nginx class, as `<namespace>/<class>`.
        "nginx" nginx: Option<At<Namespaced>> = "ingress-nginx/nginx",
        /// A service mesh.
        "mesh" mesh: Option<At<Mesh>>,
        /// How the metrics of this traffic are named.
        "convention" convention: Option<At<Convention>>,
        /// Upper bounds of the buckets that latencies are counted in, if not the convention's.
        "buckets" buckets: Sequence<Duration> = "250ms",
        /// The domain that hosts without a dot are put before.
        "domain" domain: Option<At<Host>>,
    }

    /// Where metrics are.
    Metrics {
        /// The address of Prometheus, as the Rollouts controller reaches it.
        "prometheus" prometheus: Option<At<HttpUrl>>,
        /// The namespace that scrapes.
        "scraper" scraper: Option<At<ObjectName>> = "monitoring",
        /// How often it scrapes.
        "scrape" scrape: Option<At<Duration>> = "15s",
        /// How long an answer may take; 10 seconds where none is given.
        "timeout" timeout: Option<At<Duration>> = "10s",
        /// How one logs in to Prometheus.
        "login" login: Option<Login>,
    }

    /// A login by `token`, or by `user` and `password`: keys of a secret in the environment's store.
    Login {
        /// Where the secret lies, behind the environment's prefix.
        "path" path: Option<At<SecretPath>> = "prometheus/login",
        /// The key of a bearer token.
        "token" token: Option<At<Line>> = "token",
        /// The key of a user's name.
        "user" user: Option<At<Line>> = "user",
        /// The key of the user's password.
        "password" password: Option<At<Line>> = "password",
    }

    /// What calls services on behalf of `health` criteria.
    Caller {
        /// An image with `python3`.
        "image" image: Option<At<PinnedImage>>,
    }

    /// Where secrets are.
    Secrets {
        /// An External Secrets store.
        "store" store: Option<At<Store>>,
        /// What stands before every path.
        "prefix" prefix: Option<At<SecretPath>> = "production",
        /// How often secrets are read again.
        "refresh" refresh: Option<At<Duration>> = "1h",
    }

    /// A sum over a namespace.
    Quota {
        /// Requested processors.
        "cpu" cpu: Option<At<Cpu>> = "32",
        /// Requested memory.
        "memory" memory: Option<At<Memory>> = "64Gi",
        /// Pods.
        "pods" pods: Option<At<Count>> = "120",
    }

    /// Bounds for one container.
    Limits {
        /// What a container gets that asks for no cpu: request, or request and limit.
        "cpu" cpu: Option<At<Range<Cpu>>>,
        /// What a container gets that asks for no memory.
        "memory" memory: Option<At<Range<Memory>>>,
        /// The most cpu that a container may ask for.
        "max-cpu" max_cpu: Option<At<Cpu>> = "4",
        /// The most memory that a container may ask for.
        "max-memory" max_memory: Option<At<Memory>> = "8Gi",
    }

    /// What a release promises.
    Objective {
        /// From the first pod to promotion.
        "deploy" deploy: Option<At<Duration>> = "30m",
        /// From the decision to the old version serving everything.
        "rollback" rollback: Option<At<Duration>> = "5m",
        /// From a failed analysis to the old version serving everything.
        "abort" abort: Option<At<Duration>> = "1m",
        /// From the first request that a bad version fails to the verdict.
        "detect" detect: Option<At<Duration>> = "5m",
        /// From the first request that a bad version fails to the old version serving everything.
        "recover" recover: Option<At<Duration>> = "6m",
        /// The share of the services whose releases need nobody after the merge.
        "unattended" unattended: Option<At<Percent>> = "90%",
        /// The share of its usual requests that a service still serves after a release.
        "throughput" throughput: Option<At<Percent>> = "95%",
    }

    /// A time in which Argo CD may or may not sync.
    Window {
        /// Deny or allow.
        arg "effect" effect: Option<At<WindowEffect>>,
        /// When it opens.
        "cron" cron: Option<At<Cron>>,
        /// How long it stays open.
        "for" length: Option<At<Duration>> = "60h",
        /// The time zone of `cron`; UTC where none is given.
        "zone" zone: Option<At<Zone>>,
        /// Manual syncs are denied as well.
        "hard" hard: Flag,
    }

    /// A component that runs in an environment.
    Install {
        /// A values file that replaces the component's.
        "values" values: Option<At<AlsoPath>> = "also/vault.yaml",
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath> = "also/vault-ingress.yaml",
    }

    /// What runs in an environment.
    Release {
        /// The version of an image or chart, the revision of a directory.
        "version" version: Option<At<Version>>,
        /// The digest of an image.
        "digest" digest: Option<At<Digest>>,
    }
}
