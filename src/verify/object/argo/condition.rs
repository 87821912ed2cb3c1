//! The conditions of metrics: read, typed and tried out as the controller will.
//!
//! Source: argo-rollouts `utils/evaluate/evaluate.go` and `metricproviders/`. The controller
//! compiles a condition at each measurement, so what is wrong with it is found when a release is
//! under way: five such measurements in a row abort it.

use std::collections::BTreeSet;
use std::sync::RwLock;

use crate::codes;
use crate::condition::{
    Answer, Condition, Fault, FaultKind, Outcome, Phase, Probes, Type, measure, probes,
};
use crate::diagnostic::{Code, Severity};
use crate::manifest::Finding;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::answers::{self, Provider};
use crate::verify::object::argo::waits::INCONCLUSIVE_WAITS;
use crate::verify::object::shape::Findings;
use crate::verify::{RolloutsVersion, Target};

codes! {
    /// A `successCondition` or `failureCondition` is not written in the expression language of
    /// Argo Rollouts. The controller finds out at the first measurement, which counts as an error;
    /// after five of them the analysis fails and the release is aborted.
    ///
    /// Correct it at the letter that is named: `result[0] < 0.05`, `result.status == "ok"`.
    CONDITION_SYNTAX = "condition-syntax": "a condition that cannot be read";

    /// A condition is longer than 64 KiB, nested deeper than 100, or has more than 10,000 parts.
    /// The controller refuses the last; the others are a mistake.
    ///
    /// Say it shorter.
    CONDITION_TOO_LARGE = "condition-too-large": "a condition beyond all bounds";

    /// A condition names something that is not there. It knows `result`, the functions of the expr
    /// language (`len`, `all`, `any`, `filter`, `max` …), and `asInt`, `asFloat`, `isNaN`, `isInf`,
    /// `isNil` and `default`; nothing else, not the arguments of the template: those are written
    /// `{{args.name}}`. Every measurement would be an error.
    CONDITION_NAME = "condition-name": "a name or function that no condition knows";

    /// A condition cannot be used on what its provider answers, so every measurement is an error
    /// and the release is aborted. Prometheus answers with a list: `result[0] < 0.05`, not
    /// `result < 0.05`; with a plain number only where the query gives a scalar.
    CONDITION_TYPE = "condition-type": "a condition that does not fit its provider's answers";

    /// A condition is neither true nor false: it is a number, a text (the whole of it in quotes), a
    /// list. Every measurement is an error.
    ///
    /// Compare it with something: `result[0] < 0.05`.
    CONDITION_NOT_BOOLEAN = "condition-not-boolean": "a condition that is no yes or no";

    /// A measurement counts as a success although the provider had nothing to say: no series, NaN
    /// (no requests at all), a null. A release that breaks the metrics passes its analysis.
    ///
    /// Nothing is less or more than NaN, so a `failureCondition` alone lets it pass; `all` holds of
    /// an empty list. Ask for data: `len(result) == 1 && !isNaN(result[0]) && result[0] < 0.05`.
    CONDITION_PASSES_ON_NOTHING = "condition-passes-on-nothing": "a measurement without data that counts as a success";

    /// Whatever the provider answers, the measurement is a success: the analysis checks nothing.
    /// Bad versions go through like good ones.
    ///
    /// Compare `result` with what a good version does.
    CONDITION_ALWAYS = "condition-always": "conditions that every answer meets";

    /// No answer of the provider makes the measurement a success: what one part of the conditions
    /// asks for another forbids. No release would ever pass.
    CONDITION_NEVER = "condition-never": "conditions that no answer meets";

    /// A metric without conditions is a success whenever its provider answers at all, with any
    /// number, or none. Web metrics may mean that: they ask for the status of an address.
    ///
    /// Add a `successCondition`.
    CONDITION_MISSING = "condition-missing": "a metric that any answer satisfies";

    /// The provider decides by itself (a job by its end, Kayenta by its thresholds), and does not
    /// look at the conditions of the metric. What they forbid is let through.
    ///
    /// Remove them, or measure with another provider.
    CONDITION_IGNORED = "condition-ignored": "a condition that its provider does not ask";

    /// A web metric's answer is asked only where it is JSON: any other body (a page of a proxy, a
    /// plain `ok`) counts as a success, whatever the conditions say. So does every version from 1.8
    /// to 1.10 (`webmetric.go`, `parseResponse`).
    ///
    /// See to it that the address answers with JSON and nothing else, or let a job read the answer.
    CONDITION_PASSES_ON_TEXT = "condition-passes-on-text": "web answers that are no JSON count as successes";

    /// A condition uses what only Argo Rollouts 1.10 can read or work out: chains of comparisons
    /// (`0 < result < 1`), `max` and `min` over lists, and newer functions. Older controllers count
    /// each measurement as an error.
    CONDITION_NEWER = "condition-newer": "a condition that this version of Argo Rollouts cannot use";
}

