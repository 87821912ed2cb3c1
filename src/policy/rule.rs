//! One rule: what it selects, what must hold, and what is said where it does not.

use super::schema::{self, Subject};
use super::{CLEAR_TEXT_SECRET, POLICY_NOT_CHECKED, native, pod};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::draft::Traced;
use crate::manifest::Finding;
use crate::model::Fleet;
use crate::plan::unit::Unit;
use crate::schema::expression::Expression;
use crate::source::Span;
use crate::value::Str;

/// A rule of a pack.
#[derive(Debug)]
pub struct Rule {
    pub code: &'static Code,
    pub severity: Severity,
    /// `service`, `environment`, `component`, `pod`, or kinds of objects.
    pub selects: Vec<Str>,
    pub test: Test,
    /// With `{name}` for what broke it.
    pub message: Str,
    pub help: Str,
    pub link: Option<Str>,
    /// Such as `soc2:CC8.1`.
    pub controls: Vec<Str>,
}

/// What must hold.
#[derive(Debug)]
pub enum Test {
    Schema(Box<schema::Compiled>),
    Cel(Expression),
    Registries,
    Secrets,
}

/// Where and why a rule does not hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breach {
    /// JSON pointer into what was looked at.
    pub pointer: String,
    /// Better than the pointer, where there is one.
    pub span: Option<Span>,
    pub note: Option<String>,
    /// The rule itself failed; it counts as broken.
    pub failed: bool,
}

impl Breach {
    pub fn at(pointer: String, note: String) -> Breach {
        Breach {
            pointer,
            note: Some(note),
            ..Breach::default()
        }
    }
}

impl Rule {
    pub fn selects(&self, word: &str) -> bool {
        self.selects.iter().any(|selected| selected == word)
    }

    /// The kinds of objects that it looks at, and `pod`.
    pub fn objects(&self) -> impl Iterator<Item = &Str> {
        let is_of_objects =
            |word: &&Str| *word == pod::WORD || word.starts_with(|c: char| c.is_ascii_uppercase());
        self.selects.iter().filter(is_of_objects)
    }

    /// What breaks it; `unit` is the service that the subject shows, if it shows one.
    pub fn breaches(&self, subject: &Subject, unit: Option<&Unit>, fleet: &Fleet) -> Vec<Breach> {
        let native = |found: Vec<native::Found>| {
            let one = |found: native::Found| Breach {
                span: Some(found.span),
                note: Some(found.note),
                ..Breach::default()
            };
            found.into_iter().map(one).collect()
        };
        match (&self.test, unit) {
            (Test::Schema(compiled), _) => {
                let pointers = schema::broken(compiled, subject).into_iter();
                pointers
                    .map(|pointer| Breach {
                        pointer,
                        ..Breach::default()
                    })
                    .collect()
            }
            (Test::Cel(expression), _) => match expression.holds(subject.value()) {
                Ok(true) => Vec::new(),
                Ok(false) => vec![Breach::default()],
                Err(why) => {
                    let note = Some(format!(
                        "the rule `{}` could not be evaluated: {why}",
                        self.code.name
                    ));
                    vec![Breach {
                        note,
                        failed: true,
                        ..Breach::default()
                    }]
                }
            },
            (Test::Registries, Some(unit)) => native(native::registries(unit)),
            (Test::Secrets, Some(unit)) => native(native::secrets(unit)),
            (Test::Registries, None) => native::registries_of(subject, fleet),
            (Test::Secrets, None) => native::secrets_of(subject),
        }
    }

    pub fn message(&self, name: &str) -> String {
        self.message.as_str().replace("{name}", name)
    }

    pub fn help(&self, name: &str) -> String {
        self.help.as_str().replace("{name}", name)
    }

    /// Facts that go with every finding.
    pub fn notes(&self) -> Vec<String> {
        let controls: Vec<_> = self.controls.iter().map(Str::as_str).collect();
        let controls = (!controls.is_empty()).then(|| format!("controls: {}", controls.join(", ")));
        let link = self.link.as_ref().map(|link| format!("see {link}"));
        controls.into_iter().chain(link).collect()
    }

    /// The finding for a breach of an object.
    pub fn object_finding(&self, severity: Severity, name: &str, breach: Breach) -> Finding {
        Finding {
            code: match breach.failed {
                true => POLICY_NOT_CHECKED,
                false => self.code,
            },
            severity,
            pointer: breach.pointer,
            message: self.message(name),
            notes: breach.note.into_iter().chain(self.notes()).collect(),
            help: Some(self.help(name)),
        }
    }

    /// The finding for a breach of what `view` shows.
    pub fn finding(
        &self,
        severity: Severity,
        name: &str,
        environment: &str,
        view: &Traced,
        breach: &Breach,
    ) -> Diagnostic {
        let message = match environment {
            "" => self.message(name),
            environment => format!("{} (in `{environment}`)", self.message(name)),
        };
        let mut finding = Diagnostic::new(self.code, severity, message);
        if let Some(span) = breach
            .span
            .or_else(|| super::view::place(view, &breach.pointer))
        {
            let text = self.code.summary;
            finding = match self.code == CLEAR_TEXT_SECRET {
                true => finding.at_secret(span, text),
                false => finding.at(span, text),
            };
        }
        finding.notes.extend(breach.note.clone());
        finding.notes.extend(self.notes());
        finding.help(self.help(name))
    }
}
