//! `release`: set what runs in an environment.

use std::path::Path;
use std::time::Duration;

use super::Exit;
use super::compile::{failed, findings};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit::releases::{self, Edit, Release};
use crate::io::terminal::Terminal;
use crate::io::tree::{self, Event};
use crate::io::{self};
use crate::model::layers::UNKNOWN_NAME;
use crate::model::resolve;

/// Set the version and digest of a service, or the version of a component, in an environment
///
/// Changes one entry of `environments/<environment>/releases.yaml` and no other byte of it.
#[derive(Debug, clap::Args)]
pub struct Args {
    environment: String,
    /// A service or component that runs there
    name: String,
    /// `<version>@sha256:<digest>` for a service, `<version>` for a component
    release: String,
    /// Write nothing; tell what would be written
    #[arg(long)]
    dry_run: bool,
}

/// How long a release waits for another one.
const WAIT: Duration = Duration::from_secs(30);

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let release = match Release::parse(&args.release) {
        Ok(release) => release,
        Err(message) => {
            terminal.error(&message);
            terminal.message("help: write `1.8.2@sha256:…`, or `1.8.2` for a component\n");
            return Exit::Usage;
        }
    };
    // From reading to writing nobody else releases, or one of the two would be lost.
    let lock = match locked(root, args, terminal) {
        Ok(lock) => lock,
        Err(error) => return failed(&error, terminal),
    };
    let mut diags = Diagnostics::new();
    let sources = match io::load(root, &mut diags) {
        Ok(sources) => sources,
        Err(error) => return failed(&error, terminal),
    };
    if diags.has_errors() {
        return findings(root, &diags.into_sorted(), &sources, terminal);
    }
    let Some(fleet) = resolve::resolve(&sources, &mut diags) else {
        return findings(root, &diags.into_sorted(), &sources, terminal);
    };
    let exit = match releases::set(&sources, &fleet, &args.environment, &args.name, &release) {
        Ok(edit) => write(root, args, &edit, &release, terminal),
        Err(found) => findings(root, &cause(found, diags), &sources, terminal),
    };
    drop(lock);
    exit
}

/// The lock of the fleet's specs, where something may be written.
fn locked(
    root: &Path,
    args: &Args,
    terminal: &mut Terminal,
) -> Result<Option<tree::Lock>, io::Error> {
    let folder = root.join("environments");
    if args.dry_run || !io::exists(&folder) {
        return Ok(None);
    }
    let progress = terminal.progress();
    let notice = |_: Event| {
        progress.say("waiting for another release");
        Ok(())
    };
    tree::lock(&folder, WAIT, &notice).map(Some)
}

/// A name may be unknown because its file cannot be read: then that is what there is to say.
fn cause(found: Vec<Diagnostic>, earlier: Diagnostics) -> Vec<Diagnostic> {
    let is_unknown = found.iter().all(|one| one.code == UNKNOWN_NAME);
    match is_unknown && earlier.has_errors() {
        true => earlier.into_sorted(),
        false => found,
    }
}

fn write(
    root: &Path,
    args: &Args,
    edit: &Edit,
    release: &Release,
    terminal: &mut Terminal,
) -> Exit {
    let what = format!("{}/{}", args.environment, args.name);
    if edit.before.as_ref() == Some(release) {
        terminal.message(&format!("`{what}` is at {release} already\n"));
        return Exit::Clean;
    }
    if !args.dry_run
        && let Err(error) = io::write_file_atomic(&root.join(&edit.path), &edit.text)
    {
        return failed(&error, terminal);
    }
    let before = match &edit.before {
        Some(before) => format!("{before} → "),
        None => String::new(),
    };
    terminal.result(&format!("{what}: {before}{release}\n"));
    let wrote = match args.dry_run {
        true => "would write",
        false => "wrote",
    };
    terminal.message(&format!("{wrote} `{}`\n", edit.path));
    Exit::Clean
}
