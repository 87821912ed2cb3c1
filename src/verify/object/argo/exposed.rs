//! The Services that an experiment makes for its templates: their names and ports.
//!
//! Source: argo-rollouts `experiments/experiment.go` (`createTemplateService`),
//! `experiments/service.go`, `rollout/experiment.go`: one for each template with `service` or
//! `weight`, with a port for each port of its containers, called as its ReplicaSet is. Where it
//! cannot be made the experiment ends as `Error`, and the rollout is aborted.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::rollout::FIELD_VOID;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::Findings;

codes! {
    /// A template of an experiment gets a Service of its own, which has the name of its ReplicaSet
    /// and a port for each port of its containers. Kubernetes refuses one whose name has a dot or
    /// more than 63 characters, or whose ports have no names where there are several. The
    /// experiment ends as `Error`, and a rollout that waits for it is aborted.
    ///
    /// Name the ports, shorten the name, or give the Service one of its own:
    ///
    ///     templates: [{name: next, specRef: canary, service: {name: pay-trial}}]
    SERVICE_UNFIT = "experiment-service-unfit": "a Service that an experiment cannot make";
}

/// Longest name of a Service.
const LONGEST: usize = 63;
/// What a rollout's experiment adds to a name: hash, revision, step, and a `-` before each and
/// before the template. A hash mostly has ten digits, sometimes nine.
const ADDED: usize = 15;
/// The same with ten digits, and from the hundredth revision on.
const ADDED_LATER: usize = 18;

/// Templates of a rollout's step; their pods are those of the rollout.
pub fn of_step(experiment: &Cursor, rollout: &Cursor, out: &mut Findings) {
    let Some(pods) = rollout.at("spec/template/spec") else {
        return;
    };
    let base = rollout.text("metadata/name");
    for template in experiment.list("templates") {
        let field = ["service", "weight"]
            .into_iter()
            .find(|field| template.has(field));
        let Some(field) = field else { continue };
        if !ports(&template, field, &pods, out) {
            continue;
        }
        let own = template.text("service/name");
        if own.is_empty() {
            made(&template, field, base, out);
        } else if services(rollout).any(|known| known == own) {
            let message = format!("the Service `{own}` belongs to the rollout");
            unfit(
                &template,
                "service/name",
                message,
                "choose another name",
                out,
            );
        }
    }
}

/// Templates of an experiment that stands alone.
pub fn of_experiment(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    for template in spec.list("templates") {
        let Some(pods) = template.at("template/spec") else {
            continue;
        };
        if !template.has("service") || !ports(&template, "service", &pods, out) {
            continue;
        }
        let name = format!("{}-{}", object.text("metadata/name"), template.text("name"));
        if let Some(wrong) = names::label(&name)
            && template.text("service/name").is_empty()
        {
            let message = format!("its Service would be called `{name}`: that {wrong}");
            unfit(&template, "service", message, "give it a `name`", out);
        }
    }
}

fn unfit(at: &Cursor, path: &str, message: String, help: &str, out: &mut Findings) {
    out.push(at.error_at(path, SERVICE_UNFIT, message).help(help));
}

fn services<'v>(rollout: &Cursor<'v, '_>) -> impl Iterator<Item = &'v str> {
    [
        "canary/stableService",
        "canary/canaryService",
        "canary/pingPong/pingService",
        "canary/pingPong/pongService",
    ]
    .into_iter()
    .map(|field| rollout.text(&format!("spec/strategy/{field}")))
}

fn made(template: &Cursor, field: &str, base: &str, out: &mut Findings) {
    let length = base.len().saturating_add(template.text("name").len());
    let help = "give the Service a `name`, or shorten that of the rollout or the template";
    if base.contains('.') {
        let message = format!("its Service is called after `{base}`, and may have no dot");
        unfit(template, field, message, help, out);
    } else if length + ADDED > LONGEST {
        let message = format!(
            "its Service is called after `{base}` and `{}`, and would have more than {LONGEST} characters",
            template.text("name")
        );
        unfit(template, field, message, help, out);
    } else if length + ADDED_LATER > LONGEST {
        let message = format!(
            "its Service is called after `{base}` and `{}`, and may get more than {LONGEST} characters",
            template.text("name")
        );
        warn(template, field, SERVICE_UNFIT, message, help, out);
    }
}

/// Can a Service be made of the ports? Without any, none is.
fn ports(template: &Cursor, field: &str, pods: &Cursor, out: &mut Findings) -> bool {
    let mut all: Vec<(&str, Option<i64>, &str)> = Vec::new();
    for container in pods.list("containers") {
        for port in container.list("ports") {
            let protocol = match port.text("protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            all.push((port.text("name"), port.int("containerPort"), protocol));
        }
    }
    if all.is_empty() {
        if field == "service" {
            let message = "`service` makes none: the containers have no ports";
            let help = "name the ports of the containers";
            warn(template, field, FIELD_VOID, message, help, out);
        }
        return false;
    }
    let wrong = all
        .iter()
        .enumerate()
        .find_map(|(index, (name, number, protocol))| {
            let earlier = all.get(..index).unwrap_or_default();
            let shown = number.unwrap_or(0);
            if all.len() > 1 && name.is_empty() {
                return Some(format!(
                    "the port {shown} has no name, and there are several"
                ));
            }
            let twice = earlier
                .iter()
                .any(|one| (one.1, one.2) == (*number, *protocol));
            if twice {
                return Some(format!("the port {shown} is there twice"));
            }
            let named = earlier.iter().any(|one| one.0 == *name);
            named.then(|| format!("two ports are called `{name}`"))
        });
    if let Some(wrong) = wrong {
        let message = format!("its Service cannot have these ports: {wrong}");
        unfit(template, field, message, "name each port once", out);
        return false;
    }
    true
}
