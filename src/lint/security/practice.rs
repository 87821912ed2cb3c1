//! What no standard asks for, and every review does.

use super::view::Pod;
use super::{Breach, of_container};
use crate::policy::suspicion;
use crate::verify::object::resources;

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

/// Less memory than this no process starts with, and more processors no machine has.
const LEAST_MEMORY: i128 = 1 << 20;
const MOST_CPU: i128 = 1_024;

pub fn amounts(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        let at = one.cursor();
        for side in ["requests", "limits"] {
            for name in ["cpu", "memory"] {
                let path = format!("resources/{side}/{name}");
                let Some(value) = at.find(&path) else {
                    continue;
                };
                let amount = resources::read(value).map(|amount| amount.scaled(1));
                let what = match amount {
                    Some(bytes) if name == "memory" && (1..LEAST_MEMORY).contains(&bytes) => {
                        format!("has {bytes} bytes of memory")
                    }
                    Some(cpu) if name == "cpu" && cpu > MOST_CPU => {
                        format!("has {cpu} processors")
                    }
                    _ => continue,
                };
                of_container(&one, &path, what, out);
            }
        }
    }
}

pub fn clear_text(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        let at = one.cursor();
        for (nth, variable) in at.list("env").enumerate() {
            let (name, value) = (variable.text("name"), variable.text("value"));
            if let Some(why) = suspicion(name, value) {
                let what = format!("has a secret in clear text: `{name}`, {why}");
                of_container(&one, &format!("env/{nth}/value"), what, out);
            }
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
