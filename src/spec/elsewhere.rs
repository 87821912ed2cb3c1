//! Words of Kubernetes, Helm, Argo and Compose, and what says the same here.

use super::shape::StructShape;

/// What a word of elsewhere leads to.
enum Answer {
    /// A field, and how it is written.
    Field(&'static str, &'static str),
    /// What to do, where no field is needed.
    Advice(&'static str),
}

use Answer::{Advice, Field};

/// Words in lower case without `-` and `_`, and what they lead to.
type Table = &'static [(&'static [&'static str], Answer)];

const SERVICE: Table = &[
    (
        &[
            "env",
            "environment",
            "envfrom",
            "configmap",
            "configmaps",
            "variables",
        ],
        Field("config", "config LOG_LEVEL=\"info\""),
    ),
    (
        &["secrets", "secretref", "secretkeyref", "externalsecret"],
        Field(
            "secret",
            "secret \"db\" path=\"cart/db\" { env DB_PASSWORD=\"password\"; }",
        ),
    ),
    (
        &["resources", "requests", "limits", "resource"],
        Field("size", "size cpu=\"100m..500m\" memory=\"128Mi\""),
    ),
    (
        &[
            "autoscaling",
            "autoscaler",
            "hpa",
            "horizontalpodautoscaler",
            "minreplicas",
            "maxreplicas",
            "replicacount",
            "scale",
            "scaling",
            "instances",
            "pods",
        ],
        Field("size", "size { replicas min=2 max=6; }"),
    ),
    (
        &[
            "ingress",
            "ingresses",
            "route",
            "httproute",
            "gateway",
            "hosts",
            "hostname",
            "domain",
        ],
        Field("expose", "expose host=\"shop\" path=\"/\""),
    ),
    (
        &["livenessprobe", "liveness"],
        Field("live", "live \"/livez\""),
    ),
    (
        &["readinessprobe", "readiness"],
        Field("ready", "ready \"/readyz\""),
    ),
    (
        &["startupprobe", "startup"],
        Field("start", "start \"/healthz\" tries=30"),
    ),
    (
        &["healthcheck", "probes", "probe", "healthz"],
        Field("health", "health \"/healthz\""),
    ),
    (
        &["initcontainers", "initcontainer"],
        Field("init", "init \"migrate\" { command \"/bin/migrate\"; }"),
    ),
    (
        &["containers", "extracontainers", "sidecars"],
        Field("sidecar", "sidecar \"proxy\" { args \"--quiet\"; }"),
    ),
    (
        &["securitycontext", "podsecuritycontext", "runasuser", "user"],
        Field("run-as", "run-as user=1000"),
    ),
    (
        &[
            "strategy",
            "deploymentstrategy",
            "updatestrategy",
            "canary",
            "deployment",
        ],
        Field("rollout", "rollout canary preset=\"rapid\""),
    ),
    (
        &["bluegreen"],
        Field("rollout", "rollout blue-green preset=\"rapid\""),
    ),
    (
        &["volumemounts", "volumes", "mounts", "emptydir"],
        Field("volume", "volume \"cache\" mount=\"/cache\""),
    ),
    (
        &[
            "persistence",
            "pvc",
            "persistentvolumeclaim",
            "volumeclaimtemplates",
            "storage",
        ],
        Field(
            "volume",
            "volume \"data\" mount=\"/data\" claim=\"default\" size=\"10Gi\"",
        ),
    ),
    (
        &["nodeselector", "affinity", "nodes"],
        Field("schedule", "schedule { nodes disk=\"ssd\"; }"),
    ),
    (
        &["tolerations", "toleration"],
        Field(
            "schedule",
            "schedule { tolerate \"dedicated\" value=\"web\"; }",
        ),
    ),
    (
        &["priorityclassname", "priorityclass"],
        Field("schedule", "schedule priority=\"high\""),
    ),
    (
        &["imagepullsecrets", "imagepullsecret"],
        Field("pull-secret", "pull-secret \"registry\""),
    ),
    (
        &["serviceaccount", "serviceaccountname", "rbac", "role"],
        Field("kubernetes-api", "kubernetes-api"),
    ),
    (
        &[
            "terminationgraceperiodseconds",
            "terminationgraceperiod",
            "stopgraceperiod",
        ],
        Field("grace", "grace \"60s\""),
    ),
    (&["prestop", "lifecycle"], Field("drain", "drain \"15s\"")),
    (&["dependson"], Field("depends", "depends \"db\"")),
    (
        &["networkpolicy", "networkpolicies", "links", "upstreams"],
        Field("calls", "calls \"cart\""),
    ),
    (
        &["egress"],
        Field("external", "external \"api.example.com:443\""),
    ),
    (
        &[
            "ports",
            "containerport",
            "containerports",
            "service",
            "targetport",
        ],
        Field("http", "http 8080 as=80"),
    ),
    (&["entrypoint"], Field("command", "command \"/bin/server\"")),
    (&["cmd", "arguments"], Field("args", "args \"--verbose\"")),
    (&["team"], Field("owner", "owner \"payments\"")),
    (
        &["manifests", "extraobjects", "extramanifests"],
        Field("also", "also \"also/role.yaml\""),
    ),
    (&["version", "tag", "digest", "imagetag"], Advice(RELEASE)),
    (
        &[
            "labels",
            "annotations",
            "podannotations",
            "podlabels",
            "metadata",
        ],
        Advice(LABELS),
    ),
    (
        &[
            "pdb",
            "poddisruptionbudget",
            "topologyspreadconstraints",
            "imagepullpolicy",
        ],
        Advice("remove it: it is derived from the other fields"),
    ),
];

const RELEASE: &str =
    "run `tiphys release <environment> <name> <version>`: versions stand in `releases.yaml`";
const LABELS: &str = "remove it: labels are derived; for others override a template, which \
                      `tiphys explain template` lists";

const ENVIRONMENT: Table = &[
    (
        &["services", "apps", "applications", "service", "workloads"],
        Field("deploy", "deploy \"cart\" \"shop\""),
    ),
    (
        &["components", "component", "charts", "addons", "helm"],
        Field("install", "install \"external-secrets\""),
    ),
    (
        &["syncpolicy", "automated"],
        Field("sync", "sync auto prune=\"confirm\""),
    ),
    (
        &["syncwindow", "syncwindows", "freeze"],
        Field(
            "window",
            "window \"weekend\" deny cron=\"0 16 * * FRI\" for=\"64h\"",
        ),
    ),
    (
        &["base", "basedon", "extends", "inherits", "from"],
        Field("like", "like \"production\""),
    ),
    (
        &["ingress", "gateways"],
        Field(
            "traffic",
            "traffic \"edge\" gateway=\"edge/public\" convention=\"envoy-gateway\"",
        ),
    ),
    (
        &["istio", "linkerd"],
        Field("traffic", "traffic \"inside\" mesh=\"istio\""),
    ),
    (
        &["vault", "secretstore", "clustersecretstore"],
        Field("secrets", "secrets store=\"ClusterSecretStore/vault\""),
    ),
    (
        &["resourcequota"],
        Field("quota", "quota cpu=\"64\" memory=\"96Gi\""),
    ),
    (
        &["limitrange"],
        Field("limits", "limits max-cpu=\"4\" max-memory=\"8Gi\""),
    ),
    (
        &["destination"],
        Field(
            "cluster",
            "cluster server=\"https://kubernetes.default.svc\" zones=3",
        ),
    ),
    (
        &["slo", "sla"],
        Field("objective", "objective deploy=\"30m\" rollback=\"5m\""),
    ),
    (&["releases", "versions", "images", "tags"], Advice(RELEASE)),
];

const COMPONENT: Table = &[
    (
        &["helm", "helmchart"],
        Field(
            "chart",
            "chart \"vault\" repository=\"https://charts.example.com\"",
        ),
    ),
    (
        &["git", "source", "kustomize", "manifests"],
        Field(
            "directory",
            "directory \"https://git.example.com/vault.git\" path=\"deploy\"",
        ),
    ),
    (
        &["valuesfile", "valuefiles"],
        Field("values", "values \"also/vault.yaml\""),
    ),
    (
        &["dependson"],
        Field("depends", "depends \"external-secrets\""),
    ),
    (
        &["version", "targetrevision", "revision", "tag"],
        Advice(RELEASE),
    ),
    (
        &["service", "port", "ports"],
        Field(
            "endpoint",
            "endpoint \"server\" service=\"vault\" port=8200",
        ),
    ),
];

const FLEET: Table = &[
    (
        &["repo", "repository", "git", "repourl"],
        Field(
            "publish",
            "publish repository=\"https://git.example.com/deploy.git\" branch=\"main\" path=\"generated\"",
        ),
    ),
    (
        &["registry"],
        Field("images", "images \"registry.example.com/shop\""),
    ),
    (
        &["owners", "groups"],
        Field("team", "team \"payments\" group=\"shop:payments\""),
    ),
    (
        &["environments", "services", "components"],
        Advice(
            "write a file of its own for each: `environments/<environment>/environment.kdl`, \
                `environments/services/<service>.kdl`, `environments/components/<component>.kdl`",
        ),
    ),
];

const SIZE: Table = &[
    (
        &["requests", "request", "limits", "limit"],
        Field("cpu", "cpu=\"100m..500m\""),
    ),
    (&["mem", "ram"], Field("memory", "memory=\"128Mi..256Mi\"")),
];

/// By the name of the struct.
const TABLES: &[(&str, Table)] = &[
    ("Service", SERVICE),
    ("Environment", ENVIRONMENT),
    ("Component", COMPONENT),
    ("Fleet", FLEET),
    ("Size", SIZE),
];

fn answer(name: &str, within: &StructShape) -> Option<&'static Answer> {
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    let plain = plain.to_ascii_lowercase();
    let (_, table) = TABLES.iter().find(|(noun, _)| *noun == within.name)?;
    let row = table
        .iter()
        .find(|(words, _)| words.contains(&plain.as_str()))?;
    Some(&row.1)
}

/// The field of `within` that says what the word says.
pub fn field(name: &str, within: &StructShape) -> Option<&'static str> {
    match answer(name, within)? {
        Field(field, _) => Some(field),
        Advice(_) => None,
    }
}

