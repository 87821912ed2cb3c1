//! The restricted standard: what a container has to give up by itself.

use super::view::Pod;
use super::{Breach, of_container, of_pod};
use crate::value::Value;

type Breaches = Vec<Breach>;

const KINDS: [&str; 9] = [
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

/// A `hostPath` has been said by its own rule.
pub fn volumes(pod: &Pod, out: &mut Breaches) {
    for (index, volume) in pod.cursor().list("volumes").enumerate() {
        let fields = volume
            .value()
            .as_map()
            .into_iter()
            .flat_map(|map| map.iter());
        for (kind, _) in fields {
            if kind != "name" && kind != "hostPath" && !KINDS.contains(&kind.as_str()) {
                let name = volume.text("name");
                let subject = format!("the volume `{name}`");
                let what = format!("is of the kind `{kind}`");
                of_pod(&format!("volumes/{index}/{kind}"), subject, what, out);
            }
        }
    }
}

pub fn escalation(pod: &Pod, out: &mut Breaches) {
    if pod.is_windows() {
        return;
    }
    for one in pod.containers() {
        let path = "securityContext/allowPrivilegeEscalation";
        if one.cursor().flag(path) != Some(false) {
            of_container(&one, path, "can gain rights", out);
        }
    }
}

/// The user of a container, where it says so, and that of the pod where all containers have it
/// from there.
pub fn root(pod: &Pod, out: &mut Breaches) {
    let path = "securityContext/runAsUser";
    if pod.cursor().int(path) == Some(0) {
        return of_pod(path, "`runAsUser`", "is 0, which is root", out);
    }
    for one in pod.containers() {
        let non_root = pod.inherited(&one, "runAsNonRoot").and_then(Value::as_bool);
        if one.cursor().int(path) == Some(0) {
            of_container(&one, path, "runs as root", out);
        } else if non_root != Some(true) {
            of_container(&one, "securityContext/runAsNonRoot", "may run as root", out);
        }
    }
}

/// Profiles that are off have been said by their own rule.
pub fn seccomp(pod: &Pod, out: &mut Breaches) {
    if pod.is_windows() {
        return;
    }
    for one in pod.containers() {
        if pod.inherited(&one, "seccompProfile/type").is_none() {
            of_container(
                &one,
                "securityContext/seccompProfile",
                "has no seccomp profile",
                out,
            );
        }
    }
}

/// Other capabilities to add have been said by their own rule, save those that the baseline
/// allows.
pub fn capabilities(pod: &Pod, out: &mut Breaches) {
    if pod.is_windows() {
        return;
    }
    for one in pod.containers() {
        let at = one.cursor();
        let mut dropped = at.list("securityContext/capabilities/drop");
        if !dropped.any(|item| item.value().as_str() == Some("ALL")) {
            let path = "securityContext/capabilities";
            of_container(&one, path, "keeps the capabilities of root", out);
            continue;
        }
        for (index, item) in at.list("securityContext/capabilities/add").enumerate() {
            if let Some(name) = item
                .value()
                .as_str()
                .filter(|name| *name != "NET_BIND_SERVICE")
            {
                let path = format!("securityContext/capabilities/add/{index}");
                of_container(&one, &path, format!("adds `{name}` again"), out);
            }
        }
    }
}
