//! The codes of what contradicts itself once it is derived.

crate::codes! {
    /// A service is exposed, and has no port that a route could lead to: a route needs `http` or
    /// `grpc`. Give it one, or remove `expose`. Plain TCP is reached inside the cluster only.
    NOTHING_TO_EXPOSE = "nothing-to-expose": "an exposed service without an HTTP or gRPC port";
    /// A service is exposed, and it is not clear through which traffic: the environment has none
    /// that leads in, or several. Name one: `expose via="edge" host="www"`.
    UNCLEAR_ENTRANCE = "unclear-entrance": "an exposed service without one way in";
    /// A host is not complete, and the traffic has no domain to complete it. A host with a dot is
    /// complete; any other stands before the domain of the traffic. Write
    /// `traffic "edge" … domain="shop.example.com"`, or the whole host.
    NO_DOMAIN = "no-domain": "a host that nothing completes";
    /// Two services are exposed under the same host and path. Only one of them would be reached,
    /// and which one depends on their age. Give each a path or host of its own.
    ROUTE_CLASH = "route-clash": "two services under one address";
    /// A service that is exposed by NGINX, or by a gateway without a mesh, is also called from
    /// inside. Weights are shifted at the entrance only, so callers inside the cluster always meet
    /// the stable version: a canary is judged without them. A mesh lets them take part.
    INSIDE_CALLERS = "inside-callers": "callers that never meet a canary";
    /// Ingress NGINX has reached the end of its life in March 2026: no fixes come any more, also
    /// not for security holes. Move the traffic to a Gateway:
    /// `traffic "edge" gateway="edge/public"`.
    NGINX_END_OF_LIFE = "nginx-end-of-life": "traffic by a controller without a future";
    /// Kubernetes or Argo CD limits the length of a name, and this one, put together from fleet,
    /// environment and service, is longer. Shorten one of its parts.
    NAME_TOO_LONG = "name-too-long": "a name that gets too long";
    /// Argo CD calls an environment `<fleet>-<environment>` and what runs there
    /// `<fleet>-<environment>-<name>`, so that `eu-cart` in `prod` and `cart` in `prod-eu` get one
    /// name. One Argo CD would let them overwrite each other at every sync. Rename one of them.
    ARGO_NAME_CLASH = "argo-name-clash": "two things that Argo CD would call the same";
    /// Two things that do not belong together share a namespace: a component and services, two
    /// environments, or components with different pod security. Their policies, quotas and owners
    /// would mix. Give each a namespace of its own.
    SHARED_NAMESPACE = "shared-namespace": "a namespace of two owners";
    /// Namespaces that begin with `kube-`, and `default`, belong to Kubernetes, and those of the
    /// Rollouts controller, the scraper, gateways, ingress controllers and the mesh to the platform.
    /// A namespace of services denies all traffic that no policy allows, and lets in restricted pods
    /// only: what runs there would be cut off. Choose another name. A manifest below `also` may be in
    /// `kube-system` where it can be nowhere else; in Argo CD's own namespace it would rule everything,
    /// so no project of a fleet lets it in.
    RESERVED_NAMESPACE = "reserved-namespace": "a namespace that belongs to others";
    /// The metrics of a mesh are those of its proxies, beside each pod; a gateway alone has none of
    /// them. With `convention="istio"` or `"linkerd"` and without that mesh every answer is empty, and
    /// every canary is taken back. Write `traffic "inside" mesh="istio"`, or the convention of the
    /// gateway: `convention="envoy-gateway"`. Where a service alone says so it is a warning.
    CONVENTION_WITHOUT_MESH = "convention-without-mesh": "metrics of a mesh that is not there";
    /// The steps of a canary are shares of the traffic that grow; 100 is the promotion and stands
    /// at the end. `observe` is one duration for all stages before it, or one for each:
    /// `steps 5 25 100` and `observe "15m" "30m"`.
    WRONG_STEPS = "wrong-steps": "steps that do not lead to a promotion";
    /// Without a router a canary's share is a share of the pods, and this share cannot be made
    /// with the fewest pods that there may be: 5 percent needs about 20. Raise the least number of
    /// pods, choose steps that can be reached, leave `steps` out to have them derived, or add a
    /// mesh or gateway.
    UNREACHABLE_STEP = "unreachable-step": "a share that the pods cannot make";
    /// Without a router a canary's share is a share of the pods. Connections that stay open, as
    /// those of gRPC and most TCP protocols do, stick to a pod, so that the canary gets more or
    /// fewer requests than its share says. A mesh splits requests; blue-green switches all at once.
    POD_SHARE = "pod-share": "a share of pods for connections that stay open";
    /// A canary or blue-green rollout runs two versions side by side, and a claim belongs to one
    /// pod. The new version would wait for the volume forever, or both would write to it. Use
    /// `rollout rolling` (a StatefulSet), or `rollout recreate` for a single pod.
    SPLIT_CLAIM = "split-claim": "a volume that two versions would share";
    /// The release plan contradicts what the environment promises: the stages take longer than
    /// `objective deploy`, or the way back is shut for longer than `objective rollback`. The
    /// message shows the sum. Shorten the plan, or promise less.
    BROKEN_OBJECTIVE = "broken-objective": "a plan that cannot keep its promise";
    /// A criterion lets pass what the service promises not to do: `p95="<=3s"` beside
    /// `slo p95="500ms"`, or a bound that is laxer than that of the preset beside it. A version that
    /// breaks the promise would be promoted. A promise of 100 percent lets nothing pass, and each
    /// release that goes wrong breaks it. Write the stricter bound, or promise less. Two plans
    /// with bounds of their own are there: `preset="rapid"` and `preset="enterprise"`.
    WEAK_CRITERION = "weak-criterion": "a criterion that lets pass what is promised not to happen";
    /// `keep-old` counts from the promotion. Where something judges behind the switch (`after`), the
    /// promotion follows the verdict, and the old version is there until then. Where nothing does,
    /// the promotion is the switch: an old version that leaves while people still watch the new one
    /// leaves them without a way back. Keep it at least as long as the new one is watched, or ask for
    /// something: `after errors="<1%"`.
    OLD_VERSION_GONE = "old-version-gone": "an old version that leaves before the verdict";
    /// A stage is watched for less than a few scrapes of its metrics. The verdict would rest on
    /// one or two samples, and a rate needs two at least. Watch longer than four scrapes.
    SHORT_OBSERVATION = "short-observation": "a stage that ends before it is measured";
    /// The load that the service names brings fewer requests into a stage than a criterion needs
    /// to mean something: one failure among twenty requests is five percent. The message has the
    /// numbers. Watch longer, begin with a larger step, or relax the criterion.
    TOO_FEW_REQUESTS = "too-few-requests": "a stage without enough requests to judge";
    /// A criterion counts requests, and nothing says where their metrics are. The environment
    /// names Prometheus (`metrics prometheus=…`), and the traffic, the mesh or the service a
    /// convention (`metrics convention="otel"`).
    NO_METRICS = "no-metrics": "a criterion without metrics";
    /// A criterion cannot apply to this service: requests of a worker or of plain TCP are not
    /// counted, and a smoke check needs an HTTP port. Remove it here. In `defaults` it is skipped
    /// for such services.
    IMPOSSIBLE_CRITERION = "impossible-criterion": "a criterion that cannot apply";
    /// The bounds of latency buckets grow, and none is zero: `buckets "100ms" "500ms" "3s"`. They are
    /// those of the histogram that Prometheus holds; the infinite one is not written.
    WRONG_BUCKETS = "wrong-buckets": "bounds of buckets that do not grow";
    /// Analyses log in to Prometheus with a token, or with a user and a password, whose keys lie in one
    /// secret of the environment's store: `login path="monitoring/prometheus" token="token"`. Without
    /// one of them every question is refused, and the first rollout is aborted.
    WRONG_LOGIN = "wrong-login": "a login to Prometheus that cannot work";
    /// The login to Prometheus is sent with each question, and `http://` encrypts nothing: whoever
    /// sees the traffic can log in. Write the address with `https://`.
    LOGIN_IN_CLEAR_TEXT = "login-in-clear-text": "a login that anybody on the way can read";
    /// The query of a `measure` is missing or cannot stand inside of an analysis: strings and brackets
    /// are closed, names behind a `$` are known, and what is held against the stable version names
    /// the version. Prometheus would refuse it at the first stage, and the rollout would be aborted.
    /// Write one expression: `query="sum(rate(done{hash=\"$version\"}[$window]))"`.
    WRONG_QUERY = "wrong-query": "a query that cannot be asked";
    /// A document without `apiVersion` or `kind`, in a file below `also/` or one that `lint` was given by
    /// name: no API server takes it, and no check knows what it is. Add what is missing, or leave the
    /// document out. Documents like that in a folder that `lint` reads (values of charts,
    /// configurations of tools) are skipped, and counted.
    NO_OBJECT = "not-an-object": "a document that is no Kubernetes object";
    /// A manifest of one's own is a `List` that holds nothing: `items` is missing, empty or no list.
    /// Nothing would be written for it. Write its objects below `items`, or each as a document of
    /// its own, with `---` between them.
    EMPTY_LIST = "empty-list": "a list of objects that holds none";
}
