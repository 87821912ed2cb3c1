//! `fmt`: the canonical layout of KDL files.

use std::path::{Path, PathBuf};

use super::Exit;
use super::compile::{beneath, failed, looking};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::io::{self, terminal::Terminal};
use crate::report::{self, Format, diff};
use crate::source::{FileId, SourceFile, SourceTree};
use crate::spec::{document::Role, words};
use crate::syntax::kdl;

/// Give KDL spec files their canonical layout
///
/// Comments stay, and so does every value. YAML files are left as they are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files; all spec files of the fleet if absent
    files: Vec<PathBuf>,
    /// Write nothing; print what would change and exit with 2 if something would
    #[arg(long)]
    check: bool,
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let files = match args.files.is_empty() {
        true => all(root, terminal),
        false => named(root, &args.files, terminal),
    };
    let files = match files {
        Ok(files) => files,
        Err(exit) => return exit,
    };
    let (mut n_changed, mut findings) = (0, false);
    for file in &files {
        let new = match kdl::format::format(FileId(0), &file.text, &words::stays_bare) {
            Ok(new) => new,
            Err(found) => {
                say(&found.into_sorted(), root, file, terminal);
                findings = true;
                continue;
            }
        };
        if new == file.text {
            continue;
        }
        n_changed += 1;
        if args.check {
            terminal.result(&diff::unified(&file.path, &file.text, &new));
        } else if let Err(error) = io::write_file_atomic(&root.join(&file.path), &new) {
            return failed(&error, terminal);
        }
    }
    let done = match args.check {
        true => "would change",
        false => "changed",
    };
    terminal.message(&format!("{done} {n_changed} of {} files\n", files.len()));
    match (findings, args.check && n_changed > 0) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Differences,
        (false, false) => Exit::Clean,
    }
}

fn say(found: &[Diagnostic], root: &Path, file: &SourceFile, terminal: &mut Terminal) {
    let sources = SourceTree::new([file.clone()]);
    let look = looking(root, Format::Human, terminal.message_look());
    terminal.message(&report::render(Format::Human, found, &sources, &look));
}

/// Every KDL file that holds a spec.
fn all(root: &Path, terminal: &mut Terminal) -> Result<Vec<SourceFile>, Exit> {
    let mut diags = Diagnostics::new();
    let sources = io::load(root, &mut diags).map_err(|error| failed(&error, terminal))?;
    if diags.has_errors() {
        let look = looking(root, Format::Human, terminal.message_look());
        let found = diags.into_sorted();
        terminal.message(&report::render(Format::Human, &found, &sources, &look));
        return Err(Exit::Findings);
    }
    let mut files = sources.into_files();
    files.retain(|file| Role::of(&file.path).is_some() && file.path.ends_with(".kdl"));
    Ok(files)
}

fn named(root: &Path, paths: &[PathBuf], terminal: &mut Terminal) -> Result<Vec<SourceFile>, Exit> {
    let mut files = Vec::new();
    for path in paths {
        let path = &beneath(root, path);
        let shown = path.to_string_lossy().into_owned();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("kdl") => {
                let text = io::read_file(&root.join(path));
                let text = text.map_err(|error| failed(&error, terminal))?;
                files.push(SourceFile { path: shown, text });
            }
            Some("yaml" | "yml") => {
                terminal.message(&format!("`{shown}` is YAML, which is left as it is\n"));
            }
            _ => {
                terminal.error(&format!("`{shown}` is not a KDL file"));
                return Err(Exit::Usage);
            }
        }
    }
    Ok(files)
}
