//! Policies: what an organisation asks of services, environments, components and objects beyond
//! what makes them work.
//!
//! Rules stand in packs (`schemas/policy/*.yaml`), environments set the level of each pack, and
//! waivers excuse one thing from one rule until a day. `docs/policies.md` describes the files.

mod codes;
mod mask;
mod native;
mod pack;
mod pod;
mod rule;
mod schema;
#[cfg(test)]
mod tests;
mod view;
mod waiver;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use rayon::prelude::*;

pub use codes::*;
use mask::Mask;
pub use native::suspicion;
use pack::Pack;
use rule::{Rule, Test};
use schema::Subject;
use waiver::Waivers;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::draft::Traced;
use crate::manifest::Finding;
use crate::model::{Environment, Fleet};
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::source::SourceTree;
use crate::spec::problem::nearest;
use crate::spec::text::Level;
use crate::value::{Str, Value};
use crate::verify::pods;

/// Every pack, compiled once.
#[derive(Debug, Default)]
pub struct Policies {
    packs: Vec<Pack>,
    /// Pack and rule of those that look at objects, by kind; those on pods by [`pod::WORD`].
    by_kind: BTreeMap<Str, Vec<(usize, usize)>>,
    /// What the schemas look at, by the word or kind that their rules select.
    masks: BTreeMap<Str, Mask>,
}

/// Policies at work on one fleet.
pub struct Judge<'a> {
    policies: &'a Policies,
    fleet: &'a Fleet,
    waivers: Waivers,
    /// The level of each pack, by environment.
    levels: BTreeMap<Str, Vec<Level>>,
    broken: Broken,
}

