//! What a whole build remembers, so that the next one can tell that there is nothing to do.
//!
//! A seal says: from inputs of this key came a tree of these ledgers. It lies in `.tiphys/cache`,
//! which git ignores. It can at most make a build leave a tree as it is that equals its ledgers,
//! and it counts for the very ledger files only that were there when it was written: by their
//! identity and time of change, which no commit can bring along.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::folders::{Folder, Folders, parent};
use super::ledger::{self, Digest, digest};
use super::{Changes, HOME, apply, interrupted, lock, look, refuse, strays};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::io::names;
use crate::source::SourceTree;

const FOLDER: &str = "cache";
const NAME: &str = "seal";
/// What is in the folder is nobody's but this machine's.
const IGNORE: &[u8] = b"*\n";
/// The first line goes on with the digest of all others.
const FIRST_LINE: &str = "tiphys seal 1 ";
/// Thousands of findings fit.
const SIZE_LIMIT: u64 = 32 << 20;

/// A digest of everything that a build is a function of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(Digest);

impl Key {
    /// `made_of` tells programs apart, `date` is the day by which is judged; `sources` and `found`
    /// are what was read, and what was said of what was not.
    pub fn new(made_of: &str, date: &str, sources: &SourceTree, found: &Diagnostics) -> Key {
        let mut hasher = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(made_of.as_bytes());
        add(date.as_bytes());
        add(&sources.len().to_le_bytes());
        for (_, file) in sources.iter() {
            add(file.path.as_bytes());
            add(file.text.as_bytes());
        }
        add(&sources.refused().len().to_le_bytes());
        sources
            .refused()
            .iter()
            .for_each(|path| add(path.as_bytes()));
        found
            .iter()
            .for_each(|one| add(format!("{one:?}").as_bytes()));
        Key(hasher.finalize().into())
    }
}

/// What a seal says.
pub struct Seal {
    /// By name, sorted, with the digest of the ledger; without one, no file is owned.
    environments: Vec<(String, Option<Digest>)>,
    /// As it was given to [`write`].
    pub findings: String,
}

/// A tree that is as its seal says.
pub struct Standing {
    pub n_files: usize,
    pub strays: Vec<Diagnostic>,
}

/// Seals what a whole build has left, which `changes` tells of; `findings` is one line of text.
/// Where it cannot be done, the next build compiles: nothing is said.
pub fn write(out: &Path, key: &Key, changes: &Changes, findings: &str) {
    let Some(text) = print(out, key, &changes.ledgers, findings) else {
        return;
    };
    let folder = out.join(HOME).join(FOLDER);
    let is_ours = is_folder(&out.join(HOME)) && std::fs::create_dir_all(&folder).is_ok();
    if !is_ours || !is_folder(&folder) {
        return;
    }
    let ignore = folder.join(".gitignore");
    let is_ignored = is_file(&ignore) && std::fs::read(&ignore).is_ok_and(|it| it == IGNORE);
    if is_ignored || replace(&ignore, IGNORE) {
        replace(&folder.join(NAME), text.as_bytes());
    }
}

/// Whole, or what was there; a link in the way is not followed. What a loss of power leaves has
/// not the right digest.
fn replace(path: &Path, text: &[u8]) -> bool {
    let new = path.with_extension("new");
    let _ = std::fs::remove_file(&new);
    let file = std::fs::File::create_new(&new);
    file.and_then(|mut file| file.write_all(text))
        .and_then(|()| std::fs::rename(&new, path))
        .is_ok()
}

fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn print(
    out: &Path,
    Key(key): &Key,
    ledgers: &[(String, Option<Digest>)],
    findings: &str,
) -> Option<String> {
    if ledgers.iter().all(|(_, digest)| digest.is_none()) {
        return None;
    }
    let mut body = format!("{}\n", hex(key));
    for (environment, digest) in ledgers {
        let (digest, identity) = match digest {
            Some(digest) => (hex(digest), identity(&out.join(ledger::path(environment)))?),
            None => ("-".into(), "-".into()),
        };
        let _ = writeln!(body, "{digest} {identity} {environment}");
    }
    let _ = writeln!(body, "findings {findings}");
    Some(format!(
        "{FIRST_LINE}{}\n{body}",
        hex(&digest(body.as_bytes()))
    ))
}

fn hex(digest: &Digest) -> String {
    let mut text = String::new();
    ledger::push_hex(&mut text, digest);
    text
}

