//! A build that proves that nothing changed: inputs, program and day are those of the last whole
//! build, and so is the tree. Then it says what that one said, and compiles nothing.

use std::path::Path;

use super::compile::Loaded;
use super::explain::all_codes;
use crate::compile::Options;
use crate::diagnostic::{Code, Diagnostic};
use crate::io::tree::Changes;
use crate::io::tree::seal::{self, Key};
use crate::report::record;
use crate::source::SourceTree;

/// Everything that a whole build is a function of. A compilation does no IO: what was read, this
/// program and the day are all.
pub fn key(loaded: &Loaded, options: &Options) -> Key {
    let made_of = env!("TIPHYS_MADE_OF");
    Key::new(made_of, &options.date, &loaded.sources, &loaded.diags)
}

/// What a build would come to, if the last one had this key and nothing has touched its tree.
pub fn standing(
    out: &Path,
    key: &Key,
    sources: &SourceTree,
) -> Option<(Changes<'static>, Vec<Diagnostic>)> {
    let seal = seal::read(out, key)?;
    let mut findings = record::read(&seal.findings, &codes(), sources)?;
    let standing = seal::standing(out, &seal)?;
    findings.extend(standing.strays);
    Some((Changes::none(standing.n_files), findings))
}

/// Remembers what a whole build came to; not where something was in its way.
pub fn seal(out: &Path, key: &Key, changes: &Changes, findings: &[Diagnostic]) {
    if changes.refusals.is_empty() {
        seal::write(out, key, changes, &record::write(findings, &codes()));
    }
}

fn codes() -> Vec<&'static Code> {
    all_codes().collect()
}