const FIELDS: [&str; 2] = ["successCondition", "failureCondition"];

pub fn check(object: &Cursor, target: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let arguments = answers::arguments(&spec);
    for metric in spec.list("metrics") {
        let Some(provider) = Provider::of(&metric, &arguments) else {
            continue;
        };
        let mut check = Check {
            metric,
            target,
            provider,
            out,
        };
        check.metric(&arguments);
    }
}

/// What is wrong with a metric of somebody's own is worse in ours: we know better.
pub fn severity_of_ours(finding: &mut Finding) {
    let codes: [&'static Code; 3] = [
        CONDITION_PASSES_ON_NOTHING,
        CONDITION_ALWAYS,
        CONDITION_MISSING,
    ];
    if codes.contains(&finding.code) {
        finding.severity = Severity::Error;
    }
}

/// Conditions about which there was nothing to say: a fleet has the same few in thousands of
/// metrics.
static SOUND: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());
const MAX_SOUND: usize = 1_000;
const MAX_SOUND_LENGTH: usize = 1_000;

fn is_sound(key: &str) -> bool {
    SOUND.read().is_ok_and(|known| known.contains(key))
}

fn remember(key: String) {
    if let Ok(mut known) = SOUND.write()
        && known.len() < MAX_SOUND
        && key.len() < MAX_SOUND_LENGTH
    {
        known.insert(key);
    }
}

struct Check<'c> {
    metric: Cursor<'c, 'c>,
    target: &'c Target,
    provider: Provider,
    out: &'c mut Findings,
}

/// A condition that could be read, and where it stands.
struct Read {
    field: &'static str,
    condition: Condition,
    /// With arguments filled in.
    text: String,
    /// Whether an argument stands in it whose value is not known here.
    is_open: bool,
}

