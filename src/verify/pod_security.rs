//! Pod Security Standards: what a namespace that enforces `baseline` or `restricted` refuses.
//!
//! Source: k8s.io/pod-security-admission 0.36, `policy/check_*.go`. Windows pods and pods in a user
//! namespace are let off where some version lets them off. Left out: hosts of probes, which newer
//! clusters alone look at.

use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::pods::{self, Container, Pod};

/// What a namespace enforces, or the mildest level that refuses a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Baseline,
    Restricted,
}

impl Level {
    /// `pod-security.kubernetes.io/enforce`; `privileged` and no label refuse nothing.
    pub fn enforced(namespace: &Value) -> Option<Level> {
        let label = ["metadata", "labels", "pod-security.kubernetes.io/enforce"];
        match namespace.at(&label)?.as_str()? {
            "baseline" => Some(Level::Baseline),
            "restricted" => Some(Level::Restricted),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// One reason for which pods of an object are refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub level: Level,
    /// JSON pointer into the object.
    pub pointer: Str,
    pub why: Str,
}

const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];
const SELINUX: [&str; 5] = [
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Every reason against the pods of an object; none for what has no pods.
pub fn refusals(object: &Value) -> Vec<Refusal> {
    let mut all = Vec::new();
    for pod in pods::of(object) {
        let spec = Cursor::root(pod.spec);
        let mut found = Found {
            start: format!("{}/spec", pod.pointer),
            all: &mut all,
        };
        of_pod(&spec, &pod, &mut found);
        profiles(&spec, &mut found);
        for container in pod.containers() {
            of_container(&spec, &container, &mut all);
        }
    }
    all
}

struct Found<'a> {
    /// Pointer of what is looked at.
    start: String,
    all: &'a mut Vec<Refusal>,
}

impl Found<'_> {
    fn add(&mut self, level: Level, path: &str, why: impl AsRef<str>) {
        self.all.push(Refusal {
            level,
            pointer: format!("{}/{path}", self.start).into(),
            why: why.as_ref().into(),
        });
    }

    fn baseline(&mut self, path: &str, why: impl AsRef<str>) {
        self.add(Level::Baseline, path, why);
    }

    fn restricted(&mut self, path: &str, why: impl AsRef<str>) {
        self.add(Level::Restricted, path, why);
    }
}

fn of_pod(spec: &Cursor, pod: &Pod, found: &mut Found) {
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec.flag(field) == Some(true) {
            found.baseline(field, format!("`{field}` is set"));
        }
    }
    for (at, volume) in spec.list("volumes").enumerate() {
        let (name, place) = (volume.text("name"), format!("volumes/{at}"));
        if volume.has("hostPath") {
            found.baseline(&place, format!("the volume `{name}` is a `hostPath`"));
        } else if !VOLUMES.iter().any(|kind| volume.has(kind)) {
            found.restricted(
                &place,
                format!("the volume `{name}` is of a kind that is not allowed"),
            );
        }
    }
    for (at, sysctl) in spec.list("securityContext/sysctls").enumerate() {
        let name = sysctl.text("name");
        if !SYSCTLS.contains(&name) {
            let place = format!("securityContext/sysctls/{at}");
            found.baseline(&place, format!("`{name}` is not a safe sysctl"));
        }
    }
    let annotations = pod
        .metadata
        .and_then(|metadata| metadata.get("annotations"));
    let annotations = annotations.and_then(Value::as_map);
    for (key, value) in annotations.into_iter().flat_map(|map| map.iter()) {
        let value = value.as_str().unwrap_or("");
        let allowed = ["", "runtime/default"].contains(&value) || value.starts_with("localhost/");
        if key.starts_with(APPARMOR) && !allowed {
            found.baseline("", format!("AppArmor is `{value}`"));
        }
    }
    if spec.int("securityContext/runAsUser") == Some(0) && is_in_host_users(spec) {
        found.restricted("securityContext/runAsUser", "the pod runs as user 0");
    }
}

fn is_in_host_users(spec: &Cursor) -> bool {
    spec.flag("hostUsers") != Some(false)
}

/// What a pod and a container both may set, as long as the values are tame.
fn profiles(at: &Cursor, found: &mut Found) {
    if at.flag("securityContext/windowsOptions/hostProcess") == Some(true) {
        found.baseline(
            "securityContext/windowsOptions/hostProcess",
            "`hostProcess` is set",
        );
    }
    for (path, name) in [
        ("securityContext/seccompProfile/type", "seccomp"),
        ("securityContext/appArmorProfile/type", "AppArmor"),
    ] {
        let kind = at.str(path);
        if let Some(kind) = kind.filter(|kind| !["RuntimeDefault", "Localhost"].contains(kind)) {
            found.baseline(path, format!("{name} is `{kind}`"));
        }
    }
    let place = "securityContext/seLinuxOptions";
    let kind = at.text("securityContext/seLinuxOptions/type");
    if !SELINUX.contains(&kind) {
        found.baseline(place, format!("the SELinux type is `{kind}`"));
    }
    for field in ["user", "role"] {
        if !at.text(&format!("{place}/{field}")).is_empty() {
            found.baseline(place, format!("an SELinux {field} is set"));
        }
    }
}

