//! `lint`: any Kubernetes manifests, whoever wrote them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Exit;
use super::args::{DateArg, FormatArg};
use super::compile::failed;
use super::explain::{all_codes, nearest};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::io::{self, Manifest, terminal::Terminal};
use crate::lint::security::Level;
use crate::lint::{self, Filter, Input, Options, Report};
use crate::report::{self, Format, Summary, markdown};
use crate::schema::Schemas;
use crate::source::{SourceFile, SourceTree};
use crate::syntax::yaml;
use crate::verify::{RolloutsVersion, Target};

/// Check Kubernetes manifests that anybody wrote
///
/// Reads YAML and JSON, several documents in a file, lists, and what `helm template` and
/// `kustomize build` print. Checks schemas, what the API server and Argo's controllers check in code,
/// references between the objects, the security of pods, and gaps between network policies.
///
/// Exits with 3 where an error was found.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files, folders, or `-` for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    /// The version of Kubernetes; the newest known one if absent
    #[arg(long, value_name = "1.N")]
    kubernetes: Option<String>,
    /// The version of Argo Rollouts; the newest known one if absent
    #[arg(long, value_name = "1.N")]
    rollouts: Option<String>,
    /// CustomResourceDefinitions of one's own: files or folders
    #[arg(long, value_name = "FILE|DIR")]
    crds: Vec<PathBuf>,
    /// The namespace of objects that name none
    #[arg(short = 'n', long, value_name = "NAME", default_value = "default")]
    namespace: String,
    /// The files are all that there is: every object that is named and missing is an error
    #[arg(long)]
    complete: bool,
    /// Which of the Pod Security Standards pods are held against
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    pod_security: LevelName,
    /// Only these codes, or those that begin so
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these codes, nor those that begin so
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// How bad a code is: `error`, `warning`, `note` or `off`
    #[arg(long, value_name = "CODE=SEVERITY", value_delimiter = ',', value_parser = severity)]
    severity: Vec<(String, Told)>,
    /// A file of waivers; `.tiphys-lint.yaml` in or beside what is read if absent
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Exit with 3 for warnings as well
    #[arg(long)]
    strict: bool,
    /// Say what each code means, once, below the findings
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    format: FormatArg,
    #[command(flatten)]
    date: DateArg,
}

/// `--pod-security`
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum LevelName {
    Privileged,
    Baseline,
    #[default]
    Restricted,
}

/// A severity, or none for `off`.
type Told = Option<Severity>;

fn severity(text: &str) -> Result<(String, Told), String> {
    let (code, word) = text.split_once('=').ok_or("write `CODE=error`")?;
    let severity = match word {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "note" => Some(Severity::Note),
        "off" => None,
        _ => {
            return Err(format!(
                "`{word}` is not one of `error`, `warning`, `note`, `off`"
            ));
        }
    };
    Ok((code.to_owned(), severity))
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let options = match options(args) {
        Ok(options) => options,
        Err((wrong, help)) => {
            terminal.error(&wrong);
            terminal.message(&format!("help: {help}\n"));
            return Exit::Usage;
        }
    };
    let progress = terminal.progress();
    progress.say("checking");
    let checked = check(root, args, &options);
    drop(progress);
    match checked {
        Ok((sources, report)) => tell(args, &sources, &report, terminal),
        Err(error) => failed(&error, terminal),
    }
}

/// What is wrong on the command line comes with what to do.
fn options(args: &Args) -> Result<Options, (String, String)> {
    let codes = args.select.iter().chain(&args.ignore);
    for code in codes.chain(args.severity.iter().map(|(code, _)| code)) {
        known(code)?;
    }
    let versions = Schemas::bundled().kubernetes_versions();
    let kubernetes = match &args.kubernetes {
        None => versions.last().cloned().unwrap_or_default(),
        Some(version) if versions.contains(version) => version.clone(),
        Some(version) => {
            let wrong = format!("no schemas are known for Kubernetes `{version}`");
            return Err((wrong, format!("write one of {}", versions.join(", "))));
        }
    };
    let rollouts = match &args.rollouts {
        None => RolloutsVersion::default(),
        Some(version) => RolloutsVersion::parse(version).ok_or_else(|| {
            let wrong = format!("nothing is known of Argo Rollouts `{version}`");
            (wrong, "write one of 1.8, 1.9, 1.10".to_owned())
        })?,
    };
    Ok(Options {
        kubernetes,
        target: Target { rollouts },
        namespace: args.namespace.clone(),
        pod_security: match args.pod_security {
            LevelName::Privileged => Level::Privileged,
            LevelName::Baseline => Level::Baseline,
            LevelName::Restricted => Level::Restricted,
        },
        complete: args.complete,
        filter: Filter {
            select: args.select.clone(),
            ignore: args.ignore.clone(),
            severity: args.severity.clone(),
        },
        date: args.date.date(),
        known: all_codes().collect(),
    })
}

