//! What no standard asks for, and every review does.

use super::view::Pod;
use super::{Breach, of_container};

type Breaches = Vec<Breach>;

/// Requests default to limits, so a limit says both.
pub fn resources(pod: &Pod, out: &mut Breaches) {
    let whole = |path: &str| pod.cursor().has(&format!("resources/{path}"));
    for one in pod.containers().filter(|one| one.stays()) {
        let at = one.cursor();
        let has = |path: &str| at.has(&format!("resources/{path}")) || whole(path);
        let mut missing = Vec::new();
        for name in ["cpu", "memory"] {
            if !has(&format!("requests/{name}")) && !has(&format!("limits/{name}")) {
                missing.push(format!("request for {name}"));
            }
        }
        if !has("limits/memory") {
            missing.push("limit for memory".to_owned());
        }
        if !missing.is_empty() {
            let what = format!("has no {}", missing.join(", no "));
            of_container(&one, "resources", what, out);
        }
    }
}

pub fn readiness(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers().filter(|one| pod.serves && one.stays()) {
        let at = one.cursor();
        let takes_traffic = at.list("ports").any(|port| port.text("protocol") != "UDP");
        if takes_traffic && !at.has("readinessProbe") {
            of_container(
                &one,
                "readinessProbe",
                "has ports and no readiness probe",
                out,
            );
        }
    }
}

pub fn image_tag(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        let image = one.cursor().text("image");
        let name = image.rsplit('/').next().unwrap_or(image);
        let tag = name.split_once(':').map(|(_, tag)| tag);
        if image.is_empty() || image.contains('@') || tag.is_some_and(|tag| tag != "latest") {
            continue;
        }
        let what = format!("runs `{image}`, whatever that is today");
        of_container(&one, "image", what, out);
    }
}

pub fn writable_root(pod: &Pod, out: &mut Breaches) {
    if pod.is_windows() {
        return;
    }
    for one in pod.containers() {
        let path = "securityContext/readOnlyRootFilesystem";
        if one.cursor().flag(path) != Some(true) {
            of_container(&one, path, "can change its own files", out);
        }
    }
}
