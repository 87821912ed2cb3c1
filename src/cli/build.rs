//! `build`: compile, and make the output folder equal to what came out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{DateArg, FormatArg, Selection};
use super::compile::{Compiled, failed, load, looking, report_aside};
use super::{Exit, sealed};
use crate::compile::Options;
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit::{self, tree::Tree};
use crate::io::tree::seal::Key;
use crate::io::tree::{self, Changes, Event, OUTPUT_DIFFERS, OUTPUT_EDITED, OUTPUT_INTERRUPTED};
use crate::io::{self, terminal::Terminal};
use crate::report::{self, Format};
use crate::source::{SourceTree, Span};

/// Compile the fleet into `generated/`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Where to write; `generated` below the fleet's root if absent
    #[arg(long, value_name = "DIR", conflicts_with = "stdout")]
    out: Option<PathBuf>,
    /// Write nothing; exit with 2 if the folder is not what the spec says
    #[arg(long, conflicts_with_all = ["stdout", "dry_run"])]
    check: bool,
    /// Print the manifests as one YAML stream instead of writing them
    #[arg(long)]
    stdout: bool,
    /// Write nothing; tell what would be written
    #[arg(long, conflicts_with = "stdout")]
    dry_run: bool,
    /// Overwrite files that were edited by hand or are not ours
    #[arg(long)]
    force: bool,
    /// Remove many files at once, and stateful ones
    #[arg(long)]
    allow_deletions: bool,
    #[command(flatten)]
    format: FormatArg,
    #[command(flatten)]
    date: DateArg,
}

/// How long a build waits for another one.
const WAIT: Duration = Duration::from_secs(30);

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let progress = terminal.progress();
    progress.say("compiling");
    let options = Options {
        date: args.date.date(),
        ..Options::default()
    };
    let loaded = match load(root) {
        Ok(loaded) => loaded,
        Err(error) => return failed(&error, terminal),
    };
    let out = args.out.clone().unwrap_or_else(|| folder(root));
    let key = args.is_whole().then(|| sealed::key(&loaded, &options));
    let standing = key.filter(|_| !args.force && guard(root, &out).is_none());
    let standing = standing.and_then(|key| sealed::standing(&out, &key, &loaded.sources));
    let told = |sources, findings| Told {
        args,
        root,
        out: &out,
        sources,
        findings,
    };
    if let Some((changes, findings)) = standing {
        drop(progress);
        return told(loaded.sources, findings).finish(&changes, terminal);
    }
    let Compiled { sources, result } = loaded.compile(&args.selection, options);
    drop(progress);
    told(sources, result.findings).compiled(&result.tree, key.as_ref(), terminal)
}

impl Args {
    /// Whether everything is compiled and written.
    fn is_whole(&self) -> bool {
        let is_selected =
            !self.selection.environments.is_empty() || !self.selection.services.is_empty();
        !(is_selected || self.check || self.dry_run || self.stdout)
    }
}

/// Writes, or plans to.
fn changes<'a>(
    args: &Args,
    out: &Path,
    wanted: &'a Tree,
    terminal: &mut Terminal,
) -> Result<Changes<'a>, io::Error> {
    let options = tree::Options {
        force: args.force,
        allow_deletions: args.allow_deletions,
        wait: WAIT,
    };
    match args.check || args.dry_run {
        true => tree::plan(out, wanted, &options),
        false => {
            let progress = terminal.progress();
            progress.say("writing");
            let notice = |event: Event| {
                match event {
                    Event::Wait => progress.say("waiting for another build"),
                    Event::Resume => progress.say("completing an interrupted build"),
                    _ => {}
                }
                Ok(())
            };
            tree::write(out, wanted, &options, &notice)
        }
    }
}

/// Why nothing may be written there: what is read would be mixed with what is written.
fn guard(root: &Path, out: &Path) -> Option<String> {
    let (root, full) = (io::absolute(root), io::absolute(out));
    let is_above = root.starts_with(&full);
    let inside = ["environments", "templates", "schemas", ".git"];
    let is_inside = inside
        .iter()
        .any(|area| full.starts_with(io::absolute(&root.join(area))));
    (is_above || is_inside).then(|| {
        let what = match is_above {
            true => "holds the fleet",
            false => "belongs to the sources of the fleet",
        };
        format!(
            "`{}` {what}: manifests cannot be written there",
            out.display()
        )
    })
}

/// `generated` below the root, without a leading `./`.
pub(super) fn folder(root: &Path) -> PathBuf {
    let path = root.join("generated");
    path.strip_prefix(".")
        .map(Path::to_path_buf)
        .unwrap_or(path)
}

/// What there is to tell, and about what.
struct Told<'a> {
    args: &'a Args,
    root: &'a Path,
    out: &'a Path,
    sources: SourceTree,
    findings: Vec<Diagnostic>,
}

