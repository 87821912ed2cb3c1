//! What a path of ours looks like on disk now.

use std::path::Path;

use super::ledger::{Digest, digest, is_missing};
use crate::io::Error;

/// A path that is wanted, or was ours, or both.
pub(super) struct Candidate<'c, 'a> {
    pub(super) path: &'c str,
    /// Path and text.
    pub(super) wanted: Option<(&'a str, &'a str)>,
    /// What we wrote there before; empty if we did not.
    pub(super) owned: &'c [Digest],
    /// Without its folder, no need to look.
    pub(super) has_folder: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Missing,
    /// Already what is wanted, whoever wrote it.
    Same,
    /// As we wrote it.
    Ours,
    /// Ours, and changed since.
    Edited,
    Foreign,
    Link,
    /// Neither a file nor a link.
    Obstacle,
}

pub(super) struct Seen {
    pub(super) state: State,
    /// Of the wanted text.
    pub(super) digest: Option<Digest>,
    /// Whether the file on disk is an object that keeps data.
    pub(super) is_stateful: bool,
    /// Whether an edited file is as we wrote it but for carriage returns.
    pub(super) is_line_ends: bool,
}

/// A file beyond this size is not one of ours.
const SIZE_LIMIT: u64 = 64 << 20;

/// Kinds that are lost with what they keep.
const STATEFUL: &[&str] = &["Namespace", "PersistentVolumeClaim", "StatefulSet"];

pub(super) fn look(out: &Path, candidate: &Candidate) -> Result<Seen, Error> {
    let text = candidate.wanted.map(|(_, text)| text.as_bytes());
    let digest = text.map(digest);
    let (mut is_stateful, mut is_line_ends) = (false, false);
    let state = match candidate.has_folder {
        false => State::Missing,
        true => state(
            out,
            candidate,
            digest.as_ref(),
            &mut is_stateful,
            &mut is_line_ends,
        )?,
    };
    Ok(Seen {
        state,
        digest,
        is_stateful,
        is_line_ends,
    })
}

fn state(
    out: &Path,
    candidate: &Candidate,
    wanted_digest: Option<&Digest>,
    is_stateful: &mut bool,
    is_line_ends: &mut bool,
) -> Result<State, Error> {
    let path = out.join(candidate.path);
    let other = match candidate.owned.is_empty() {
        true => State::Foreign,
        false => State::Edited,
    };
    let metadata = match std::fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_symlink() => return Ok(State::Link),
        Ok(metadata) if !metadata.is_file() => return Ok(State::Obstacle),
        Ok(metadata) if metadata.len() > SIZE_LIMIT => return Ok(other),
        Ok(metadata) => metadata,
        Err(cause) if is_missing(&cause) => return Ok(State::Missing),
        Err(cause) => return Err(Error::new("look at", &path, cause)),
    };
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    std::fs::File::open(&path)
        .and_then(|mut file| std::io::Read::read_to_end(&mut file, &mut bytes))
        .map_err(|cause| Error::new("read", &path, cause))?;
    *is_stateful = keeps_data(&bytes);
    if candidate
        .wanted
        .is_some_and(|(_, text)| text.as_bytes() == bytes)
    {
        return Ok(State::Same);
    }
    let on_disk = digest(&bytes);
    debug_assert_ne!(wanted_digest, Some(&on_disk));
    if bytes.contains(&b'\r') {
        bytes.retain(|byte| *byte != b'\r');
        *is_line_ends = candidate.owned.contains(&digest(&bytes));
    }
    Ok(match candidate.owned.contains(&on_disk) {
        true => State::Ours,
        false => other,
    })
}

/// Whether there is a file with what this is the digest of.
pub(super) fn is_as_owned(path: &Path, owned: &Digest) -> bool {
    let is_file = std::fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= SIZE_LIMIT);
    is_file && std::fs::read(path).is_ok_and(|bytes| digest(&bytes) == *owned)
}

fn keeps_data(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let kind = lines.find_map(|line| line.strip_prefix(b"kind: "));
    kind.is_some_and(|kind| STATEFUL.iter().any(|stateful| stateful.as_bytes() == kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_that_keep_data_are_known_by_their_kind() {
        assert!(keeps_data(
            b"apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n"
        ));
        assert!(keeps_data(b"kind: Namespace"));
        assert!(!keeps_data(
            b"kind: NetworkPolicy\nspec:\n  kind: Namespace\n"
        ));
        assert!(!keeps_data(b"spec:\n  kind: StatefulSet\n"));
        assert!(!keeps_data(b""));
    }
}
