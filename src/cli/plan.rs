//! `plan`: the arithmetic of a release.

mod manifest;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Exit;
use super::args::{DateArg, Selection};
use super::compile::{compile, failed, findings, looking};
use crate::compile::{Options, Session, forecast};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::forecast::{Pace, Plan, time};
use crate::io;
use crate::io::terminal::Terminal;
use crate::manifest::Finding;
use crate::model::resolve;
use crate::plan::check::{
    BROKEN_OBJECTIVE, OLD_VERSION_GONE, SHORT_OBSERVATION, TOO_FEW_REQUESTS, WEAK_CRITERION,
};
use crate::report::{self, Format, Look, plan as shown};
use crate::source::SourceTree;
use crate::spec::scalar::Scalar;
use crate::spec::unit::Rate;

/// Tell how long releases take, who sees them, what they need, and how a bad one is noticed
///
/// For each service and environment: stages with their times, shares of the traffic and pods; the
/// time until a bad version is noticed and withdrawn, and what it has cost by then; the requests
/// that a verdict needs; processors and memory at the peak. Each figure says what it rests on.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// How the plan is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: FormatName,
    /// A file for it, in the place of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Plan the workloads of these manifests instead of the fleet: a file, a folder, or `-` for standard
    /// input; once for each
    #[arg(long, value_name = "FILE|DIR|-", conflicts_with_all = ["environments", "services"])]
    manifest: Vec<PathBuf>,
    /// How long a pod takes until it is ready; worked out from its probes if absent
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pod_start: Option<u64>,
    /// The requests that are expected by what `--manifest` names, as `40rps`
    #[arg(long, value_name = "RATE", value_parser = rate, requires = "manifest")]
    load: Option<u64>,
    #[command(flatten)]
    date: DateArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FormatName {
    /// For people
    #[default]
    Human,
    /// One versioned document
    Json,
    /// With pictures in files beside `--out`, or drawn in letters
    Markdown,
    /// One page that needs nothing else
    Html,
    /// The picture of one release
    Svg,
}

fn duration(text: &str) -> Result<u64, String> {
    time::parse(text).ok_or_else(|| "expected a duration such as `30s`".into())
}

fn rate(text: &str) -> Result<u64, String> {
    Rate::parse(text).map(|rate| rate.0)
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let pace = Pace {
        pod_start: args.pod_start,
        ..Pace::default()
    };
    match args.manifest.is_empty() {
        true => fleet(root, args, &pace, terminal),
        false => manifest::plan(args, &pace, terminal),
    }
}

/// The fleet compiles first: a plan of what would be refused is none.
fn fleet(root: &Path, args: &Args, pace: &Pace, terminal: &mut Terminal) -> Exit {
    let progress = terminal.progress();
    progress.say("compiling");
    let options = Options {
        date: args.date.date(),
        ..Options::default()
    };
    let compiled = match compile(root, &args.selection, options.clone()) {
        Ok(compiled) => compiled,
        Err(error) => return failed(&error, terminal),
    };
    // Broken promises do not hide the plan that breaks them.
    let is_fatal = |found: &Diagnostic| found.severity == Severity::Error && !is_about_plans(found);
    if compiled.result.findings.iter().any(is_fatal) {
        drop(progress);
        return findings(root, &compiled.result.findings, &compiled.sources, terminal);
    }
    let mut diags = Diagnostics::new();
    let session = Session::new(&compiled.sources, &mut diags);
    let Some(fleet) = resolve::resolve(&compiled.sources, &mut diags) else {
        drop(progress);
        return findings(root, &diags.into_sorted(), &compiled.sources, terminal);
    };
    let options = Options {
        environments: args.selection.environments.clone(),
        services: args.selection.services.clone(),
        ..options
    };
    let (plans, unforeseen) = forecast::plans(&session, &fleet, &options, pace);
    drop(progress);
    let found = compiled.result.findings.into_iter();
    let found: Vec<_> = found.filter(is_about_plans).collect();
    if !found.is_empty() {
        findings(root, &found, &compiled.sources, terminal);
    }
    let unforeseen: Vec<_> = unforeseen.into_iter().map(nowhere).collect();
    let exit = told(&plans, &unforeseen, &compiled.sources, args, terminal);
    match exit == Exit::Clean && found.iter().any(|one| one.severity == Severity::Error) {
        true => Exit::Findings,
        false => exit,
    }
}

/// What `check` finds besides is not of this verb.
fn is_about_plans(found: &Diagnostic) -> bool {
    let codes = [
        BROKEN_OBJECTIVE,
        OLD_VERSION_GONE,
        SHORT_OBSERVATION,
        TOO_FEW_REQUESTS,
        WEAK_CRITERION,
    ];
    codes.contains(&found.code) || crate::forecast::CODES.contains(&found.code)
}

/// Of an object that the fleet emits: no line of the spec says it.
fn nowhere(unforeseen: forecast::Unforeseen) -> Diagnostic {
    let (name, finding) = (unforeseen.name, unforeseen.finding);
    let message = format!("`{name}`{}: {}", finding.pointer, finding.message);
    Diagnostic {
        message,
        ..plain(finding)
    }
}

fn plain(finding: Finding) -> Diagnostic {
    Diagnostic {
        code: finding.code,
        severity: finding.severity,
        message: finding.message,
        labels: Vec::new(),
        notes: finding.notes,
        help: finding.help,
    }
}

/// The plans as a result, what has no plan as messages.
fn told(
    plans: &[Plan],
    unforeseen: &[Diagnostic],
    sources: &SourceTree,
    args: &Args,
    terminal: &mut Terminal,
) -> Exit {
    let Some(text) = written(plans, args, &terminal.result_look()) else {
        terminal.error("a picture shows one release");
        terminal.message("help: name one with `--env` and `--service`, or take `--format html`\n");
        return Exit::Usage;
    };
    match &args.out {
        None => terminal.result(&text),
        Some(path) => {
            let mut files = vec![(path.clone(), text)];
            if matches!(args.format, FormatName::Markdown) {
                files.extend(pictures(plans, path));
            }
            for (path, text) in files {
                if let Err(error) = io::write_file_atomic(&path, &text) {
                    return failed(&error, terminal);
                }
            }
        }
    }
    if !unforeseen.is_empty() {
        let look = looking(Path::new(""), Format::Human, terminal.message_look());
        terminal.message(&report::render(Format::Human, unforeseen, sources, &look));
    }
    match unforeseen.is_empty() {
        true => Exit::Clean,
        false => Exit::Findings,
    }
}

/// `plan.md` has `plan-1.svg` and so on beside it.
fn picture(out: &Path, id: usize) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{}.svg", id + 1))
}

fn pictures(plans: &[Plan], out: &Path) -> Vec<(PathBuf, String)> {
    let asked = plans.iter().flat_map(Plan::asked).enumerate();
    let one = |(id, forecast)| (picture(out, id), shown::svg::svg(forecast, id));
    asked.map(one).collect()
}

/// `None`: a picture of more or less than one release.
fn written(plans: &[Plan], args: &Args, look: &Look) -> Option<String> {
    let link = |id: usize| {
        let path = picture(args.out.as_deref()?, id);
        Some(path.file_name()?.to_string_lossy().replace(' ', "%20"))
    };
    Some(match args.format {
        FormatName::Human => shown::human::plans(plans, look),
        FormatName::Json => shown::json::plans(plans),
        FormatName::Markdown => shown::markdown::plans(plans, &link),
        FormatName::Html => shown::html::plans(plans),
        FormatName::Svg => shown::svg::plans(plans)?,
    })
}
