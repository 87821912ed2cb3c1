//! What stands where folders of the output should be. No link is ever followed.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::ledger::is_missing;
use crate::io::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Missing,
    Present,
    Link,
    /// A file, or a folder of another file system: nothing can be moved into it at once.
    Obstacle,
}

/// Remembers what it has looked at.
pub(super) struct Folders {
    out: PathBuf,
    device: u64,
    known: BTreeMap<String, Folder>,
    /// The folder that was asked for last, if it is there: the next path mostly lies beside.
    last: Option<String>,
}

impl Folders {
    pub(super) fn new(out: &Path) -> Result<Folders, Error> {
        let mut folders = Folders {
            out: out.to_path_buf(),
            device: 0,
            known: BTreeMap::new(),
            last: None,
        };
        match std::fs::symlink_metadata(out) {
            Ok(metadata) => folders.device = device(&metadata),
            Err(cause) if is_missing(&cause) => {
                folders.known.insert(String::new(), Folder::Missing);
            }
            Err(cause) => return Err(Error::new("look at", out, cause)),
        }
        Ok(folders)
    }

    /// The state of the folder that holds `path`: that of the topmost one that is not there as it
    /// should be, with its own path.
    pub(super) fn above(&mut self, path: &str) -> Result<(Folder, String), Error> {
        let parent = parent(path);
        let is_last = self.last.as_deref() == Some(parent);
        if is_last || self.known.get(parent) == Some(&Folder::Present) {
            if !is_last {
                self.last = Some(parent.to_string());
            }
            return Ok((Folder::Present, parent.to_string()));
        }
        let ends = parent.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([parent.len()]) {
            let folder = &parent[..end];
            let state = self.state(folder)?;
            if state != Folder::Present {
                return Ok((state, folder.to_string()));
            }
        }
        Ok((Folder::Present, parent.to_string()))
    }

    fn state(&mut self, folder: &str) -> Result<Folder, Error> {
        if let Some(state) = self.known.get(folder) {
            return Ok(*state);
        }
        if self.known.get("") == Some(&Folder::Missing) {
            return Ok(Folder::Missing);
        }
        let path = self.out.join(folder);
        let state = match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => Folder::Link,
            Ok(metadata) if metadata.is_dir() && device(&metadata) == self.device => {
                Folder::Present
            }
            Ok(_) => Folder::Obstacle,
            Err(cause) if is_missing(&cause) => Folder::Missing,
            Err(cause) => return Err(Error::new("look at", &path, cause)),
        };
        self.known.insert(folder.to_string(), state);
        Ok(state)
    }
}

/// The folder that holds `path`; empty for the output itself.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}