impl Told<'_> {
    /// What is left to do when everything is compiled.
    fn compiled(mut self, tree: &Tree, key: Option<&Key>, terminal: &mut Terminal) -> Exit {
        let (args, root, out) = (self.args, self.root, self.out);
        let is_error = |one: &Diagnostic| one.severity == Severity::Error;
        let has_errors = self.findings.iter().any(is_error);
        if args.stdout && !has_errors {
            report_aside(root, args.format, &self.findings, &self.sources, terminal);
            terminal.result(&emit::stream(tree));
            return Exit::Clean;
        }
        if has_errors {
            return self.nothing(Exit::Findings, terminal);
        }
        if let Some(message) = guard(root, out) {
            terminal.error(&message);
            terminal.message("help: name a folder of its own, such as `--out generated`\n");
            return Exit::Refused;
        }
        let n_own = self.findings.len();
        match tree::strays(out, tree) {
            Ok(strays) => self.findings.extend(strays),
            Err(error) => return failed(&error, terminal),
        }
        let changes = match changes(args, out, tree, terminal) {
            Ok(changes) => changes,
            Err(error) => return failed(&error, terminal),
        };
        if let Some(key) = key {
            sealed::seal(out, key, &changes, &self.findings[..n_own]);
        }
        self.finish(&changes, terminal)
    }

    /// People read findings beside the results, machines as the only result.
    fn report(&self, terminal: &mut Terminal) {
        let format = self.args.format.format();
        let is_human = format == Format::Human;
        if is_human && self.findings.is_empty() {
            return;
        }
        let look = match is_human {
            true => terminal.message_look(),
            false => terminal.result_look(),
        };
        let look = looking(self.root, format, look);
        let text = report::render(format, &self.findings, &self.sources, &look);
        match is_human {
            true => terminal.message(&text),
            false => terminal.result(&text),
        }
    }

    /// Nothing was written: the findings say why.
    fn nothing(&self, exit: Exit, terminal: &mut Terminal) -> Exit {
        self.report(terminal);
        if self.args.format.is_human() {
            terminal.message("nothing was written\n");
        }
        exit
    }

    fn finish(mut self, changes: &Changes, terminal: &mut Terminal) -> Exit {
        let args = self.args;
        let is_interrupted = args.check && tree::interrupted(self.out);
        let differs = !changes.is_empty() || !changes.refusals.is_empty() || is_interrupted;
        if !changes.refusals.is_empty() && !args.check {
            self.findings.extend(changes.refusals.clone());
            return self.nothing(Exit::Refused, terminal);
        }
        let is_human = args.format.is_human();
        if !is_human {
            self.differences(changes, is_interrupted);
        }
        self.report(terminal);
        if is_human {
            if args.check || args.dry_run {
                terminal.result(&listing(changes));
            }
            terminal.message(&summary(args, self.out, changes));
            if is_interrupted {
                terminal.message(INTERRUPTED);
            }
        }
        match args.check && differs {
            true => Exit::Differences,
            false => Exit::Clean,
        }
    }

    /// Differences as findings, each at its file: errors for `--check`, notes for `--dry-run`,
    /// nothing where they were written.
    fn differences(&mut self, changes: &Changes, is_interrupted: bool) {
        let severity = match (self.args.check, self.args.dry_run) {
            (true, _) => Severity::Error,
            (_, true) => Severity::Note,
            _ => return,
        };
        let root = io::written_prefix(self.root);
        for (sign, path) in signs(changes) {
            let path = format!("{}/{path}", self.out.display());
            let (code, what) = match sign {
                '+' => (OUTPUT_DIFFERS, "is missing"),
                '-' => (OUTPUT_DIFFERS, "is no longer wanted"),
                '!' => (OUTPUT_EDITED, "was edited by hand"),
                _ => (OUTPUT_DIFFERS, "is not what the spec says"),
            };
            let message = format!("`{path}` {what}");
            let below = path.strip_prefix(&root).unwrap_or(&path).to_string();
            let file = self.sources.push_unread(below);
            let finding = Diagnostic::new(code, severity, message).at(Span::new(file, 0, 0), "");
            let help = "run `tiphys build`, and commit what it writes";
            self.findings.push(finding.help(help));
        }
        if is_interrupted {
            let message = "an earlier build was interrupted here";
            let finding = Diagnostic::new(OUTPUT_INTERRUPTED, severity, message);
            let help = "run `tiphys build` to complete it";
            self.findings.push(finding.help(help));
        }
    }
}

const INTERRUPTED: &str =
    "an earlier build was interrupted here: run `tiphys build` to complete it\n";

/// Sign and path: `+` created, `~` changed, `-` removed, `!` edited by hand.
fn signs<'a>(changes: &'a Changes<'_>) -> Vec<(char, &'a String)> {
    let lists = [
        ('+', &changes.created),
        ('~', &changes.changed),
        ('-', &changes.removed),
        ('!', &changes.edited),
    ];
    let mut lines: Vec<_> = lists
        .iter()
        .flat_map(|(sign, paths)| paths.iter().map(move |path| (path, *sign)))
        .collect();
    // A file that was edited by hand would be changed as well: the first sign says enough.
    lines.sort();
    lines.dedup_by_key(|(path, _)| *path);
    lines.into_iter().map(|(path, sign)| (sign, path)).collect()
}

/// One line a file.
fn listing(changes: &Changes) -> String {
    let lines = signs(changes).into_iter();
    lines
        .map(|(sign, path)| format!("{sign} {path}\n"))
        .collect()
}

fn summary(args: &Args, out: &Path, changes: &Changes) -> String {
    let (created, changed, removed) = (
        changes.created.len(),
        changes.changed.len(),
        changes.removed.len(),
    );
    let out = out.display();
    if changes.is_empty() && changes.edited.is_empty() {
        return format!("`{out}` is up to date: {} files\n", changes.n_unchanged);
    }
    let verb = match args.check || args.dry_run {
        true => "would change",
        false => "wrote",
    };
    let unchanged = changes.n_unchanged;
    format!(
        "{verb} `{out}`: {created} new, {changed} changed, {removed} removed, {unchanged} unchanged\n"
    )
}