/// Which rules services, environments and components break, by environment.
#[derive(Debug, Default)]
struct Broken(RwLock<BTreeSet<(Str, Str, &'static str)>>);

impl Broken {
    fn add(&self, environment: &str, target: &str, code: &'static str) {
        let mut list = self.0.write().unwrap_or_else(PoisonError::into_inner);
        list.insert((environment.into(), target.into(), code));
    }

    fn has(&self, environment: &str, target: &str, code: &'static str) -> bool {
        let list = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !list.is_empty() && list.contains(&(environment.into(), target.into(), code))
    }
}

fn masks(packs: &[Pack]) -> BTreeMap<Str, Mask> {
    let mut masks: BTreeMap<Str, Mask> = BTreeMap::new();
    for rule in packs.iter().flat_map(|pack| &pack.rules) {
        if let Test::Schema(compiled) = &rule.test {
            for word in &rule.selects {
                let mask = masks.entry(word.clone()).or_default();
                mask.join(&compiled.mask);
            }
        }
    }
    masks
}

impl Policies {
    /// The built-in packs and those of `schemas/policy/`.
    pub fn load(sources: &SourceTree, diags: &mut Diagnostics) -> Policies {
        let packs = pack::packs(sources, diags);
        let mut by_kind: BTreeMap<Str, Vec<(usize, usize)>> = BTreeMap::new();
        for (number, pack) in packs.iter().enumerate() {
            for (at, rule) in pack.rules.iter().enumerate() {
                for kind in rule.objects() {
                    by_kind.entry(kind.clone()).or_default().push((number, at));
                }
            }
        }
        let masks = masks(&packs);
        Policies {
            packs,
            by_kind,
            masks,
        }
    }

    fn mask(&self, word: &str) -> &Mask {
        self.masks.get(word).unwrap_or(&Mask::All)
    }

    /// Codes of every rule, the user's own included, for `explain`.
    pub fn codes(&self) -> impl Iterator<Item = &'static Code> {
        self.packs
            .iter()
            .flat_map(|pack| &pack.rules)
            .map(|rule| rule.code)
    }

    /// Ready to judge; what is wrong with `policies` lines goes to `diags`.
    pub fn judge<'a>(&'a self, fleet: &'a Fleet, diags: &mut Diagnostics) -> Judge<'a> {
        let levels = fleet.environments.iter().map(|environment| {
            (
                environment.name.text.clone(),
                self.levels(fleet, environment),
            )
        });
        self.check_levels(fleet, diags);
        Judge {
            policies: self,
            fleet,
            waivers: Waivers::of(fleet),
            levels: levels.collect(),
            broken: Broken::default(),
        }
    }

    /// The environment's level, else the fleet's, else `off` for `production` and `error` for others.
    fn levels(&self, fleet: &Fleet, environment: &Environment) -> Vec<Level> {
        let level = |pack: &Pack| {
            let lists = [&environment.spec.policies, &fleet.spec.policies];
            let set = lists
                .iter()
                .find_map(|list| list.0.iter().find(|(name, _)| name.value.0 == pack.name));
            let default = if pack.name == "production" {
                Level::Off
            } else {
                Level::Error
            };
            set.map_or(default, |(_, level)| level.value)
        };
        self.packs.iter().map(level).collect()
    }

    fn check_levels(&self, fleet: &Fleet, diags: &mut Diagnostics) {
        let names = || self.packs.iter().map(|pack| pack.name.as_str());
        let environments = fleet
            .environments
            .iter()
            .flat_map(|one| &one.spec.policies.0);
        for (name, _) in fleet.spec.policies.0.iter().chain(environments) {
            let text = name.value.as_str();
            if !names().any(|known| known == text) {
                let finding =
                    Diagnostic::error(UNKNOWN_PACK, format!("there is no policy pack `{text}`"));
                let help = match nearest(text, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add `schemas/policy/{text}.yaml`, or correct the name"),
                };
                diags.push(finding.at(name.span, "not a pack").help(help));
            }
        }
    }
}

impl Judge<'_> {
    /// Every rule on services, environments and components.
    pub fn check_model(&self, sources: &SourceTree, diags: &mut Diagnostics) {
        for environment in &self.fleet.environments {
            let scope = Scope {
                sources,
                fleet: self.fleet,
                environment,
            };
            let view = view::environment(&scope);
            self.judge(
                "environment",
                &environment.name.text,
                environment,
                &view,
                None,
                diags,
            );
            for installed in &environment.installs {
                let Some(component) = self.fleet.components.get(&installed.name.text) else {
                    continue;
                };
                let version = installed
                    .release
                    .as_ref()
                    .and_then(|release| release.version.as_ref());
                let version = version.map(|at| (at.value.as_str(), at.span));
                let view = view::component(component, version);
                self.judge(
                    "component",
                    &installed.name.text,
                    environment,
                    &view,
                    None,
                    diags,
                );
            }
            let found: Vec<_> = environment
                .services
                .par_iter()
                .with_min_len(16)
                .map(|service| {
                    let mut found = Diagnostics::new();
                    let unit = Unit::new(scope, service);
                    self.judge(
                        "service",
                        &unit.name,
                        environment,
                        &view::service(&unit),
                        Some(&unit),
                        &mut found,
                    );
                    found
                })
                .collect();
            found.into_iter().for_each(|found| diags.append(found));
        }
    }

    fn judge(
        &self,
        word: &str,
        name: &str,
        environment: &Environment,
        view: &Traced,
        unit: Option<&Unit>,
        diags: &mut Diagnostics,
    ) {
        let here = environment.name.text.as_str();
        let value = view.to_value();
        let subject = Subject::new(&value, self.policies.mask(word));
        for (number, pack) in self.policies.packs.iter().enumerate() {
            for rule in pack.rules.iter().filter(|rule| rule.selects(word)) {
                let Some(severity) = self.asked(number, rule, here, name) else {
                    continue;
                };
                let breaches = rule.breaches(&subject, unit, self.fleet);
                if breaches.is_empty() || self.waivers.waives(here, name, rule.code.name) {
                    continue;
                }
                let Some(severity) = severity else { continue };
                self.broken.add(here, name, rule.code.name);
                let shown = if word == "environment" { "" } else { here };
                for breach in &breaches {
                    let mut finding = rule.finding(severity, name, shown, view, breach);
                    if breach.failed {
                        finding.code = POLICY_NOT_CHECKED;
                    }
                    diags.push(finding);
                }
            }
        }
    }

    /// Whether a rule is asked at all, and with which severity it speaks. A pack that is off is
    /// asked for what has a waiver of it, to see whether the waiver is needed.
    fn asked(
        &self,
        pack: usize,
        rule: &Rule,
        environment: &str,
        target: &str,
    ) -> Option<Option<Severity>> {
        let level = self
            .levels
            .get(environment)
            .and_then(|levels| levels.get(pack));
        match level {
            Some(Level::Error) => Some(Some(rule.severity)),
            Some(Level::Warn) => Some(Some(Severity::Warning)),
            _ => self
                .waivers
                .has(environment, target, rule.code.name)
                .then_some(None),
        }
    }

    /// Every rule on one emitted object of `target`: a service, a component or the environment.
    pub fn check_object(&self, environment: &str, target: &str, object: &Value) -> Vec<Finding> {
        let mut findings = Vec::new();
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
        if let Some(rules) = self.policies.by_kind.get(kind) {
            let subject = Subject::new(object, self.policies.mask(kind));
            self.judge_object(rules, environment, target, &subject, &mut findings);
        }
        let Some(rules) = self.policies.by_kind.get(pod::WORD) else {
            return findings;
        };
        for pod in pods::of(object) {
            let view = pod::view(object, &pod);
            let subject = Subject::pod(&view, self.policies.mask(pod::WORD));
            let mut found = Vec::new();
            self.judge_object(rules, environment, target, &subject, &mut found);
            for finding in &mut found {
                finding.pointer = view.pointer(&finding.pointer);
            }
            findings.extend(found);
        }
        findings
    }

    fn judge_object(
        &self,
        rules: &[(usize, usize)],
        environment: &str,
        target: &str,
        subject: &Subject,
        findings: &mut Vec<Finding>,
    ) {
        let name = subject.name().unwrap_or(target);
        for (pack, at) in rules {
            let rule = &self.policies.packs[*pack].rules[*at];
            let Some(severity) = self.asked(*pack, rule, environment, target) else {
                continue;
            };
            let breaches = rule.breaches(subject, None, self.fleet);
            if breaches.is_empty() || self.waivers.waives(environment, target, rule.code.name) {
                continue;
            }
            let Some(severity) = severity else { continue };
            // What follows from the service was said about the service.
            if self.broken.has(environment, target, rule.code.name) {
                continue;
            }
            findings.extend(
                breaches
                    .into_iter()
                    .map(|breach| rule.object_finding(severity, name, breach)),
            );
        }
    }

    /// What is wrong with waivers, once all else was judged. `date` is `YYYY-MM-DD`; `is_check`
    /// makes ended waivers errors; `is_complete` says that every object was looked at.
    pub fn finish(&self, date: &str, is_check: bool, is_complete: bool, diags: &mut Diagnostics) {
        let packs = &self.policies.packs;
        self.waivers
            .report(packs, date, is_check, is_complete, diags);
    }
}
