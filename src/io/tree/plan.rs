//! Compares the disk with the wanted tree and the ledgers. Changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::folders::{Folder, Folders, parent};
use super::ledger::{self, Digest, Ledger};
use super::look::{Candidate, Seen, State, look};
use super::refuse::{self, Refusals};
use super::{Changes, Options};
use crate::emit::tree::{EnvironmentTree, Scope, Tree};
use crate::io::Error;

/// So many files of an environment may always go.
const DELETIONS_LIMIT: usize = 20;

/// What is wanted of an environment that is no longer in the fleet.
static NOTHING: EnvironmentTree = EnvironmentTree {
    scope: Scope::Whole,
    files: BTreeMap::new(),
};

/// What [`super::write`] would do, and why it would refuse to.
pub fn plan<'a>(out: &Path, wanted: &'a Tree, options: &Options) -> Result<Changes<'a>, Error> {
    let changes = Changes {
        refusals: refuse::outright(out, wanted)?,
        ..Changes::default()
    };
    if !changes.refusals.is_empty() {
        return Ok(changes);
    }
    let mut planner = Planner {
        out,
        options,
        folders: Folders::new(out)?,
        refusals: Refusals::default(),
        changes,
    };
    for (environment, tree) in environments(out, wanted)? {
        let digest = planner.environment(&environment, tree)?;
        if wanted.environments.contains_key(&environment) {
            planner.changes.ledgers.push((environment, digest));
        }
    }
    Ok(planner.finish())
}

/// The wanted environments and, if those are all, the ones that are to vanish.
fn environments<'a>(
    out: &Path,
    wanted: &'a Tree,
) -> Result<BTreeMap<String, &'a EnvironmentTree>, Error> {
    let mut all: BTreeMap<_, _> = BTreeMap::new();
    if wanted.is_complete {
        let on_disk = ledger::environments(out)?;
        all.extend(on_disk.into_iter().map(|name| (name, &NOTHING)));
    }
    let wanted = wanted.environments.iter();
    all.extend(wanted.map(|(name, tree)| (name.clone(), tree)));
    Ok(all)
}

struct Planner<'p, 'a> {
    out: &'p Path,
    options: &'p Options,
    folders: Folders,
    refusals: Refusals,
    changes: Changes<'a>,
}

