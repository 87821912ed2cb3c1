//! Pod security: the Pod Security Standards and what goes without saying beside them, one row in
//! [`RULES`] for each. A rule gives one finding for each pod, at the first offender. That a namespace
//! refuses a pod is said by `verify`.
//!
//! Source of the levels: kubernetes.io `pod-security-standards`, and k8s.io/pod-security-admission
//! `policy/check_*.go` for what they mean exactly.

mod baseline;
mod codes;
mod practice;
mod restricted;
mod view;

pub use codes::CODES;
pub use view::{Container, Pod};

use crate::diagnostic::{Code, Severity};
use crate::manifest::Finding;
use crate::policy::CLEAR_TEXT_SECRET;
use codes::*;

/// How strict: each level has the rules of those above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No rule of the standards.
    Privileged,
    Baseline,
    #[default]
    Restricted,
    /// Good practice, which no admission controller asks for.
    Practice,
}

/// What a rule found: where, below the spec of the pods, and what is wrong there.
pub struct Breach {
    pub pointer: String,
    /// What it is about, such as "the container `web`".
    pub subject: String,
    pub what: String,
}

/// One rule.
pub struct Rule {
    pub code: &'static Code,
    pub level: Level,
    pub help: &'static str,
    check: fn(&Pod, &mut Vec<Breach>),
}

const fn rule(
    code: &'static Code,
    level: Level,
    check: fn(&Pod, &mut Vec<Breach>),
    help: &'static str,
) -> Rule {
    Rule {
        code,
        level,
        help,
        check,
    }
}

/// Every rule.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule(PRIVILEGED, Level::Baseline, baseline::privileged, "remove `privileged`, and add the one capability that is needed"),
    rule(HOST_NAMESPACES, Level::Baseline, baseline::host_namespaces, "remove it"),
    rule(HOST_PATH, Level::Baseline, baseline::host_path, "use `emptyDir`, a claim or a projected volume"),
    rule(HOST_PORT, Level::Baseline, baseline::host_port, "remove `hostPort`, and add a Service"),
    rule(CAPABILITIES_ADDED, Level::Baseline, baseline::capabilities, "remove it from `add`"),
    rule(PROC_UNMASKED, Level::Baseline, baseline::proc_mount, "remove `procMount`"),
    rule(SYSCTL_UNSAFE, Level::Baseline, baseline::sysctls, "remove it, or set it on the nodes"),
    rule(UNCONFINED, Level::Baseline, baseline::unconfined, "write `RuntimeDefault`"),
    rule(SELINUX, Level::Baseline, baseline::selinux, "remove `seLinuxOptions`"),
    rule(HOST_PROCESS, Level::Baseline, baseline::host_process, "remove `hostProcess`"),
    rule(PROBE_HOST, Level::Baseline, baseline::probe_host, "remove `host`: the pod itself is asked then"),
    rule(VOLUME_KIND, Level::Restricted, restricted::volumes, "use a claim"),
    rule(ESCALATION, Level::Restricted, restricted::escalation, "add `allowPrivilegeEscalation: false` to its `securityContext`"),
    rule(ROOT, Level::Restricted, restricted::root, "add `runAsNonRoot: true` to the `securityContext` of the pod, and `runAsUser` if the image's user has only a name"),
    rule(NO_SECCOMP, Level::Restricted, restricted::seccomp, "add `seccompProfile: {type: RuntimeDefault}` to the `securityContext` of the pod"),
    rule(CAPABILITIES_KEPT, Level::Restricted, restricted::capabilities, "add `capabilities: {drop: [ALL]}` to its `securityContext`"),
    rule(RESOURCES, Level::Practice, practice::resources, "set requests for cpu and memory, and a limit for memory"),
    rule(NO_READINESS, Level::Practice, practice::readiness, "add a `readinessProbe`"),
    rule(CLEAR_TEXT_SECRET, Level::Practice, practice::clear_text, "take it from a Secret: `valueFrom: {secretKeyRef: {name: …, key: …}}`"),
    rule(AMOUNT_ODD, Level::Practice, practice::amounts, "write a unit: `512Mi` of memory, `100m` of cpu"),
    rule(IMAGE_TAG, Level::Practice, practice::image_tag, "write a version, or the digest of the image"),
    rule(WRITABLE_ROOT, Level::Practice, practice::writable_root, "add `readOnlyRootFilesystem: true` to its `securityContext`"),
];

/// What the pods of a workload called `name` break, of the rules up to `level` and of good
/// practice. Warnings.
pub fn check(pod: &Pod, name: &str, level: Level, out: &mut Vec<Finding>) {
    let mut breaches = Vec::new();
    for rule in RULES {
        if rule.level > level && rule.level != Level::Practice {
            continue;
        }
        (rule.check)(pod, &mut breaches);
        let Some(first) = breaches.first() else {
            continue;
        };
        let pointer = format!("{}{}", pod.pointer, first.pointer);
        let mut message = format!("{} of `{name}` {}", first.subject, first.what);
        if let more @ 2.. = breaches.len() {
            message.push_str(&format!(", and {} more", more - 1));
        }
        let mut finding = Finding::error(rule.code, pointer, message).help(rule.help);
        finding.severity = Severity::Warning;
        out.push(finding);
        breaches.clear();
    }
}

/// A breach at a field of the container, present or not.
fn of_container(container: &Container, path: &str, what: impl Into<String>, out: &mut Vec<Breach>) {
    let (list, index) = (container.list, container.index);
    out.push(Breach {
        pointer: format!("/{list}/{index}/{path}"),
        subject: format!("the container `{}`", container.name()),
        what: what.into(),
    });
}

/// A breach at a field of the pod's spec.
fn of_pod(path: &str, subject: impl Into<String>, what: impl Into<String>, out: &mut Vec<Breach>) {
    out.push(Breach {
        pointer: format!("/{path}"),
        subject: subject.into(),
        what: what.into(),
    });
}
