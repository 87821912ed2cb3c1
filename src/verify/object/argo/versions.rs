//! Fields that older controllers do not know. Their definitions drop them without a word, so that
//! the object is stored without what it says.
//!
//! Source: `manifests/crds/*.yaml` of argo-rollouts 1.8.3, 1.9.1 and 1.10.1.

use crate::codes;
use crate::value::{Map, Value};
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::shape::Findings;
use crate::verify::target::RolloutsVersion::{self, V1_9, V1_10};

codes! {
    /// The version of Argo Rollouts that the environment names does not know the field yet. Where
    /// fields are looked at strictly, as Argo CD and kubectl do, the object is refused; otherwise its
    /// definition drops the field, and the rollout does as if it had not been written.
    ///
    /// Remove the field, or raise `target argo-rollouts` once the controller is newer.
    FIELD_TOO_NEW = "field-too-new": "a field that this version of Argo Rollouts drops";
}

/// Fields of a canary, and since when they are known.
const CANARY: [(&str, RolloutsVersion); 2] = [
    ("replicaProgressThreshold", V1_9),
    (
        "trafficRouting/istio/destinationRule/additionalSubsetNames",
        V1_9,
    ),
];

/// Fields of a metric's provider.
const PROVIDER: [(&str, RolloutsVersion); 2] = [
    ("kayenta/lookback", V1_9),
    ("datadog/requestTimeout", V1_10),
];

pub fn rollout(object: &Cursor, target: &Target, out: &mut Findings) {
    let Some(canary) = object.at("spec/strategy/canary") else {
        return;
    };
    newer(&canary, &CANARY, target, out);
    for step in canary.list("steps") {
        let field = [("experiment/scaleDownDelaySeconds", V1_9)];
        newer(&step, &field, target, out);
    }
}

pub fn analysis(object: &Cursor, target: &Target, out: &mut Findings) {
    for metric in object.list("spec/metrics") {
        if let Some(provider) = metric.at("provider") {
            newer(&provider, &PROVIDER, target, out);
        }
    }
}

/// Fills in the defaults of the newest definition, save for fields that the target does not know:
/// there the object would be refused for what nobody has written.
pub fn fill(value: &mut Value, target: &Target, defaults: impl FnOnce(&mut Value)) {
    const FIELD: &str = "requestTimeout";
    let open: Vec<bool> = match target.rollouts < V1_10 {
        true => datadogs(value)
            .map(|at| at.is_some_and(|map| map.get(FIELD).is_none()))
            .collect(),
        false => Vec::new(),
    };
    defaults(value);
    for (at, open) in datadogs(value).zip(open) {
        if let (Some(map), true) = (at, open) {
            map.remove(FIELD);
        }
    }
}

/// The Datadog provider of each metric.
fn datadogs(object: &mut Value) -> impl Iterator<Item = Option<&mut Map>> {
    let spec = object.as_map_mut().and_then(|map| map.get_mut("spec"));
    let metrics = spec
        .and_then(Value::as_map_mut)
        .and_then(|map| map.get_mut("metrics"));
    let list = match metrics {
        Some(Value::List(list)) => list.as_mut_slice(),
        _ => &mut [],
    };
    list.iter_mut().map(|metric| {
        let provider = metric.as_map_mut()?.get_mut("provider")?;
        provider.as_map_mut()?.get_mut("datadog")?.as_map_mut()
    })
}

fn newer(at: &Cursor, fields: &[(&str, RolloutsVersion)], target: &Target, out: &mut Findings) {
    for (path, since) in fields {
        if target.rollouts < *since && at.has(path) {
            let message = format!(
                "Argo Rollouts {} drops this field; {} knows it",
                target.rollouts.text(),
                since.text()
            );
            let help = "remove it, or run a newer controller";
            out.push(at.error_at(path, FIELD_TOO_NEW, message).help(help));
        }
    }
}
