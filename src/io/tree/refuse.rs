//! What may be in the way of a build, in words.

use std::collections::BTreeMap;
use std::path::Path;

use super::HOME;
use super::apply::STAGE;
use super::codes::*;
use super::ledger::is_missing;
use crate::diagnostic::{Code, Diagnostic};
use crate::emit::tree::Tree;
use crate::io::{Error, names};

/// Of many files, so many are named.
const N_SHOWN: usize = 10;

/// The paths that are in the way, by what is wrong with them. One finding each, however many.
#[derive(Default)]
pub(super) struct Refusals {
    pub(super) edited: Vec<String>,
    /// Of these, those that differ in line ends only.
    pub(super) n_line_ends: usize,
    pub(super) foreign: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) obstacles: Vec<String>,
    pub(super) stateful: Vec<String>,
    /// Environment, and how many files of how many.
    pub(super) deletions: Vec<(String, usize, usize)>,
    /// The ledger and its first damaged line.
    pub(super) ledgers: Vec<(String, usize)>,
}

impl Refusals {
    pub(super) fn findings(self, out: &Path) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let mut add = |code, paths, what, help| {
            findings.extend(about(out, code, paths, what, help));
        };
        let force = "keep the change by moving it to the spec, or use `--force` to overwrite it";
        add(
            OUTPUT_EDITED,
            self.edited,
            "edited by hand since the last build",
            force,
        );
        let force = "move it away, or use `--force` to overwrite it";
        add(
            OUTPUT_FOREIGN_FILE,
            self.foreign,
            "in the way and not ours",
            force,
        );
        let links = "put a real file or folder there; links are not followed";
        add(OUTPUT_SYMLINK, self.links, "a symbolic link", links);
        let move_it = "move it away";
        add(
            OUTPUT_OBSTACLE,
            self.obstacles,
            "in the way of a file of ours",
            move_it,
        );
        let stateful = "make sure that its data is safe, then use `--allow-deletions`";
        add(
            OUTPUT_STATEFUL_DELETION,
            self.stateful,
            "to be removed together with data",
            stateful,
        );
        if self.n_line_ends > 0 {
            let edited = findings.iter_mut().find(|one| one.code == OUTPUT_EDITED);
            if let Some(finding) = edited {
                line_ends(finding, self.n_line_ends);
            }
        }
        findings.extend(self.deletions.into_iter().map(deletions));
        findings.extend(
            self.ledgers
                .into_iter()
                .map(|(path, line)| ledger(out, &path, line)),
        );
        findings
    }
}

/// `<path> is <what>`, or `<n> files are <what>` with the paths as notes.
fn about(
    out: &Path,
    code: &'static Code,
    mut paths: Vec<String>,
    what: &str,
    help: &str,
) -> Option<Diagnostic> {
    paths.sort();
    paths.dedup();
    let shown = |path: &String| format!("`{}`", shown_below(out, path));
    let mut finding = match paths.as_slice() {
        [] => return None,
        [path] => Diagnostic::error(code, format!("{} is {what}", shown(path))),
        paths => Diagnostic::error(code, format!("{} files are {what}", paths.len())),
    };
    if paths.len() > 1 {
        finding.notes = paths.iter().take(N_SHOWN).map(shown).collect();
    }
    if let Some(n_more) = paths.len().checked_sub(N_SHOWN).filter(|n| *n > 0) {
        finding = finding.note(format!("and {n_more} more"));
    }
    Some(finding.help(help))
}

/// A checkout that writes CRLF looks like an edit of every file.
fn line_ends(finding: &mut Diagnostic, n: usize) {
    let files = if n == 1 {
        "1 file differs"
    } else {
        &format!("{n} files differ")
    };
    finding.notes.insert(
        0,
        format!("{files} in line ends only: the checkout has put CR there"),
    );
    let help =
        "write `generated/** -text` into `.gitattributes`, remove the folder and check it out";
    finding.help = Some(help.into());
}

pub(super) fn shown_below(out: &Path, path: &str) -> String {
    let out = out.to_string_lossy();
    names::shown(&format!("{}/{path}", out.trim_end_matches('/')))
}