fn known(code: &str) -> Result<(), (String, String)> {
    if !code.is_empty() && all_codes().any(|one| one.name.starts_with(code)) {
        return Ok(());
    }
    let help = match near(code) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tiphys explain` lists all codes".to_owned(),
    };
    Err((format!("no code begins with `{code}`"), help))
}

/// The nearest code, or beginning of codes.
fn near(code: &str) -> Option<&'static str> {
    let beginnings = all_codes().flat_map(|one| {
        let parts = one.name.match_indices('-').map(|(at, _)| &one.name[..at]);
        parts.chain([one.name])
    });
    let beginnings: BTreeSet<&str> = beginnings.collect();
    crate::spec::problem::nearest(code, beginnings).or_else(|| nearest(code))
}

/// Reads everything and checks it.
fn check(root: &Path, args: &Args, options: &Options) -> Result<(SourceTree, Report), io::Error> {
    let mut diags = Diagnostics::new();
    let manifests = io::load_manifests(root, &args.paths, &mut diags)?;
    let definitions = io::load_manifests(root, &args.crds, &mut diags)?;
    let waivers = match &args.waivers {
        Some(path) => vec![path.clone()],
        None => io::waiver_files(root, &args.paths),
    };
    let mut files: Vec<SourceFile> = Vec::new();
    let waivers: Vec<String> = waivers
        .iter()
        .map(|path| {
            let text = io::read_file(&root.join(path))?;
            let path = path.to_string_lossy().into_owned();
            let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
            files.push(SourceFile {
                path: path.clone(),
                text,
            });
            Ok(path)
        })
        .collect::<Result<_, io::Error>>()?;
    let named: BTreeSet<String> = manifests
        .iter()
        .filter(|one| one.is_named)
        .map(|one| one.file.path.clone())
        .collect();
    let paths = |list: &[Manifest]| list.iter().map(|one| one.file.path.clone()).collect();
    let (linted, defined): (Vec<String>, Vec<String>) = (paths(&manifests), paths(&definitions));
    files.extend(manifests.into_iter().chain(definitions).map(|one| one.file));
    let sources = SourceTree::new(files);
    let schemas = schemas(&sources, &defined, &mut diags);
    let linted: BTreeSet<String> = linted.into_iter().collect();
    let inputs: Vec<Input> = linted
        .iter()
        .filter_map(|path| {
            let file = sources.find(path)?;
            let is_named = named.contains(path);
            Some(Input { file, is_named })
        })
        .collect();
    let waivers: Vec<_> = waivers
        .iter()
        .filter_map(|path| sources.find(path))
        .collect();
    let mut report = lint::lint(&sources, &inputs, &waivers, schemas, options);
    if !diags.is_empty() {
        let judged = diags.into_sorted().into_iter().filter_map(|one| {
            let severity = options.filter.judge(one.code, one.severity)?;
            Some(Diagnostic { severity, ..one })
        });
        let mut all = Diagnostics::new();
        all.extend(judged.chain(report.findings));
        report.findings = all.into_sorted();
    }
    Ok((sources, report))
}

/// The bundle, and the definitions in `--crds`.
fn schemas(sources: &SourceTree, paths: &[String], diags: &mut Diagnostics) -> Schemas {
    let mut crds = Vec::new();
    let mut trees = Vec::new();
    for file in paths.iter().filter_map(|path| sources.find(path)) {
        for tree in yaml::read_foreign(file, sources.text(file), diags) {
            crds.push((file, yaml::to_value(&tree)));
            trees.push((file, tree));
        }
    }
    let (schemas, findings) = Schemas::bundled().with_crds(&crds);
    for (file, finding) in findings {
        let place = trees.iter().find(|(id, _)| *id == file);
        let span = place.and_then(|(_, tree)| yaml::span_at(tree, &finding.pointer));
        let span = span.unwrap_or(crate::source::Span::new(file, 0, 0));
        diags.push(crate::compile::object::diagnostic(
            &finding,
            span,
            "in this definition",
        ));
    }
    schemas
}

fn tell(args: &Args, sources: &SourceTree, report: &Report, terminal: &mut Terminal) -> Exit {
    let look = terminal.result_look();
    let format = args.format.format();
    terminal.result(&report::render(format, &report.findings, sources, &look));
    if args.explain && format == Format::Human {
        explain(&report.findings, terminal);
    }
    let summary = Summary::of(&report.findings);
    if summary.errors + summary.warnings == 0 {
        let n = report.n_objects;
        let objects = if n == 1 { "object" } else { "objects" };
        terminal.message(&format!("checked: {n} {objects}, no findings\n"));
    }
    match summary.errors > 0 || args.strict && summary.warnings > 0 {
        true => Exit::Findings,
        false => Exit::Clean,
    }
}

/// The long text of each code that occurs.
fn explain(found: &[Diagnostic], terminal: &mut Terminal) {
    let codes: Vec<&Code> = found.iter().map(|one| one.code).collect();
    let names: BTreeSet<&str> = codes.iter().map(|code| code.name).collect();
    for name in names {
        let Some(code) = codes.iter().find(|code| code.name == name) else {
            continue;
        };
        let text = markdown::dedent(code.explanation);
        let text = markdown::render(&text, &terminal.result_look());
        terminal.result(&format!("\n{name}: {}\n\n{text}", code.summary));
    }
}
