//! Security contexts of pods and containers: what the API server refuses. What it accepts and
//! Pod Security Standards do not is for policies to say.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `validatePodSpecSecurityContext` and `ValidateSecurityContext`; `pkg/kubelet/kuberuntime`
//! `verifyRunAsNonRoot` for the user that the kubelet refuses to start.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::object::pod::Pod;
use crate::verify::object::shape::{Findings, between, contradiction, not_empty, required, word};

codes! {
    /// `runAsNonRoot: true` and `runAsUser: 0` together: the API server accepts it, and then the
    /// kubelet refuses to start the container. The rollout would wait until its deadline.
    ///
    /// Choose a user above 0 that the image can run as, or leave `runAsUser` out.
    ROOT_CONTRADICTION = "root-contradiction": "a container that must not be root and runs as root";
}

const MOST_ID: i64 = i32::MAX as i64;

pub fn pod(spec: &Cursor, out: &mut Findings) {
    let Some(at) = spec.at("securityContext") else {
        return;
    };
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        between(&at, field, 0, MOST_ID, out);
    }
    for group in at.list("supplementalGroups") {
        if group
            .value()
            .as_int()
            .is_some_and(|id| !(0..=MOST_ID).contains(&id))
        {
            let message = format!("a group is between 0 and {MOST_ID}");
            out.push(
                group
                    .error(super::shape::NUMBER_OUT_OF_RANGE, message)
                    .help("write a group id"),
            );
        }
    }
    word(
        &at,
        "fsGroupChangePolicy",
        &["Always", "OnRootMismatch"],
        out,
    );
    word(&at, "supplementalGroupsPolicy", &["Merge", "Strict"], out);
    word(
        &at,
        "seLinuxChangePolicy",
        &["Recursive", "MountOption"],
        out,
    );
    profiles(&at, out);
    root(&at, at.int("runAsUser"), at.flag("runAsNonRoot"), out);
}

pub fn container(container: &Cursor, pod: &Pod, out: &mut Findings) {
    let Some(at) = container.at("securityContext") else {
        return;
    };
    for field in ["runAsUser", "runAsGroup"] {
        between(&at, field, 0, MOST_ID, out);
    }
    word(&at, "procMount", &["Default", "Unmasked"], out);
    profiles(&at, out);
    if at.flag("allowPrivilegeEscalation") == Some(false) {
        escalation(&at, out);
    }
    let outer = |path| {
        pod.spec
            .at("securityContext")
            .and_then(|context| context.find(path))
    };
    if at.has("runAsUser") || at.has("runAsNonRoot") {
        let user = at.int("runAsUser").or_else(|| outer("runAsUser")?.as_int());
        let non_root = at
            .flag("runAsNonRoot")
            .or_else(|| outer("runAsNonRoot")?.as_bool());
        root(&at, user, non_root, out);
    }
}

fn escalation(at: &Cursor, out: &mut Findings) {
    let help = "remove `allowPrivilegeEscalation: false`, or the other";
    if at.flag("privileged") == Some(true) {
        let message = "a privileged container cannot forbid privilege escalation";
        out.push(contradiction(at, "privileged", message, help));
    }
    for capability in at.list("capabilities/add") {
        if capability.value().as_str() == Some("CAP_SYS_ADMIN") {
            let message = "a container with `CAP_SYS_ADMIN` cannot forbid privilege escalation";
            out.push(contradiction(at, "allowPrivilegeEscalation", message, help));
        }
    }
}

fn profiles(at: &Cursor, out: &mut Findings) {
    for field in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = at.at(field) else {
            continue;
        };
        not_empty(&profile, "type", out);
        word(
            &profile,
            "type",
            &["RuntimeDefault", "Unconfined", "Localhost"],
            out,
        );
        let local = profile.text("type") == "Localhost";
        if local {
            required(&profile, "localhostProfile", out);
        } else if profile.has("localhostProfile") {
            let message = "`localhostProfile` only goes with `type: Localhost`";
            out.push(contradiction(
                &profile,
                "localhostProfile",
                message,
                "remove `localhostProfile`",
            ));
        }
    }
}

fn root(at: &Cursor, user: Option<i64>, non_root: Option<bool>, out: &mut Findings) {
    if user == Some(0) && non_root == Some(true) {
        let message = "`runAsNonRoot` is true and the user is 0, which is root";
        out.push(
            at.error_at("runAsUser", ROOT_CONTRADICTION, message)
                .help("choose a user above 0"),
        );
    }
}
