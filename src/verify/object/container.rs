//! One container: image, ports, environment, mounts, resources, hooks.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `validateContainerCommon`
//! and what it calls.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names;
use crate::verify::object::pod::Pod;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, contradiction, duplicate, exactly_one, name,
    not_empty, optional_name, port, required, unique, word,
};
use crate::verify::object::{downward, probe, resources, restart, security};

codes! {
    /// A container mounts a volume that its pod does not have. The API server refuses the pod.
    ///
    /// Add the volume to the pod, or correct the name.
    VOLUME_UNKNOWN = "volume-unknown": "a mount of a volume that the pod does not have";
}

/// What kind of container it is: probes and hooks differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Main,
    Init,
    /// An init container that keeps running.
    Sidecar,
}

impl Role {
    pub fn of_init(container: &Cursor) -> Role {
        match container.text("restartPolicy") {
            "Always" => Role::Sidecar,
            _ => Role::Init,
        }
    }
}

pub fn check(at: &Cursor, pod: &Pod, role: Role, out: &mut Findings) {
    name(at, "name", names::label, out);
    required(at, "image", out);
    let image = at.text("image");
    if image.trim().len() != image.len() {
        let message = format!("the image `{image}` starts or ends with a space");
        out.push(
            at.error_at("image", PART_NAME_MALFORMED, message)
                .help("remove the space"),
        );
    }
    word(
        at,
        "imagePullPolicy",
        &["Always", "IfNotPresent", "Never", ""],
        out,
    );
    word(
        at,
        "terminationMessagePolicy",
        &["File", "FallbackToLogsOnError", ""],
        out,
    );
    word(at, "restartPolicy", &["Always", "Never", "OnFailure"], out);
    ports(at, out);
    environment(at, pod, out);
    mounts(at, pod, out);
    probe::all(at, pod, role, out);
    resources::check(at, "resources", out);
    restart::container(at, &pod.spec, role == Role::Init, out);
    security::container(at, pod, out);
}

fn ports(at: &Cursor, out: &mut Findings) {
    unique_port_names(at, out);
    for item in at.list("ports") {
        optional_name(&item, "name", names::port_name, out);
        port(&item, "containerPort", out);
        if item.int("hostPort") != Some(0) {
            port(&item, "hostPort", out);
        }
        word(&item, "protocol", &["TCP", "UDP", "SCTP", ""], out);
    }
}

fn unique_port_names(at: &Cursor, out: &mut Findings) {
    let Some(list) = at.find("ports").and_then(Value::as_list) else {
        return;
    };
    let named = |item: &'_ Value| {
        item.get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty())
    };
    for (index, item) in at.list("ports").enumerate() {
        if named(item.value())
            && repeated(list, index, |value| {
                value.get("name").and_then(Value::as_str)
            })
        {
            out.push(duplicate(&item, "name", item.text("name")));
        }
    }
}

/// Source: `validateFileKeyRefVolumes`.
fn file_key(source: &Cursor, pod: &Pod, out: &mut Findings) {
    let Some(volume) = source.str("fileKeyRef/volumeName") else {
        return;
    };
    let mut volumes = pod.spec.list("volumes");
    let found = volumes.find(|one| one.text("name") == volume);
    if found.is_some_and(|one| one.has("emptyDir")) {
        return;
    }
    let message = format!("`{volume}` is no `emptyDir` of the pod");
    out.push(
        source
            .error_at("fileKeyRef/volumeName", VOLUME_UNKNOWN, message)
            .help("name a volume of the kind `emptyDir`"),
    );
}

/// Source: `validateMountRecursiveReadOnly`.
fn recursive(mount: &Cursor, out: &mut Findings) {
    let field = "recursiveReadOnly";
    word(mount, field, &["Disabled", "IfPossible", "Enabled"], out);
    let is_on = matches!(mount.text(field), "IfPossible" | "Enabled");
    let spreads = !matches!(mount.text("mountPropagation"), "" | "None");
    if is_on && (mount.flag("readOnly") != Some(true) || spreads) {
        let message = "`recursiveReadOnly` needs `readOnly: true`, and no propagation of mounts";
        let help = "add `readOnly: true`, or remove it";
        out.push(contradiction(mount, field, message, help));
    }
}

/// Source: `validateMountPropagation`.
fn propagation(container: &Cursor, mount: &Cursor, out: &mut Findings) {
    let privileged = container.flag("securityContext/privileged") == Some(true);
    if mount.text("mountPropagation") == "Bidirectional" && !privileged {
        let message = "only a privileged container passes its mounts on";
        let help = "write `HostToContainer`, or make the container privileged";
        out.push(contradiction(mount, "mountPropagation", message, help));
    }
}