impl Check<'_> {
    fn name(&self) -> String {
        format!("`{}`", self.metric.text("name"))
    }

    fn metric(&mut self, arguments: &answers::Arguments) {
        let given = FIELDS.map(|field| self.metric.text(field));
        if given.iter().all(|text| text.is_empty()) {
            self.missing();
            return;
        }
        if self.provider.decides_alone() {
            for (field, text) in FIELDS.into_iter().zip(given) {
                if !text.is_empty() {
                    self.ignored(field);
                }
            }
            return;
        }
        if self.provider == Provider::Web {
            self.passes_on_text();
        }
        let known = self.key(given, arguments);
        if is_sound(&known) {
            return;
        }
        let before = self.out.len();
        self.conditions(given, arguments);
        if self.out.len() == before {
            remember(known);
        }
    }

    /// Everything that what is found depends on.
    fn key(&self, given: [&str; 2], arguments: &answers::Arguments) -> String {
        let [success, failure] = given.map(|text| answers::fill(text, arguments));
        let version = self.target.rollouts.text();
        format!("{:?} {version} {success:?} {failure:?}", self.provider)
    }

    fn conditions(&mut self, given: [&str; 2], arguments: &answers::Arguments) {
        let mut read = Vec::new();
        for (field, text) in FIELDS.into_iter().zip(given) {
            if !text.is_empty() {
                read.extend(self.read(field, text, arguments));
            }
        }
        let wanted = given.iter().filter(|text| !text.is_empty()).count();
        if read.len() == wanted {
            self.try_out(&read);
        }
    }

    fn missing(&mut self) {
        if !self.provider.needs_condition() {
            return;
        }
        let message = format!("any answer satisfies the metric {}", self.name());
        let finding = self
            .metric
            .warning_at("successCondition", CONDITION_MISSING, message)
            .help("add a `successCondition`");
        self.out.push(finding);
    }

    fn passes_on_text(&mut self) {
        let message = format!(
            "the conditions of {} are not asked where the answer is no JSON: it counts as a success",
            self.name()
        );
        let finding = self
            .metric
            .note_at("provider/web", CONDITION_PASSES_ON_TEXT, message)
            .help(
                "make sure that the address answers with JSON alone, or let a job read the answer",
            );
        self.out.push(finding);
    }

    fn ignored(&mut self, field: &'static str) {
        let message = format!("the `{field}` of {} is never asked", self.name());
        let finding = self
            .metric
            .warning_at(field, CONDITION_IGNORED, message)
            .help("remove it");
        self.out.push(finding);
    }

    /// Reads one condition, and looks at what holds for any answer.
    fn read(
        &mut self,
        field: &'static str,
        text: &str,
        arguments: &answers::Arguments,
    ) -> Option<Read> {
        let (text, is_open) = answers::fill(text, arguments);
        let fault = match Condition::parse(&text) {
            // What is put into an argument may make it one.
            Err(fault) if is_open && fault.kind != FaultKind::TooLarge => return None,
            Err(fault) => fault,
            Ok(condition) => match self.boolean(&condition) {
                Err(fault) => fault,
                Ok(()) => {
                    self.newer(field, &text, &condition);
                    return Some(Read {
                        field,
                        condition,
                        text,
                        is_open,
                    });
                }
            },
        };
        if !is_open || fault.kind != FaultKind::Mismatch {
            self.fault(field, &text, &fault);
        }
        None
    }

    /// What is wrong whatever the answer.
    fn boolean(&self, condition: &Condition) -> Result<(), Fault> {
        let found = condition.check(&Type::Unknown)?;
        if let Outcome::Error(fault) = condition.holds(&Answer::Opaque)
            && fault.kind == FaultKind::NotBoolean
        {
            return Err(fault);
        }
        match found.is_boolean() {
            true => Ok(()),
            false => Err(Fault::not_boolean(&found)),
        }
    }

    fn fault(&mut self, field: &'static str, text: &str, fault: &Fault) {
        let (code, what, help) = match fault.kind {
            FaultKind::Syntax => (CONDITION_SYNTAX, "cannot be read", "correct the condition"),
            FaultKind::TooLarge => (CONDITION_TOO_LARGE, "is too large", "say it shorter"),
            FaultKind::Unknown => (
                CONDITION_NAME,
                "names what is not there",
                "use `result`, or an argument as `{{args.name}}`",
            ),
            FaultKind::NotBoolean => (
                CONDITION_NOT_BOOLEAN,
                "is neither true nor false",
                "compare it with something, such as `result[0] < 0.05`",
            ),
            FaultKind::Mismatch => (
                CONDITION_TYPE,
                "is an error for every answer",
                self.provider.advice(),
            ),
        };
        let letter = text
            .get(..fault.at)
            .map_or(0, |before| before.chars().count())
            + 1;
        let message = format!(
            "the `{field}` of {} {what}, at letter {letter}: {}",
            self.name(),
            fault.message
        );
        let mut finding = self.metric.error_at(field, code, message).help(help);
        if let Some(line) = pointed(text, fault.at) {
            finding = finding.note(line);
        }
        self.out.push(finding);
    }

    fn newer(&mut self, field: &'static str, text: &str, condition: &Condition) {
        if self.target.rollouts >= RolloutsVersion::V1_10 {
            return;
        }
        if let Some(newer) = condition.newer().first() {
            let letter = text
                .get(..newer.at)
                .map_or(0, |before| before.chars().count())
                + 1;
            let message = format!(
                "the `{field}` of {} has {} at letter {letter}, which Argo Rollouts {} cannot read",
                self.name(),
                newer.what,
                self.target.rollouts.text()
            );
            let finding = self.metric.error_at(field, CONDITION_NEWER, message);
            self.out
                .push(finding.help("say it in the words of older versions"));
        }
    }

    /// Asks the conditions about answers as the provider gives them.
    fn try_out(&mut self, read: &[Read]) {
        let conditions: Vec<&Condition> = read.iter().map(|read| &read.condition).collect();
        let of = |field| {
            let found = read.iter().find(|read| read.field == field);
            found.map(|read| &read.condition)
        };
        let (success, failure) = (of(FIELDS[0]), of(FIELDS[1]));
        let shapes = self.provider.shapes();
        let probed: Vec<Probes> = shapes
            .iter()
            .map(|shape| probes(&conditions, *shape))
            .collect();
        if self.fits(read, &probed) {
            let is_open = read.iter().any(|read| read.is_open);
            if !is_open && let [probed] = probed.as_slice() {
                self.constant(read, success, failure, probed);
            }
        }
        let nothing = self.provider.nothing();
        let passes = nothing
            .into_iter()
            .filter(|(_, answer)| measure(success, failure, answer) == Phase::Successful);
        let passes: Vec<&str> = passes.map(|(name, _)| name).collect();
        if !passes.is_empty() && !self.is_constant() {
            self.passes(read, &passes);
        }
    }

    fn is_constant(&self) -> bool {
        let last = self.out.last();
        last.is_some_and(|last| last.code == CONDITION_ALWAYS || last.code == CONDITION_NEVER)
    }

    /// Is there an answer that each condition can be asked about?
    fn fits(&mut self, read: &[Read], probed: &[Probes]) -> bool {
        let mut fits = true;
        for read in read {
            let mut faults = Vec::new();
            let answers = probed.iter().flat_map(|probes| &probes.answers);
            let works = answers.clone().count() == 0
                || answers
                    .clone()
                    .any(|answer| match read.condition.holds(answer) {
                        Outcome::Error(fault) => {
                            faults.push(fault);
                            false
                        }
                        _ => true,
                    });
            if !works
                && let Some(fault) = faults.first()
                && !read.is_open
            {
                self.fault(read.field, &read.text, fault);
            }
            fits &= works;
        }
        fits
    }

    fn constant(
        &mut self,
        read: &[Read],
        success: Option<&Condition>,
        failure: Option<&Condition>,
        probed: &Probes,
    ) {
        if !probed.is_exhaustive {
            return;
        }
        let phase = |answer| measure(success, failure, answer);
        let phases: BTreeSet<Phase> = probed.answers.iter().map(phase).collect();
        let field = read.first().map_or(FIELDS[0], |read| read.field);
        if phases.iter().all(|phase| *phase == Phase::Successful) {
            let message = format!("every answer satisfies the metric {}", self.name());
            let finding = self.metric.warning_at(field, CONDITION_ALWAYS, message);
            self.out
                .push(finding.help("compare with what a good version does"));
        } else if !phases.contains(&Phase::Successful) && !phases.contains(&Phase::Unknown) {
            let message = format!("no answer satisfies the metric {}", self.name());
            let finding = self.metric.error_at(field, CONDITION_NEVER, message);
            self.out
                .push(finding.help("correct the condition that contradicts"));
        } else {
            let mut told = probed.answers.iter().filter(|answer| is_data(answer));
            if let Some(answer) = told.find(|answer| phase(answer) == Phase::Inconclusive) {
                self.undecided(answer);
            }
        }
    }

    fn undecided(&mut self, answer: &Answer) {
        let number = match answer {
            Answer::Float(number) => Some(*number),
            Answer::List(_, list) => match list.as_slice() {
                [Answer::Float(number)] => Some(*number),
                _ => None,
            },
            _ => None,
        };
        let shown = number.filter(|number| number.abs() < 1e6);
        let shown = shown.map_or(String::new(), |number| format!(", as for {number}"));
        let message = format!(
            "the metric {} may neither succeed nor fail{shown}, and the rollout then waits for somebody",
            self.name()
        );
        let finding = self
            .metric
            .warning_at(FIELDS[1], INCONCLUSIVE_WAITS, message);
        self.out
            .push(finding.help("write one condition alone, or the opposite of the other"));
    }

    fn passes(&mut self, read: &[Read], nothing: &[&str]) {
        let field = read.first().map_or(FIELDS[0], |read| read.field);
        let message = format!(
            "the metric {} is a success where its answer is {}",
            self.name(),
            nothing.join(" or ")
        );
        let finding = self
            .metric
            .warning_at(field, CONDITION_PASSES_ON_NOTHING, message)
            .help(self.provider.guard());
        self.out.push(finding);
    }
}

/// An answer that says something: not empty, and no NaN.
fn is_data(answer: &Answer) -> bool {
    match answer {
        Answer::Float(number) => !number.is_nan(),
        Answer::List(_, list) => !list.is_empty() && list.iter().all(is_data),
        Answer::Nil => false,
        _ => true,
    }
}

/// The line of the condition, with a mark below the place.
pub(super) fn pointed(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |line| line + 1);
    let line = text.get(start..)?.lines().next()?;
    let column = text.get(start..at)?.chars().count();
    if line.chars().count() > 200 {
        return None;
    }
    let line = line.replace('\t', " ");
    Some(format!("{line}\n{}^", " ".repeat(column)))
}
