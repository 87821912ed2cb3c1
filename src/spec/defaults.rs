//! The defaults of the language that a value may come from, by name, and what each is.

/// A default's name, and one sentence about it.
pub const DEFAULTS: &[(&str, &str)] = &[
    (
        "before-watch",
        "a new set is watched for a while before the switch",
    ),
    ("branch", "the tree is published on the branch `main`"),
    (
        "drain",
        "a stopping pod serves 10 seconds longer, until everyone has heard that it goes",
    ),
    (
        "grace",
        "from the stop to the kill there are 30 seconds more than `drain`",
    ),
    (
        "keep-old",
        "the old version stays 30 seconds longer, for a quick way back",
    ),
    (
        "limits",
        "a container that asks for nothing gets a little, and one may not ask for all",
    ),
    ("path", "a directory of a component is the whole repository"),
    (
        "pods",
        "pods of a namespace keep to the `restricted` security level",
    ),
    (
        "prune",
        "what left the tree is removed after a confirmation",
    ),
    ("refresh", "secrets are read again every hour"),
    (
        "replicas",
        "a service without `replicas` has two pods, so that one may go",
    ),
    (
        "replicas-cpu",
        "the autoscaler aims at 70% of the requested cpu",
    ),
    (
        "safety",
        "five times the errors that a stage allows end a canary at once",
    ),
    ("scrape", "metrics are read every 30 seconds"),
    ("server", "Argo CD deploys to the cluster that it runs in"),
    (
        "size",
        "a container gets 100m to 500m of cpu, and 128Mi of memory",
    ),
    ("slo-window", "availability is counted over 30 days"),
    (
        "volume-size",
        "a claim that names no size asks for one gibibyte",
    ),
    (
        "window",
        "a window denies what Argo CD does by itself, and lets people sync",
    ),
];

/// The sentence about a default.
pub fn doc(name: &str) -> Option<&'static str> {
    let found = DEFAULTS.iter().find(|(other, _)| *other == name);
    found.map(|(_, doc)| *doc)
}
