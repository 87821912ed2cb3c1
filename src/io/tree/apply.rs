//! Stage, journal, place: in this order, so that a kill at any moment loses nothing.

use std::collections::BTreeSet;
use std::io::Result as IoResult;
use std::path::Path;

use rayon::prelude::*;

use super::folders::{Folder, Folders, parent};
use super::journal::{self, Journal};
use super::ledger::is_missing;
use super::{Changes, Event, HOME, Watch, Work};
use crate::io::{Error, names};

/// In our folder: a copy of the part of the tree that changes.
pub(super) const STAGE: &str = "stage";
/// Shows whether files can be put into a folder.
const PROBE: &str = ".tiphys-probe";
/// In the stage: the folders that are probed, so that a kill leaves no probe for ever.
const PROBED: &str = ".tiphys/probed";

/// Completes what an interrupted build has begun, or removes what it has left.
pub(super) fn recover(out: &Path, watch: Watch) -> Result<(), Error> {
    let path = out.join(HOME).join(journal::NAME);
    let text = match std::fs::read(&path) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(cause) if is_missing(&cause) => None,
        Err(cause) => return Err(Error::new("read", &path, cause)),
    };
    match text.map(|text| Journal::parse(&text)) {
        Some(Some(journal)) => {
            watch(Event::Resume).map_err(|cause| Error::new("complete", out, cause))?;
            complete(out, &journal, watch)
        }
        None if std::fs::symlink_metadata(out.join(HOME).join(STAGE)).is_err() => Ok(()),
        None | Some(None) => {
            remove_probes(out)?;
            clean(out, watch)
        }
    }
}

/// Does what was planned. The lock must be held and nothing be left from an earlier build.
pub(super) fn apply(out: &Path, changes: &Changes, watch: Watch) -> Result<(), Error> {
    let journal = journal_of(changes);
    if let Err(error) = stage(out, changes, &journal, watch) {
        // The first error says more than one about cleaning up could.
        let _ = clean(out, watch);
        return Err(error);
    }
    complete(out, &journal, watch).map_err(|error| Error {
        cause: format!("{}; the next build completes this one", error.cause),
        ..error
    })
}

fn journal_of(changes: &Changes) -> Journal {
    let work = &changes.work;
    let mut journal = Journal {
        place: work.folders.clone(),
        remove: changes.removed.clone(),
        ..Journal::default()
    };
    for (path, _) in &work.files {
        if !ancestors(path).any(|folder| is_placed_whole(work, folder)) {
            journal.place.push(path.to_string());
        }
    }
    for (path, text) in &work.ledgers {
        match text {
            Some(_) => journal.place_ledger.push(path.clone()),
            None => journal.remove_ledger.push(path.clone()),
        }
    }
    journal
}

fn is_placed_whole(work: &Work, folder: &str) -> bool {
    let found = work
        .folders
        .binary_search_by(|known| known.as_str().cmp(folder));
    found.is_ok()
}

