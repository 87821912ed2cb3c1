//! A pod template: what is not in a container, a volume or about scheduling.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidatePodSpec` and
//! `ValidatePodTemplateSpec`.

use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::net::is_ip;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, at_least, between, contradiction, name,
    not_empty, optional_name, unique, word,
};
use crate::verify::object::{container, metadata, scheduling, security, volume};

/// What containers need to know of their pod.
#[derive(Clone, Copy)]
pub struct Pod<'v, 'p> {
    pub spec: Cursor<'v, 'p>,
    /// Volumes that the workload adds: `volumeClaimTemplates` of a StatefulSet.
    pub claims: Option<Cursor<'v, 'p>>,
}

impl Pod<'_, '_> {
    /// Seconds that a pod may take to end.
    pub fn grace(&self) -> i64 {
        self.spec.int("terminationGracePeriodSeconds").unwrap_or(30)
    }

    pub fn has_volume(&self, name: &str) -> bool {
        self.spec
            .list("volumes")
            .any(|volume| volume.text("name") == name)
            || self.claims.is_some_and(|at| {
                at.list("volumeClaimTemplates")
                    .any(|claim| claim.text("metadata/name") == name)
            })
    }
}

/// The template at `template` of a workload's spec.
pub fn template(workload: &Cursor, restarts: &[&str], out: &mut Findings) {
    let Some(template) = workload.at("template") else {
        return;
    };
    if let Some(meta) = template.at("metadata") {
        metadata::labels(&meta, "labels", out);
        metadata::annotations(&meta, out);
    }
    let Some(spec) = template.at("spec") else {
        return;
    };
    word(&spec, "restartPolicy", restarts, out);
    check(
        &Pod {
            spec,
            claims: Some(*workload),
        },
        out,
    );
}

/// A Pod that no workload made.
pub fn alone(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    word(
        &spec,
        "restartPolicy",
        &["Always", "OnFailure", "Never"],
        out,
    );
    check(&Pod { spec, claims: None }, out);
}

fn check(pod: &Pod, out: &mut Findings) {
    let spec = &pod.spec;
    not_empty(spec, "containers", out);
    volume::check(spec, out);
    containers(pod, out);
    word(
        spec,
        "dnsPolicy",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        out,
    );
    word(
        spec,
        "preemptionPolicy",
        &["Never", "PreemptLowerPriority"],
        out,
    );
    at_least(spec, "terminationGracePeriodSeconds", 0, out);
    between(spec, "activeDeadlineSeconds", 1, i64::from(i32::MAX), out);
    optional_name(spec, "serviceAccountName", names::subdomain, out);
    optional_name(spec, "priorityClassName", names::subdomain, out);
    optional_name(spec, "runtimeClassName", names::subdomain, out);
    optional_name(spec, "hostname", names::label, out);
    optional_name(spec, "subdomain", names::label, out);
    for secret in spec.list("imagePullSecrets") {
        optional_name(&secret, "name", names::subdomain, out);
    }
    host_aliases(spec, out);
    dns(spec, out);
    scheduling::check(spec, out);
    security::pod(spec, out);
}

fn containers(pod: &Pod, out: &mut Findings) {
    let spec = &pod.spec;
    unique(spec, "containers", "name", out);
    unique(spec, "initContainers", "name", out);
    for init in spec.list("initContainers") {
        let taken = init.text("name");
        if spec
            .list("containers")
            .any(|other| other.text("name") == taken)
            && !taken.is_empty()
        {
            let message = format!("an init container and a container are both called `{taken}`");
            out.push(
                init.error_at("name", ENTRY_DUPLICATE, message)
                    .help("rename one of the two"),
            );
        }
        container::check(&init, pod, container::Role::of_init(&init), out);
    }
    for main in spec.list("containers") {
        container::check(&main, pod, container::Role::Main, out);
    }
    host_ports(spec, out);
}

/// With `hostNetwork` a container port is a port of the node; two containers cannot share one.
fn host_ports(spec: &Cursor, out: &mut Findings) {
    if spec.flag("hostNetwork") != Some(true) {
        return;
    }
    for container in spec.list("containers") {
        for port in container.list("ports") {
            let (inside, outside) = (port.int("containerPort"), port.int("hostPort"));
            if outside.is_some_and(|outside| outside != 0 && Some(outside) != inside) {
                let message = "with `hostNetwork`, `hostPort` must equal `containerPort`";
                out.push(contradiction(
                    &port,
                    "hostPort",
                    message,
                    "remove `hostPort`",
                ));
            }
        }
    }
}

fn host_aliases(spec: &Cursor, out: &mut Findings) {
    for alias in spec.list("hostAliases") {
        if let Some(ip) = alias.str("ip").filter(|ip| !is_ip(ip)) {
            let message = format!("`{ip}` is no IP address");
            out.push(
                alias
                    .error_at("ip", PART_NAME_MALFORMED, message)
                    .help("write an address such as `10.0.0.1`"),
            );
        }
        for host in alias.list("hostnames") {
            let Some(text) = host.value().as_str() else {
                continue;
            };
            if let Some(wrong) = names::subdomain(text) {
                out.push(
                    host.error(
                        PART_NAME_MALFORMED,
                        format!("the host name `{text}` {wrong}"),
                    )
                    .help("write a DNS name"),
                );
            }
        }
    }
}

fn dns(spec: &Cursor, out: &mut Findings) {
    if spec.text("dnsPolicy") == "None" && spec.len("dnsConfig/nameservers") == 0 {
        let message = "`dnsPolicy` is `None`, and `dnsConfig` names no server";
        out.push(contradiction(
            spec,
            "dnsPolicy",
            message,
            "add `dnsConfig.nameservers`, or remove `dnsPolicy`",
        ));
    }
    let Some(config) = spec.at("dnsConfig") else {
        return;
    };
    for server in config.list("nameservers") {
        if let Some(ip) = server.value().as_str().filter(|ip| !is_ip(ip)) {
            let message = format!("the name server `{ip}` is no IP address");
            out.push(
                server
                    .error(PART_NAME_MALFORMED, message)
                    .help("write an address"),
            );
        }
    }
    for option in config.list("options") {
        not_empty(&option, "name", out);
        name(
            &option,
            "name",
            |text| {
                text.contains(char::is_whitespace)
                    .then_some("must not contain spaces")
            },
            out,
        );
    }
}