impl<'a> Planner<'_, 'a> {
    /// The digest of the ledger that there is to be.
    fn environment(
        &mut self,
        name: &str,
        tree: &'a EnvironmentTree,
    ) -> Result<Option<Digest>, Error> {
        let ledger = ledger::read(self.out, name)?;
        if let (Some(line), false) = (ledger.damaged, self.options.force) {
            self.refusals.ledgers.push((ledger::path(name), line));
        }
        let candidates = self.candidates(tree, &ledger)?;
        let out = self.out;
        let seen: Vec<Result<Seen, Error>> = candidates
            .par_iter()
            .map(|candidate| look(out, candidate))
            .collect();
        let mut owned: BTreeMap<&str, Vec<Digest>> = BTreeMap::new();
        for (path, digests) in &ledger.owned {
            if !tree.scope.covers(path) {
                owned.insert(path, digests.clone());
            }
        }
        let n_removed = self.changes.removed.len();
        for (candidate, seen) in candidates.iter().zip(seen) {
            let seen = seen?;
            if let Some(digest) = seen.digest {
                owned.insert(candidate.path, vec![digest]);
            }
            self.decide(candidate, &seen)?;
        }
        let n_removed = self.changes.removed.len() - n_removed;
        self.deletions(name, n_removed, ledger.owned.len());
        let text = ledger::print(&owned);
        let digest = text.as_ref().map(|text| ledger::digest(text.as_bytes()));
        if text != ledger.text {
            self.changes.work.ledgers.push((ledger::path(name), text));
        }
        Ok(digest)
    }

    /// All wanted files, and all files of ours that the build speaks of; without those that
    /// cannot be reached.
    fn candidates<'c>(
        &mut self,
        tree: &'a EnvironmentTree,
        ledger: &'c Ledger,
    ) -> Result<Vec<Candidate<'c, 'a>>, Error>
    where
        'a: 'c,
    {
        let mut all: BTreeMap<&'c str, Candidate<'c, 'a>> = BTreeMap::new();
        let mut add = |path: &'c str, wanted: Option<(&'a str, &'a str)>| {
            let (folder, at) = self.folders.above(path)?;
            match folder {
                Folder::Link => self.refusals.links.push(at),
                Folder::Obstacle => self.refusals.obstacles.push(at),
                Folder::Missing | Folder::Present => {
                    let owned = ledger.owned.get(path).map_or(&[][..], Vec::as_slice);
                    let has_folder = folder == Folder::Present;
                    let candidate = Candidate {
                        path,
                        wanted,
                        owned,
                        has_folder,
                    };
                    all.insert(path, candidate);
                }
            }
            Ok::<(), Error>(())
        };
        for (path, text) in &tree.files {
            add(path, Some((path, text)))?;
        }
        for path in ledger.owned.keys() {
            if tree.scope.covers(path) && !tree.files.contains_key(path) {
                add(path, None)?;
            }
        }
        Ok(all.into_values().collect())
    }

    fn decide(&mut self, candidate: &Candidate<'_, 'a>, seen: &Seen) -> Result<(), Error> {
        let path = candidate.path.to_string();
        let is_refused = !self.options.force;
        match seen.state {
            State::Link => self.refusals.links.push(path),
            State::Obstacle => self.refusals.obstacles.push(path),
            State::Same => self.changes.n_unchanged += 1,
            State::Missing => {
                if let Some(file) = candidate.wanted {
                    self.write(file)?;
                    self.changes.created.push(path);
                }
            }
            State::Ours => self.replace(candidate, seen)?,
            State::Edited => {
                self.changes.edited.push(path.clone());
                self.refusals.edited.extend(is_refused.then_some(path));
                self.refusals.n_line_ends += usize::from(is_refused && seen.is_line_ends);
                self.replace(candidate, seen)?;
            }
            State::Foreign => {
                self.refusals.foreign.extend(is_refused.then_some(path));
                self.replace(candidate, seen)?;
            }
        }
        Ok(())
    }

    fn replace(&mut self, candidate: &Candidate<'_, 'a>, seen: &Seen) -> Result<(), Error> {
        let path = candidate.path.to_string();
        if let Some(file) = candidate.wanted {
            self.write(file)?;
            self.changes.changed.push(path);
            return Ok(());
        }
        if seen.is_stateful && !self.options.allow_deletions {
            self.refusals.stateful.push(path.clone());
        }
        self.changes.work.touched.push(parent(&path).to_string());
        self.changes.removed.push(path);
        Ok(())
    }

    fn write(&mut self, (path, text): (&'a str, &'a str)) -> Result<(), Error> {
        let work = &mut self.changes.work;
        let (folder, at) = self.folders.above(path)?;
        if folder == Folder::Missing {
            work.touched.push(parent(&at).to_string());
            work.folders.push(at);
        } else {
            work.touched.push(at);
        }
        work.files.push((path, text));
        Ok(())
    }

    fn deletions(&mut self, name: &str, n_removed: usize, n_owned: usize) {
        let is_much = n_removed > DELETIONS_LIMIT && 2 * n_removed > n_owned;
        if is_much && !self.options.allow_deletions {
            self.refusals
                .deletions
                .push((name.to_string(), n_removed, n_owned));
        }
    }

    fn finish(self) -> Changes<'a> {
        let mut changes = self.changes;
        let work = &mut changes.work;
        for list in [&mut work.folders, &mut work.touched] {
            list.sort();
            list.dedup();
        }
        for list in [
            &mut changes.created,
            &mut changes.changed,
            &mut changes.removed,
            &mut changes.edited,
        ] {
            list.sort();
        }
        changes.refusals.extend(self.refusals.findings(self.out));
        changes
    }
}