/// What to write or do instead of the word.
pub fn help(name: &str, within: &StructShape) -> Option<String> {
    Some(match answer(name, within)? {
        Field(field, example) => format!("write `{field}`, as in `{example}`"),
        Advice(advice) => advice.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::FileId;
    use crate::spec::decode_kdl;
    use crate::spec::reference::nouns;
    use crate::syntax::kdl;

    fn noun(name: &str) -> &'static StructShape {
        let all = nouns();
        all.iter().find(|(_, shape)| shape.name == name).unwrap().1
    }

    #[test]
    fn words_of_elsewhere_are_none_of_ours_and_stand_once() {
        for (name, table) in TABLES {
            let mut seen = Vec::new();
            for word in table.iter().flat_map(|(words, _)| *words) {
                assert!(noun(name).position(word).is_none(), "{name}.{word}");
                assert!(!seen.contains(word), "{name}.{word} stands twice");
                seen.push(word);
            }
        }
    }

    #[test]
    fn every_answer_is_a_field_and_its_example_can_be_read() {
        for (name, table) in TABLES {
            for (words, answer) in *table {
                let Field(field, example) = answer else {
                    continue;
                };
                assert!(noun(name).position(field).is_some(), "{words:?}");
                assert!(example.starts_with(field), "{words:?}");
                let text = match example.contains('=') && noun(name).name == "Size" {
                    true => format!("thing {example}\n"),
                    false => format!("thing {{\n{example}\n}}\n"),
                };
                let mut diags = Diagnostics::new();
                let nodes = kdl::read(FileId(0), &text, &mut diags).unwrap();
                decode_kdl::read_struct(&nodes[0], 0, noun(name), &mut diags);
                assert!(diags.is_empty(), "{example}: {:?}", diags.into_sorted());
            }
        }
    }

    #[test]
    fn words_are_known_in_every_way_of_writing_them() {
        for word in ["livenessProbe", "liveness-probe", "LIVENESS_PROBE"] {
            let help = help(word, noun("Service"));
            assert_eq!(
                help.as_deref(),
                Some("write `live`, as in `live \"/livez\"`")
            );
        }
        assert!(help("livenessProbe", noun("Environment")).is_none());
    }
}
