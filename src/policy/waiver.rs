//! Waivers: who may break which rule, where, and until when; and which of them anybody needs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pack::Pack;
use super::{EXPIRED_WAIVER, UNKNOWN_WAIVER, UNUSED_WAIVER};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::Fleet;
use crate::source::Span;
use crate::spec::language::Waiver;
use crate::spec::problem::nearest;
use crate::value::Str;

/// The target of a waiver that names none: all that runs in the environment, and itself.
const EVERYTHING: &str = "";

/// All waivers of a fleet.
#[derive(Debug, Default)]
pub struct Waivers {
    entries: Vec<Entry>,
    /// By environment, target and code.
    by_target: BTreeMap<(Str, Str, Str), Vec<usize>>,
}

#[derive(Debug)]
struct Entry {
    code: Str,
    code_span: Span,
    span: Span,
    target: Str,
    until: Option<(Str, Span)>,
    used: AtomicBool,
}

impl Waivers {
    pub fn of(fleet: &Fleet) -> Waivers {
        let mut waivers = Waivers::default();
        for environment in &fleet.environments {
            let here = &environment.name.text;
            for waiver in fleet.spec.waive.0.iter().chain(&environment.spec.waive.0) {
                waivers.add(here, None, waiver);
            }
            for service in &environment.services {
                for waiver in &service.spec.waive.0 {
                    waivers.add(here, Some(&service.name.text), waiver);
                }
            }
            for installed in &environment.installs {
                let component = fleet.components.get(&installed.name.text);
                for waiver in component
                    .iter()
                    .flat_map(|component| &component.spec.waive.0)
                {
                    waivers.add(here, Some(&installed.name.text), waiver);
                }
            }
        }
        waivers
    }

    fn add(&mut self, environment: &Str, own: Option<&Str>, waiver: &Waiver) {
        let everything = Str::from(EVERYTHING);
        let target = own.or(waiver.target.as_ref().map(|at| &at.value.0));
        let target = target.unwrap_or(&everything);
        let Some(code) = &waiver.code else {
            return;
        };
        let same = self
            .entries
            .iter()
            .position(|one| one.code_span == code.span && one.target == *target);
        let at = same.unwrap_or_else(|| {
            self.entries.push(Entry {
                code: code.value.0.clone(),
                code_span: code.span,
                span: waiver.span,
                target: target.clone(),
                until: waiver
                    .until
                    .as_ref()
                    .map(|at| (at.value.0.clone(), at.span)),
                used: AtomicBool::new(false),
            });
            self.entries.len() - 1
        });
        let key = (environment.clone(), target.clone(), code.value.0.clone());
        self.by_target.entry(key).or_default().push(at);
    }

    fn find(&self, environment: &str, target: &str, code: &str) -> Vec<usize> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let of = |target: &str| {
            let key = (environment.into(), target.into(), code.into());
            self.by_target.get(&key).into_iter().flatten().copied()
        };
        of(target).chain(of(EVERYTHING)).collect()
    }

    pub fn has(&self, environment: &str, target: &str, code: &str) -> bool {
        !self.find(environment, target, code).is_empty()
    }

    /// Whether a breach is waived; the waiver is then needed.
    pub fn waives(&self, environment: &str, target: &str, code: &str) -> bool {
        let found = self.find(environment, target, code);
        for at in found.iter().copied() {
            self.entries[at].used.store(true, Ordering::Relaxed);
        }
        !found.is_empty()
    }

    /// What is wrong with the waivers themselves. `unused` says whether everything was looked at.
    pub fn report(
        &self,
        packs: &[Pack],
        date: &str,
        is_check: bool,
        unused: bool,
        diags: &mut Diagnostics,
    ) {
        let codes = || {
            packs
                .iter()
                .flat_map(|pack| &pack.rules)
                .map(|rule| rule.code.name)
        };
        for entry in &self.entries {
            if !codes().any(|code| entry.code == code) {
                diags.push(unknown(entry, codes()));
            } else if unused && !entry.used.load(Ordering::Relaxed) {
                let message = match entry.target.as_str() {
                    EVERYTHING => format!("nothing there breaks `{}`", entry.code),
                    target => format!("`{target}` breaks `{}` in no environment", entry.code),
                };
                diags.push(
                    Diagnostic::error(UNUSED_WAIVER, message)
                        .at(entry.span, "nothing needs this waiver")
                        .help("remove it"),
                );
            }
            if let Some((until, span)) = entry
                .until
                .as_ref()
                .filter(|(until, _)| until.as_str() < date)
            {
                let severity = if is_check {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                let target = match entry.target.as_str() {
                    EVERYTHING => "all of the environment".to_string(),
                    target => format!("`{target}`"),
                };
                let message = format!(
                    "the waiver of `{}` for {target} ended on {until}",
                    entry.code
                );
                diags.push(
                    Diagnostic::new(EXPIRED_WAIVER, severity, message)
                        .at(*span, "its last day")
                        .note(format!("today is {date}"))
                        .help("fix what it excuses, or decide again and set a new `until`"),
                );
            }
        }
    }
}

/// Codes of the other stages: what they say cannot be waived.
fn is_structural(code: &str) -> bool {
    let tables = [
        crate::spec::problem::CODES,
        crate::model::check::CODES,
        crate::model::layers::CODES,
        crate::plan::check::CODES,
        crate::schema::CODES,
        crate::verify::CODES,
    ];
    tables
        .iter()
        .any(|codes| codes.iter().any(|known| known.name == code))
}

fn unknown<'a>(entry: &Entry, codes: impl Iterator<Item = &'a str>) -> Diagnostic {
    let code = &entry.code;
    if is_structural(code) {
        return Diagnostic::error(
            UNKNOWN_WAIVER,
            format!("`{code}` is no policy: it cannot be waived"),
        )
        .at(entry.code_span, "not a rule")
        .help("fix what it says, and remove the waiver");
    }
    let finding = Diagnostic::error(UNKNOWN_WAIVER, format!("there is no rule `{code}`"))
        .at(entry.code_span, "not a rule");
    match nearest(code, codes) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("run `tiphys explain` for all codes"),
    }
}
