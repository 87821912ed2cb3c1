//! Probes and lifecycle hooks of a container.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `validateProbe`,
//! `validateHandler`, `validateLifecycle`, `validateInitContainers`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::container::Role;
use crate::verify::object::pod::Pod;
use crate::verify::object::shape::{
    FIELDS_CONTRADICT, Findings, NUMBER_OUT_OF_RANGE, at_least, exactly_one, name, not_empty, port,
    port_or_name, required, word,
};

codes! {
    /// A `preStop` sleep is part of the time that a pod has to end: it cannot be longer than
    /// `terminationGracePeriodSeconds`, and what is left is all that requests in flight get.
    ///
    /// Raise the grace period to the sleep plus the longest request, or shorten the sleep.
    DRAIN_TOO_LONG = "drain-too-long": "a sleep before stopping that is longer than the grace period";

    /// Containers that run to their end have no probes and no hooks: nobody would wait for them.
    /// A sidecar (`restartPolicy: Always`) may have both.
    INIT_PROBED = "init-probed": "a probe or hook on a container that ends by itself";
}

const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];
const HOOKS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "sleep"];

pub fn all(container: &Cursor, pod: &Pod, role: Role, out: &mut Findings) {
    if role == Role::Init {
        for field in [
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle",
        ] {
            if container.has(field) {
                let message = format!(
                    "the init container `{}` has `{field}`",
                    container.text("name")
                );
                out.push(
                    container
                        .error_at(field, INIT_PROBED, message)
                        .help(format!(
                            "remove `{field}`, or make it a sidecar with `restartPolicy: Always`"
                        )),
                );
            }
        }
        return;
    }
    for kind in ["livenessProbe", "startupProbe", "readinessProbe"] {
        if let Some(at) = container.at(kind) {
            probe(&at, kind, out);
        }
    }
    for hook in ["lifecycle/preStop", "lifecycle/postStart"] {
        if let Some(at) = container.at(hook) {
            exactly_one(&at, &HOOKS, out);
            handler(&at, out);
            sleep(&at, pod, out);
        }
    }
}

fn probe(at: &Cursor, kind: &str, out: &mut Findings) {
    exactly_one(at, &HANDLERS, out);
    handler(at, out);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "failureThreshold",
        "successThreshold",
    ] {
        at_least(at, field, 0, out);
    }
    let success = at.int("successThreshold").filter(|number| *number > 1);
    if let Some(number) = success.filter(|_| kind != "readinessProbe") {
        let message = format!("`successThreshold` of a {kind} is {number}, and must be 1");
        out.push(
            at.error_at("successThreshold", NUMBER_OUT_OF_RANGE, message)
                .help("remove `successThreshold`"),
        );
    }
    let grace = "terminationGracePeriodSeconds";
    if kind == "readinessProbe" && at.has(grace) {
        let message = format!("a readinessProbe ends nothing, so it has no `{grace}`");
        out.push(
            at.error_at(grace, FIELDS_CONTRADICT, message)
                .help(format!("remove `{grace}`")),
        );
    } else {
        at_least(at, grace, 1, out);
    }
}

fn handler(at: &Cursor, out: &mut Findings) {
    if let Some(exec) = at.at("exec") {
        required(&exec, "command", out);
    }
    if let Some(http) = at.at("httpGet") {
        not_empty(&http, "path", out);
        port_or_name(&http, "port", out);
        word(&http, "scheme", &["HTTP", "HTTPS", ""], out);
        for header in http.list("httpHeaders") {
            name(&header, "name", names::header, out);
        }
    }
    if let Some(tcp) = at.at("tcpSocket") {
        port_or_name(&tcp, "port", out);
    }
    if let Some(grpc) = at.at("grpc") {
        port(&grpc, "port", out);
    }
}

/// Seconds of a `sleep` that a command begins with, as `sleep 60` or `sh -c "sleep 60; …"` do.
fn slept(hook: &Cursor) -> Option<i64> {
    let command = hook.find("exec/command")?.as_list()?;
    let words: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
    let script = words.join(" ");
    let mut words = script.split(|letter: char| letter.is_whitespace() || letter == ';');
    words.find(|word| *word == "sleep" || word.ends_with("/sleep"))?;
    let text = words.next()?;
    text.strip_suffix('s').unwrap_or(text).parse().ok()
}

fn sleep(hook: &Cursor, pod: &Pod, out: &mut Findings) {
    let grace = pod.grace();
    if let Some(seconds) = slept(hook).filter(|seconds| *seconds >= grace) {
        let message = format!("the hook sleeps {seconds} s, and the pod is killed after {grace} s");
        out.push(
            hook.warning_at("exec/command", DRAIN_TOO_LONG, message)
                .help("raise `terminationGracePeriodSeconds`, or shorten the sleep"),
        );
    }
    let Some(seconds) = hook.int("sleep/seconds") else {
        return;
    };
    if seconds < 0 || seconds > grace {
        let message =
            format!("the sleep of {seconds} s does not fit into the grace period of {grace} s");
        out.push(
            hook.error_at("sleep/seconds", DRAIN_TOO_LONG, message)
                .help("raise `terminationGracePeriodSeconds`, or shorten the sleep"),
        );
    }
}