/// The folders above `path`, the topmost first, without the output itself.
fn ancestors(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// Everything that can fail for want of room or rights, and the journal at the end.
fn stage(out: &Path, changes: &Changes, journal: &Journal, watch: Watch) -> Result<(), Error> {
    let stage = out.join(HOME).join(STAGE);
    let work = &changes.work;
    let fail = |path: &Path, cause| Error::new("write", path, cause);
    watch(Event::Stage("")).map_err(|cause| fail(&stage, cause))?;
    std::fs::create_dir_all(stage.join(HOME)).map_err(|cause| fail(&stage, cause))?;
    put(&stage, PROBED, &work.touched.join("\n"), watch).map_err(|cause| fail(&stage, cause))?;
    work.touched.par_iter().try_for_each(|folder| {
        probe(&out.join(folder), folder, watch).map_err(|cause| fail(&out.join(folder), cause))
    })?;
    let same_folder = |a: &(&str, &str), b: &(&str, &str)| parent(a.0) == parent(b.0);
    let groups: Vec<_> = work.files.chunk_by(same_folder).collect();
    groups.into_par_iter().try_for_each(|group| {
        let folder = stage.join(parent(group[0].0));
        std::fs::create_dir_all(&folder).map_err(|cause| fail(&folder, cause))?;
        group.iter().try_for_each(|(path, text)| {
            put(&stage, path, text, watch).map_err(|cause| fail(&out.join(path), cause))
        })
    })?;
    for (path, text) in &work.ledgers {
        let text = text.as_deref().unwrap_or_default();
        put(&stage, path, text, watch).map_err(|cause| fail(&out.join(path), cause))?;
    }
    let path = format!("{HOME}/{}", journal::NAME);
    put(&stage, &path, &journal.print(), watch)
        .and_then(|()| watch(Event::Commit))
        .and_then(|()| std::fs::rename(stage.join(&path), out.join(&path)))
        .map_err(|cause| fail(&out.join(path), cause))
}

fn put(stage: &Path, path: &str, text: &str, watch: Watch) -> IoResult<()> {
    watch(Event::Stage(path))?;
    std::fs::write(stage.join(path), text)
}

/// Fails if no file can be put into `folder`, while nothing is lost yet.
fn probe(folder: &Path, shown: &str, watch: Watch) -> IoResult<()> {
    watch(Event::Stage(shown))?;
    let probe = folder.join(PROBE);
    match std::fs::File::create_new(&probe) {
        Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => Err(cause),
        _ => std::fs::remove_file(&probe),
    }
}

fn remove_probes(out: &Path) -> Result<(), Error> {
    let list = out.join(HOME).join(STAGE).join(PROBED);
    let Ok(list) = std::fs::read_to_string(list) else {
        return Ok(());
    };
    let mut folders = Folders::new(out)?;
    for folder in list.split('\n') {
        let probe = format!("{folder}/{PROBE}");
        let probe = probe.trim_start_matches('/');
        if names::unportable_path(probe).is_none() && folders.above(probe)?.0 == Folder::Present {
            let _ = std::fs::remove_file(out.join(probe));
        }
    }
    Ok(())
}

/// Places and removes; what has been done before is skipped.
fn complete(out: &Path, journal: &Journal, watch: Watch) -> Result<(), Error> {
    let fail = |path: &str, cause| Error::new("write", &out.join(path), cause);
    no_links(out, journal)?;
    let place = |path: &String| {
        watch(Event::Place(path))
            .and_then(|()| place(out, path))
            .map_err(|cause| fail(path, cause))
    };
    let remove = |path: &String| {
        watch(Event::Remove(path))
            .and_then(|()| remove(&out.join(path)))
            .map_err(|cause| Error::new("remove", &out.join(path), cause))
    };
    journal.place.par_iter().try_for_each(place)?;
    journal.remove.par_iter().try_for_each(remove)?;
    remove_empty_folders(out, &journal.remove);
    journal.place_ledger.iter().try_for_each(place)?;
    journal.remove_ledger.iter().try_for_each(remove)?;
    clean(out, watch)
}

fn no_links(out: &Path, journal: &Journal) -> Result<(), Error> {
    let mut folders = Folders::new(out)?;
    for path in journal.place.iter().chain(&journal.remove) {
        if let (Folder::Link, at) = folders.above(path)? {
            let cause = "it has become a symbolic link; put a real folder there";
            return Err(Error::new("write into", &out.join(at), cause));
        }
    }
    Ok(())
}

/// Moves `path` from the stage to its place. Not being staged means having been moved before.
fn place(out: &Path, path: &str) -> IoResult<()> {
    let (from, to) = (out.join(HOME).join(STAGE).join(path), out.join(path));
    let Ok(staged) = std::fs::symlink_metadata(&from) else {
        return Ok(());
    };
    if staged.is_file() {
        // Renaming over a file makes ext4 write it out at once: 30,000 times, that takes minutes.
        remove(&to)?;
    }
    let Err(cause) = std::fs::rename(&from, &to) else {
        return Ok(());
    };
    if is_missing(&cause) {
        std::fs::create_dir_all(to.parent().unwrap_or(out))?;
        return std::fs::rename(&from, &to);
    }
    // The folder has come into being since: what is in there stays, save for our own files.
    let is_folder = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|at| at.is_dir());
    if !staged.is_dir() || !is_folder(&to) {
        return Err(cause);
    }
    for entry in std::fs::read_dir(&from)? {
        let name = entry?.file_name();
        let name = name.to_str().ok_or(std::io::ErrorKind::InvalidData)?;
        place(out, &format!("{path}/{name}"))?;
    }
    Ok(())
}

/// What is no longer a file is no longer ours.
fn remove(path: &Path) -> IoResult<()> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => std::fs::remove_file(path),
        Err(cause) if !is_missing(&cause) => Err(cause),
        _ => Ok(()),
    }
}

/// A folder that holds anything else is kept by the system itself.
fn remove_empty_folders(out: &Path, removed: &[String]) {
    let folders: BTreeSet<&str> = removed.iter().flat_map(|path| ancestors(path)).collect();
    for folder in folders.into_iter().rev() {
        let _ = std::fs::remove_dir(out.join(folder));
    }
}

/// Removes what only a running build needs; the journal last.
fn clean(out: &Path, watch: Watch) -> Result<(), Error> {
    let home = out.join(HOME);
    let gone = |result: IoResult<()>| match result {
        Err(cause) if !is_missing(&cause) => Err(cause),
        _ => Ok(()),
    };
    watch(Event::Clean)
        .and_then(|()| gone(std::fs::remove_dir_all(home.join(STAGE))))
        .and_then(|()| watch(Event::Clean))
        .and_then(|()| gone(std::fs::remove_file(home.join(journal::NAME))))
        .map_err(|cause| Error::new("clean up", &home, cause))?;
    let _ = std::fs::remove_dir(home);
    Ok(())
}
