//! `release`: set what runs in an environment.

use std::path::Path;

use super::Exit;
use super::compile::failed;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit::releases::{self, Edit, Release};
use crate::io::{self, terminal::Terminal};
use crate::model::resolve;
use crate::report::{self, Format};
use crate::source::SourceTree;

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

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let release = match Release::parse(&args.release) {
        Ok(release) => release,
        Err(message) => {
            terminal.error(&message);
            terminal.message("help: write `1.8.2@sha256:…`, or `1.8.2` for a component\n");
            return Exit::Usage;
        }
    };
    let mut diags = Diagnostics::new();
    let sources = match io::load(root, &mut diags) {
        Ok(sources) => sources,
        Err(error) => return failed(&error, terminal),
    };
    let Some(fleet) = resolve::resolve(&sources, &mut diags) else {
        return findings(&diags.into_sorted(), &sources, terminal);
    };
    match releases::set(&sources, &fleet, &args.environment, &args.name, &release) {
        Ok(edit) => write(root, args, &edit, &release, terminal),
        Err(found) => findings(&found, &sources, terminal),
    }
}

fn findings(found: &[Diagnostic], sources: &SourceTree, terminal: &mut Terminal) -> Exit {
    let look = terminal.message_look();
    terminal.message(&report::render(Format::Human, found, sources, &look));
    Exit::Findings
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