/// Changes when anything happens to a file, and cannot be chosen.
#[cfg(unix)]
fn identity(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let at = std::fs::symlink_metadata(path).ok()?;
    Some(format!("{}.{}.{}", at.ino(), at.ctime(), at.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<String> {
    use std::time::UNIX_EPOCH;
    let at = std::fs::symlink_metadata(path).ok()?;
    let since =
        |time: std::time::SystemTime| Some(time.duration_since(UNIX_EPOCH).ok()?.as_nanos());
    let (created, modified) = (since(at.created().ok()?)?, since(at.modified().ok()?)?);
    Some(format!("{created}.{modified}"))
}

/// The seal in `out`, if it is of this key and of the ledgers that are there.
pub fn read(out: &Path, Key(key): &Key) -> Option<Seal> {
    let folder = out.join(HOME).join(FOLDER);
    if !is_folder(out) || !is_folder(&out.join(HOME)) || !is_folder(&folder) {
        return None;
    }
    let path = folder.join(NAME);
    let metadata = std::fs::symlink_metadata(&path).ok()?;
    if !metadata.is_file() || metadata.len() > SIZE_LIMIT {
        return None;
    }
    let text = String::from_utf8(std::fs::read(&path).ok()?).ok()?;
    let (head, body) = text.split_once('\n')?;
    if head.strip_prefix(FIRST_LINE)? != hex(&digest(body.as_bytes())) {
        return None;
    }
    let mut lines = body.lines();
    (lines.next()? == hex(key)).then_some(())?;
    let mut environments: Vec<(String, Option<Digest>)> = Vec::new();
    loop {
        let line = lines.next()?;
        if let Some(findings) = line.strip_prefix("findings ") {
            let findings = findings.to_string();
            let is_bound = environments.iter().any(|(_, digest)| digest.is_some());
            return is_bound.then_some(Seal {
                environments,
                findings,
            });
        }
        environments.push(environment(out, line)?);
    }
}

fn environment(out: &Path, line: &str) -> Option<(String, Option<Digest>)> {
    let mut words = line.splitn(3, ' ');
    let (sealed, known, name) = (words.next()?, words.next()?, words.next()?);
    names::unportable(name).is_none().then_some(())?;
    if sealed == "-" {
        return Some((name.to_string(), None));
    }
    let is_same = identity(&out.join(ledger::path(name)))? == known;
    let digest = is_same.then(|| ledger::unhex(sealed))??;
    Some((name.to_string(), Some(digest)))
}

/// Whether the tree is what `seal` says: every file of ours unchanged, none more, nothing in the
/// way. `None` if it is not, if it cannot be told, or while another build writes.
pub fn standing(out: &Path, seal: &Seal) -> Option<Standing> {
    let _lock = lock::lock(out, Duration::ZERO, &|_| Ok(())).ok()?;
    let is_left = std::fs::symlink_metadata(out.join(HOME).join(apply::STAGE)).is_ok();
    if interrupted(out) || is_left || !refuse::unsafe_output(out).ok()?.is_empty() {
        return None;
    }
    let sealed = seal.environments.iter();
    let names: Vec<_> = sealed
        .filter(|(_, digest)| digest.is_some())
        .map(|(name, _)| name.clone())
        .collect();
    if ledger::environments(out).ok()? != names {
        return None;
    }
    let mut standing = Standing {
        n_files: 0,
        strays: Vec::new(),
    };
    let mut folders = Folders::new(out).ok()?;
    for (name, digest) in &seal.environments {
        let text = match digest {
            Some(digest) => ledger_text(out, name, digest)?,
            None => String::new(),
        };
        let owned = ledger::lines(name, &text)?;
        is_unchanged(out, &owned, &mut folders).then_some(())?;
        standing.n_files += owned.len();
        standing
            .strays
            .extend(strays::beside(out, name, &owned).ok()?);
    }
    Some(standing)
}

fn ledger_text(out: &Path, environment: &str, sealed: &Digest) -> Option<String> {
    let path = out.join(ledger::path(environment));
    let bytes = is_file(&path).then(|| std::fs::read(&path).ok())??;
    (digest(&bytes) == *sealed).then(|| String::from_utf8(bytes).ok())?
}

/// On all cores, folder by folder.
fn is_unchanged(out: &Path, owned: &[(&str, Digest)], folders: &mut Folders) -> bool {
    let same_folder = |a: &(&str, Digest), b: &(&str, Digest)| parent(a.0) == parent(b.0);
    let groups: Vec<_> = owned.chunk_by(same_folder).collect();
    let are_there = groups.iter().all(|group| {
        let above = folders.above(group[0].0);
        above.is_ok_and(|(folder, _)| folder == Folder::Present)
    });
    are_there
        && groups.par_iter().all(|group| {
            let mut files = group.iter();
            files.all(|(path, digest)| look::is_as_owned(&out.join(path), digest))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::TOO_MANY_FINDINGS;
    use crate::source::SourceFile;

    fn tree(files: &[(&str, &str)]) -> SourceTree {
        SourceTree::new(files.iter().map(|(path, text)| SourceFile {
            path: path.to_string(),
            text: text.to_string(),
        }))
    }

    #[test]
    fn a_key_is_of_every_part_of_what_a_build_is_a_function_of() {
        let (none, mut some) = (Diagnostics::new(), Diagnostics::new());
        some.push(Diagnostic::warning(TOO_MANY_FINDINGS, "a"));
        let files = || tree(&[("a", "b"), ("c", "")]);
        let refused = |path: &str| files().with_refused(vec![path.to_string()]);
        let keys = [
            Key::new("1", "2026-01-01", &files(), &none),
            Key::new("2", "2026-01-01", &files(), &none),
            Key::new("1", "2026-01-02", &files(), &none),
            Key::new("1", "2026-01-01", &tree(&[("a", "b")]), &none),
            Key::new("1", "2026-01-01", &tree(&[("a", ""), ("c", "b")]), &none),
            Key::new("1", "2026-01-01", &tree(&[("a", "bc"), ("", "")]), &none),
            Key::new("1", "2026-01-01", &refused("c"), &none),
            Key::new("1", "2026-01-01", &refused("d"), &none),
            Key::new("1", "2026-01-01", &files(), &some),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(keys[..at].iter().all(|other| other != key), "{at}");
        }
        assert!(keys[0] == Key::new("1", "2026-01-01", &files(), &none));
    }
}
