//! `build`: compile, and make the output folder equal to what came out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Exit;
use super::args::{DateArg, FormatArg, Selection};
use super::compile::{Compiled, compile, failed};
use crate::compile::Options;
use crate::emit;
use crate::io::terminal::Terminal;
use crate::io::tree::{self, Changes, Event};
use crate::report::{self, Format};

/// Compile the fleet into `generated/`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Where to write; `generated` below the fleet's root if absent
    #[arg(long, value_name = "DIR")]
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
    let compiled = compile(root, &args.selection, options);
    drop(progress);
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(error) => return failed(&error, terminal),
    };
    compiled.report_aside(args.format, terminal);
    if compiled.result.has_errors() {
        terminal.message("nothing was written\n");
        return Exit::Findings;
    }
    if args.stdout {
        terminal.result(&emit::stream(&compiled.result.tree));
        return Exit::Clean;
    }
    let out = args.out.clone().unwrap_or_else(|| folder(root));
    let wanted = &compiled.result.tree;
    let options = tree::Options {
        force: args.force,
        allow_deletions: args.allow_deletions,
        wait: WAIT,
    };
    let changes = match args.check || args.dry_run {
        true => tree::plan(&out, wanted, &options),
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
            tree::write(&out, wanted, &options, &notice)
        }
    };
    match changes {
        Ok(changes) => finish(args, &compiled, &out, &changes, terminal),
        Err(error) => failed(&error, terminal),
    }
}

/// `generated` below the root, without a leading `./`.
fn folder(root: &Path) -> PathBuf {
    let path = root.join("generated");
    path.strip_prefix(".")
        .map(Path::to_path_buf)
        .unwrap_or(path)
}

fn finish(
    args: &Args,
    compiled: &Compiled,
    out: &Path,
    changes: &Changes,
    terminal: &mut Terminal,
) -> Exit {
    let interrupted = args.check && tree::interrupted(out);
    if !changes.refusals.is_empty() && !args.check {
        let look = terminal.message_look();
        terminal.message(&report::render(
            Format::Human,
            &changes.refusals,
            &compiled.sources,
            &look,
        ));
        terminal.message("nothing was written\n");
        return Exit::Refused;
    }
    if args.check || args.dry_run {
        terminal.result(&listing(changes));
    }
    terminal.message(&summary(args, out, changes));
    if interrupted {
        terminal
            .message("an earlier build was interrupted here: run `tiphys build` to complete it\n");
    }
    let differs = !changes.is_empty() || !changes.refusals.is_empty() || interrupted;
    match args.check && differs {
        true => Exit::Differences,
        false => Exit::Clean,
    }
}

/// One line a file: `+` created, `~` changed, `-` removed, `!` edited by hand.
fn listing(changes: &Changes) -> String {
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
    lines
        .iter()
        .map(|(path, sign)| format!("{sign} {path}\n"))
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
