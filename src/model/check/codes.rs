//! The codes of what is wrong with a resolved fleet.

crate::codes! {
    /// The environment runs a version that Tiphys has no schemas and no facts for. It supports
    /// Kubernetes 1.34 to 1.37, Argo CD 3.4 to 3.6 and Argo Rollouts 1.8 to 1.10. Manifests for
    /// another one could not be checked. Write a supported version, in quotes: `kubernetes="1.36"`.
    UNSUPPORTED_VERSION = "unsupported-version": "a version that is not supported";
    /// Of several fields exactly one says what a thing is: the protocol of a port, the chart or
    /// directory of a component, the kind of a traffic, the source of a volume. None, or two of
    /// them, has no meaning. Keep one: `port "admin" http=9090`.
    EXCLUSIVE_FIELDS = "exclusive-fields": "none or several of fields that exclude each other";
    /// A field is written where it has no effect: values for a directory, the size of a secret's
    /// files. Something else was meant, most likely. Remove it.
    USELESS_FIELD = "useless-field": "a field that has no effect here";
    /// Something is deployed, and `releases.yaml` does not say which version. Nothing is guessed:
    /// what runs is what somebody released. Write it with
    /// `tiphys release <environment> <service> <version>@<digest>`.
    NO_RELEASE = "no-release": "something deployed without a release";
    /// A component's version moves by itself: a branch, `latest`, a range such as `1.x`. The same
    /// commit would then deploy different things. Write a full version (`1.4.2`) for a chart; for
    /// a directory a tag with a full version, or a commit.
    FLOATING_VERSION = "floating-version": "a version that moves by itself";
    /// The version of a service is the tag of its image, and a tag has no `+`: the kubelet would not
    /// start such an image (`InvalidImageName`). Registries keep build metadata behind another sign,
    /// often `-` or `_`: release what the image is called there. A chart's version may have a `+`.
    VERSION_NOT_A_TAG = "version-not-a-tag": "a version that no image can have";
    /// `releases.yaml` names something that the environment does not run. It has no effect: a
    /// typing error, or left over. Correct the name, deploy the thing, or remove the entry.
    UNUSED_RELEASE = "unused-release": "a release of something that does not run here";
    /// A service or component is described, and no environment runs it. Nothing is emitted for it,
    /// and nothing about it is checked. Deploy it, or delete its file.
    DEPLOYED_NOWHERE = "deployed-nowhere": "a service or component that no environment runs";
    /// A service calls or depends on itself. A call to itself needs no permission, and waiting for
    /// itself never ends. Remove the name.
    NAMES_ITSELF = "names-itself": "a service that calls or depends on itself";
    /// What is called or depended on exists, and this environment does not run it. The call would
    /// fail there. Deploy or install it, or take the call away in this environment:
    /// `deploy "web" { remove { calls "cart" } }`.
    NOT_DEPLOYED_HERE = "not-deployed-here": "a callee that does not run in this environment";
    /// What is called has no port: a worker, or a component without an `endpoint`. There is nothing
    /// to connect to. Give the callee a port (`http 8080`) or an endpoint.
    NOTHING_TO_CALL = "nothing-to-call": "a callee without a port";
    /// Things that wait for each other in a circle are never installed. The message shows the
    /// circle. Remove one `depends` of it: what a service calls need not be there before it starts.
    DEPENDENCY_CYCLE = "dependency-cycle": "things that wait for each other in a circle";
    /// Services call each other in a circle. That is no mistake, but none of them can be installed
    /// behind all that it calls: at the first installation they come in one wave, and each has to
    /// bear that the others are not there yet. Write `depends` where one has to be first.
    CALL_CYCLE = "call-cycle": "services that call each other in a circle";
    /// A file below `environments/also/` is named and does not exist. The help names the nearest
    /// one that does. Add the file, or correct the path.
    MISSING_FILE = "missing-file": "a file that is named and does not exist";
    /// Two ports of a service share a number or a name. Kubernetes refuses the Service, or sends
    /// requests to the wrong one. Give each port its own: `port "admin" http=9091`.
    DUPLICATE_PORT = "duplicate-port": "two ports of one number or name";
    /// Two containers of a pod, or two mounts of a container, share a name or a path. Only one of
    /// them could be there. Rename one of them.
    DUPLICATE_PART = "duplicate-part": "two parts of a pod of one name";
    /// An environment variable is set in two ways: by `config`, by `secret` or by `calls`. Which
    /// one counts would be chance. Remove one of them.
    DUPLICATE_VARIABLE = "duplicate-variable": "a variable that is set twice";
    /// A probe asks something that does not answer: a port that the service does not have, or
    /// HTTP without a path. The pod would never become ready. Name a port of the service, and the
    /// path: `ready "/readyz"`.
    IMPOSSIBLE_PROBE = "impossible-probe": "a probe that cannot be answered";
    /// Kubernetes counts the times of a probe, and the time that a pod has to stop, in whole seconds;
    /// zero stands for its own default there (10 s between tries, 1 s for an answer). What is written
    /// would be another time than what holds: write whole seconds, at least one. As a warning: an answer
    /// may take longer than the time between tries. The next try waits for it, so that `tries`
    /// take longer than they seem to.
    PROBE_TIME = "probe-time": "a time that Kubernetes does not keep";
    /// A cron expression does not say when. Argo CD reads five fields: minute, hour, day of the
    /// month, month, day of the week (0 to 6, or names). An example: `0 16 * * FRI`.
    WRONG_CRON = "wrong-cron": "a cron expression that Argo CD does not read";
    /// There is no time zone of that name in the IANA database. Use names such as
    /// `Europe/Berlin` or `UTC`: abbreviations do not tell summer from winter.
    UNKNOWN_ZONE = "unknown-time-zone": "a time zone that does not exist";
    /// A service takes secrets, and the environment does not say where secrets are. Write
    /// `secrets store="ClusterSecretStore/vault"` in the environment: an External Secrets store
    /// that exists there.
    NO_STORE = "no-secret-store": "secrets without a store";
    /// At least as many pods as `min` and at most as many as `max` cannot be: the one is above the
    /// other. Through layers this happens when one of them is set higher up: set both there.
    WRONG_REPLICAS = "wrong-replicas": "more pods at least than at most";
    /// The usual requests are more than those of the peak. What is derived from them (whether a stage
    /// sees enough requests, what a release costs) would be wrong. Write `load usual="40rps"
    /// peak="90rps"`: the higher one is the peak.
    WRONG_LOAD = "wrong-load": "more requests usually than at the peak";
    /// A stopping pod sleeps (`drain`) before it gets its signal, and is killed after `grace`. A
    /// grace that is not longer than the drain leaves no time to finish requests. Raise `grace`,
    /// or leave it out: it is then the drain and 30 seconds.
    DRAIN_BEYOND_GRACE = "drain-beyond-grace": "a pod that is killed while it drains";
    /// A rollout kind in `everywhere` replaces what every service says: also a `rolling` database
    /// would become a canary. Put it into `defaults`, which hold where a service says nothing.
    ROLLOUT_EVERYWHERE = "rollout-everywhere": "a rollout kind over what services say";
}
