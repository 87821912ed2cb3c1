//! The compiled tree on disk: compares, writes and removes what is ours, and nothing else.
//!
//! The folder `.tiphys` in the output holds a ledger of owned files for each environment and,
//! while a build runs, staged files and the journal. Staging comes first, then the journal, then
//! renames: after a kill the tree is the old one, the new one, or marked by the journal, and
//! the next [`write`] completes it. Against a loss of power nothing is promised.

use std::path::Path;
use std::time::Duration;

use super::Error;
use crate::diagnostic::Diagnostic;
use crate::emit::tree::Tree;

mod apply;
mod codes;
mod folders;
mod journal;
mod ledger;
mod lock;
mod look;
mod plan;
mod refuse;
pub mod seal;
mod strays;

pub use codes::{CODES, OUTPUT_DIFFERS, OUTPUT_EDITED, OUTPUT_INTERRUPTED};
pub use lock::{Lock, lock};
pub use plan::plan;
pub use strays::strays;

/// Our folder in the output.
const HOME: &str = ".tiphys";

/// What the user asked for beside the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Overwrites files that were edited by hand or that are not ours, and accepts a damaged
    /// ledger.
    pub force: bool,
    /// Removes many files, and stateful ones.
    pub allow_deletions: bool,
    /// How long another build may keep us waiting.
    pub wait: Duration,
}

/// What a build would do to the disk. Paths are relative to the output, each list is sorted.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    pub created: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
    pub n_unchanged: usize,
    /// Files of ours that somebody changed since the last build.
    pub edited: Vec<String>,
    /// Why nothing is written (exit code 4); empty if nothing is in the way.
    pub refusals: Vec<Diagnostic>,
    work: Work<'a>,
    /// The wanted environments, and the digests of the ledgers that they are to have.
    ledgers: Vec<(String, Option<ledger::Digest>)>,
}

/// What [`apply`] needs to know.
#[derive(Debug, Default)]
struct Work<'a> {
    /// Path and text of each file that is to be written.
    files: Vec<(&'a str, &'a str)>,
    /// Topmost missing folders: moved into place as a whole.
    folders: Vec<String>,
    /// Folders that exist and in which something changes.
    touched: Vec<String>,
    /// Path and new text of ledgers; without text, the ledger goes.
    ledgers: Vec<(String, Option<String>)>,
}

impl Changes<'_> {
    /// Of a tree that is as it was wanted.
    pub fn none(n_unchanged: usize) -> Changes<'static> {
        Changes {
            n_unchanged,
            ..Changes::default()
        }
    }

    /// Whether the disk, ledgers included, already is what was wanted.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty()
            && self.changed.is_empty()
            && self.removed.is_empty()
            && self.work.ledgers.is_empty()
    }
}

/// A single operation of a [`write`], told before it happens. Paths are relative to the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Another build holds the lock; told once.
    Wait,
    /// An interrupted build is going to be completed.
    Resume,
    /// A file is written beside the tree.
    Stage(&'a str),
    /// The journal is written: from here on the build will be completed, by the next one if need
    /// be.
    Commit,
    /// A staged file or folder goes to its place.
    Place(&'a str),
    Remove(&'a str),
    /// Our own temporary files are removed.
    Clean,
}

/// Hears of each operation, from several threads at once, and may stop it with an error.
pub type Watch<'w> = &'w (dyn Fn(Event) -> std::io::Result<()> + Sync);

/// Makes the disk equal to `wanted`, unless something is in the way: then nothing is written and
/// the result has `refusals`. Waits for other builds, and first completes an interrupted one.
///
/// An error before [`Event::Commit`] leaves the old tree; a later one leaves it marked.
pub fn write<'a>(
    out: &Path,
    wanted: &'a Tree,
    options: &Options,
    watch: Watch,
) -> Result<Changes<'a>, Error> {
    let refusals = refuse::outright(out, wanted)?;
    if !refusals.is_empty() {
        let changes = Changes::default();
        return Ok(Changes {
            refusals,
            ..changes
        });
    }
    std::fs::create_dir_all(out).map_err(|cause| Error::new("create the folder", out, cause))?;
    let _lock = lock::lock(out, options.wait, watch)?;
    apply::recover(out, watch)?;
    let changes = plan(out, wanted, options)?;
    if changes.refusals.is_empty() && !changes.is_empty() {
        apply::apply(out, &changes, watch)?;
    }
    Ok(changes)
}

/// Whether a build was interrupted here (or is running): the tree is neither old nor new, and the
/// next [`write`] completes it.
pub fn interrupted(out: &Path) -> bool {
    std::fs::symlink_metadata(out.join(HOME).join(journal::NAME)).is_ok()
}
