//! Plans of a fleet: every Rollout that is emitted, with what the spec promises for it.

use rayon::prelude::*;

use super::{Item, Options, Session, items, object};
use crate::diagnostic::Diagnostics;
use crate::forecast::capacity::quota;
use crate::forecast::setting::{Setting, Slo};
use crate::forecast::{self, Forecast, Objects, Pace, Plan, Refused};
use crate::manifest::Finding;
use crate::model::Fleet;
use crate::plan::unit::Unit;
use crate::value::Value;

/// What is wrong with the plan of one workload.
#[derive(Clone, Debug)]
pub struct Unforeseen {
    /// The workload's, behind its environment where it has one.
    pub name: String,
    /// Which of the given manifests it is; `None` for what the fleet emits.
    pub manifest: Option<usize>,
    pub finding: Finding,
}

/// The plans of what `options` select, environment by environment. The fleet compiles.
pub fn plans(
    session: &Session,
    fleet: &Fleet,
    options: &Options,
    pace: &Pace,
) -> (Vec<Plan>, Vec<Unforeseen>) {
    let whole = Options {
        environments: options.environments.clone(),
        ..Options::default()
    };
    let items = items(session.sources, fleet, &whole);
    let objects: Vec<_> = items
        .par_iter()
        .map(|item| (item, values(session, item)))
        .collect();
    let (mut plans, mut unforeseen): (Vec<Plan>, Vec<Unforeseen>) = (Vec::new(), Vec::new());
    for environment in &fleet.environments {
        let name = environment.name.text.as_str();
        let here = |item: &Item| item.scope().environment.name.text == name;
        let own: Vec<_> = objects.iter().filter(|(item, _)| here(item)).collect();
        if own.is_empty() {
            continue;
        }
        let everything = Objects::new(own.iter().flat_map(|(_, values)| values));
        let mut plan = Plan {
            environment: name.to_string(),
            ..Plan::default()
        };
        for (item, values) in own {
            one(item, values, &everything, pace, &mut plan, &mut unforeseen);
        }
        room(&mut plan, &everything);
        let wanted = |name: &str| {
            options.services.is_empty() || options.services.iter().any(|one| one == name)
        };
        plan.is_part = !options.services.is_empty();
        plan.shown = plan
            .forecasts
            .iter()
            .map(|one| wanted(&one.setting.service))
            .collect();
        plans.push(plan);
    }
    (plans, unforeseen)
}

fn values(session: &Session, item: &Item) -> Vec<Value> {
    let kubernetes = object::kubernetes(&item.scope());
    let target = object::target(&item.scope());
    let mut diags = Diagnostics::new();
    let planned = item.planned(&mut diags);
    let values = planned.iter();
    values
        .filter_map(|planned| object::value(session, planned, &kubernetes, &target, &mut diags))
        .collect()
}

fn one(
    item: &Item,
    values: &[Value],
    everything: &Objects,
    pace: &Pace,
    plan: &mut Plan,
    unforeseen: &mut Vec<Unforeseen>,
) {
    let setting = match item {
        Item::Service(scope, service) => Setting::of(&Unit::new(*scope, service)),
        Item::Environment(scope) => Setting::of_environment(scope),
    };
    for value in values {
        let name = value.at(&["metadata", "name"]).and_then(Value::as_str);
        let name = format!("{}/{}", setting.environment, name.unwrap_or_default());
        let counted = planned(value, everything, &setting, pace);
        keep(counted, &name, None, plan, unforeseen);
    }
}

/// A plan, and what is wrong with it; or why there is none.
fn keep(
    counted: Result<Option<Forecast>, Refused>,
    name: &str,
    manifest: Option<usize>,
    plan: &mut Plan,
    unforeseen: &mut Vec<Unforeseen>,
) {
    let mut found = Vec::new();
    match counted {
        Ok(Some(forecast)) => {
            found.extend(forecast.doubts.iter().cloned());
            plan.forecasts.push(forecast);
        }
        Ok(None) => {}
        Err(refused) => found.push(refused),
    }
    unforeseen.extend(found.into_iter().map(|finding| Unforeseen {
        name: name.to_string(),
        manifest,
        finding,
    }));
}

/// The plan of a workload; `None` for what is none.
pub(super) fn planned(
    value: &Value,
    objects: &Objects,
    setting: &Setting,
    pace: &Pace,
) -> Result<Option<Forecast>, Refused> {
    let setting = Setting {
        slo: Slo::of(value),
        ..setting.clone()
    };
    match value.get("kind").and_then(Value::as_str) {
        Some("Rollout") => forecast::forecast(value, objects, &setting, pace).map(Some),
        _ => forecast::replaced(value, objects, &setting, pace),
    }
}

/// The quotas of the namespaces in which releases happen.
fn room(plan: &mut Plan, objects: &Objects) {
    let names = plan.forecasts.iter().map(|one| &one.rollout.namespace);
    let names: std::collections::BTreeSet<_> = names.cloned().collect();
    plan.quotas = names
        .into_iter()
        .map(|name| (name.clone(), quota(objects, &name)))
        .collect();
}

/// The plans of manifests that nobody promised anything for.
pub fn of_manifests(values: &[Value], setting: &Setting, pace: &Pace) -> (Plan, Vec<Unforeseen>) {
    let objects = Objects::new(values);
    let mut plan = Plan::default();
    let mut unforeseen = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let name = value.at(&["metadata", "name"]).and_then(Value::as_str);
        let counted = planned(value, &objects, setting, pace);
        let name = name.unwrap_or_default();
        keep(counted, name, Some(at), &mut plan, &mut unforeseen);
    }
    room(&mut plan, &objects);
    plan.shown = vec![true; plan.forecasts.len()];
    (plan, unforeseen)
}

/// One object of a manifest file, and where it stands.
#[derive(Clone, Debug)]
pub struct Part {
    pub value: Value,
    /// Which of the documents it stands in.
    pub document: usize,
    /// JSON pointer from the document to it: empty, or through the items of a list.
    pub prefix: String,
}

/// The objects of documents, the items of `List`s in their place.
pub fn parts(documents: impl IntoIterator<Item = Value>) -> Vec<Part> {
    let mut out = Vec::new();
    for (document, value) in documents.into_iter().enumerate() {
        let part = |value, prefix| Part {
            value,
            document,
            prefix,
        };
        match value.get("items").and_then(Value::as_list) {
            Some(items) if value.get("kind").and_then(Value::as_str) == Some("List") => {
                let items = items.iter().enumerate();
                out.extend(items.map(|(at, item)| part(item.clone(), format!("/items/{at}"))));
            }
            _ => out.push(part(value, String::new())),
        }
    }
    out
}