fn of_container(spec: &Cursor, container: &Container, all: &mut Vec<Refusal>) {
    let at = Cursor::root(container.value);
    let mut found = Found {
        start: container.pointer.clone(),
        all,
    };
    let name = at.text("name");
    profiles(&at, &mut found);
    if at.flag("securityContext/privileged") == Some(true) {
        found.baseline(
            "securityContext/privileged",
            format!("`{name}` is privileged"),
        );
    }
    for (number, port) in at.list("ports").enumerate() {
        if let Some(host) = port.int("hostPort").filter(|port| *port != 0) {
            let place = format!("ports/{number}/hostPort");
            found.baseline(&place, format!("`{name}` takes port {host} of the node"));
        }
    }
    if is_in_host_users(spec) && !["", "Default"].contains(&at.text("securityContext/procMount")) {
        found.baseline(
            "securityContext/procMount",
            format!("`{name}` unmasks `/proc`"),
        );
    }
    let is_windows = spec.text("os/name") == "windows";
    capabilities(&at, name, is_windows, &mut found);
    if !is_windows && at.flag("securityContext/allowPrivilegeEscalation") != Some(false) {
        let why = format!("`{name}` does not say `allowPrivilegeEscalation: false`");
        found.restricted("securityContext/allowPrivilegeEscalation", why);
    }
    let profile = "securityContext/seccompProfile";
    if !is_windows && !at.has(profile) && !spec.has(profile) {
        found.restricted(profile, format!("`{name}` has no seccomp profile"));
    }
    if is_in_host_users(spec) {
        user(spec, &at, name, &mut found);
    }
}

fn capabilities(at: &Cursor, name: &str, is_windows: bool, found: &mut Found) {
    let words = |path| {
        let list = at.find(path).and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_str)
    };
    for word in words("securityContext/capabilities/add") {
        let level = match CAPABILITIES.contains(&word) {
            true if is_windows || word == "NET_BIND_SERVICE" => continue,
            true => Level::Restricted,
            false => Level::Baseline,
        };
        let why = format!("`{name}` adds the capability `{word}`");
        found.add(level, "securityContext/capabilities/add", why);
    }
    let drops_all = words("securityContext/capabilities/drop").any(|word| word == "ALL");
    if !drops_all && !is_windows {
        let why = format!("`{name}` does not drop `ALL` capabilities");
        found.restricted("securityContext/capabilities/drop", why);
    }
}

fn user(spec: &Cursor, at: &Cursor, name: &str, found: &mut Found) {
    let path = "securityContext/runAsNonRoot";
    if at.flag(path).or(spec.flag(path)) != Some(true) {
        found.restricted(path, format!("`{name}` may run as root"));
    }
    if at.int("securityContext/runAsUser") == Some(0) {
        found.restricted(
            "securityContext/runAsUser",
            format!("`{name}` runs as user 0"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::FileId;
    use crate::syntax::yaml;

    const SOUND: &str = "{name: a, securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}";

    fn found(spec: &str) -> Vec<(Level, String)> {
        let text = format!("{{apiVersion: v1, kind: Pod, spec: {spec}}}").replace("SOUND", SOUND);
        let tree = yaml::read(FileId(0), &text, &mut Diagnostics::new()).unwrap();
        let all = refusals(&yaml::to_value(&tree)).into_iter();
        all.map(|one| (one.level, one.pointer.to_string()))
            .collect()
    }

    #[test]
    fn a_pod_without_words_is_fine_for_baseline_and_not_for_restricted() {
        assert_eq!(found("{containers: [SOUND]}"), []);
        let of = "/spec/containers/0/securityContext";
        let missing = [
            "capabilities/drop",
            "allowPrivilegeEscalation",
            "seccompProfile",
            "runAsNonRoot",
        ];
        let expected = missing.map(|field| (Level::Restricted, format!("{of}/{field}")));
        assert_eq!(found("{containers: [{name: a}]}"), expected);
        let of_pod = "securityContext: {runAsNonRoot: true, seccompProfile: {type: Localhost}}";
        let container = "containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]";
        assert_eq!(found(&format!("{{{of_pod}, {container}}}")), []);
    }

    #[test]
    fn what_reaches_the_node_is_refused_by_baseline() {
        use Level::{Baseline, Restricted};
        for (spec, level, place) in [
            ("hostPID: true", Baseline, "/spec/hostPID"),
            (
                "volumes: [{name: v, hostPath: {path: /}}]",
                Baseline,
                "/spec/volumes/0",
            ),
            (
                "volumes: [{name: v, nfs: {}}]",
                Restricted,
                "/spec/volumes/0",
            ),
            (
                "securityContext: {runAsUser: 0}",
                Restricted,
                "/spec/securityContext/runAsUser",
            ),
            (
                "securityContext: {sysctls: [{name: kernel.msgmax}]}",
                Baseline,
                "/spec/securityContext/sysctls/0",
            ),
            (
                "securityContext: {seccompProfile: {type: Unconfined}}",
                Baseline,
                "/spec/securityContext/seccompProfile/type",
            ),
        ] {
            let spec = format!("{{containers: [SOUND], {spec}}}");
            assert_eq!(found(&spec), [(level, place.to_string())], "{spec}");
        }
        let init = "{containers: [SOUND], initContainers: [{name: i, securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN, CHOWN]}}}]}";
        let at = |path: &str| format!("/spec/initContainers/0/securityContext/{path}");
        assert_eq!(
            found(init)[..3],
            [
                (Baseline, at("privileged")),
                (Baseline, at("capabilities/add")),
                (Restricted, at("capabilities/add")),
            ]
        );
    }
}