fn deletions((environment, n_removed, n_owned): (String, usize, usize)) -> Diagnostic {
    let message = format!("{n_removed} of {n_owned} files of `{environment}` would be removed");
    Diagnostic::error(OUTPUT_DELETIONS, message)
        .help("look at them with `--dry-run`; if they may go, use `--allow-deletions`")
}

fn ledger(out: &Path, path: &str, line: usize) -> Diagnostic {
    let message = format!("line {line} of `{}` cannot be read", shown_below(out, path));
    Diagnostic::error(OUTPUT_LEDGER_DAMAGED, message)
        .help("resolve the merge by taking either side, or use `--force`")
}

/// What must not even be looked at any further.
pub(super) fn outright(out: &Path, wanted: &Tree) -> Result<Vec<Diagnostic>, Error> {
    let mut findings = unsafe_output(out)?;
    findings.extend(bad_paths(wanted));
    Ok(findings)
}

/// Whether the output and our own folder in it are real folders, or missing.
pub(super) fn unsafe_output(out: &Path) -> Result<Vec<Diagnostic>, Error> {
    let home = out.join(HOME);
    let mut findings = Vec::new();
    for path in [out.to_path_buf(), home.clone(), home.join(STAGE)] {
        let shown = names::shown(&path.to_string_lossy());
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let message = format!("`{shown}` is a symbolic link");
                let finding = Diagnostic::error(OUTPUT_SYMLINK, message);
                findings
                    .push(finding.help("put a real folder there, or name another with `--out`"));
            }
            Ok(metadata) if !metadata.is_dir() => {
                let message = format!("`{shown}` is not a folder");
                let finding = Diagnostic::error(OUTPUT_OBSTACLE, message);
                findings.push(finding.help("move it away, or name another folder with `--out`"));
            }
            Ok(_) => continue,
            Err(cause) if is_missing(&cause) => {}
            Err(cause) => return Err(Error::new("look at", &path, cause)),
        }
        break;
    }
    Ok(findings)
}

/// Paths that must not be written. Names in specs are checked long before: this is the last line.
fn bad_paths(wanted: &Tree) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    // Only what is not lower case can clash with another path.
    let is_lower = |path: &str| {
        path.bytes()
            .all(|at| at.is_ascii() && !at.is_ascii_uppercase())
    };
    let all_lower = wanted.files().all(|(path, _)| is_lower(path));
    for (environment, tree) in &wanted.environments {
        let mut sound = "";
        for path in tree.files.keys() {
            let (folder, name) = path.rsplit_once('/').unwrap_or_default();
            let reason = match sound == folder && !folder.is_empty() {
                true => names::unportable(name),
                false => bad_path(environment, path).or_else(|| above(wanted, path)),
            };
            let twin = (!all_lower).then(|| known.insert(path.to_lowercase(), path));
            let twin = twin.flatten();
            let twin = twin.map(|other| format!("`{other}` differs in case only"));
            let Some(reason) = reason.or(twin) else {
                sound = folder;
                continue;
            };
            let message = format!("`{}` cannot be written: {reason}", names::shown(path));
            let finding = Diagnostic::error(OUTPUT_PATH_UNPORTABLE, message);
            findings.push(finding.help("rename what the file is named after"));
        }
    }
    findings
}

fn bad_path(environment: &str, path: &str) -> Option<String> {
    let below = path.strip_prefix(environment);
    let is_inside = below.is_some_and(|below| below.starts_with('/'));
    if !is_inside || environment.contains('/') || environment.starts_with('.') {
        return Some(format!("it does not lie in the folder of `{environment}`"));
    }
    names::unportable_path(path)
}

/// A file that would have to be a folder.
fn above(wanted: &Tree, path: &str) -> Option<String> {
    let ends = path.match_indices('/').map(|(at, _)| &path[..at]);
    let file = ends.skip(1).find(|folder| wanted.find(folder).is_some())?;
    Some(format!("`{file}` is a file"))
}
