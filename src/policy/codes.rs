//! The codes of the built-in rules, and of policies and waivers themselves.

crate::codes! {
    /// An image is named without the digest of its content. A tag can be moved to another image,
    /// so the same commit could run something else tomorrow. Release it with its digest:
    /// `tiphys release production cart 1.8.2@sha256:…`.
    IMAGE_NOT_PINNED = "image-not-pinned": "an image without a digest";
    /// An image comes from a registry that is not among the fleet's `registries`. What is pulled
    /// from elsewhere was checked by nobody. Copy the image into a registry of yours, or add the
    /// registry: `registries "registry.example.com"`.
    REGISTRY_NOT_ALLOWED = "registry-not-allowed": "an image from a registry that is not allowed";
    /// A variable, an argument, a ConfigMap or a Secret of `also/` holds a secret in clear text: its
    /// name says so, or its value looks like a key. What a Secret holds always counts.
    /// Everybody who can read the repository has it, also from its history. Put it into the store,
    /// refer to it with `secret`, and revoke the old one. The message never shows the value.
    CLEAR_TEXT_SECRET = "clear-text-secret": "a secret in clear text";
    /// A container does not say what it needs. The scheduler then guesses, and a leak takes its
    /// neighbours down. Give it requests for cpu and memory, and a limit for memory.
    NO_RESOURCES = "no-resources": "a container without requests and limits";
    /// A container may run as root: it or its pod does not say `runAsNonRoot: true`, or the user is
    /// 0. Init containers count as well. Who breaks out of it is then root on the node. Set
    /// `runAsNonRoot` in the manifest, or build the image for another user.
    RUN_AS_ROOT = "run-as-root": "a pod that may run as root";
    /// A pod is privileged, shares namespaces, ports or files of its node, or asks for capabilities
    /// beyond low ports. It can read what other pods do, and change the node. Remove it; what needs
    /// it belongs into a component with its own namespace.
    PRIVILEGED_POD = "privileged-pod": "a pod that reaches beyond itself";
    /// A network policy has a rule that names nobody, or every address or namespace. Policies add
    /// up: one such rule opens its pods to all, whatever the other policies say. Name the peers:
    /// `from: [{podSelector: {matchLabels: {app: web}}}]`.
    OPEN_NETWORK_POLICY = "open-network-policy": "a network policy that is open to all";
    /// A component has no owner. When it breaks, nobody is called. Name the team:
    /// `component "vault" owner="platform"`.
    COMPONENT_WITHOUT_OWNER = "component-without-owner": "a component without an owner";
    /// A service may run on one pod. Any drain of its node, and any update, is then a gap.
    /// Write `size { replicas min=2 max=6 }`.
    SINGLE_REPLICA = "single-replica": "a service on a single pod";
    /// An environment lies in one zone. When the zone fails, everything does. Use a cluster with
    /// several zones, and say so: `cluster … zones=3`.
    SINGLE_ZONE = "single-zone": "an environment in a single zone";
    /// A service has ports and no probes. A pod that hangs stays in traffic, and one that starts
    /// gets requests too early. Write `health "/healthz"`, or `live` and `ready`.
    NO_PROBES = "no-probes": "a service that nothing asks how it is";
    /// A release is called `latest` or after a branch. The digest pins it, but nobody can tell
    /// what runs. Give each release a version of its own: `1.8.2`.
    FLOATING_IMAGE = "floating-image": "a version that says nothing";
    /// A critical service replaces its old version without a judgement of the new one. A bad
    /// release reaches everybody at once. Write `rollout canary` or `rollout blue-green`.
    UNJUDGED_ROLLOUT = "unjudged-rollout": "a critical service without a judged rollout";
    /// A critical service is delivered step by step, and nothing looks at its errors: the steps pass by
    /// the clock, or by what a bad version may well answer. Ask for them, `require errors="<1%"`, and
    /// say where metrics are: `metrics prometheus=…` in the environment, a `convention` in its traffic.
    UNWATCHED_ERRORS = "unwatched-errors": "a critical service whose errors nobody watches";
    /// A critical service has no objective. Nobody can say then whether it is well, or how much
    /// risk a release may take. Write `slo availability="99.9%" window="30d"`.
    NO_SLO = "no-slo": "a critical service without an objective";
    /// Fewer than two people may approve releases of a critical service. The one who wrote a change
    /// would approve it. Name two: `team "payments" { approvers "dana" "eli" }`.
    FEW_APPROVERS = "few-approvers": "a critical service with fewer than two approvers";
    /// An environment has no quota. One service that scales without end starves all others. Write
    /// `quota cpu="64" memory="96Gi"`.
    NO_QUOTA = "no-quota": "an environment without a quota";
    /// Argo CD deletes what left the tree at once. A mistake in the spec then takes a service
    /// away. Write `sync auto prune="confirm"`: deletions wait for a person.
    UNCONFIRMED_PRUNE = "unconfirmed-prune": "deletions that nobody confirms";

    /// A file in `schemas/policy/` is not a policy: a field is missing or unknown, a schema or
    /// expression cannot be evaluated, or it refers to something outside of itself. The rule would
    /// check nothing, so nothing is built. `docs/policies.md` shows a complete file.
    WRONG_POLICY = "wrong-policy": "a policy file that cannot be used";
    /// `policies` sets the level of a pack that there is not. Built in are `baseline` and
    /// `production`; others are the files of `schemas/policy/`. Correct the name.
    UNKNOWN_PACK = "unknown-policy-pack": "a policy pack that there is not";
    /// A rule could not be evaluated for something that it selects. It counts as broken, because a
    /// rule that is skipped guards nothing. Correct the rule: guard optional fields with `has(…)`.
    POLICY_NOT_CHECKED = "policy-not-checked": "a rule that could not be evaluated";
    /// A waiver names a rule that there is not, or something that is no policy: structural errors
    /// cannot be waived, because what they would let pass does not work. Correct the code.
    UNKNOWN_WAIVER = "unknown-waiver": "a waiver of no rule";
    /// A waiver is not needed: in no environment does the thing that it is for break the rule. It
    /// would hide the next mistake. Remove it.
    UNUSED_WAIVER = "unused-waiver": "a waiver that nothing needs";
    /// A waiver has ended. Somebody decided that the exception is acceptable until that day and not
    /// longer. Fix what it excuses, or decide again and set a new `until`.
    EXPIRED_WAIVER = "expired-waiver": "a waiver that has ended";
}
