//! A pod template: what is not in a container, a volume or about scheduling.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidatePodSpec` and
//! `ValidatePodTemplateSpec`.

use crate::value::Map;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::net::is_ip;
use crate::verify::object::items::shaped;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, at_least, between, contradiction,
    doubtful_name, not_empty, optional_name, required, unique, word,
};
use crate::verify::object::{container, metadata, restart, scheduling, security, system, volume};

/// What containers need to know of their pod.
#[derive(Clone, Copy)]
pub struct Pod<'v, 'p> {
    pub spec: Cursor<'v, 'p>,
    /// The labels of the pod.
    pub labels: Option<&'v Map>,
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
        return required(&template, "spec", out);
    };
    word(&spec, "restartPolicy", restarts, out);
    check(
        &Pod {
            spec,
            labels: template.map("metadata/labels"),
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
        &["Always", "OnFailure", "Never", ""],
        out,
    );
    for volume in spec.list("volumes") {
        if let Some(image) = volume.at("image") {
            required(&image, "reference", out);
        }
    }
    let pod = Pod {
        spec,
        labels: object.map("metadata/labels"),
        claims: None,
    };
    check(&pod, out);
}

fn check(pod: &Pod, out: &mut Findings) {
    let spec = &pod.spec;
    not_empty(spec, "containers", out);
    volume::check(spec, out);
    containers(pod, out);
    word(
        spec,
        "dnsPolicy",
        &[
            "ClusterFirst",
            "ClusterFirstWithHostNet",
            "Default",
            "None",
            "",
        ],
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
        doubtful_name(&secret, "name", names::subdomain, out);
    }
    optional_name(spec, "serviceAccount", names::subdomain, out);
    optional_name(spec, "nodeName", names::subdomain, out);
    system::check(spec, out);
    restart::pod(spec, out);
    host_aliases(spec, out);
    dns(spec, out);
    scheduling::check(spec, pod.labels, out);
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
    taken_ports(spec, out);
}

/// A port of the node is taken once for each protocol and address.
fn taken_ports(spec: &Cursor, out: &mut Findings) {
    let on_host = spec.flag("hostNetwork") == Some(true);
    let mut taken = Vec::new();
    for container in spec.list("containers") {
        for port in container.list("ports") {
            let own = port.int("hostPort").filter(|number| *number != 0);
            let inside = port.int("containerPort").filter(|_| on_host);
            let Some(number) = own.or(inside) else {
                continue;
            };
            let protocol = port.str("protocol").filter(|text| !text.is_empty());
            let key = (protocol.unwrap_or("TCP"), port.text("hostIP"), number);
            if taken.contains(&key) {
                let message = format!("two containers take the port {number} of the node");
                out.push(
                    port.error(ENTRY_DUPLICATE, message)
                        .help("change or remove one of the two"),
                );
            }
            taken.push(key);
        }
    }
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

/// A domain to search in; `_` may stand in it.
fn search(text: &str) -> names::Wrong {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    let fine = |part: &str| names::subdomain(&part.replace('_', "a")).is_none();
    (!fine(text)).then_some("is no domain")
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
    for (list, most) in [("nameservers", 3), ("searches", 32)] {
        if config.len(list) > most {
            let message = format!("`{list}` has more than {most} entries");
            out.push(contradiction(&config, list, message, "remove some"));
        }
    }
    shaped(&config, "searches", search, out);
    for option in config.list("options") {
        required(&option, "name", out);
        doubtful_name(
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
