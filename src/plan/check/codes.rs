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
    /// Two things that do not belong together share a namespace: a component and services, two
    /// environments, or components with different pod security. Their policies, quotas and owners
    /// would mix. Give each a namespace of its own.
    SHARED_NAMESPACE = "shared-namespace": "a namespace of two owners";
    /// Namespaces that begin with `kube-`, and `default`, belong to Kubernetes. Their policies and
    /// labels are not ours to set. Choose another name.
    RESERVED_NAMESPACE = "reserved-namespace": "a namespace that belongs to Kubernetes";
    /// The last step of a canary is below 100. The plan would end with two versions side by side,
    /// and the new one would never take over. Write 100 at the end: it is the promotion.
    NO_PROMOTION = "no-promotion": "steps that do not lead to a promotion";
    /// A canary or blue-green rollout runs two versions side by side, and a claim belongs to one
    /// pod. The new version would wait for the volume forever, or both would write to it. Use
    /// `rollout rolling` (a StatefulSet), or `rollout recreate` for a single pod.
    SPLIT_CLAIM = "split-claim": "a volume that two versions would share";
    /// The release plan contradicts what the environment promises: the stages take longer than
    /// `objective deploy`, or the way back is shut for longer than `objective rollback`. The
    /// message shows the sum. Shorten the plan, or promise less.
    BROKEN_OBJECTIVE = "broken-objective": "a plan that cannot keep its promise";
    /// `keep-old` counts from the switch, as `observe` does. An old version that leaves while the
    /// new one is still being judged leaves a bad verdict without a way back. Keep it at least as
    /// long as the new one is watched.
    OLD_VERSION_GONE = "old-version-gone": "an old version that leaves before the verdict";
    /// The load that the service names brings fewer requests into a stage than a criterion needs
    /// to mean something: one failure among twenty requests is five percent. The message has the
    /// numbers. Watch longer, begin with a larger step, or relax the criterion.
    TOO_FEW_REQUESTS = "too-few-requests": "a stage without enough requests to judge";
}
