//! Manifests in the output that no build has written: Argo CD applies them all the same.

use std::path::Path;

use rayon::prelude::*;

use super::codes::OUTPUT_STRAY;
use super::ledger::{self, Digest};
use super::refuse::shown_below;
use crate::diagnostic::Diagnostic;
use crate::emit::tree::{EnvironmentTree, Tree};
use crate::io::{Error, one_line};

/// Endings of what Argo CD reads in a folder. Source: argo-cd `reposerver/repository`,
/// `manifestFile`.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];
/// More of them are not told.
const LIMIT: usize = 100_000;

/// A warning for each manifest in the environments of `wanted` that is neither wanted nor ours.
pub fn strays(out: &Path, wanted: &Tree) -> Result<Vec<Diagnostic>, Error> {
    let environments: Vec<_> = wanted.environments.iter().collect();
    let found: Vec<_> = environments
        .par_iter()
        .map(|(environment, tree)| below(out, environment, tree))
        .collect();
    let mut all = Vec::new();
    for paths in found {
        all.extend(paths?.iter().map(|path| stray(out, path)));
    }
    Ok(all)
}

/// The ledger is read only where there is something that is not wanted.
fn below(out: &Path, environment: &str, tree: &EnvironmentTree) -> Result<Vec<String>, Error> {
    let mut paths = walk(out, environment, |path| tree.files.contains_key(path))?;
    if !paths.is_empty() {
        let ledger = ledger::read(out, environment)?;
        paths.retain(|path| !ledger.owned.contains_key(path));
    }
    paths.sort_unstable();
    Ok(paths)
}

/// The same where the files of an environment are known to be these, sorted by path.
pub(super) fn beside(
    out: &Path,
    environment: &str,
    owned: &[(&str, Digest)],
) -> Result<Vec<Diagnostic>, Error> {
    let is_owned = |path: &str| owned.binary_search_by(|(it, _)| (*it).cmp(path)).is_ok();
    let mut paths = walk(out, environment, is_owned)?;
    paths.sort_unstable();
    Ok(paths.iter().map(|path| stray(out, path)).collect())
}

fn stray(out: &Path, path: &str) -> Diagnostic {
    let message = format!("`{}` was not written by a build", shown_below(out, path));
    Diagnostic::warning(OUTPUT_STRAY, message)
        .help("move it to `environments/also/` and name it with `also`, or delete it")
}

/// Manifests below `folder` that are not wanted; links are not followed.
fn walk(out: &Path, folder: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_string()];
    while let Some(folder) = folders.pop() {
        let at = out.join(&folder);
        let fail = |cause: std::io::Error| {
            Error::new("read the folder", &at, one_line(&cause.to_string()))
        };
        let entries = match std::fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(cause) if ledger::is_missing(&cause) => continue,
            Err(cause) => return Err(fail(cause)),
        };
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(fail)?;
            let is_manifest = ENDINGS.iter().any(|ending| path.ends_with(ending));
            if kind.is_dir() {
                folders.push(path);
            } else if is_manifest && paths.len() < LIMIT && !is_wanted(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}