fn environment(at: &Cursor, pod: &Pod, out: &mut Findings) {
    for variable in at.list("env") {
        name(&variable, "name", names::env_name, out);
        let Some(source) = variable.at("valueFrom") else {
            continue;
        };
        if !variable.text("value").is_empty() {
            let message = format!(
                "`{}` has both `value` and `valueFrom`",
                variable.text("name")
            );
            out.push(contradiction(
                &variable,
                "valueFrom",
                message,
                "keep one of the two",
            ));
        }
        exactly_one(
            &source,
            &[
                "fieldRef",
                "resourceFieldRef",
                "configMapKeyRef",
                "secretKeyRef",
                "fileKeyRef",
            ],
            out,
        );
        for kind in ["configMapKeyRef", "secretKeyRef"] {
            let Some(reference) = source.at(kind) else {
                continue;
            };
            required(&reference, "name", out);
            optional_name(&reference, "name", names::subdomain, out);
            name(&reference, "key", names::config_key, out);
        }
        downward::check(&source, downward::Into::Variable, out);
        file_key(&source, pod, out);
    }
    for source in at.list("envFrom") {
        optional_name(&source, "prefix", names::env_name, out);
        exactly_one(&source, &["configMapRef", "secretRef"], out);
        for kind in ["configMapRef", "secretRef"] {
            let Some(reference) = source.at(kind) else {
                continue;
            };
            required(&reference, "name", out);
            optional_name(&reference, "name", names::subdomain, out);
        }
    }
}

fn mounts(at: &Cursor, pod: &Pod, out: &mut Findings) {
    unique(at, "volumeMounts", "mountPath", out);
    for mount in at.list("volumeMounts") {
        not_empty(&mount, "mountPath", out);
        let volume = mount.text("name");
        if !pod.has_volume(volume) {
            let message = format!(
                "`{}` mounts the volume `{volume}`, which the pod does not have",
                at.text("name")
            );
            out.push(
                mount
                    .error_at("name", VOLUME_UNKNOWN, message)
                    .help(format!("add a volume `{volume}`, or correct the name")),
            );
        }
        if !mount.text("subPath").is_empty() && !mount.text("subPathExpr").is_empty() {
            let message = "`subPath` and `subPathExpr` exclude each other";
            out.push(contradiction(
                &mount,
                "subPathExpr",
                message,
                "keep one of the two",
            ));
        }
        for field in ["subPath", "subPathExpr"] {
            optional_name(&mount, field, inside, out);
        }
        word(
            &mount,
            "mountPropagation",
            &["None", "HostToContainer", "Bidirectional"],
            out,
        );
        recursive(&mount, out);
        propagation(at, &mount, out);
    }
    devices(at, pod, out);
}

fn devices(at: &Cursor, pod: &Pod, out: &mut Findings) {
    unique(at, "volumeDevices", "name", out);
    unique(at, "volumeDevices", "devicePath", out);
    for device in at.list("volumeDevices") {
        not_empty(&device, "devicePath", out);
        let volume = device.text("name");
        if !pod.has_volume(volume) {
            let message = format!("the volume `{volume}` is none of this pod");
            out.push(
                device
                    .error_at("name", VOLUME_UNKNOWN, message)
                    .help("add the volume"),
            );
        }
        let mut volumes = pod.spec.list("volumes");
        let blocks = ["persistentVolumeClaim", "ephemeral"];
        let found = volumes.find(|one| one.text("name") == volume);
        if found.is_some_and(|one| !blocks.iter().any(|kind| one.has(kind))) {
            let message = format!("the volume `{volume}` is no claim, so it is no device");
            out.push(
                device
                    .error_at("name", VOLUME_UNKNOWN, message)
                    .help("name a volume of the kind `persistentVolumeClaim`"),
            );
        }
        if at
            .list("volumeMounts")
            .any(|mount| mount.text("name") == volume)
        {
            let message = format!("the volume `{volume}` is both a mount and a device");
            out.push(
                device
                    .error_at("name", ENTRY_DUPLICATE, message)
                    .help("keep one of the two"),
            );
        }
    }
}

/// A path that stays inside: relative and without `..`.
pub fn inside(path: &str) -> names::Wrong {
    if path.starts_with('/') {
        return Some("must be relative");
    }
    path.split('/')
        .any(|step| step == "..")
        .then_some("must not contain `..`")
}
